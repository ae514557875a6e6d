-- How a person had logged in, by the gateway's word: authentication methods, with spaces between. A receipt has it from the
-- session in which the signature arrived, and an act from its receipt; NULL in those from before.
ALTER TABLE session ADD COLUMN amr TEXT NOT NULL DEFAULT '';
ALTER TABLE receipt ADD COLUMN acr TEXT;
ALTER TABLE receipt ADD COLUMN amr TEXT CHECK ((amr IS NULL) = (acr IS NULL));
ALTER TABLE act ADD COLUMN acr TEXT;
ALTER TABLE act ADD COLUMN amr TEXT CHECK ((amr IS NULL) = (acr IS NULL));

DROP TRIGGER receipt_kept_1;
CREATE TRIGGER receipt_kept_1 BEFORE UPDATE ON receipt
WHEN OLD.code IS NOT NULL
  OR NEW.number IS NOT OLD.number OR NEW.reference IS NOT OLD.reference OR NEW.citizen_number IS NOT OLD.citizen_number
  OR NEW.name IS NOT OLD.name OR NEW.signature IS NOT OLD.signature OR NEW.received_at IS NOT OLD.received_at
  OR NEW.acr IS NOT OLD.acr OR NEW.amr IS NOT OLD.amr
BEGIN SELECT RAISE(ABORT, 'receipts are kept as they are'); END;
