-- What was done to accounts, with words to them. Rows are never removed: the ids are the feed of those who are told.

CREATE TABLE warnings (
  id INTEGER PRIMARY KEY, -- 1, 2, 3, ... without gaps
  account_id INTEGER NOT NULL, -- who did it; 0 for the command line
  target_id INTEGER NOT NULL,
  action TEXT NOT NULL, -- none, sensitive, disable, silence, suspend
  text TEXT NOT NULL,
  post_ids TEXT NOT NULL, -- separated by blanks
  is_told INTEGER NOT NULL, -- 0: the account is not told
  created_at BIGINT NOT NULL
);
