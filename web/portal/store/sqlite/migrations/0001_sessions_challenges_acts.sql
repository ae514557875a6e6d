-- Times are milliseconds since 1970, UTC.

CREATE TABLE session (
  id             BLOB    PRIMARY KEY CHECK (length(id) = 32),  -- SHA-256 of the cookie
  citizen_number TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  created_at     INTEGER NOT NULL,
  seen_at        INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_expires_at ON session (expires_at);

-- A challenge outlives its session, so that a person who logs in again is told whose code it was.
CREATE TABLE challenge (
  reference      TEXT    PRIMARY KEY,
  session        BLOB    NOT NULL CHECK (length(session) = 32),
  number         INTEGER NOT NULL,  -- within the session, from 1
  citizen_number TEXT    NOT NULL,
  kind           TEXT    NOT NULL CHECK (kind IN ('give', 'withdraw')),
  code           TEXT    NOT NULL,
  text_version   TEXT    NOT NULL,
  document       BLOB    NOT NULL,
  issued_at      INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  UNIQUE (session, number)
) STRICT;

CREATE INDEX challenge_expires_at ON challenge (expires_at);

-- The newest act of a person is the person's state. The two constraints let one completion of a code,
-- and one change of a person's state, win, whatever the programs above do.
CREATE TABLE act (
  reference      TEXT    PRIMARY KEY,
  citizen_number TEXT    NOT NULL,
  number         INTEGER NOT NULL,  -- within the person, from 1: odd gives, even withdraws
  name           TEXT    NOT NULL,
  kind           TEXT    NOT NULL CHECK (kind = iif(number % 2 = 1, 'give', 'withdraw')),
  text_version   TEXT    NOT NULL,
  document       BLOB    NOT NULL,
  signature      BLOB    NOT NULL,
  signing_time   INTEGER NOT NULL,
  verified_at    INTEGER NOT NULL,
  recorded_at    INTEGER NOT NULL,
  UNIQUE (citizen_number, number)
) STRICT;

-- What the signature was judged by: DER, in the order of each kind.
CREATE TABLE evidence (
  reference TEXT    NOT NULL REFERENCES act (reference),
  kind      TEXT    NOT NULL CHECK (kind IN ('certificate', 'ocsp', 'crl')),
  number    INTEGER NOT NULL,
  der       BLOB    NOT NULL,
  PRIMARY KEY (reference, kind, number)
) STRICT;

-- Evidence is never changed or deleted, not by a mistake either.
CREATE TRIGGER act_kept_1 BEFORE UPDATE ON act BEGIN SELECT RAISE(ABORT, 'acts are kept as they are'); END;
CREATE TRIGGER act_kept_2 BEFORE DELETE ON act BEGIN SELECT RAISE(ABORT, 'acts are kept as they are'); END;
CREATE TRIGGER evidence_kept_1 BEFORE UPDATE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
CREATE TRIGGER evidence_kept_2 BEFORE DELETE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is kept as it is'); END;
