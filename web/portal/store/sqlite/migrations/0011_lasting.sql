-- An act's signature with all that shows later that it was good. It is not in the chain: it has its own time stamps, of others, and
-- the act that it is of is in the chain.
CREATE TABLE lasting (
  reference   TEXT    NOT NULL REFERENCES act (reference),
  version     INTEGER NOT NULL CHECK (version >= 1),
  signature   BLOB    NOT NULL,
  made_at     INTEGER NOT NULL,
  lasts_until INTEGER,  -- NULL where nothing is known to end
  PRIMARY KEY (reference, version)
) STRICT;
CREATE TRIGGER lasting_kept_1 BEFORE UPDATE ON lasting BEGIN SELECT RAISE(ABORT, 'copies are kept as they are'); END;
CREATE TRIGGER lasting_kept_2 BEFORE DELETE ON lasting BEGIN SELECT RAISE(ABORT, 'copies are kept as they are'); END;
CREATE TRIGGER lasting_kept_3 BEFORE INSERT ON lasting
WHEN NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM lasting WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'copies are kept as they are'); END;

-- When an act is to be made to last, or again.
CREATE TABLE lasting_due (
  reference   TEXT    PRIMARY KEY REFERENCES act (reference),
  version     INTEGER NOT NULL,  -- of the newest copy, 0 for none
  lasts_until INTEGER,           -- of it
  due_at      INTEGER,           -- also the end of a lease; NULL for never
  attempts    INTEGER NOT NULL,  -- since the newest copy
  code        TEXT               -- why the last one failed
) STRICT;
CREATE INDEX lasting_due_at ON lasting_due (due_at) WHERE due_at IS NOT NULL;
INSERT INTO lasting_due (reference, version, due_at, attempts) SELECT reference, 0, recorded_at, 0 FROM act;
CREATE TRIGGER act_is_to_last AFTER INSERT ON act
BEGIN INSERT INTO lasting_due (reference, version, due_at, attempts) VALUES (NEW.reference, 0, NEW.recorded_at, 0); END;
