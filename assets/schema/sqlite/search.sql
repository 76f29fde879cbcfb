-- The search index: a file of its own beside the store. Whatever is in it comes from the audit log and can
-- be made again.

-- Of which log it is, how far it goes, and which filling this is.
CREATE TABLE about (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    version    TEXT NOT NULL,
    generation INTEGER NOT NULL,
    log        TEXT,
    begun      INTEGER,
    upto       INTEGER,
    hash       TEXT
) STRICT;

-- id: the field's place, shifted by forty bits, and a counter.
CREATE TABLE terms (
    id   INTEGER PRIMARY KEY,
    term TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE grams USING fts5 (
    term, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
);

CREATE VIRTUAL TABLE postings USING fts5 (
    terms, content = '', columnsize = 0, detail = none, tokenize = 'ascii'
);

CREATE TABLE numbers (
    place INTEGER NOT NULL,
    value REAL NOT NULL,
    seq   INTEGER NOT NULL,
    PRIMARY KEY (place, value, seq)
) STRICT, WITHOUT ROWID;
