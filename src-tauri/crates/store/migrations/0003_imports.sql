-- SHA-256 of the bytes that a record was read from, by which a file is known again. Of a file that held what may not be kept there
-- is none: it would help to guess that.
ALTER TABLE records ADD COLUMN digest BLOB;
CREATE INDEX records_by_digest ON records (digest) WHERE digest IS NOT NULL;

-- Files that are still to be imported, in order. `left` are those of an earlier run of the program; `locked` wait for a password.
CREATE TABLE imports (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    path    TEXT NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('todo', 'locked', 'left')),
    watched INTEGER NOT NULL
) STRICT;

-- Files of the watched folder that were dealt with, as they were then, and what was wrong with them.
CREATE TABLE watched (
    path    TEXT PRIMARY KEY,
    stamp   TEXT NOT NULL,
    problem TEXT
) STRICT, WITHOUT ROWID;
