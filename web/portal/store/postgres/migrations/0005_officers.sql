-- Institutions that enter applications for their people, and their officers: of one ID, and of one person and institution, the newest
-- row counts. until is NULL for what has no end. Rows are numbered under the chain's lock.
CREATE TABLE eonay.institution_change (
  number  bigint PRIMARY KEY,
  id      text COLLATE "C" NOT NULL CHECK (id <> ''),
  name_tr text   NOT NULL,
  name_en text   NOT NULL,
  terms   text   NOT NULL,
  at      bigint NOT NULL,
  until   bigint CHECK (until >= at)
);
CREATE INDEX institution_change_id ON eonay.institution_change (id, number);
CREATE TRIGGER institution_change_kept BEFORE UPDATE OR DELETE ON eonay.institution_change FOR EACH ROW EXECUTE FUNCTION eonay.keep('changes of institutions are kept as they are');
CREATE TRIGGER institution_change_not_emptied BEFORE TRUNCATE ON eonay.institution_change FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('changes of institutions are kept as they are');
CREATE TABLE eonay.officer_change (
  number         bigint PRIMARY KEY,
  citizen_number text COLLATE "C" NOT NULL,
  institution    text COLLATE "C" NOT NULL,
  at             bigint NOT NULL,
  until          bigint CHECK (until >= at)
);
CREATE INDEX officer_change_person ON eonay.officer_change (citizen_number, institution, number);
CREATE TRIGGER officer_change_kept BEFORE UPDATE OR DELETE ON eonay.officer_change FOR EACH ROW EXECUTE FUNCTION eonay.keep('changes of officers are kept as they are');
CREATE TRIGGER officer_change_not_emptied BEFORE TRUNCATE ON eonay.officer_change FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('changes of officers are kept as they are');

-- Which institution has entered an application; NULL for what a person has begun. It never changes.
ALTER TABLE eonay.application ADD COLUMN institution text COLLATE "C";
CREATE INDEX application_institution ON eonay.application (institution, created_at, reference) WHERE institution IS NOT NULL AND erased_at IS NULL;
CREATE INDEX application_institution_state ON eonay.application (institution, state, created_at, reference) WHERE institution IS NOT NULL AND erased_at IS NULL;
CREATE TRIGGER application_institution_kept BEFORE UPDATE ON eonay.application FOR EACH ROW
WHEN (NEW.institution IS DISTINCT FROM OLD.institution) EXECUTE FUNCTION eonay.keep('an application stays with its institution');

-- An application that the person has disputed is open.
DROP INDEX eonay.application_open;
CREATE UNIQUE INDEX application_open ON eonay.application (citizen_number, kind)
WHERE state IN ('pre_applied', 'disputed', 'draft', 'awaiting_approval', 'under_review', 'payment_due', 'held', 'in_production', 'produced', 'with_courier');

-- Files of many people that an officer has uploaded, and the lines of them that could not be entered. due_at is when a confirmed one may
-- be leased, and else when it was changed last.
CREATE TABLE eonay.people_list (
  reference    text COLLATE "C" PRIMARY KEY,
  institution  text COLLATE "C" NOT NULL,
  uploaded_by  text COLLATE "C" NOT NULL,
  confirmed_by text,
  sha256       bytea  NOT NULL CHECK (octet_length(sha256) = 32),
  content      bytea,  -- NULL once the list has ended
  state        text   NOT NULL CHECK (state IN ('checked', 'confirmed', 'done', 'cancelled')),
  lines        bigint NOT NULL,
  done         bigint NOT NULL CHECK (done BETWEEN 0 AND lines),
  created      bigint NOT NULL CHECK (created BETWEEN 0 AND done),
  uploaded_at  bigint NOT NULL,
  changed_at   bigint NOT NULL,
  due_at       bigint NOT NULL,
  CHECK ((content IS NULL) = (state IN ('done', 'cancelled')))
);
CREATE INDEX people_list_institution ON eonay.people_list (institution, uploaded_at, reference);
CREATE INDEX people_list_due ON eonay.people_list (state, due_at);
CREATE INDEX people_list_uploader ON eonay.people_list (uploaded_by, uploaded_at);
CREATE TRIGGER people_list_kept BEFORE UPDATE ON eonay.people_list FOR EACH ROW
WHEN (NEW.reference IS DISTINCT FROM OLD.reference OR NEW.institution IS DISTINCT FROM OLD.institution OR NEW.sha256 IS DISTINCT FROM OLD.sha256
  OR NEW.lines IS DISTINCT FROM OLD.lines OR NEW.content IS NOT NULL AND NEW.content IS DISTINCT FROM OLD.content)
EXECUTE FUNCTION eonay.keep('a list is confirmed as it was checked');
CREATE TABLE eonay.people_list_line (
  list text COLLATE "C" NOT NULL REFERENCES eonay.people_list (reference),
  line bigint NOT NULL,
  code text   NOT NULL,
  PRIMARY KEY (list, line)
);
