-- Institutions that enter applications for their people, and their officers: of one ID, and of one person and institution, the newest
-- row counts. until is NULL for what has no end.
CREATE TABLE institution_change (
  number  INTEGER PRIMARY KEY,
  id      TEXT    NOT NULL CHECK (id <> ''),
  name_tr TEXT    NOT NULL,
  name_en TEXT    NOT NULL,
  terms   TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  until   INTEGER CHECK (until >= at)
) STRICT;
CREATE INDEX institution_change_id ON institution_change (id, number);
CREATE TRIGGER institution_change_kept_1 BEFORE UPDATE ON institution_change BEGIN SELECT RAISE(ABORT, 'changes of institutions are kept as they are'); END;
CREATE TRIGGER institution_change_kept_2 BEFORE DELETE ON institution_change BEGIN SELECT RAISE(ABORT, 'changes of institutions are kept as they are'); END;
CREATE TRIGGER institution_change_kept_3 BEFORE INSERT ON institution_change
WHEN EXISTS (SELECT 1 FROM institution_change WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'changes of institutions are kept as they are'); END;

CREATE TABLE officer_change (
  number         INTEGER PRIMARY KEY,
  citizen_number TEXT    NOT NULL,
  institution    TEXT    NOT NULL,
  at             INTEGER NOT NULL,
  until          INTEGER CHECK (until >= at)
) STRICT;
CREATE INDEX officer_change_person ON officer_change (citizen_number, institution, number);
CREATE TRIGGER officer_change_kept_1 BEFORE UPDATE ON officer_change BEGIN SELECT RAISE(ABORT, 'changes of officers are kept as they are'); END;
CREATE TRIGGER officer_change_kept_2 BEFORE DELETE ON officer_change BEGIN SELECT RAISE(ABORT, 'changes of officers are kept as they are'); END;
CREATE TRIGGER officer_change_kept_3 BEFORE INSERT ON officer_change
WHEN EXISTS (SELECT 1 FROM officer_change WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'changes of officers are kept as they are'); END;

-- Which institution has entered an application; NULL for what a person has begun. It never changes.
ALTER TABLE application ADD COLUMN institution TEXT;
CREATE INDEX application_institution ON application (institution, created_at, reference) WHERE institution IS NOT NULL AND erased_at IS NULL;
CREATE INDEX application_institution_state ON application (institution, state, created_at, reference) WHERE institution IS NOT NULL AND erased_at IS NULL;
CREATE TRIGGER application_kept_4 BEFORE UPDATE ON application WHEN NEW.institution IS NOT OLD.institution
BEGIN SELECT RAISE(ABORT, 'an application stays with its institution'); END;

-- An application that the person has disputed is open.
DROP INDEX application_open;
CREATE UNIQUE INDEX application_open ON application (citizen_number, kind)
WHERE state IN ('pre_applied', 'disputed', 'draft', 'awaiting_approval', 'under_review', 'payment_due', 'held', 'in_production', 'produced', 'with_courier');

-- Files of many people that an officer has uploaded, and the lines of them that could not be entered. due_at is when a confirmed one may
-- be leased, and else when it was changed last.
CREATE TABLE people_list (
  reference    TEXT    PRIMARY KEY,
  institution  TEXT    NOT NULL,
  uploaded_by  TEXT    NOT NULL,
  confirmed_by TEXT,
  sha256       BLOB    NOT NULL CHECK (length(sha256) = 32),
  content      BLOB,  -- NULL once the list has ended
  state        TEXT    NOT NULL CHECK (state IN ('checked', 'confirmed', 'done', 'cancelled')),
  lines        INTEGER NOT NULL,
  done         INTEGER NOT NULL CHECK (done BETWEEN 0 AND lines),
  created      INTEGER NOT NULL CHECK (created BETWEEN 0 AND done),
  uploaded_at  INTEGER NOT NULL,
  changed_at   INTEGER NOT NULL,
  due_at       INTEGER NOT NULL,
  CHECK ((content IS NULL) = (state IN ('done', 'cancelled')))
) STRICT;
CREATE INDEX people_list_institution ON people_list (institution, uploaded_at, reference);
CREATE INDEX people_list_due ON people_list (state, due_at);
CREATE INDEX people_list_uploader ON people_list (uploaded_by, uploaded_at);
CREATE TRIGGER people_list_kept BEFORE UPDATE ON people_list
WHEN NEW.reference IS NOT OLD.reference OR NEW.institution IS NOT OLD.institution OR NEW.sha256 IS NOT OLD.sha256 OR NEW.lines IS NOT OLD.lines
  OR NEW.content IS NOT NULL AND NEW.content IS NOT OLD.content
BEGIN SELECT RAISE(ABORT, 'a list is confirmed as it was checked'); END;
CREATE TABLE people_list_line (
  list TEXT    NOT NULL REFERENCES people_list (reference),
  line INTEGER NOT NULL,
  code TEXT    NOT NULL,
  PRIMARY KEY (list, line)
) STRICT, WITHOUT ROWID;
