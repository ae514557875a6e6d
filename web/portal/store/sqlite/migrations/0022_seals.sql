-- Anybody asks about a company's seal by its certificate's serial number.
CREATE INDEX application_seal ON application (serial, created_at) WHERE kind = 'seal';
