-- Posts that are to come at a later time. Times are milliseconds since 1970-01-01Z.

CREATE TABLE scheduled (
  id BIGINT PRIMARY KEY, -- 1, 2, 3, ...; none is ever used again
  account INTEGER NOT NULL,
  at BIGINT NOT NULL,
  state INTEGER NOT NULL, -- 1 waits, 2 posting was begun, 3 was refused
  client_key TEXT, -- the Idempotency-Key that it was sent with
  draft TEXT NOT NULL -- JSON
);

CREATE INDEX scheduled_by_account ON scheduled (account, id);
CREATE INDEX scheduled_by_time ON scheduled (at) WHERE state < 3;

CREATE TABLE scheduled_numbers (last BIGINT NOT NULL);
INSERT INTO scheduled_numbers (last) VALUES (0);
