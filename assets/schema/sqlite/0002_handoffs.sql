-- Why a guard was overridden.
ALTER TABLE audit ADD COLUMN override TEXT;

-- Who holds a claim: one whose holder has certainly ended need not be waited for. A claim from before
-- this column ends by its time.
ALTER TABLE claims ADD COLUMN owner TEXT NOT NULL DEFAULT '';

-- Every handoff that was announced, with what is needed to settle it should floorwalker stop in between.
-- A row is written together with its handoff_initiated, and ended together with its last line in the
-- audit log: so every announcement gets one end, whoever writes it.
CREATE TABLE handoffs (
    id           TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    taken        INTEGER NOT NULL,
    owner        TEXT NOT NULL,
    context      TEXT NOT NULL,
    dialect      TEXT NOT NULL,
    order_json   TEXT NOT NULL,
    departure    TEXT,
    ended        INTEGER
) STRICT;

CREATE INDEX handoffs_in_flight ON handoffs (taken) WHERE ended IS NULL;

-- What every agent was handed lately, for a fair rank.
CREATE INDEX audit_completed ON audit (timestamp) WHERE event = 'handoff_completed';
