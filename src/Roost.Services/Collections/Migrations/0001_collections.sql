-- Accounts that somebody recommends, in collections. Times are milliseconds since 1970-01-01Z. Accounts are those of
-- another service.

CREATE TABLE collections (
  id BIGINT PRIMARY KEY, -- 1, 2, 3, ...; none is ever used again
  account INTEGER NOT NULL, -- who made it
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  language TEXT, -- ISO 639
  tag TEXT, -- a hashtag without its sign
  sensitive INTEGER NOT NULL,
  discoverable INTEGER NOT NULL, -- 1: on its maker's profile
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE INDEX collections_by_account ON collections (account, id);

CREATE TABLE items (
  id BIGINT PRIMARY KEY, -- as above
  collection BIGINT NOT NULL,
  account INTEGER NOT NULL, -- who is in it
  state INTEGER NOT NULL, -- 1 in it, 2 has left and is not put in again
  created_at BIGINT NOT NULL,
  UNIQUE (collection, account)
);

CREATE INDEX items_by_account ON items (account, collection);

CREATE TABLE collection_numbers (name TEXT PRIMARY KEY, last BIGINT NOT NULL);
INSERT INTO collection_numbers (name, last) VALUES ('collections', 0), ('items', 0);
