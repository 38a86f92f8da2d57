-- The unique index of follows becomes one that a large import can leave out and make anew at its end.
CREATE TABLE follows_without_constraint (
  id INTEGER PRIMARY KEY,
  follower INTEGER NOT NULL,
  followee INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  CHECK (follower > 0 AND followee > 0 AND follower <> followee)
);

INSERT INTO follows_without_constraint (id, follower, followee, created_at)
SELECT id, follower, followee, created_at FROM follows ORDER BY id;

DROP TABLE follows;

ALTER TABLE follows_without_constraint RENAME TO follows;

CREATE UNIQUE INDEX follows_by_pair ON follows (follower, followee);
CREATE INDEX follows_by_followee ON follows (followee, id);
CREATE INDEX follows_by_follower ON follows (follower, id);

-- Snapshots of the graph that this database vouches for: all follows as of the event seq are in the file graph.snapshot if
-- that has the token. A database restored from a backup does not know the snapshots that were made after it.
CREATE TABLE graph_snapshots (
  token BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL
);
