-- What is to be done outside the portal, put down in the transaction of what it follows from. The state is that of SQLite's version 16.
CREATE TABLE eonay.job (
  key         text COLLATE "C" PRIMARY KEY CHECK (key <> ''),
  kind        text COLLATE "C" NOT NULL CHECK (kind <> ''),
  application text COLLATE "C" NOT NULL,  -- its reference; empty for none
  payload     bytea,            -- NULL once it is of no use
  since       bigint NOT NULL,  -- when it was due first
  due_at      bigint NOT NULL,  -- also the end of a lease
  expires_at  bigint NOT NULL,
  attempts    bigint NOT NULL,
  ended_at    bigint,
  given_up    bigint NOT NULL CHECK (given_up IN (0, 1)),
  CHECK (ended_at IS NOT NULL OR payload IS NOT NULL AND given_up = 0),
  CHECK (given_up = 1 OR ended_at IS NULL OR payload IS NULL)
);
CREATE INDEX job_due ON eonay.job (kind, due_at) WHERE ended_at IS NULL;
CREATE INDEX job_waiting ON eonay.job (kind, since) WHERE ended_at IS NULL;
CREATE INDEX job_given_up ON eonay.job (ended_at, kind) WHERE given_up = 1;
CREATE INDEX job_expired ON eonay.job (expires_at) WHERE ended_at IS NOT NULL;
