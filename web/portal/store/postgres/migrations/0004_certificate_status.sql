-- What the authority has published of an application's certificate: of which version's change it was told, and when it has answered. The
-- state is that of SQLite's version 17.
CREATE TABLE eonay.published_status (
  reference text   COLLATE "C" PRIMARY KEY REFERENCES eonay.application (reference),
  version   bigint NOT NULL CHECK (version >= 1),
  status    text   NOT NULL,
  at        bigint NOT NULL
);

-- Tries to name a security word, those that were right aside. subject is a keyed hash of a person or of an address.
CREATE TABLE eonay.word_try (
  id      text   COLLATE "C" NOT NULL CHECK (id <> ''),
  subject bytea  NOT NULL CHECK (length(subject) = 32),
  at      bigint NOT NULL,
  PRIMARY KEY (id, subject)
);
CREATE INDEX word_try_subject ON eonay.word_try (subject, at);
CREATE INDEX word_try_at ON eonay.word_try (at);

CREATE INDEX application_certificate ON eonay.application (citizen_number, created_at) WHERE serial IS NOT NULL;
