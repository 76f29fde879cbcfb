-- What a signed-in person is about to do in a session themselves; it goes with its last line in the audit log.
CREATE TABLE deeds (
    id         TEXT COLLATE "C" PRIMARY KEY,
    taken      BIGINT NOT NULL,
    owner      TEXT NOT NULL,
    context    TEXT NOT NULL,
    dialect    TEXT NOT NULL,
    order_json TEXT NOT NULL,
    seat       TEXT NOT NULL
);
