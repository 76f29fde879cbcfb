-- The audit log: numbered without gaps, never changed, never shortened.
CREATE TABLE audit (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp    TEXT NOT NULL,
    event        TEXT NOT NULL,
    user         TEXT NOT NULL,
    host         TEXT NOT NULL,
    tty          TEXT,
    ssh_origin   TEXT,
    context      TEXT NOT NULL,
    dialect      TEXT NOT NULL,
    handoff      TEXT,
    conversation TEXT,
    participant  TEXT,
    agent        TEXT,
    queue        TEXT,
    transfer     TEXT,
    status       TEXT,
    latency_ms   INTEGER,
    request_ms   REAL,
    error_code   TEXT,
    error        TEXT,
    reason       TEXT,
    correlation  TEXT,
    details      TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Who is moving which session. A claim ends by being given back or by its time: a process that dies
-- must not keep a customer from being helped.
CREATE TABLE claims (
    conversation TEXT PRIMARY KEY,
    handoff      TEXT NOT NULL,
    until        INTEGER NOT NULL
) STRICT;
