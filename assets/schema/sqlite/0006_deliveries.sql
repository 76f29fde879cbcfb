-- Which org a letter is of, as the config names it: the targets of another are never told of it.
ALTER TABLE outbox ADD COLUMN context TEXT NOT NULL DEFAULT '';

-- What became of each letter. One row is one letter's: whoever delivers it holds the row meanwhile, so
-- two never do at the same time. A holder that has gone, or whose time is up, holds nothing any more.
CREATE TABLE deliveries (
    letter       INTEGER PRIMARY KEY REFERENCES outbox (id),
    context      TEXT NOT NULL,
    destination  TEXT NOT NULL,
    -- In lower case: one conversation in two spellings is one order.
    conversation TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    -- Its age counts from here: when it was written, or last replayed.
    since        INTEGER NOT NULL,
    next         INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    holder       TEXT,
    held_until   INTEGER,
    settled      INTEGER,
    status       INTEGER,
    error        TEXT,
    CHECK ((state = 'waiting') = (settled IS NULL)),
    CHECK ((holder IS NULL) = (held_until IS NULL)),
    CHECK (state = 'waiting' OR holder IS NULL)
) STRICT;

CREATE INDEX deliveries_waiting ON deliveries (context, destination, conversation, letter)
    WHERE state = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (context, destination) WHERE state = 'dead';

-- What was written before there was a way to tell it. Only sessions were, and their rows name the org.
INSERT INTO deliveries (letter, context, destination, conversation, state, since, next)
    SELECT id, coalesce((SELECT s.context FROM supervisions s WHERE s.session = conversation), ''),
           destination, lower(conversation), 'waiting', at, at
    FROM outbox;

-- Whoever writes a letter, it is there to be delivered.
CREATE TRIGGER outbox_is_to_be_delivered AFTER INSERT ON outbox
BEGIN
    INSERT INTO deliveries (letter, context, destination, conversation, state, since, next)
    VALUES (NEW.id, NEW.context, NEW.destination, lower(NEW.conversation), 'waiting', NEW.at, NEW.at);
END;

-- How each target stands, for all who tell it: one that is down is let alone by everybody.
CREATE TABLE targets (
    context     TEXT NOT NULL,
    destination TEXT NOT NULL,
    failures    INTEGER NOT NULL,
    again       INTEGER,
    last        INTEGER,
    trouble     TEXT,
    PRIMARY KEY (context, destination)
) STRICT, WITHOUT ROWID;
