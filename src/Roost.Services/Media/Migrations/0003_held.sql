-- Whether a picture waits for a post that is to come at a later time: it is neither removed nor freed at a start.

ALTER TABLE media ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
