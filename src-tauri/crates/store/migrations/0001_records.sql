CREATE TABLE records (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL,
    format            TEXT NOT NULL,
    text              TEXT NOT NULL,
    class             TEXT,
    class_confidence  REAL NOT NULL,
    domain_confidence REAL NOT NULL,
    incomplete        TEXT,
    notes             TEXT NOT NULL,
    notes_incomplete  INTEGER NOT NULL,
    imported_at       TEXT NOT NULL,
    elapsed_ms        INTEGER NOT NULL,
    revision          INTEGER NOT NULL DEFAULT 0,
    reviewed_revision INTEGER
) STRICT;

CREATE TABLE detections (
    record       TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    start        INTEGER NOT NULL,
    "end"        INTEGER NOT NULL CHECK ("end" > start),
    entity       TEXT NOT NULL,
    confidence   REAL NOT NULL,
    source       TEXT NOT NULL,
    PRIMARY KEY (record, number)
) STRICT, WITHOUT ROWID;

-- What a reviewer did, in order. What was taken back stays until something else is done.
CREATE TABLE edits (
    record   TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    edit     TEXT NOT NULL,
    undone   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (record, sequence)
) STRICT, WITHOUT ROWID;

-- Placeholders of one prompt belong to its exchange; those of the record alone to none ('').
CREATE TABLE vault (
    record      TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    exchange    TEXT NOT NULL,
    placeholder TEXT NOT NULL,
    entity      TEXT NOT NULL CHECK (entity <> 'CARD_SECURITY_CODE'),
    original    TEXT NOT NULL,
    PRIMARY KEY (record, exchange, placeholder)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchanges (
    id         TEXT PRIMARY KEY,
    record     TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    asked_at   TEXT NOT NULL,
    question   TEXT NOT NULL,
    sent       TEXT,
    tier       TEXT NOT NULL,
    provider   TEXT,
    status     TEXT NOT NULL,
    why        TEXT NOT NULL,
    answer     TEXT NOT NULL,
    passages   TEXT NOT NULL,
    confidence REAL,
    problem    TEXT
) STRICT;

CREATE INDEX exchanges_by_record ON exchanges (record, asked_at);

CREATE TABLE providers (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    wire      TEXT NOT NULL,
    base_url  TEXT NOT NULL,
    model     TEXT NOT NULL,
    agreement INTEGER NOT NULL,
    selected  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Questions go to one provider at most.
CREATE UNIQUE INDEX providers_selected ON providers (selected) WHERE selected = 1;

-- Keys of providers, where the system has no keychain.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
