-- What accounts do not want to read. Times are milliseconds since 1970-01-01Z. Accounts and posts are those of other
-- services.

CREATE TABLE filters (
  id INTEGER PRIMARY KEY, -- 1, 2, 3, ...; none is ever used again, nor are those of the other tables
  account INTEGER NOT NULL,
  title TEXT NOT NULL,
  contexts INTEGER NOT NULL, -- sum of: 1 home, 2 notifications, 4 public, 8 thread, 16 account
  action INTEGER NOT NULL, -- 1 warn, 2 hide, 3 blur
  expires_at BIGINT -- NULL: never
);

CREATE INDEX filters_by_account ON filters (account, id);

CREATE TABLE filter_keywords (
  id INTEGER PRIMARY KEY,
  filter INTEGER NOT NULL REFERENCES filters (id),
  keyword TEXT NOT NULL,
  whole_word INTEGER NOT NULL
);

CREATE INDEX filter_keywords_by_filter ON filter_keywords (filter, id);

CREATE TABLE filter_posts (
  id INTEGER PRIMARY KEY,
  filter INTEGER NOT NULL REFERENCES filters (id),
  post BIGINT NOT NULL, -- its id
  UNIQUE (filter, post)
);

CREATE TABLE numbers (name TEXT PRIMARY KEY, last BIGINT NOT NULL);
INSERT INTO numbers (name, last) VALUES ('filters', 0), ('filter_keywords', 0), ('filter_posts', 0);
