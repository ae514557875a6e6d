-- When the machine's TPM last proved that it has the machine's keys; NULL where it never did.
ALTER TABLE machine ADD COLUMN attested_at INTEGER;
