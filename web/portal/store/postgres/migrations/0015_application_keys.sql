-- Applications that were made without a login belong to no person: there may be many of a kind, and none of them keeps a person from applying.
DROP INDEX eonay.application_open;
CREATE UNIQUE INDEX application_open ON eonay.application (citizen_number, kind)
WHERE citizen_number <> '' AND state IN ('pre_applied', 'disputed', 'draft', 'awaiting_approval', 'under_review', 'payment_due', 'held', 'in_production', 'produced', 'with_courier');
CREATE INDEX application_unpaid ON eonay.application (state_since) WHERE citizen_number = '' AND paid_at IS NULL AND state IN ('payment_due', 'draft', 'awaiting_approval');

-- Keys to such applications: those of links in mails, and those of the browsers that have opened one. The state is that of SQLite's version 28.
CREATE TABLE eonay.application_key (
  hash        bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  application text COLLATE "C" NOT NULL REFERENCES eonay.application (reference),
  use         text NOT NULL CHECK (use IN ('link', 'browser')),
  expires_at  bigint NOT NULL
);
CREATE INDEX application_key_link ON eonay.application_key (application) WHERE use = 'link';
CREATE INDEX application_key_ends ON eonay.application_key (expires_at);
