-- What is to be done outside the portal, put down in the transaction of what it follows from.
CREATE TABLE job (
  key         TEXT    PRIMARY KEY CHECK (key <> ''),
  kind        TEXT    NOT NULL CHECK (kind <> ''),
  application TEXT    NOT NULL,  -- its reference; empty for none
  payload     BLOB,              -- NULL once it is of no use
  since       INTEGER NOT NULL,  -- when it was due first
  due_at      INTEGER NOT NULL,  -- also the end of a lease
  expires_at  INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  ended_at    INTEGER,
  given_up    INTEGER NOT NULL CHECK (given_up IN (0, 1)),
  CHECK (ended_at IS NOT NULL OR payload IS NOT NULL AND given_up = 0),
  CHECK (given_up = 1 OR ended_at IS NULL OR payload IS NULL)
) STRICT;

CREATE INDEX job_due ON job (kind, due_at) WHERE ended_at IS NULL;
CREATE INDEX job_waiting ON job (kind, since) WHERE ended_at IS NULL;
CREATE INDEX job_given_up ON job (ended_at, kind) WHERE given_up = 1;
CREATE INDEX job_expired ON job (expires_at) WHERE ended_at IS NOT NULL;
