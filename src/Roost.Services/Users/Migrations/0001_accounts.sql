-- Times are milliseconds since 1970-01-01Z. Keys in lower case make what people type findable whatever its case.

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY, -- 1, 2, 3, ... without gaps
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  note TEXT NOT NULL,
  locked INTEGER NOT NULL,
  bot INTEGER NOT NULL,
  created_at BIGINT NOT NULL
);

-- How people sign in. An imported account has no row here until it is given a password; then its e-mail is NULL.
CREATE TABLE logins (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  email TEXT,
  email_key TEXT UNIQUE,
  password_hash TEXT NOT NULL
);

CREATE TABLE apps (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  website TEXT,
  redirect_uris TEXT NOT NULL, -- one per line
  scopes TEXT NOT NULL,
  client_id TEXT NOT NULL UNIQUE,
  secret_hash BLOB NOT NULL,
  created_at BIGINT NOT NULL
);

-- Authorization codes that nobody has used yet.
CREATE TABLE grants (
  code_hash BLOB PRIMARY KEY,
  app_id INTEGER NOT NULL REFERENCES apps (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  scopes TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  code_challenge TEXT,
  expires_at BIGINT NOT NULL
);

CREATE INDEX grants_by_expiry ON grants (expires_at);
CREATE INDEX grants_by_account ON grants (account_id);

CREATE TABLE tokens (
  token_hash BLOB PRIMARY KEY,
  app_id INTEGER REFERENCES apps (id), -- NULL for Roost's own pages
  account_id INTEGER REFERENCES accounts (id), -- NULL for an app's own token
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE INDEX tokens_by_account ON tokens (account_id);
