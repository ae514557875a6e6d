-- What the authority has published of an application's certificate: of which version's change it was told, and when it has answered.
CREATE TABLE published_status (
  reference TEXT    PRIMARY KEY REFERENCES application (reference),
  version   INTEGER NOT NULL CHECK (version >= 1),
  status    TEXT    NOT NULL,
  at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tries to name a security word, those that were right aside. subject is a keyed hash of a person or of an address.
CREATE TABLE word_try (
  id      TEXT    NOT NULL CHECK (id <> ''),
  subject BLOB    NOT NULL CHECK (length(subject) = 32),
  at      INTEGER NOT NULL,
  PRIMARY KEY (id, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX word_try_subject ON word_try (subject, at);
CREATE INDEX word_try_at ON word_try (at);

CREATE INDEX application_certificate ON application (citizen_number, created_at) WHERE serial IS NOT NULL;
