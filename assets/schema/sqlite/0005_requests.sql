-- What bots have asked for. A conversation has one open request at a time: who asks again asks for the same.
CREATE TABLE requests (
    id           TEXT PRIMARY KEY,
    context      TEXT NOT NULL,
    dialect      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    route        TEXT NOT NULL,
    received     INTEGER NOT NULL,
    heard        INTEGER NOT NULL,
    asked        INTEGER NOT NULL,
    queue        TEXT,
    mode         TEXT NOT NULL,
    plea         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN
        ('queued', 'proposed', 'handing', 'deferred', 'done', 'failed', 'declined', 'expired')),
    until        INTEGER,
    because      TEXT,
    handoff      TEXT,
    -- Who hands it over.
    owner        TEXT,
    since        INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    tries        INTEGER NOT NULL,
    -- Grows with every change of any row: whoever looks again reads only what is new.
    version      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX requests_open ON requests (context, dialect, conversation)
    WHERE state IN ('queued', 'proposed', 'handing', 'deferred');
CREATE INDEX requests_of ON requests (context, dialect, conversation);
CREATE INDEX requests_version ON requests (version);

-- Every call of a webhook in the last minutes: the same call gets the same answer. A call without a status
-- waits for what becomes of its request.
CREATE TABLE calls (
    context  TEXT NOT NULL,
    dialect  TEXT NOT NULL,
    key      BLOB NOT NULL,
    digest   BLOB NOT NULL,
    received INTEGER NOT NULL,
    route    TEXT NOT NULL,
    request  TEXT,
    status   INTEGER,
    body     TEXT,
    retry    INTEGER,
    PRIMARY KEY (context, dialect, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX calls_received ON calls (received);
CREATE INDEX calls_unanswered ON calls (request) WHERE status IS NULL;

-- What bots have told of each conversation, in its order.
CREATE TABLE turns (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    context      TEXT NOT NULL,
    dialect      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    at           INTEGER NOT NULL,
    heard        TEXT NOT NULL
) STRICT;

CREATE INDEX turns_of ON turns (context, dialect, conversation, id);
CREATE INDEX turns_at ON turns (at);
