-- The bytes that a record was read from, so that it can be written back in its own format.
CREATE TABLE originals (
    record TEXT PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    bytes  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Where the record's format says that a code of meaning stands: spans of its text.
ALTER TABLE records ADD COLUMN codes TEXT NOT NULL DEFAULT '[]';
