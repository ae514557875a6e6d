-- A carrier's number stands for one shipment for good, also after its card came back and was sent again.
CREATE UNIQUE INDEX application_change_shipment ON application_change (basis) WHERE event = 'dispatch';

-- What a carrier has said of a shipment; id is its own name of the event.
CREATE TABLE shipment_state (
  shipment  TEXT    NOT NULL CHECK (shipment <> ''),
  id        TEXT    NOT NULL CHECK (id <> ''),
  reference TEXT    NOT NULL REFERENCES application (reference),
  state     TEXT    NOT NULL,
  location  TEXT    NOT NULL,
  at        INTEGER NOT NULL,  -- by the carrier's clock
  told_at   INTEGER NOT NULL,  -- by ours
  PRIMARY KEY (shipment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shipment_state_reference ON shipment_state (reference);
CREATE TRIGGER shipment_state_kept_1 BEFORE UPDATE ON shipment_state BEGIN SELECT RAISE(ABORT, 'what a carrier has said is kept as it is'); END;
CREATE TRIGGER shipment_state_kept_2 BEFORE DELETE ON shipment_state BEGIN SELECT RAISE(ABORT, 'what a carrier has said is kept as it is'); END;
CREATE TRIGGER shipment_state_kept_3 BEFORE INSERT ON shipment_state
WHEN EXISTS (SELECT 1 FROM shipment_state WHERE shipment = NEW.shipment AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'what a carrier has said is kept as it is'); END;

-- Shipments under way, and when the carrier is asked about them next; code is what was wrong with its last answer.
CREATE TABLE shipment_due (
  reference TEXT    PRIMARY KEY REFERENCES application (reference),
  shipment  TEXT    NOT NULL UNIQUE,
  sent_at   INTEGER NOT NULL,
  due_at    INTEGER NOT NULL,
  attempts  INTEGER NOT NULL DEFAULT 0,
  code      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX shipment_due_next ON shipment_due (due_at);
INSERT INTO shipment_due (reference, shipment, sent_at, due_at)
SELECT reference, shipment, state_since, state_since FROM application WHERE state = 'with_courier' AND shipment IS NOT NULL;
