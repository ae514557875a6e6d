-- A login's challenge is kept by nobody any more; what is kept is that one was used up, until no copy of its token counts.
-- Those that were open when the portal was brought up to date are over, and their people press again.
DROP TABLE login_challenge;
CREATE TABLE used_login_challenge (
  digest     TEXT    PRIMARY KEY CHECK (length(digest) = 64),
  keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_login_challenge_keep_until ON used_login_challenge (keep_until);
