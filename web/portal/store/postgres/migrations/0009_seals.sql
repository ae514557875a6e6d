-- Anybody asks about a company's seal by its certificate's serial number. The state is that of SQLite's version 22.
CREATE INDEX application_seal ON eonay.application (serial, created_at) WHERE kind = 'seal';
