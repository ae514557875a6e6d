-- An act may approve an application by a signature: a challenge is then about an application at one version, and the act has no number,
-- which counts acts on E-Onay alone. The state is that of SQLite's version 20.
ALTER TABLE eonay.challenge ADD COLUMN subject text;
ALTER TABLE eonay.challenge DROP CONSTRAINT challenge_kind_check;
ALTER TABLE eonay.challenge ADD CONSTRAINT challenge_kind_check
  CHECK (kind IN ('give', 'withdraw', 'pin', 'approval') AND (kind = 'approval') = (subject IS NOT NULL));
ALTER TABLE eonay.act DROP CONSTRAINT act_check;
ALTER TABLE eonay.act ADD CONSTRAINT act_check
  CHECK (kind = CASE WHEN number IS NULL THEN 'approval' WHEN number % 2 = 1 THEN 'give' ELSE 'withdraw' END);
ALTER TABLE eonay.act ALTER COLUMN number DROP NOT NULL;
