-- Payments of applications' fees, as they are now, and each version as it was. Nothing in them is of a person or a card. The state is that of SQLite's
-- version 22.
CREATE TABLE eonay.payment (
  reference   text COLLATE "C" PRIMARY KEY CHECK (reference <> '' AND strpos(reference, '/') = 0),
  application text COLLATE "C" NOT NULL REFERENCES eonay.application (reference),
  sum         bigint NOT NULL CHECK (sum > 0),  -- kuruş
  started_at  bigint NOT NULL,
  version     bigint NOT NULL CHECK (version >= 1),
  state       text   NOT NULL,
  number      text COLLATE "C" CONSTRAINT payment_number UNIQUE,  -- the provider's; NULL until it is known
  received    bigint NOT NULL CHECK (received >= 0),
  currency    text   NOT NULL,
  basis       text   NOT NULL,
  changed_at  bigint NOT NULL
);
CREATE INDEX payment_application ON eonay.payment (application, started_at);
CREATE INDEX payment_state ON eonay.payment (state, changed_at);

CREATE TABLE eonay.payment_change (
  reference text COLLATE "C" NOT NULL REFERENCES eonay.payment (reference),
  version   bigint NOT NULL,
  state     text   NOT NULL,
  number    text,
  received  bigint NOT NULL,
  currency  text   NOT NULL,
  basis     text   NOT NULL,
  at        bigint NOT NULL,
  PRIMARY KEY (reference, version)
);

-- A payment changes to its next version and to nothing else.
CREATE FUNCTION eonay.keep_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.version = 1 THEN
      RETURN NEW;
    END IF;
  ELSIF NEW.version = OLD.version + 1
    AND (NEW.reference, NEW.application, NEW.sum, NEW.started_at) IS NOT DISTINCT FROM (OLD.reference, OLD.application, OLD.sum, OLD.started_at)
    AND (OLD.number IS NULL OR NEW.number IS NOT DISTINCT FROM OLD.number) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a payment changes to its next version' USING ERRCODE = 'EO001';
END $$;
CREATE FUNCTION eonay.next_payment_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version IS DISTINCT FROM (SELECT coalesce(max(version), 0) + 1 FROM eonay.payment_change WHERE reference = NEW.reference) THEN
    RAISE EXCEPTION 'versions of payments are kept as they are' USING ERRCODE = 'EO001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_kept_1 BEFORE INSERT OR UPDATE ON eonay.payment FOR EACH ROW EXECUTE FUNCTION eonay.keep_payment();
CREATE TRIGGER payment_kept_2 BEFORE DELETE ON eonay.payment FOR EACH ROW EXECUTE FUNCTION eonay.keep('payments are kept');
CREATE TRIGGER payment_not_emptied BEFORE TRUNCATE ON eonay.payment FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('payments are kept');
CREATE TRIGGER payment_change_kept BEFORE UPDATE OR DELETE ON eonay.payment_change FOR EACH ROW EXECUTE FUNCTION eonay.keep('versions of payments are kept as they are');
CREATE TRIGGER payment_change_next BEFORE INSERT ON eonay.payment_change FOR EACH ROW EXECUTE FUNCTION eonay.next_payment_change();
CREATE TRIGGER payment_change_not_emptied BEFORE TRUNCATE ON eonay.payment_change FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('versions of payments are kept as they are');
