-- What a signed-in person is about to do in a session themselves, with what is needed to settle it should
-- floorwalker stop in between. A row is written together with its announcement in the audit log, and goes with
-- its last line there: what was written to a customer is not kept longer than that.
CREATE TABLE deeds (
    id         TEXT PRIMARY KEY,
    taken      INTEGER NOT NULL,
    owner      TEXT NOT NULL,
    context    TEXT NOT NULL,
    dialect    TEXT NOT NULL,
    order_json TEXT NOT NULL,
    seat       TEXT NOT NULL
) STRICT;
