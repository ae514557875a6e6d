-- What a person has written of an application's form since its newest version, overwritten in place and deleted by the next change.
-- The state is that of SQLite's version 27.
CREATE TABLE eonay.draft_form (
  reference     text COLLATE "C" PRIMARY KEY REFERENCES eonay.application (reference),
  version       bigint NOT NULL CHECK (version >= 1), -- the application's, for which it was written
  counter       bigint NOT NULL CHECK (counter >= 1),
  form          text NOT NULL, -- JSON, its fields in order
  replaces      bigint,
  security_word text,
  saved_at      bigint NOT NULL
);
CREATE INDEX draft_form_saved ON eonay.draft_form (saved_at);
