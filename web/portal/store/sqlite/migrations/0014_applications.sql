-- Applications. What identifies the person is in this row alone, so that it can be overwritten; salt goes with it, so that no digest
-- tells afterwards what was there.
CREATE TABLE application (
  reference      TEXT    PRIMARY KEY CHECK (reference <> '' AND instr(reference, '/') = 0),
  version        INTEGER NOT NULL CHECK (version >= 1),
  citizen_number TEXT,
  name           TEXT,
  kind           TEXT    NOT NULL,
  payer          TEXT    NOT NULL,
  state          TEXT    NOT NULL,
  state_since    INTEGER NOT NULL,
  form           TEXT,     -- JSON, its fields in order
  security_word  TEXT,     -- a hash; empty before a word was typed
  way            TEXT,     -- of the approval
  basis          TEXT,     -- of the approval
  fee            INTEGER NOT NULL CHECK (fee >= 0),
  paid_at        INTEGER,
  replaces       INTEGER,
  serial         TEXT,
  not_before     INTEGER,
  not_after      INTEGER,
  shipment       TEXT    UNIQUE,
  salt           BLOB    CHECK (length(salt) = 16),
  created_at     INTEGER NOT NULL,
  changed_at     INTEGER NOT NULL,
  erased_at      INTEGER,
  CHECK ((way IS NULL) = (basis IS NULL)),
  CHECK (iif(erased_at IS NULL, citizen_number IS NOT NULL AND name IS NOT NULL AND form IS NOT NULL AND security_word IS NOT NULL AND salt IS NOT NULL,
    coalesce(citizen_number, name, form, security_word, way, salt) IS NULL))
) STRICT;

-- A person has one open application of a kind. The states are those of which application.State.IsOpen is true.
CREATE UNIQUE INDEX application_open ON application (citizen_number, kind)
WHERE state IN ('pre_applied', 'draft', 'awaiting_approval', 'under_review', 'payment_due', 'held', 'in_production', 'produced', 'with_courier');
CREATE INDEX application_person ON application (citizen_number, created_at);
CREATE INDEX application_state ON application (state, state_since);
CREATE INDEX application_held ON application (replaces) WHERE state = 'held';
CREATE INDEX application_ends ON application (not_after) WHERE state IN ('delivered', 'active', 'suspended');
CREATE INDEX application_erasable ON application (state_since) WHERE state IN ('rejected', 'cancelled') AND erased_at IS NULL;

-- Each change of an application. digest is that of the row at this version (application.go); who is empty for what a machine or the
-- person themself does.
CREATE TABLE application_change (
  reference  TEXT    NOT NULL REFERENCES application (reference),
  version    INTEGER NOT NULL,
  event      TEXT    NOT NULL,
  by_actor   TEXT    NOT NULL,
  who        TEXT,
  at         INTEGER NOT NULL,
  reason     TEXT    NOT NULL,
  basis      TEXT    NOT NULL,
  way        TEXT    NOT NULL,
  from_state TEXT    NOT NULL,  -- empty for the first
  to_state   TEXT    NOT NULL,
  digest     BLOB    NOT NULL CHECK (length(digest) = 32),
  serial     TEXT,
  not_before INTEGER,
  not_after  INTEGER,
  PRIMARY KEY (reference, version)
) STRICT, WITHOUT ROWID;

-- Applications of which E-Onay decides what comes next, to be looked at since the person's E-Onay or the application has changed.
CREATE TABLE application_recheck (
  reference TEXT PRIMARY KEY REFERENCES application (reference)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER act_moves_applications AFTER INSERT ON act
BEGIN
  INSERT OR IGNORE INTO application_recheck (reference)
  SELECT reference FROM application WHERE citizen_number = NEW.citizen_number AND state IN ('awaiting_approval', 'under_review', 'payment_due', 'held');
END;

CREATE TRIGGER application_kept_1 BEFORE UPDATE ON application
WHEN NEW.version IS NOT OLD.version + 1 OR NEW.reference IS NOT OLD.reference OR NEW.kind IS NOT OLD.kind OR NEW.payer IS NOT OLD.payer
  OR NEW.created_at IS NOT OLD.created_at OR OLD.erased_at IS NOT NULL
  OR NEW.erased_at IS NULL AND (NEW.citizen_number IS NOT OLD.citizen_number OR NEW.salt IS NOT OLD.salt)
BEGIN SELECT RAISE(ABORT, 'an application changes to its next version'); END;
CREATE TRIGGER application_kept_2 BEFORE DELETE ON application BEGIN SELECT RAISE(ABORT, 'applications are kept'); END;
CREATE TRIGGER application_kept_3 BEFORE INSERT ON application
WHEN NEW.version <> 1 OR EXISTS (SELECT 1 FROM application WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'applications are kept'); END;
CREATE TRIGGER application_change_kept_1 BEFORE UPDATE ON application_change BEGIN SELECT RAISE(ABORT, 'changes are kept as they are'); END;
CREATE TRIGGER application_change_kept_2 BEFORE DELETE ON application_change BEGIN SELECT RAISE(ABORT, 'changes are kept as they are'); END;
CREATE TRIGGER application_change_kept_3 BEFORE INSERT ON application_change
WHEN NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM application_change WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'changes are kept as they are'); END;

-- The chain has a new kind of entry. A CHECK of kinds would have the table made anew for each new one, so the program alone knows them.
-- head refers to chain, and is copied with it: SQLite counts the references to a table that is dropped as broken until the commit, also
-- where another one has taken its name.
DROP TRIGGER unchained_kept_3;
DROP TRIGGER head_kept_3;
CREATE TABLE chain_next (
  number    INTEGER PRIMARY KEY,
  kind      TEXT    NOT NULL,
  reference TEXT    NOT NULL,  -- of a refusal: the receipt's number; of an application: its reference, / and its version
  before    INTEGER NOT NULL CHECK (before IN (0, 1)),
  digest    BLOB    NOT NULL CHECK (length(digest) = 32),
  link      BLOB    NOT NULL CHECK (length(link) = 32),
  UNIQUE (kind, reference)
) STRICT;
INSERT INTO chain_next SELECT number, kind, reference, before, digest, link FROM chain ORDER BY number;
CREATE TABLE head_next (
  number    INTEGER PRIMARY KEY REFERENCES chain_next (number),
  link      BLOB    NOT NULL CHECK (length(link) = 32),
  signed_at INTEGER NOT NULL,
  signature BLOB    NOT NULL
) STRICT;
INSERT INTO head_next SELECT number, link, signed_at, signature FROM head ORDER BY number;
DROP TABLE head;
DROP TABLE chain;
ALTER TABLE chain_next RENAME TO chain;
ALTER TABLE head_next RENAME TO head;
CREATE TRIGGER unchained_kept_3 BEFORE DELETE ON unchained
WHEN NOT EXISTS (SELECT 1 FROM chain WHERE kind = OLD.kind AND reference = OLD.reference)
BEGIN SELECT RAISE(ABORT, 'it is not entered yet'); END;
CREATE TRIGGER chain_kept_1 BEFORE UPDATE ON chain BEGIN SELECT RAISE(ABORT, 'the chain is kept as it is'); END;
CREATE TRIGGER chain_kept_2 BEFORE DELETE ON chain BEGIN SELECT RAISE(ABORT, 'the chain is kept as it is'); END;
CREATE TRIGGER chain_kept_3 BEFORE INSERT ON chain
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM chain)
  OR EXISTS (SELECT 1 FROM chain WHERE kind = NEW.kind AND reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'the chain is kept as it is'); END;
CREATE TRIGGER head_kept_1 BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'heads are kept as they are'); END;
CREATE TRIGGER head_kept_2 BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'heads are kept as they are'); END;
CREATE TRIGGER head_kept_3 BEFORE INSERT ON head
WHEN NEW.number <= (SELECT max(number) FROM head) OR NOT EXISTS (SELECT 1 FROM chain WHERE number = NEW.number AND link = NEW.link)
BEGIN SELECT RAISE(ABORT, 'heads are kept as they are'); END;
