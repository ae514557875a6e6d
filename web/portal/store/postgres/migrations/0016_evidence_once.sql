-- What acts were judged by is kept once, as logins have it: most acts have the same certificates and lists. Acts from before keep the
-- bytes of their own, in tables of another name. The old names are views of both, by which programs of before go on reading and adding.
ALTER TABLE eonay.evidence RENAME TO inline_evidence;
ALTER TABLE eonay.evidence_signer RENAME TO inline_evidence_signer;

CREATE TABLE eonay.act_evidence (
  reference text COLLATE "C" NOT NULL REFERENCES eonay.act (reference),
  kind      text COLLATE "C" NOT NULL CHECK (kind IN ('certificate', 'ocsp', 'crl', 'signer')),
  number    bigint NOT NULL,
  url       text,
  sha256    bytea  NOT NULL REFERENCES eonay.item (sha256),
  PRIMARY KEY (reference, kind, number)
);
CREATE TRIGGER act_evidence_kept BEFORE UPDATE OR DELETE ON eonay.act_evidence FOR EACH ROW EXECUTE FUNCTION eonay.keep('evidence is kept as it is');
CREATE TRIGGER act_evidence_not_emptied BEFORE TRUNCATE ON eonay.act_evidence FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('evidence is kept as it is');

CREATE VIEW eonay.evidence AS
  SELECT reference, kind, number, der, url FROM eonay.inline_evidence
  UNION ALL SELECT a.reference, a.kind, a.number, i.der, a.url FROM eonay.act_evidence a JOIN eonay.item i ON i.sha256 = a.sha256 WHERE a.kind <> 'signer';
CREATE VIEW eonay.evidence_signer AS
  SELECT reference, number, der FROM eonay.inline_evidence_signer
  UNION ALL SELECT a.reference, a.number, i.der FROM eonay.act_evidence a JOIN eonay.item i ON i.sha256 = a.sha256 WHERE a.kind = 'signer';
CREATE FUNCTION eonay.add_inline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO eonay.inline_evidence (reference, kind, number, der, url) VALUES (NEW.reference, NEW.kind, NEW.number, NEW.der, NEW.url);
  RETURN NEW;
END $$;
CREATE FUNCTION eonay.add_inline_signer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO eonay.inline_evidence_signer (reference, number, der) VALUES (NEW.reference, NEW.number, NEW.der);
  RETURN NEW;
END $$;
CREATE TRIGGER evidence_inline INSTEAD OF INSERT ON eonay.evidence FOR EACH ROW EXECUTE FUNCTION eonay.add_inline();
CREATE TRIGGER evidence_signer_inline INSTEAD OF INSERT ON eonay.evidence_signer FOR EACH ROW EXECUTE FUNCTION eonay.add_inline_signer();

-- Who could read and add evidence by the old names can do so still: a program of before goes on, whether the migration is told its role or not.
DO $$
DECLARE given record;
BEGIN
  FOR given IN SELECT grantee::regrole AS role, privilege_type AS right FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = 'eonay.inline_evidence'::regclass AND grantee <> relowner AND grantee <> 0 AND privilege_type IN ('SELECT', 'INSERT') LOOP
    EXECUTE format('GRANT %s ON eonay.evidence, eonay.evidence_signer TO %s', given.right, given.role);
  END LOOP;
END $$;
