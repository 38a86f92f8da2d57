-- Everything between accounts beside follows. In each table the id of a row is the seq of the event that made it, as with
-- follows; later changes of the row leave it. An event's columns follower and followee hold what its kind says:
--   3 blocked, 4 unblocked: who, whom                     5 muted (or its terms changed), 6 unmuted: who, whom
--   7 follow's or request's terms changed: who, whom      8 asked to follow, 9 request ended: who, whom
--   10 note changed: who, about whom                      11 endorsed, 12 unendorsed: who, whom
--   13 domain blocked, 14 unblocked: who, the block's id  15 list made, 16 changed, 17 ended: who, the list's id
--   18 joined, 19 left a list: the list's id, who

CREATE TABLE blocks (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  target INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (account, target),
  CHECK (account > 0 AND target > 0 AND account <> target)
);

CREATE INDEX blocks_by_target ON blocks (target);

-- A mute that has ended stays until its account mutes or unmutes somebody, and means nothing.
CREATE TABLE mutes (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  target INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  notifications INTEGER NOT NULL, -- whether theirs are muted too
  expires_at BIGINT, -- NULL: until it is ended
  UNIQUE (account, target),
  CHECK (account > 0 AND target > 0 AND account <> target)
);

CREATE TABLE follow_requests (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  target INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (account, target),
  CHECK (account > 0 AND target > 0 AND account <> target)
);

CREATE INDEX follow_requests_by_target ON follow_requests (target, id);

-- Of follows and requests that are not as every follow begins: with boosts, without notifications, in all languages.
CREATE TABLE follow_terms (
  account INTEGER NOT NULL,
  target INTEGER NOT NULL,
  boosts INTEGER NOT NULL,
  notify INTEGER NOT NULL,
  languages TEXT NOT NULL, -- codes separated by commas; empty for all
  PRIMARY KEY (account, target)
);

CREATE TABLE notes (
  account INTEGER NOT NULL,
  target INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (account, target),
  CHECK (account > 0 AND target > 0)
);

CREATE TABLE endorsements (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  target INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (account, target),
  CHECK (account > 0 AND target > 0 AND account <> target)
);

CREATE TABLE domain_blocks (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  domain TEXT NOT NULL, -- in lower case
  created_at BIGINT NOT NULL,
  UNIQUE (account, domain)
);

CREATE TABLE lists (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  title TEXT NOT NULL,
  replies INTEGER NOT NULL, -- 0 to members, 1 to anybody followed, 2 none
  exclusive INTEGER NOT NULL, -- whether its members' posts are not on the home timeline
  created_at BIGINT NOT NULL
);

CREATE INDEX lists_by_account ON lists (account, id);

CREATE TABLE list_members (
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES lists (id),
  member INTEGER NOT NULL,
  UNIQUE (list, member)
);

CREATE INDEX list_members_by_list ON list_members (list, id);
