-- Acts of two persons: what somebody asks, and how that ended. person is whom it is about, NULL for nobody; by_number is NULL where it
-- ended by time.
CREATE TABLE decision (
  reference TEXT    PRIMARY KEY,
  kind      TEXT    NOT NULL,
  role      TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  person    TEXT,
  asked     BLOB    NOT NULL,
  asked_by  TEXT    NOT NULL,
  asked_at  INTEGER NOT NULL,
  until     INTEGER NOT NULL CHECK (until > asked_at)
) STRICT;
CREATE INDEX decision_subject ON decision (kind, subject);
CREATE INDEX decision_asker ON decision (asked_by, until);
CREATE INDEX decision_until ON decision (until);
CREATE TABLE decision_end (
  reference TEXT    PRIMARY KEY REFERENCES decision (reference),
  outcome   TEXT    NOT NULL CHECK (outcome IN ('confirmed', 'alone', 'refused', 'withdrawn', 'expired')),
  by_number TEXT    CHECK ((by_number IS NULL) = (outcome = 'expired')),
  at        INTEGER NOT NULL,
  reason    TEXT    NOT NULL
) STRICT;
CREATE INDEX decision_end_at ON decision_end (at);

-- The texts that people approve, in each version. Of one name the row counts that is in force last, and of those the newest.
CREATE TABLE legal_text (
  number      INTEGER PRIMARY KEY,
  name        TEXT    NOT NULL,
  version     TEXT    NOT NULL,
  body        TEXT    NOT NULL,
  in_force_at INTEGER NOT NULL,
  decision    TEXT    NOT NULL REFERENCES decision (reference)
) STRICT;
CREATE INDEX legal_text_name ON legal_text (name, in_force_at, number);
CREATE INDEX legal_text_version ON legal_text (version);
CREATE INDEX legal_text_decision ON legal_text (decision);

-- What the first page announces. Of one reference the newest row counts; one that ends when it begins takes it off.
CREATE TABLE announcement (
  number    INTEGER PRIMARY KEY,
  reference TEXT    NOT NULL,
  title_tr  TEXT    NOT NULL,
  text_tr   TEXT    NOT NULL,
  title_en  TEXT    NOT NULL,
  text_en   TEXT    NOT NULL,
  link      TEXT    NOT NULL,
  from_at   INTEGER NOT NULL,
  until_at  INTEGER NOT NULL CHECK (until_at >= from_at),
  important INTEGER NOT NULL,
  decision  TEXT    NOT NULL REFERENCES decision (reference)
) STRICT;
CREATE INDEX announcement_reference ON announcement (reference, number);
CREATE INDEX announcement_until ON announcement (until_at);
CREATE INDEX announcement_decision ON announcement (decision);

-- The decision by which a role changed; NULL for one by the operator.
ALTER TABLE role_change ADD COLUMN decision TEXT REFERENCES decision (reference);
CREATE INDEX role_change_decision ON role_change (decision) WHERE decision IS NOT NULL;

CREATE TRIGGER decision_kept_1 BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are kept as they are'); END;
CREATE TRIGGER decision_kept_2 BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are kept as they are'); END;
CREATE TRIGGER decision_kept_3 BEFORE INSERT ON decision
WHEN EXISTS (SELECT 1 FROM decision WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'decisions are kept as they are'); END;
CREATE TRIGGER decision_end_kept_1 BEFORE UPDATE ON decision_end BEGIN SELECT RAISE(ABORT, 'decisions are kept as they are'); END;
CREATE TRIGGER decision_end_kept_2 BEFORE DELETE ON decision_end BEGIN SELECT RAISE(ABORT, 'decisions are kept as they are'); END;
CREATE TRIGGER decision_end_kept_3 BEFORE INSERT ON decision_end
WHEN EXISTS (SELECT 1 FROM decision_end WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'decisions are kept as they are'); END;
CREATE TRIGGER decision_end_by_another BEFORE INSERT ON decision_end
WHEN NEW.outcome = 'confirmed' AND EXISTS
  (SELECT 1 FROM decision WHERE reference = NEW.reference AND (asked_by = NEW.by_number OR person = NEW.by_number OR until <= NEW.at))
BEGIN SELECT RAISE(ABORT, 'another confirms a decision, in time'); END;
CREATE TRIGGER legal_text_kept_1 BEFORE UPDATE ON legal_text BEGIN SELECT RAISE(ABORT, 'texts are kept as they are'); END;
CREATE TRIGGER legal_text_kept_2 BEFORE DELETE ON legal_text BEGIN SELECT RAISE(ABORT, 'texts are kept as they are'); END;
CREATE TRIGGER legal_text_kept_3 BEFORE INSERT ON legal_text
WHEN EXISTS (SELECT 1 FROM legal_text WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'texts are kept as they are'); END;
CREATE TRIGGER announcement_kept_1 BEFORE UPDATE ON announcement BEGIN SELECT RAISE(ABORT, 'announcements are kept as they are'); END;
CREATE TRIGGER announcement_kept_2 BEFORE DELETE ON announcement BEGIN SELECT RAISE(ABORT, 'announcements are kept as they are'); END;
CREATE TRIGGER announcement_kept_3 BEFORE INSERT ON announcement
WHEN EXISTS (SELECT 1 FROM announcement WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'announcements are kept as they are'); END;
