-- Times are milliseconds since 1970-01-01Z. Accounts are those of the Users service, which has another database.

-- All that ever changed, in commit order: seq is 1, 2, 3, ... without gaps. Rows are never changed or removed.
CREATE TABLE graph_events (
  seq INTEGER PRIMARY KEY,
  at BIGINT NOT NULL,
  kind INTEGER NOT NULL, -- 1 followed, 2 unfollowed
  follower INTEGER NOT NULL,
  followee INTEGER NOT NULL
);

-- What holds now. The id of a follow is the seq of the event that made it: ids rise in commit order, and none is ever used
-- again, so that a page's cursor keeps its meaning.
CREATE TABLE follows (
  id INTEGER PRIMARY KEY,
  follower INTEGER NOT NULL,
  followee INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (follower, followee),
  CHECK (follower > 0 AND followee > 0 AND follower <> followee)
);

CREATE INDEX follows_by_followee ON follows (followee, id);
CREATE INDEX follows_by_follower ON follows (follower, id);
