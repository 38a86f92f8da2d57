-- Which accounts were here on which day, counted from 1970-01-01Z. Of a week that was kept before, its first day.

CREATE TABLE visit_days (
  day INTEGER NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (day, account_id)
);
INSERT INTO visit_days (day, account_id) SELECT week * 7, account_id FROM visits;
DROP TABLE visits;

-- For accounts that are erased.
CREATE INDEX visit_days_of_accounts ON visit_days (account_id);
