-- What an account may do, how it stands, and what is known of how it came.

ALTER TABLE accounts ADD COLUMN role INTEGER NOT NULL DEFAULT 0; -- 0 user, 1 moderator, 2 admin, 3 owner
ALTER TABLE accounts ADD COLUMN standing INTEGER NOT NULL DEFAULT 0; -- 0 active, 1 disabled, 2 pending, 3 suspended, 4 being deleted, 5 deleted
ALTER TABLE accounts ADD COLUMN limits INTEGER NOT NULL DEFAULT 0; -- bits: 1 silenced, 2 sensitized

CREATE INDEX accounts_by_standing ON accounts (standing) WHERE standing > 0;
CREATE INDEX accounts_by_role ON accounts (role) WHERE role > 0;

ALTER TABLE logins ADD COLUMN reason TEXT; -- why they want to join
ALTER TABLE logins ADD COLUMN ip TEXT; -- where they joined from
ALTER TABLE logins ADD COLUMN locale TEXT;
ALTER TABLE logins ADD COLUMN app_id INTEGER; -- the app that they joined with
ALTER TABLE logins ADD COLUMN joined_at BIGINT;

ALTER TABLE tokens ADD COLUMN ip TEXT; -- where it was asked for

-- Which accounts were here in which week: weeks of seven days counted from 1970-01-01Z.
CREATE TABLE visits (
  week INTEGER NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (week, account_id)
);
