-- A signature that has arrived: open until it is judged, and then either an act, or refused and kept here with its code.
CREATE TABLE receipt (
  number         INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of arrival; one that is gone does not come back
  reference      TEXT    NOT NULL REFERENCES challenge (reference),
  citizen_number TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  signature      BLOB    NOT NULL,
  received_at    INTEGER NOT NULL,
  due_at         INTEGER NOT NULL,  -- of an open one: when it may be taken to be judged
  code           TEXT,              -- of the refusal
  refused_at     INTEGER,
  CHECK ((code IS NULL) = (refused_at IS NULL))
) STRICT;

-- One open receipt for a person: what it would change is not decided yet.
CREATE UNIQUE INDEX receipt_open ON receipt (citizen_number) WHERE code IS NULL;
CREATE INDEX receipt_due ON receipt (due_at) WHERE code IS NULL;
CREATE INDEX receipt_person ON receipt (citizen_number, number);
CREATE INDEX receipt_reference ON receipt (reference);

-- A receipt is kept as it is, but that an open one is refused once. It goes only where it has become an act.
CREATE TRIGGER receipt_kept_1 BEFORE UPDATE ON receipt
WHEN OLD.code IS NOT NULL
  OR NEW.number IS NOT OLD.number OR NEW.reference IS NOT OLD.reference OR NEW.citizen_number IS NOT OLD.citizen_number
  OR NEW.name IS NOT OLD.name OR NEW.signature IS NOT OLD.signature OR NEW.received_at IS NOT OLD.received_at
BEGIN SELECT RAISE(ABORT, 'receipts are kept as they are'); END;
CREATE TRIGGER receipt_kept_2 BEFORE DELETE ON receipt
WHEN NOT EXISTS (SELECT 1 FROM act WHERE reference = OLD.reference AND signature = OLD.signature AND received_at = OLD.received_at)
BEGIN SELECT RAISE(ABORT, 'receipts are kept as they are'); END;
CREATE TRIGGER receipt_kept_3 BEFORE INSERT ON receipt
WHEN EXISTS (SELECT 1 FROM receipt WHERE number = NEW.number OR citizen_number = NEW.citizen_number AND code IS NULL)
BEGIN SELECT RAISE(ABORT, 'receipts are kept as they are'); END;

-- When the signature arrived; NULL in acts from before there were receipts.
ALTER TABLE act ADD COLUMN received_at INTEGER;

-- The challenge of a receipt has the bytes that were signed, so the purge leaves it, without reading it each time.
ALTER TABLE challenge ADD COLUMN received INTEGER NOT NULL DEFAULT 0 CHECK (received IN (0, 1));
DROP INDEX challenge_unused;
CREATE INDEX challenge_unused ON challenge (expires_at) WHERE used = 0 AND received = 0;
CREATE TRIGGER receipt_keeps_challenge AFTER INSERT ON receipt
BEGIN UPDATE challenge SET received = 1 WHERE reference = NEW.reference; END;
