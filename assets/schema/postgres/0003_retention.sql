-- A letter whose delivery has ended can be forgotten; one that is still to be told can't. Its delivery goes
-- first: whoever deletes a letter has shown that nothing is owed.
DROP TRIGGER outbox_is_append_only ON outbox;

CREATE TRIGGER outbox_is_append_only BEFORE UPDATE OR TRUNCATE ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_only_grows();

CREATE FUNCTION letter_is_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM deliveries WHERE letter = OLD.id) THEN
        RAISE EXCEPTION 'the outbox only grows';
    END IF;
    RETURN OLD;
END;
$$;

CREATE TRIGGER outbox_is_never_shortened BEFORE DELETE ON outbox
    FOR EACH ROW EXECUTE FUNCTION letter_is_settled();

CREATE FUNCTION delivery_is_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'waiting' THEN
        RAISE EXCEPTION 'a letter is still to be told';
    END IF;
    RETURN OLD;
END;
$$;

CREATE TRIGGER deliveries_are_kept_until_settled BEFORE DELETE ON deliveries
    FOR EACH ROW EXECUTE FUNCTION delivery_is_settled();
