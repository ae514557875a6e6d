-- An act may approve an application by a signature: a challenge is then about an application at one version, and the act has no number,
-- which counts acts on E-Onay alone. What acts are made of stays where it is: only what SQLite checks of new rows changes, as its
-- documentation of ALTER TABLE describes it (https://www.sqlite.org/lang_altertable.html, 7).
ALTER TABLE challenge ADD COLUMN subject TEXT;
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'kind IN (''give'', ''withdraw'', ''pin'')',
  'kind IN (''give'', ''withdraw'', ''pin'', ''approval'') AND (kind = ''approval'') = (subject IS NOT NULL)')
WHERE type = 'table' AND name = 'challenge';
UPDATE sqlite_schema SET sql = replace(replace(sql, 'number         INTEGER NOT NULL,', 'number         INTEGER,'),
  'kind = iif(number % 2 = 1, ''give'', ''withdraw'')', 'kind = iif(number IS NULL, ''approval'', iif(number % 2 = 1, ''give'', ''withdraw''))')
WHERE type = 'table' AND name = 'act';
PRAGMA writable_schema = RESET;
