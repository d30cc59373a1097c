CREATE TABLE entries (
    sequence     INTEGER PRIMARY KEY CHECK (sequence > 0),
    id           TEXT NOT NULL UNIQUE,
    at           TEXT NOT NULL,
    monotonic_ms INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    role         TEXT NOT NULL,
    action       TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    record       TEXT NOT NULL,
    detail       TEXT NOT NULL,
    previous     TEXT NOT NULL,
    hash         TEXT NOT NULL
) STRICT;

CREATE INDEX entries_by_record ON entries (record, sequence);

CREATE INDEX entries_by_action ON entries (action, sequence);

CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER entries_in_order BEFORE INSERT ON entries
WHEN NEW.sequence <> (SELECT ifnull(max(sequence), 0) + 1 FROM entries)
    OR NEW.previous <> ifnull((SELECT hash FROM entries ORDER BY sequence DESC LIMIT 1), printf('%064d', 0))
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
