-- A session that is open and that nobody is to keep any more: it counts among the open ones until its time
-- is up, and with its token it can be kept again.
ALTER TABLE supervisions ADD COLUMN released INTEGER NOT NULL DEFAULT 0;

-- What the guest was called who was let in here, so that people can tell sessions apart. It goes with the
-- token when the session ends.
ALTER TABLE supervisions ADD COLUMN guest TEXT;
