-- Who was told what. Times are milliseconds since 1970-01-01Z. Accounts and posts are those of other services.

CREATE TABLE notifications (
  id INTEGER PRIMARY KEY, -- 1, 2, 3, ... in the order of commits; none is ever used again
  account INTEGER NOT NULL, -- who is told
  -- 1 mention, 2 favourite, 3 boost, 4 post of somebody subscribed to, 5 edit of a boosted post, 6 poll ended, 7 quote,
  -- 8 follow, 9 follow request
  kind INTEGER NOT NULL,
  sender INTEGER NOT NULL, -- who did it
  post BIGINT NOT NULL, -- seq of the post that it is about; 0 for none
  source BIGINT NOT NULL, -- seq of the record of the post log that says it; for 8 and 9 of the event of the graph
  at BIGINT NOT NULL,
  bucket INTEGER NOT NULL, -- the hour since 1970 with which its group began; 0: it is in none
  filtered INTEGER NOT NULL, -- 1: kept back by its account's policy
  CHECK (account > 0 AND sender > 0 AND account <> sender)
);

-- What was told once is not told again; and what is undone is found.
CREATE UNIQUE INDEX notifications_by_source ON notifications (post, kind, source, account);
CREATE INDEX notifications_by_account ON notifications (account, id);
CREATE INDEX notifications_kept_back ON notifications (account, sender, id) WHERE filtered = 1;

-- The newest id of each table that was given, so that a removed row's is not given again.
CREATE TABLE numbers (name TEXT PRIMARY KEY, last BIGINT NOT NULL);
INSERT INTO numbers (name, last) VALUES ('notifications', 0), ('requests', 0);

-- Up to which seq each feed is read. A feed that is not here is read from its end on.
CREATE TABLE checkpoints (feed TEXT PRIMARY KEY, seq BIGINT NOT NULL);

-- Of accounts that have chosen. 0 accept, 1 keep back, 2 drop.
CREATE TABLE policies (
  account INTEGER PRIMARY KEY,
  not_following INTEGER NOT NULL,
  not_followers INTEGER NOT NULL,
  new_accounts INTEGER NOT NULL,
  private_mentions INTEGER NOT NULL,
  limited_accounts INTEGER NOT NULL
);

-- Whose notifications an account's policy does not keep back.
CREATE TABLE permissions (account INTEGER NOT NULL, sender INTEGER NOT NULL, PRIMARY KEY (account, sender));

-- Who has mentioned an account and was kept back.
CREATE TABLE requests (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (account, sender)
);

CREATE INDEX requests_by_account ON requests (account, id);

-- How far an account has read.
CREATE TABLE markers (
  account INTEGER NOT NULL,
  timeline INTEGER NOT NULL, -- 1 home, 2 notifications
  last_read_id BIGINT NOT NULL,
  version INTEGER NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (account, timeline)
);
