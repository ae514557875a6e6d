-- Scans of papers that were signed by hand. The approval's change has the scan's digest in its basis, and the chain covers that. content is overwritten
-- by an erasure: here, so that a process from before this version erases it too.
CREATE TABLE paper_scan (
  reference  TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  media_type TEXT    NOT NULL,
  content    BLOB,
  PRIMARY KEY (reference, version),
  FOREIGN KEY (reference, version) REFERENCES application_change (reference, version)
) STRICT;
CREATE TRIGGER application_erases_scans AFTER UPDATE OF erased_at ON application WHEN NEW.erased_at IS NOT NULL
BEGIN UPDATE paper_scan SET content = NULL WHERE reference = NEW.reference; END;
CREATE TRIGGER paper_scan_kept_1 BEFORE UPDATE ON paper_scan
WHEN NEW.content IS NOT NULL OR (NEW.reference, NEW.version, NEW.media_type) IS NOT (OLD.reference, OLD.version, OLD.media_type)
  OR NOT EXISTS (SELECT 1 FROM application WHERE reference = OLD.reference AND erased_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'scans are kept as they are'); END;
CREATE TRIGGER paper_scan_kept_2 BEFORE DELETE ON paper_scan BEGIN SELECT RAISE(ABORT, 'scans are kept as they are'); END;
CREATE TRIGGER paper_scan_kept_3 BEFORE INSERT ON paper_scan
WHEN EXISTS (SELECT 1 FROM paper_scan WHERE reference = NEW.reference AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'scans are kept as they are'); END;
