-- A used challenge is kept for good, beside its act. The purge must not read those again each time: in some years they
-- are a million, and a purge that reads them all holds the write lock for many seconds.
ALTER TABLE challenge ADD COLUMN used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1));
UPDATE challenge SET used = 1
WHERE reference IN (SELECT reference FROM act) OR reference IN (SELECT reference FROM puk_release);
DROP INDEX challenge_expires_at;
CREATE INDEX challenge_unused ON challenge (expires_at) WHERE used = 0;

CREATE TRIGGER act_uses_challenge AFTER INSERT ON act
BEGIN UPDATE challenge SET used = 1 WHERE reference = NEW.reference; END;
CREATE TRIGGER puk_release_uses_challenge AFTER INSERT ON puk_release
BEGIN UPDATE challenge SET used = 1 WHERE reference = NEW.reference; END;

CREATE INDEX login_challenge_expires_at ON login_challenge (expires_at);
