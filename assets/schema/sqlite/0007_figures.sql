-- Figures of a span read the records of that span and no others.
CREATE INDEX audit_by_time ON audit (timestamp);

-- One row, written anew to see whether the store can be written.
CREATE TABLE probes (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
