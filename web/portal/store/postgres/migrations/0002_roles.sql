-- Who may do what at the authority's desk, and who said so: of one person and role the newest row counts. by_number is NULL for
-- the operator at the command line, until is NULL for a role without end. The state is that of SQLite's version 15.
CREATE TABLE eonay.role_change (
  number         bigint PRIMARY KEY,
  citizen_number text COLLATE "C" NOT NULL,
  role           text COLLATE "C" NOT NULL,
  by_number      text,
  at             bigint NOT NULL,
  until          bigint CHECK (until >= at)
);
CREATE INDEX role_change_person ON eonay.role_change (citizen_number, role, number);
CREATE TRIGGER role_change_kept BEFORE UPDATE OR DELETE ON eonay.role_change FOR EACH ROW EXECUTE FUNCTION eonay.keep('changes of roles are kept as they are');
CREATE TRIGGER role_change_not_emptied BEFORE TRUNCATE ON eonay.role_change FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('changes of roles are kept as they are');

-- The login with a card on record by which a session began; NULL for one from the gateway.
ALTER TABLE eonay.session ADD COLUMN card_login text COLLATE "C" REFERENCES eonay.login (reference);
