-- A challenge may be of one more kind. SQLite changes a CHECK only by way of another table.
CREATE TABLE challenge_2 (
  reference      TEXT    PRIMARY KEY,
  session        BLOB    NOT NULL CHECK (length(session) = 32),
  number         INTEGER NOT NULL,  -- within the session, from 1
  citizen_number TEXT    NOT NULL,
  kind           TEXT    NOT NULL CHECK (kind IN ('give', 'withdraw', 'pin')),
  code           TEXT    NOT NULL,
  text_version   TEXT    NOT NULL,
  document       BLOB    NOT NULL,
  issued_at      INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  UNIQUE (session, number)
) STRICT;
INSERT INTO challenge_2 SELECT reference, session, number, citizen_number, kind, code, text_version, document, issued_at, expires_at FROM challenge;
DROP TABLE challenge;
ALTER TABLE challenge_2 RENAME TO challenge;
CREATE INDEX challenge_expires_at ON challenge (expires_at);

CREATE TABLE card (
  serial         TEXT    PRIMARY KEY,
  citizen_number TEXT    NOT NULL,
  puk            BLOB    NOT NULL,  -- encrypted, with a key that is not here
  puk_refused    INTEGER NOT NULL CHECK (puk_refused IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX card_citizen_number ON card (citizen_number);

CREATE TABLE card_certificate (
  serial     TEXT    NOT NULL REFERENCES card (serial),
  sha256     BLOB    NOT NULL CHECK (length(sha256) = 32),
  not_before INTEGER NOT NULL,
  not_after  INTEGER NOT NULL,
  PRIMARY KEY (serial, sha256)
) STRICT, WITHOUT ROWID;

-- One installation that two people use is two machines: each may revoke their own.
CREATE TABLE machine (
  citizen_number TEXT    NOT NULL,
  id             TEXT    NOT NULL,
  signing        BLOB    NOT NULL,
  sealing        BLOB    NOT NULL,
  protection     TEXT    NOT NULL,
  platform       TEXT    NOT NULL,
  first_seen     INTEGER NOT NULL,
  last_seen      INTEGER NOT NULL,
  revoked_at     INTEGER,
  PRIMARY KEY (citizen_number, id)
) STRICT, WITHOUT ROWID;

-- A PUK that was released. The primary key lets one claim of a code win.
CREATE TABLE puk_release (
  reference        TEXT    PRIMARY KEY,
  citizen_number   TEXT    NOT NULL,
  card             TEXT    NOT NULL REFERENCES card (serial),
  machine          TEXT    NOT NULL,
  claim            BLOB    NOT NULL,
  claim_signature  BLOB    NOT NULL,
  card_signature   BLOB,
  issued_at        INTEGER NOT NULL,
  outcome          TEXT,
  report           BLOB,
  report_signature BLOB,
  reported_at      INTEGER,
  FOREIGN KEY (citizen_number, machine) REFERENCES machine (citizen_number, id),
  CHECK ((outcome IS NULL) = (reported_at IS NULL) AND (report IS NULL) = (reported_at IS NULL)
    AND (report_signature IS NULL) = (reported_at IS NULL))
) STRICT;

CREATE INDEX puk_release_person ON puk_release (citizen_number, issued_at);

-- A release is kept as it is, but that its report is added once.
CREATE TRIGGER puk_release_kept_1 BEFORE UPDATE ON puk_release
WHEN OLD.reported_at IS NOT NULL
  OR NEW.reference IS NOT OLD.reference OR NEW.citizen_number IS NOT OLD.citizen_number
  OR NEW.card IS NOT OLD.card OR NEW.machine IS NOT OLD.machine OR NEW.claim IS NOT OLD.claim
  OR NEW.claim_signature IS NOT OLD.claim_signature OR NEW.card_signature IS NOT OLD.card_signature
  OR NEW.issued_at IS NOT OLD.issued_at
BEGIN SELECT RAISE(ABORT, 'releases are kept as they are'); END;
CREATE TRIGGER puk_release_kept_2 BEFORE DELETE ON puk_release BEGIN SELECT RAISE(ABORT, 'releases are kept as they are'); END;

-- INSERT OR REPLACE deletes without asking a trigger that watches over DELETE.
CREATE TRIGGER puk_release_kept_3 BEFORE INSERT ON puk_release
WHEN EXISTS (SELECT 1 FROM puk_release WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'releases are kept as they are'); END;
CREATE TRIGGER act_kept_3 BEFORE INSERT ON act
WHEN EXISTS (SELECT 1 FROM act WHERE reference = NEW.reference OR citizen_number = NEW.citizen_number AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'acts are kept as they are'); END;
CREATE TRIGGER evidence_kept_3 BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM evidence WHERE reference = NEW.reference AND kind = NEW.kind AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
