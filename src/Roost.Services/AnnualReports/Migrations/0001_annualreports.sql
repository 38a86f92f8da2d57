-- What accounts did in a year. Times are milliseconds since 1970-01-01Z.

CREATE TABLE reports (
  account INTEGER NOT NULL,
  year INTEGER NOT NULL,
  data TEXT, -- as JSON; NULL while it is being made
  asked_at BIGINT NOT NULL,
  is_read INTEGER NOT NULL,
  PRIMARY KEY (account, year)
);

CREATE INDEX reports_to_make ON reports (asked_at) WHERE data IS NULL;
