-- A payment is of an application's fee, or of an order's. SQLite cannot let a column be NULL that could not be, so both tables are made anew;
-- the renamed ones keep their references to each other until they are gone.
DROP TRIGGER payment_kept_1;
DROP TRIGGER payment_kept_2;
DROP TRIGGER payment_kept_3;
DROP TRIGGER payment_change_kept_1;
DROP TRIGGER payment_change_kept_2;
DROP TRIGGER payment_change_kept_3;
DROP INDEX payment_application;
DROP INDEX payment_state;
ALTER TABLE payment RENAME TO payment_24;
ALTER TABLE payment_change RENAME TO payment_change_24;

CREATE TABLE payment (
  reference   TEXT    PRIMARY KEY CHECK (reference <> '' AND instr(reference, '/') = 0),
  application TEXT    REFERENCES application (reference),
  goods_order TEXT    REFERENCES goods_order (reference) CHECK ((goods_order IS NULL) <> (application IS NULL)),
  sum         INTEGER NOT NULL CHECK (sum > 0),  -- kuruş
  started_at  INTEGER NOT NULL,
  version     INTEGER NOT NULL CHECK (version >= 1),
  state       TEXT    NOT NULL,
  number      TEXT    UNIQUE,  -- the provider's; NULL until it is known
  received    INTEGER NOT NULL CHECK (received >= 0),
  currency    TEXT    NOT NULL,
  basis       TEXT    NOT NULL,
  changed_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE payment_change (
  reference TEXT    NOT NULL REFERENCES payment (reference),
  version   INTEGER NOT NULL,
  state     TEXT    NOT NULL,
  number    TEXT,
  received  INTEGER NOT NULL,
  currency  TEXT    NOT NULL,
  basis     TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (reference, version)
) STRICT, WITHOUT ROWID;

INSERT INTO payment (reference, application, sum, started_at, version, state, number, received, currency, basis, changed_at)
SELECT reference, application, sum, started_at, version, state, number, received, currency, basis, changed_at FROM payment_24;
INSERT INTO payment_change (reference, version, state, number, received, currency, basis, at)
SELECT reference, version, state, number, received, currency, basis, at FROM payment_change_24;
DROP TABLE payment_change_24;
DROP TABLE payment_24;

CREATE INDEX payment_application ON payment (application, started_at);
CREATE INDEX payment_goods_order ON payment (goods_order, started_at) WHERE goods_order IS NOT NULL;
CREATE INDEX payment_state ON payment (state, changed_at);

CREATE TRIGGER payment_kept_1 BEFORE UPDATE ON payment
WHEN NEW.version IS NOT OLD.version + 1 OR NEW.reference IS NOT OLD.reference OR NEW.application IS NOT OLD.application
  OR NEW.goods_order IS NOT OLD.goods_order OR NEW.sum IS NOT OLD.sum
  OR NEW.started_at IS NOT OLD.started_at OR OLD.number IS NOT NULL AND NEW.number IS NOT OLD.number
BEGIN SELECT RAISE(ABORT, 'a payment changes to its next version'); END;
CREATE TRIGGER payment_kept_2 BEFORE DELETE ON payment BEGIN SELECT RAISE(ABORT, 'payments are kept'); END;
CREATE TRIGGER payment_kept_3 BEFORE INSERT ON payment
WHEN NEW.version <> 1 OR EXISTS (SELECT 1 FROM payment WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'payments are kept'); END;
CREATE TRIGGER payment_change_kept_1 BEFORE UPDATE ON payment_change BEGIN SELECT RAISE(ABORT, 'versions of payments are kept as they are'); END;
CREATE TRIGGER payment_change_kept_2 BEFORE DELETE ON payment_change BEGIN SELECT RAISE(ABORT, 'versions of payments are kept as they are'); END;
CREATE TRIGGER payment_change_kept_3 BEFORE INSERT ON payment_change
WHEN NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM payment_change WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'versions of payments are kept as they are'); END;
