-- Files that people sent, as they are kept: processed, without what cameras add. Times are milliseconds since 1970-01-01Z.

CREATE TABLE media (
  id INTEGER PRIMARY KEY, -- 1, 2, 3, ...; none is ever used again
  account INTEGER NOT NULL,
  purpose INTEGER NOT NULL, -- 1 attachment, 2 avatar, 3 header
  state INTEGER NOT NULL, -- 1 waits to be used, 2 used
  kind INTEGER NOT NULL, -- 1 image, 2 animation
  file_key TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes BIGINT NOT NULL,
  small_type TEXT NOT NULL,
  small_width INTEGER NOT NULL,
  small_height INTEGER NOT NULL,
  small_bytes BIGINT NOT NULL,
  blurhash TEXT NOT NULL,
  description TEXT NOT NULL,
  focus_x REAL NOT NULL,
  focus_y REAL NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE INDEX media_waiting ON media (created_at) WHERE state = 1;

-- The newest number given, so that a removed row's number is not given again.
CREATE TABLE media_numbers (last INTEGER NOT NULL);
INSERT INTO media_numbers (last) VALUES (0);
