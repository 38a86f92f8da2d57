-- The post log where a server has it: each record with its bytes as they lie in segment files, by its place in the log.
CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  record BLOB NOT NULL
);
