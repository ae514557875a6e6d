-- What acts were judged by is kept once, as logins have it: most acts have the same certificates and lists. Acts from before keep the
-- bytes of their own, in tables of another name. The old names are views of both, by which programs of before go on reading and adding.
ALTER TABLE evidence RENAME TO inline_evidence;
ALTER TABLE evidence_signer RENAME TO inline_evidence_signer;

CREATE TABLE act_evidence (
  reference TEXT    NOT NULL REFERENCES act (reference),
  kind      TEXT    NOT NULL CHECK (kind IN ('certificate', 'ocsp', 'crl', 'signer')),
  number    INTEGER NOT NULL,
  url       TEXT,
  sha256    BLOB    NOT NULL REFERENCES item (sha256),
  PRIMARY KEY (reference, kind, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER act_evidence_kept_1 BEFORE UPDATE ON act_evidence BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER act_evidence_kept_2 BEFORE DELETE ON act_evidence BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER act_evidence_kept_3 BEFORE INSERT ON act_evidence
WHEN EXISTS (SELECT 1 FROM act_evidence WHERE reference = NEW.reference AND kind = NEW.kind AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;

CREATE VIEW evidence AS
  SELECT reference, kind, number, der, url FROM inline_evidence
  UNION ALL SELECT reference, kind, number, der, url FROM act_evidence JOIN item ON item.sha256 = act_evidence.sha256 WHERE kind <> 'signer';
CREATE VIEW evidence_signer AS
  SELECT reference, number, der FROM inline_evidence_signer
  UNION ALL SELECT reference, number, der FROM act_evidence JOIN item ON item.sha256 = act_evidence.sha256 WHERE kind = 'signer';
CREATE TRIGGER evidence_inline INSTEAD OF INSERT ON evidence
BEGIN INSERT INTO inline_evidence (reference, kind, number, der, url) VALUES (NEW.reference, NEW.kind, NEW.number, NEW.der, NEW.url); END;
CREATE TRIGGER evidence_signer_inline INSTEAD OF INSERT ON evidence_signer
BEGIN INSERT INTO inline_evidence_signer (reference, number, der) VALUES (NEW.reference, NEW.number, NEW.der); END;
