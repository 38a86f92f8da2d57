-- Hashtags that accounts follow, hashtags that they show on their profiles, and suggestions that they do not want. Ids are
-- the seqs of events, as in 0002; what the two numbers of these events say:
--   20 hashtag followed, 21 unfollowed: who, the row's id     22 hashtag featured, 23 no more: who, the row's id
--   24 suggestion dismissed: who, whom

CREATE TABLE followed_tags (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  tag TEXT NOT NULL, -- folded: what it is known by
  name TEXT NOT NULL, -- as it was written
  created_at BIGINT NOT NULL,
  UNIQUE (account, tag)
);

CREATE TABLE featured_tags (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  tag TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (account, tag)
);

CREATE TABLE dismissed_suggestions (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  target INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (account, target),
  CHECK (account > 0 AND target > 0 AND account <> target)
);
