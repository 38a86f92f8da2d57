-- What a community decides about itself. Times are milliseconds since 1970-01-01Z.

CREATE TABLE emojis (
  shortcode TEXT PRIMARY KEY,
  category TEXT,
  file_key TEXT NOT NULL, -- in Media's keeping
  extension TEXT NOT NULL,
  static_extension TEXT NOT NULL,
  media_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE announcements (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  starts_at BIGINT,
  ends_at BIGINT,
  all_day INTEGER NOT NULL,
  published_at BIGINT NOT NULL
);

CREATE TABLE announcement_reads (
  announcement_id INTEGER NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL,
  PRIMARY KEY (announcement_id, account_id)
);

CREATE TABLE announcement_reactions (
  announcement_id INTEGER NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  PRIMARY KEY (announcement_id, name, account_id)
);

CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL, -- who reports
  target_id INTEGER NOT NULL, -- whom
  category TEXT NOT NULL,
  comment TEXT NOT NULL,
  post_ids TEXT NOT NULL, -- separated by blanks
  rule_ids TEXT NOT NULL, -- separated by blanks
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  assigned_id INTEGER,
  resolved_at BIGINT,
  resolved_by INTEGER
);

CREATE INDEX reports_by_target ON reports (target_id);
CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL;

-- Who and what is kept out: addresses, domains, and the like, by kind.
CREATE TABLE blocks (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL, -- 1 domain, 2 allowed domain, 3 IP range, 4 domain of e-mail addresses, 5 hash of an e-mail address
  value TEXT NOT NULL,
  severity TEXT NOT NULL,
  comment TEXT NOT NULL,
  public_comment TEXT NOT NULL,
  flags INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  UNIQUE (kind, value)
);

-- What those who look after the community have done, for good.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at BIGINT NOT NULL,
  account_id INTEGER NOT NULL, -- 0 for the command line
  action TEXT NOT NULL,
  target TEXT NOT NULL
);

-- What was decided about what trends.
CREATE TABLE trend_reviews (
  kind TEXT NOT NULL, -- tags, links, statuses
  trend TEXT NOT NULL,
  is_allowed INTEGER NOT NULL,
  PRIMARY KEY (kind, trend)
);
