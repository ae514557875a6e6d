-- What a person recognises a session by: browser and system, in a few known words.
ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';

-- A person sees what is kept of them, and erases what may go.
CREATE INDEX session_person ON session (citizen_number, created_at);
CREATE INDEX challenge_person ON challenge (citizen_number, issued_at);
CREATE INDEX login_person ON login (citizen_number, received_at);
CREATE INDEX one_time_code_person ON one_time_code (citizen_number);

-- The purge deletes old failures.
CREATE INDEX failure_at ON failure (at);
