-- Which events imports of the past have made, first to last: the feed passes over them. Ranges do not overlap.
CREATE TABLE graph_imports (
  first INTEGER PRIMARY KEY,
  last BIGINT NOT NULL
);
