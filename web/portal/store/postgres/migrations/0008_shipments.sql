-- A carrier's number stands for one shipment for good, also after its card came back and was sent again. The state is that of
-- SQLite's version 21.
CREATE UNIQUE INDEX application_change_shipment ON eonay.application_change (basis) WHERE event = 'dispatch';

-- What a carrier has said of a shipment; id is its own name of the event.
CREATE TABLE eonay.shipment_state (
  shipment  text COLLATE "C" NOT NULL CHECK (shipment <> ''),
  id        text COLLATE "C" NOT NULL CHECK (id <> ''),
  reference text COLLATE "C" NOT NULL REFERENCES eonay.application (reference),
  state     text NOT NULL,
  location  text NOT NULL,
  at        bigint NOT NULL,  -- by the carrier's clock
  told_at   bigint NOT NULL,  -- by ours
  PRIMARY KEY (shipment, id)
);
CREATE INDEX shipment_state_reference ON eonay.shipment_state (reference);
CREATE TRIGGER shipment_state_kept BEFORE UPDATE OR DELETE ON eonay.shipment_state FOR EACH ROW EXECUTE FUNCTION eonay.keep('what a carrier has said is kept as it is');
CREATE TRIGGER shipment_state_not_emptied BEFORE TRUNCATE ON eonay.shipment_state FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('what a carrier has said is kept as it is');

-- Shipments under way, and when the carrier is asked about them next; code is what was wrong with its last answer.
CREATE TABLE eonay.shipment_due (
  reference text COLLATE "C" PRIMARY KEY REFERENCES eonay.application (reference),
  shipment  text COLLATE "C" NOT NULL CONSTRAINT shipment_due_shipment UNIQUE,
  sent_at   bigint NOT NULL,
  due_at    bigint NOT NULL,
  attempts  bigint NOT NULL DEFAULT 0,
  code      text
);
CREATE INDEX shipment_due_next ON eonay.shipment_due (due_at);
INSERT INTO eonay.shipment_due (reference, shipment, sent_at, due_at)
SELECT reference, shipment, state_since, state_since FROM eonay.application WHERE state = 'with_courier' AND shipment IS NOT NULL;
