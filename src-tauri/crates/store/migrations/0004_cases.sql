-- Records of one patient or client. A record is in one case at most.
CREATE TABLE cases (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

ALTER TABLE records ADD COLUMN case_id TEXT REFERENCES cases (id) ON DELETE SET NULL;

-- How dates stood in the text that a person approved.
ALTER TABLE records ADD COLUMN reviewed_dates TEXT NOT NULL DEFAULT 'placeholders';

CREATE INDEX records_by_case ON records (case_id) WHERE case_id IS NOT NULL;

-- What a question was asked over: with any of these records it goes too, its answer and its originals with it.
CREATE TABLE asked_over (
    exchange TEXT NOT NULL,
    record   TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    PRIMARY KEY (exchange, record)
) STRICT, WITHOUT ROWID;

CREATE INDEX asked_over_by_record ON asked_over (record);

INSERT INTO asked_over SELECT id, record FROM exchanges;
INSERT OR IGNORE INTO asked_over SELECT DISTINCT exchange, record FROM vault WHERE exchange <> '';

-- A question to a case belongs to the case; one to a record has none.
CREATE TABLE asked (
    id         TEXT PRIMARY KEY,
    case_id    TEXT REFERENCES cases (id) ON DELETE CASCADE,
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

INSERT INTO asked
SELECT id, NULL, asked_at, question, sent, tier, provider, status, why, answer, passages, confidence, problem FROM exchanges;

DROP TABLE exchanges;
ALTER TABLE asked RENAME TO exchanges;
CREATE INDEX exchanges_by_case ON exchanges (case_id, asked_at) WHERE case_id IS NOT NULL;

-- Placeholders of one prompt belong to its exchange.
CREATE TABLE originals_of (
    exchange    TEXT NOT NULL,
    placeholder TEXT NOT NULL,
    entity      TEXT NOT NULL CHECK (entity <> 'CARD_SECURITY_CODE'),
    original    TEXT NOT NULL,
    PRIMARY KEY (exchange, placeholder)
) STRICT, WITHOUT ROWID;

INSERT INTO originals_of SELECT exchange, placeholder, entity, original FROM vault WHERE exchange <> '';
DROP TABLE vault;
ALTER TABLE originals_of RENAME TO vault;

-- How far the dates of a prompt were moved: as secret as its originals. Kept, not drawn again: a record may have changed its case.
CREATE TABLE shifts (
    exchange TEXT PRIMARY KEY,
    shift    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER exchange_goes AFTER DELETE ON exchanges BEGIN
    DELETE FROM vault WHERE exchange = OLD.id;
    DELETE FROM shifts WHERE exchange = OLD.id;
    DELETE FROM asked_over WHERE exchange = OLD.id;
END;

CREATE TRIGGER record_goes AFTER DELETE ON asked_over BEGIN
    DELETE FROM exchanges WHERE id = OLD.exchange;
    DELETE FROM vault WHERE exchange = OLD.exchange;
    DELETE FROM shifts WHERE exchange = OLD.exchange;
    DELETE FROM asked_over WHERE exchange = OLD.exchange;
END;
