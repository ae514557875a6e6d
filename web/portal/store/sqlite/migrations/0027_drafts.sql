-- What a person has written of an application's form since its newest version, overwritten in place and deleted by the next change.
CREATE TABLE draft_form (
  reference     TEXT    PRIMARY KEY REFERENCES application (reference),
  version       INTEGER NOT NULL CHECK (version >= 1), -- the application's, for which it was written
  counter       INTEGER NOT NULL CHECK (counter >= 1),
  form          TEXT    NOT NULL, -- JSON, its fields in order
  replaces      INTEGER,
  security_word TEXT,
  saved_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_form_saved ON draft_form (saved_at);
