-- Where an answer on revocation came from; NULL for certificates, and in evidence from before.
ALTER TABLE evidence ADD COLUMN url TEXT;

-- Certificates that are not in the path of an act, and have signed lists.
CREATE TABLE evidence_signer (
  reference TEXT    NOT NULL REFERENCES act (reference),
  number    INTEGER NOT NULL,
  der       BLOB    NOT NULL,
  PRIMARY KEY (reference, number)
) STRICT;

-- A login with a card, with all that shows later that it was one. nonce is the challenge that the token answers.
CREATE TABLE login (
  reference      TEXT    PRIMARY KEY,
  citizen_number TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  way            TEXT    NOT NULL,
  origin         TEXT    NOT NULL,
  nonce          TEXT    NOT NULL,
  token          BLOB    NOT NULL,
  received_at    INTEGER NOT NULL,
  verified_at    INTEGER NOT NULL
) STRICT;

-- What a login was judged by. Logins are many, and mostly have the same lists and certificates: each is kept once.
CREATE TABLE item (
  sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
  der    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE login_evidence (
  reference TEXT    NOT NULL REFERENCES login (reference),
  kind      TEXT    NOT NULL CHECK (kind IN ('certificate', 'ocsp', 'crl', 'signer')),
  number    INTEGER NOT NULL,
  url       TEXT,
  sha256    BLOB    NOT NULL REFERENCES item (sha256),
  PRIMARY KEY (reference, kind, number)
) STRICT, WITHOUT ROWID;

-- One entry for each thing that must not change or vanish unseen. digest is that of the rows it covers, link that of the entry
-- and the link before (chain.go). before is 1 where the rows are older than the chain, and were entered later.
CREATE TABLE chain (
  number    INTEGER PRIMARY KEY,
  kind      TEXT    NOT NULL CHECK (kind IN ('act', 'refusal', 'release', 'report', 'login')),
  reference TEXT    NOT NULL,  -- of a refusal: the receipt's number
  before    INTEGER NOT NULL CHECK (before IN (0, 1)),
  digest    BLOB    NOT NULL CHECK (length(digest) = 32),
  link      BLOB    NOT NULL CHECK (length(link) = 32),
  UNIQUE (kind, reference)
) STRICT;

-- A link that the portal has signed.
CREATE TABLE head (
  number    INTEGER PRIMARY KEY REFERENCES chain (number),
  link      BLOB    NOT NULL CHECK (length(link) = 32),
  signed_at INTEGER NOT NULL,
  signature BLOB    NOT NULL
) STRICT;

-- What was there before the chain, and is entered little by little.
CREATE TABLE unchained (
  number    INTEGER PRIMARY KEY,
  kind      TEXT NOT NULL,
  reference TEXT NOT NULL
) STRICT;
INSERT INTO unchained (kind, reference) SELECT 'act', reference FROM act ORDER BY recorded_at, rowid;
INSERT INTO unchained (kind, reference) SELECT 'refusal', CAST(number AS TEXT) FROM receipt WHERE code IS NOT NULL ORDER BY number;
INSERT INTO unchained (kind, reference) SELECT 'release', reference FROM puk_release ORDER BY issued_at, rowid;
INSERT INTO unchained (kind, reference) SELECT 'report', reference FROM puk_release WHERE reported_at IS NOT NULL ORDER BY reported_at, rowid;
CREATE TRIGGER unchained_kept_1 BEFORE INSERT ON unchained BEGIN SELECT RAISE(ABORT, 'what comes now is entered at once'); END;
CREATE TRIGGER unchained_kept_2 BEFORE UPDATE ON unchained BEGIN SELECT RAISE(ABORT, 'what comes now is entered at once'); END;
CREATE TRIGGER unchained_kept_3 BEFORE DELETE ON unchained
WHEN NOT EXISTS (SELECT 1 FROM chain WHERE kind = OLD.kind AND reference = OLD.reference)
BEGIN SELECT RAISE(ABORT, 'it is not entered yet'); END;

CREATE TRIGGER evidence_signer_kept_1 BEFORE UPDATE ON evidence_signer BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER evidence_signer_kept_2 BEFORE DELETE ON evidence_signer BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER evidence_signer_kept_3 BEFORE INSERT ON evidence_signer
WHEN EXISTS (SELECT 1 FROM evidence_signer WHERE reference = NEW.reference AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER login_kept_1 BEFORE UPDATE ON login BEGIN SELECT RAISE(ABORT, 'logins are kept as they are'); END;
CREATE TRIGGER login_kept_2 BEFORE DELETE ON login BEGIN SELECT RAISE(ABORT, 'logins are kept as they are'); END;
CREATE TRIGGER login_kept_3 BEFORE INSERT ON login
WHEN EXISTS (SELECT 1 FROM login WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'logins are kept as they are'); END;
CREATE TRIGGER item_kept_1 BEFORE UPDATE ON item BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER item_kept_2 BEFORE DELETE ON item BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER item_kept_3 BEFORE INSERT ON item
WHEN EXISTS (SELECT 1 FROM item WHERE sha256 = NEW.sha256)
BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER login_evidence_kept_1 BEFORE UPDATE ON login_evidence BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER login_evidence_kept_2 BEFORE DELETE ON login_evidence BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER login_evidence_kept_3 BEFORE INSERT ON login_evidence
WHEN EXISTS (SELECT 1 FROM login_evidence WHERE reference = NEW.reference AND kind = NEW.kind AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER chain_kept_1 BEFORE UPDATE ON chain BEGIN SELECT RAISE(ABORT, 'the chain is kept as it is'); END;
CREATE TRIGGER chain_kept_2 BEFORE DELETE ON chain BEGIN SELECT RAISE(ABORT, 'the chain is kept as it is'); END;
CREATE TRIGGER chain_kept_3 BEFORE INSERT ON chain
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM chain)
  OR EXISTS (SELECT 1 FROM chain WHERE kind = NEW.kind AND reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'the chain is kept as it is'); END;
CREATE TRIGGER head_kept_1 BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'heads are kept as they are'); END;
CREATE TRIGGER head_kept_2 BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'heads are kept as they are'); END;
CREATE TRIGGER head_kept_3 BEFORE INSERT ON head
WHEN NEW.number <= (SELECT max(number) FROM head) OR NOT EXISTS (SELECT 1 FROM chain WHERE number = NEW.number AND link = NEW.link)
BEGIN SELECT RAISE(ABORT, 'heads are kept as they are'); END;
