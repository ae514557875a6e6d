-- What a release asks of a person beside their session: a login just now at the gateway, a code by another channel, and no
-- waiting time after failures.
ALTER TABLE session ADD COLUMN authenticated_at INTEGER;  -- NULL: the gateway has not said so
ALTER TABLE session ADD COLUMN acr TEXT NOT NULL DEFAULT '';

CREATE TABLE contact (
  citizen_number TEXT PRIMARY KEY,
  address        BLOB NOT NULL  -- encrypted, with a key that is not here
) STRICT, WITHOUT ROWID;

-- A session has one code at a time; the release that it is good for deletes it.
CREATE TABLE one_time_code (
  session        BLOB    PRIMARY KEY CHECK (length(session) = 32),
  citizen_number TEXT    NOT NULL,
  code           BLOB    NOT NULL CHECK (length(code) = 32),  -- HMAC
  issued_at      INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  confirmed      INTEGER NOT NULL CHECK (confirmed IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX one_time_code_expires_at ON one_time_code (expires_at);

CREATE TABLE failure (
  number         INTEGER PRIMARY KEY,
  citizen_number TEXT    NOT NULL,
  at             INTEGER NOT NULL
) STRICT;

CREATE INDEX failure_person ON failure (citizen_number, at);

-- A message is blank once it was sent or given up.
CREATE TABLE outbox (
  id             TEXT    PRIMARY KEY,
  citizen_number TEXT    NOT NULL,
  kind           TEXT    NOT NULL CHECK (kind IN ('code', 'notice')),
  message        BLOB,              -- encrypted, with a key that is not here
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  due_at         INTEGER NOT NULL,  -- also the end of a lease
  attempts       INTEGER NOT NULL,
  ended_at       INTEGER,
  sent           INTEGER NOT NULL CHECK (sent IN (0, 1)),
  CHECK ((message IS NULL) = (ended_at IS NOT NULL) AND (sent = 0 OR ended_at IS NOT NULL))
) STRICT;

CREATE INDEX outbox_due ON outbox (due_at) WHERE ended_at IS NULL;
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX outbox_person ON outbox (citizen_number, created_at);
