-- What the log is called, once and for ever: checkpoints name it.
CREATE TABLE log (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL
) STRICT;

-- The records from before there was a chain. They are taken over into it when this version first opens
-- the store.
DROP TRIGGER audit_is_never_changed;
DROP TRIGGER audit_is_never_shortened;
DROP INDEX audit_completed;
DROP INDEX audit_by_time;
ALTER TABLE audit RENAME TO unchained;

-- The audit log: a chain, numbered without gaps. `record` and `personal` are what is hashed; `at` and
-- `event` say once more what stands in `record`, to find it by. `top` is the latest time of all records
-- up to this one: it never goes back, as clocks do, so that a span of time is a span of numbers.
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY CHECK (seq >= 1),
    at       INTEGER NOT NULL,
    top      INTEGER NOT NULL CHECK (top >= at),
    event    TEXT NOT NULL,
    record   TEXT NOT NULL,
    personal TEXT,
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX audit_by_time ON audit (top);
CREATE INDEX audit_set_back ON audit (seq, at) WHERE at < top;
-- What every agent was handed lately, for a fair rank.
CREATE INDEX audit_completed ON audit (at) WHERE event = 'handoff_completed';

-- Up to which number personal parts may be gone, and the record that says so.
CREATE TABLE purges (
    through INTEGER NOT NULL,
    record  INTEGER NOT NULL REFERENCES audit (seq)
) STRICT;

CREATE TRIGGER audit_has_no_gap BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit log has no gap'); END;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
WHEN NEW.personal IS NOT NULL OR OLD.event = 'audit_purged'
    OR OLD.seq > (SELECT coalesce(max(through), 0) FROM purges)
    OR NEW.seq IS NOT OLD.seq OR NEW.at IS NOT OLD.at OR NEW.top IS NOT OLD.top
    OR NEW.event IS NOT OLD.event OR NEW.record IS NOT OLD.record OR NEW.hash IS NOT OLD.hash
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER purges_are_never_changed BEFORE UPDATE ON purges
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER purges_are_never_shortened BEFORE DELETE ON purges
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- A log takes another's name only while it has no record of its own.
CREATE TRIGGER log_is_never_renamed BEFORE UPDATE ON log
WHEN EXISTS (SELECT 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'a log keeps its name'); END;

CREATE TRIGGER log_is_never_replaced BEFORE INSERT ON log
WHEN EXISTS (SELECT 1 FROM log)
BEGIN SELECT RAISE(IGNORE); END;

CREATE TRIGGER log_is_never_unnamed BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'a log keeps its name'); END;
