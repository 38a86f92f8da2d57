-- Who is sent push messages, and what is still to be sent. Times are milliseconds since 1970-01-01Z.

CREATE TABLE subscriptions (
  id BIGINT PRIMARY KEY, -- 1, 2, 3, ...; none is ever used again
  token_hash TEXT NOT NULL UNIQUE, -- SHA-256 in hexadecimal; a token has one subscription
  sealed_token BLOB NOT NULL, -- with a key that is not in this file
  account INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  public_key BLOB NOT NULL, -- 65 bytes: a point of P-256, uncompressed
  auth BLOB NOT NULL, -- 16 bytes
  standard INTEGER NOT NULL, -- 1 as in RFC 8291, 0 as in its fourth draft
  alerts INTEGER NOT NULL, -- a bit for each kind of notification
  policy INTEGER NOT NULL, -- 0 all, 1 followed, 2 followers, 3 none
  told_after BIGINT NOT NULL, -- only of later notifications
  failures INTEGER NOT NULL, -- attempts that failed since the last that did not
  created_at BIGINT NOT NULL
);

CREATE TABLE deliveries (
  id BIGINT PRIMARY KEY,
  subscription BIGINT NOT NULL,
  account INTEGER NOT NULL,
  notice BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX deliveries_by_subscription ON deliveries (subscription, id);

-- Up to which notification everything is in deliveries or came to nothing; the last numbers that were given.
CREATE TABLE webpush_progress (up_to BIGINT NOT NULL, last_subscription BIGINT NOT NULL, last_delivery BIGINT NOT NULL);
INSERT INTO webpush_progress (up_to, last_subscription, last_delivery) VALUES (-1, 0, 0);
