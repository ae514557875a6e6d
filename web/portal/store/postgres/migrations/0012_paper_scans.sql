-- Scans of papers that were signed by hand. The approval's change has the scan's digest in its basis, and the chain covers that. content is overwritten
-- by an erasure: here, so that a process from before this version erases it too. The state is that of SQLite's version 25.
CREATE TABLE eonay.paper_scan (
  reference  text COLLATE "C" NOT NULL,
  version    bigint NOT NULL,
  media_type text NOT NULL,
  content    bytea,
  PRIMARY KEY (reference, version),
  FOREIGN KEY (reference, version) REFERENCES eonay.application_change (reference, version)
);
ALTER TABLE eonay.paper_scan ALTER COLUMN content SET STORAGE EXTERNAL; -- scans are compressed already

-- The program's role may add scans and change none: the function acts for the schema's owner.
CREATE FUNCTION eonay.erase_scans() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  UPDATE eonay.paper_scan SET content = NULL WHERE reference = NEW.reference;
  RETURN NULL;
END $$;
CREATE TRIGGER application_erases_scans AFTER UPDATE OF erased_at ON eonay.application FOR EACH ROW
WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION eonay.erase_scans();
CREATE FUNCTION eonay.keep_scan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.content IS NULL AND (NEW.reference, NEW.version, NEW.media_type) IS NOT DISTINCT FROM (OLD.reference, OLD.version, OLD.media_type)
    AND EXISTS (SELECT 1 FROM eonay.application WHERE reference = OLD.reference AND erased_at IS NOT NULL) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'scans are kept as they are' USING ERRCODE = 'EO001';
END $$;
CREATE TRIGGER paper_scan_kept BEFORE UPDATE OR DELETE ON eonay.paper_scan FOR EACH ROW EXECUTE FUNCTION eonay.keep_scan();
CREATE TRIGGER paper_scan_not_emptied BEFORE TRUNCATE ON eonay.paper_scan FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('scans are kept as they are');
