-- Acts of two persons: what somebody asks, and how that ended. person is whom it is about, NULL for nobody; by_number is NULL where it
-- ended by time. The state is that of SQLite's version 16.
CREATE TABLE eonay.decision (
  reference text COLLATE "C" PRIMARY KEY,
  kind      text COLLATE "C" NOT NULL,
  role      text COLLATE "C" NOT NULL,
  subject   text COLLATE "C" NOT NULL,
  person    text COLLATE "C",
  asked     bytea NOT NULL,
  asked_by  text COLLATE "C" NOT NULL,
  asked_at  bigint NOT NULL,
  until     bigint NOT NULL CHECK (until > asked_at)
);
CREATE INDEX decision_subject ON eonay.decision (kind, subject);
CREATE INDEX decision_asker ON eonay.decision (asked_by, until);
CREATE INDEX decision_until ON eonay.decision (until);
CREATE TABLE eonay.decision_end (
  reference text COLLATE "C" PRIMARY KEY REFERENCES eonay.decision (reference),
  outcome   text COLLATE "C" NOT NULL CHECK (outcome IN ('confirmed', 'alone', 'refused', 'withdrawn', 'expired')),
  by_number text COLLATE "C" CHECK ((by_number IS NULL) = (outcome = 'expired')),
  at        bigint NOT NULL,
  reason    text NOT NULL
);
CREATE INDEX decision_end_at ON eonay.decision_end (at);

-- The texts that people approve, in each version. Of one name the row counts that is in force last, and of those the newest.
CREATE TABLE eonay.legal_text (
  number      bigint PRIMARY KEY,
  name        text COLLATE "C" NOT NULL,
  version     text COLLATE "C" NOT NULL,
  body        text NOT NULL,
  in_force_at bigint NOT NULL,
  decision    text COLLATE "C" NOT NULL REFERENCES eonay.decision (reference)
);
CREATE INDEX legal_text_name ON eonay.legal_text (name, in_force_at, number);
CREATE INDEX legal_text_version ON eonay.legal_text (version);
CREATE INDEX legal_text_decision ON eonay.legal_text (decision);

-- What the first page announces. Of one reference the newest row counts; one that ends when it begins takes it off.
CREATE TABLE eonay.announcement (
  number    bigint PRIMARY KEY,
  reference text COLLATE "C" NOT NULL,
  title_tr  text NOT NULL,
  text_tr   text NOT NULL,
  title_en  text NOT NULL,
  text_en   text NOT NULL,
  link      text NOT NULL,
  from_at   bigint NOT NULL,
  until_at  bigint NOT NULL CHECK (until_at >= from_at),
  important bigint NOT NULL,
  decision  text COLLATE "C" NOT NULL REFERENCES eonay.decision (reference)
);
CREATE INDEX announcement_reference ON eonay.announcement (reference, number);
CREATE INDEX announcement_until ON eonay.announcement (until_at);
CREATE INDEX announcement_decision ON eonay.announcement (decision);

-- The decision by which a role changed; NULL for one by the operator.
ALTER TABLE eonay.role_change ADD COLUMN decision text COLLATE "C" REFERENCES eonay.decision (reference);
CREATE INDEX role_change_decision ON eonay.role_change (decision) WHERE decision IS NOT NULL;

CREATE FUNCTION eonay.end_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.outcome = 'confirmed' AND EXISTS
    (SELECT 1 FROM eonay.decision WHERE reference = NEW.reference AND (asked_by = NEW.by_number OR person = NEW.by_number OR until <= NEW.at)) THEN
    RAISE EXCEPTION 'another confirms a decision, in time' USING ERRCODE = 'EO001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decision_end_by_another BEFORE INSERT ON eonay.decision_end FOR EACH ROW EXECUTE FUNCTION eonay.end_by_another();
CREATE TRIGGER decision_kept BEFORE UPDATE OR DELETE ON eonay.decision FOR EACH ROW EXECUTE FUNCTION eonay.keep('decisions are kept as they are');
CREATE TRIGGER decision_not_emptied BEFORE TRUNCATE ON eonay.decision FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('decisions are kept as they are');
CREATE TRIGGER decision_end_kept BEFORE UPDATE OR DELETE ON eonay.decision_end FOR EACH ROW EXECUTE FUNCTION eonay.keep('decisions are kept as they are');
CREATE TRIGGER decision_end_not_emptied BEFORE TRUNCATE ON eonay.decision_end FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('decisions are kept as they are');
CREATE TRIGGER legal_text_kept BEFORE UPDATE OR DELETE ON eonay.legal_text FOR EACH ROW EXECUTE FUNCTION eonay.keep('texts are kept as they are');
CREATE TRIGGER legal_text_not_emptied BEFORE TRUNCATE ON eonay.legal_text FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('texts are kept as they are');
CREATE TRIGGER announcement_kept BEFORE UPDATE OR DELETE ON eonay.announcement FOR EACH ROW EXECUTE FUNCTION eonay.keep('announcements are kept as they are');
CREATE TRIGGER announcement_not_emptied BEFORE TRUNCATE ON eonay.announcement FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('announcements are kept as they are');
