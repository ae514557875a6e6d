-- Applications that were made without a login belong to no person: there may be many of a kind, and none of them keeps a person from applying.
DROP INDEX application_open;
CREATE UNIQUE INDEX application_open ON application (citizen_number, kind)
WHERE citizen_number <> '' AND state IN ('pre_applied', 'disputed', 'draft', 'awaiting_approval', 'under_review', 'payment_due', 'held', 'in_production', 'produced', 'with_courier');
CREATE INDEX application_unpaid ON application (state_since) WHERE citizen_number = '' AND paid_at IS NULL AND state IN ('payment_due', 'draft', 'awaiting_approval');

-- Keys to such applications: those of links in mails, and those of the browsers that have opened one.
CREATE TABLE application_key (
  hash        BLOB    PRIMARY KEY CHECK (length(hash) = 32),
  application TEXT    NOT NULL REFERENCES application (reference),
  use         TEXT    NOT NULL CHECK (use IN ('link', 'browser')),
  expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX application_key_link ON application_key (application) WHERE use = 'link';
CREATE INDEX application_key_ends ON application_key (expires_at);
