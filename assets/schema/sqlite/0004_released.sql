-- A session that is open and that nobody is to keep any more: it counts among the open ones until its time
-- is up, and with its token it can be kept again.
ALTER TABLE supervisions ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
