-- What the log is called, once and for ever: checkpoints name it.
CREATE TABLE log (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL
);

-- The audit log: a chain, numbered without gaps. `record` and `personal` are what is hashed; `at` and
-- `event` say once more what stands in `record`, to find it by. `top` is the latest time of all records
-- up to this one: it never goes back, as clocks do, so that a span of time is a span of numbers.
CREATE TABLE audit (
    seq      BIGINT PRIMARY KEY CHECK (seq >= 1),
    at       BIGINT NOT NULL,
    top      BIGINT NOT NULL CHECK (top >= at),
    event    TEXT NOT NULL,
    record   TEXT NOT NULL,
    personal TEXT,
    hash     BYTEA NOT NULL CHECK (length(hash) = 32)
);

CREATE INDEX audit_by_time ON audit (top);
CREATE INDEX audit_set_back ON audit (seq, at) WHERE at < top;
-- What every agent was handed lately, for a fair rank.
CREATE INDEX audit_completed ON audit (at) WHERE event = 'handoff_completed';

-- Up to which number personal parts may be gone, and the record that says so.
CREATE TABLE purges (
    through BIGINT NOT NULL,
    record  BIGINT NOT NULL REFERENCES audit (seq)
);

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;

CREATE FUNCTION audit_only_purged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.personal IS NOT NULL OR OLD.event = 'audit_purged'
        OR OLD.seq > (SELECT coalesce(max(through), 0) FROM purges)
        OR (NEW.seq, NEW.at, NEW.top, NEW.event, NEW.record, NEW.hash)
            IS DISTINCT FROM (OLD.seq, OLD.at, OLD.top, OLD.event, OLD.record, OLD.hash)
    THEN
        RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit) THEN
        RAISE EXCEPTION 'the audit log has no gap';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER audit_has_no_gap BEFORE INSERT ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_follows();
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_only_purged();
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse('the audit log is append-only');
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit log is append-only');
CREATE TRIGGER purges_are_never_changed BEFORE UPDATE OR DELETE ON purges
    FOR EACH ROW EXECUTE FUNCTION refuse('the audit log is append-only');
CREATE TRIGGER purges_are_never_emptied BEFORE TRUNCATE ON purges
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit log is append-only');

-- A log takes another's name only while it has no record of its own.
CREATE FUNCTION log_keeps_its_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR EXISTS (SELECT 1 FROM audit) THEN
        RAISE EXCEPTION 'a log keeps its name';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER log_is_never_renamed BEFORE UPDATE OR DELETE ON log
    FOR EACH ROW EXECUTE FUNCTION log_keeps_its_name();
CREATE TRIGGER log_is_never_emptied BEFORE TRUNCATE ON log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a log keeps its name');
