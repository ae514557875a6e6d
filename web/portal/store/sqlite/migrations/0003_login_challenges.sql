-- The open challenges of logins with a card. session is the digest of its name. The numbers grow, so that the oldest can
-- be forgotten without counting.
CREATE TABLE login_challenge (
  number     INTEGER PRIMARY KEY,
  session    TEXT    NOT NULL UNIQUE,
  nonce      TEXT    NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
