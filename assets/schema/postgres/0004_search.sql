-- The search index. Whatever is in it comes from the audit log and can be made again. Pieces of terms are
-- found by an index of pg_trgm, which is made when the store is opened, where the server allows it.

-- Of which log it is, how far it goes, and which filling this is.
CREATE TABLE search_about (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    version    TEXT NOT NULL,
    generation BIGINT NOT NULL,
    log        TEXT,
    begun      BIGINT,
    upto       BIGINT,
    hash       TEXT
);

-- id: the field's place, shifted by forty bits, and a counter.
CREATE TABLE search_terms (
    id   BIGINT PRIMARY KEY,
    term TEXT COLLATE "C" NOT NULL
);

CREATE INDEX search_terms_whole ON search_terms (term);

-- The tokens of a record's terms.
CREATE TABLE search_postings (
    seq   BIGINT PRIMARY KEY,
    terms TSVECTOR NOT NULL
);

CREATE INDEX search_postings_terms ON search_postings USING gin (terms);

CREATE TABLE search_numbers (
    place BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    seq   BIGINT NOT NULL,
    PRIMARY KEY (place, value, seq)
);
