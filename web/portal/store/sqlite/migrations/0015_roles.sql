-- Who may do what at the authority's desk, and who said so: of one person and role the newest row counts. by_number is NULL for
-- the operator at the command line, until is NULL for a role without end.
CREATE TABLE role_change (
  number         INTEGER PRIMARY KEY,
  citizen_number TEXT    NOT NULL,
  role           TEXT    NOT NULL,
  by_number      TEXT,
  at             INTEGER NOT NULL,
  until          INTEGER CHECK (until >= at)
) STRICT;
CREATE INDEX role_change_person ON role_change (citizen_number, role, number);
CREATE TRIGGER role_change_kept_1 BEFORE UPDATE ON role_change BEGIN SELECT RAISE(ABORT, 'changes of roles are kept as they are'); END;
CREATE TRIGGER role_change_kept_2 BEFORE DELETE ON role_change BEGIN SELECT RAISE(ABORT, 'changes of roles are kept as they are'); END;
CREATE TRIGGER role_change_kept_3 BEFORE INSERT ON role_change
WHEN EXISTS (SELECT 1 FROM role_change WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'changes of roles are kept as they are'); END;

-- The login with a card on record by which a session began; NULL for one from the gateway.
ALTER TABLE session ADD COLUMN card_login TEXT REFERENCES login (reference);
