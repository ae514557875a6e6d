-- A payment is of an application's fee, or of an order's. The state is that of SQLite's version 26.
ALTER TABLE eonay.payment ALTER COLUMN application DROP NOT NULL;
ALTER TABLE eonay.payment ADD COLUMN goods_order text COLLATE "C" REFERENCES eonay.goods_order (reference);
ALTER TABLE eonay.payment ADD CONSTRAINT payment_of_one CHECK ((goods_order IS NULL) <> (application IS NULL));
CREATE INDEX payment_goods_order ON eonay.payment (goods_order, started_at) WHERE goods_order IS NOT NULL;

CREATE OR REPLACE FUNCTION eonay.keep_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.version = 1 THEN
      RETURN NEW;
    END IF;
  ELSIF NEW.version = OLD.version + 1
    AND (NEW.reference, NEW.application, NEW.goods_order, NEW.sum, NEW.started_at)
      IS NOT DISTINCT FROM (OLD.reference, OLD.application, OLD.goods_order, OLD.sum, OLD.started_at)
    AND (OLD.number IS NULL OR NEW.number IS NOT DISTINCT FROM OLD.number) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a payment changes to its next version' USING ERRCODE = 'EO001';
END $$;
