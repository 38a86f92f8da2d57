-- Direct posts, as the conversations of those who take part. Made from the feed of posts; only what somebody has read
-- and put away is of this database's own.

-- Which thread a direct post belongs to: the id of the thread's first direct post.
CREATE TABLE threads (
  post BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL UNIQUE,
  thread BIGINT NOT NULL
);

-- A conversation as one account has it: a thread with the same others.
CREATE TABLE conversations (
  id BIGINT PRIMARY KEY, -- 1, 2, 3, ...; none is ever used again
  account INTEGER NOT NULL,
  thread BIGINT NOT NULL,
  others TEXT NOT NULL, -- account ids, ascending, with commas between; empty for notes to oneself
  last_post BIGINT NOT NULL,
  unread INTEGER NOT NULL,
  UNIQUE (account, thread, others)
);

CREATE INDEX conversations_by_newest ON conversations (account, last_post);

CREATE TABLE conversation_posts (
  account INTEGER NOT NULL,
  post BIGINT NOT NULL,
  conversation BIGINT NOT NULL REFERENCES conversations (id),
  PRIMARY KEY (account, post)
);

CREATE INDEX conversation_posts_by_post ON conversation_posts (post);
CREATE INDEX conversation_posts_by_conversation ON conversation_posts (conversation, post);

-- The newest number given, and the newest record of the feed that is taken in.
CREATE TABLE progress (last_id BIGINT NOT NULL, up_to BIGINT NOT NULL);
INSERT INTO progress (last_id, up_to) VALUES (0, 0);
