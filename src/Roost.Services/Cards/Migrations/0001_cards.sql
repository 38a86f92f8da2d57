-- What pages that posts link to say of themselves. Derived: what is lost is fetched again. Times are milliseconds since
-- 1970-01-01Z.

CREATE TABLE cards (
  url TEXT PRIMARY KEY,
  card TEXT, -- JSON; NULL where there is nothing to show
  good_until BIGINT NOT NULL
);

CREATE INDEX cards_by_time ON cards (good_until);
