-- A letter whose delivery has ended can be forgotten; one that is still to be told can't. Its delivery goes
-- first: whoever deletes a letter has shown that nothing is owed.
DROP TRIGGER outbox_is_append_only_delete;

CREATE TRIGGER outbox_is_append_only_delete BEFORE DELETE ON outbox
WHEN EXISTS (SELECT 1 FROM deliveries WHERE letter = OLD.id)
BEGIN SELECT RAISE(ABORT, 'the outbox only grows'); END;

CREATE TRIGGER deliveries_are_kept_until_settled BEFORE DELETE ON deliveries
WHEN OLD.state = 'waiting'
BEGIN SELECT RAISE(ABORT, 'a letter is still to be told'); END;
