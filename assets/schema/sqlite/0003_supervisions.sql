-- Every session whose heartbeat is kept, by whom, and until when that is certain. One row is one keeper:
-- whoever takes a session over changes the owner of its row, so two never have one. A session that is
-- being opened has its place here before the request leaves, under a name of its own until the session
-- has one.
CREATE TABLE supervisions (
    session     TEXT PRIMARY KEY,
    context     TEXT NOT NULL,
    dialect     TEXT NOT NULL,
    owner       TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    opened_here INTEGER NOT NULL,
    hold        TEXT NOT NULL,
    -- The guest's secret, which whoever takes the session over needs. It goes when the session ends.
    token       TEXT,
    started     INTEGER NOT NULL,
    lasts       INTEGER,
    interval    INTEGER NOT NULL,
    policy      TEXT NOT NULL,
    sequence    INTEGER NOT NULL,
    beaten      INTEGER,
    failures    INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('opening', 'open', 'ending', 'ended')),
    ended       INTEGER,
    why         TEXT,
    CHECK ((state = 'ended') = (ended IS NOT NULL)),
    CHECK (state != 'ended' OR token IS NULL)
) STRICT;

CREATE INDEX supervisions_open ON supervisions (context, dialect) WHERE ended IS NULL;

-- The floorwalkers that take sessions over: who opens one and leaves can say who will keep it.
CREATE TABLE keepers (
    owner   TEXT PRIMARY KEY,
    context TEXT NOT NULL,
    dialect TEXT NOT NULL,
    seen    INTEGER NOT NULL
) STRICT;

-- What other systems are to be told, in the order in which it happened. It only grows: what became of a
-- delivery is written elsewhere.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    event        TEXT NOT NULL UNIQUE,
    destination  TEXT NOT NULL,
    conversation TEXT NOT NULL,
    at           INTEGER NOT NULL,
    body         TEXT NOT NULL
) STRICT;

CREATE TRIGGER outbox_is_append_only_update BEFORE UPDATE ON outbox
BEGIN SELECT RAISE(ABORT, 'the outbox only grows'); END;

CREATE TRIGGER outbox_is_append_only_delete BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'the outbox only grows'); END;
