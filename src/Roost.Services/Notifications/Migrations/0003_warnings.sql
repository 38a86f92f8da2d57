-- What the moderators did to an account has no sender that it may know: there account and sender are one, too.

CREATE TABLE notifications_3 (
  id INTEGER PRIMARY KEY, -- 1, 2, 3, ... in the order of commits; none is ever used again
  account INTEGER NOT NULL, -- who is told
  -- 1 mention, 2 favourite, 3 boost, 4 post of somebody subscribed to, 5 edit of a boosted post, 6 poll ended, 7 quote,
  -- 8 follow, 9 follow request, 10 edit of a quoted post, 11 warning of the moderators, 29 sign-up, 30 report
  kind INTEGER NOT NULL,
  sender INTEGER NOT NULL, -- who did it; of 6 who asked, of 11 who is told
  post BIGINT NOT NULL, -- seq of the post that it is about; 0 for none
  -- seq of the record of the post log that says it, of 6 of the one that has the poll; for 8 and 9 of the event of the
  -- graph; the id of the warning (11), account (29) or report (30)
  source BIGINT NOT NULL,
  at BIGINT NOT NULL,
  bucket INTEGER NOT NULL, -- the hour since 1970 with which its group began; 0: it is in none
  filtered INTEGER NOT NULL, -- 1: kept back by its account's policy
  CHECK (account > 0 AND sender > 0 AND (account <> sender OR kind IN (6, 11)))
);
INSERT INTO notifications_3 (id, account, kind, sender, post, source, at, bucket, filtered)
  SELECT id, account, kind, sender, post, source, at, bucket, filtered FROM notifications;
DROP TABLE notifications;
ALTER TABLE notifications_3 RENAME TO notifications;

CREATE UNIQUE INDEX notifications_by_source ON notifications (post, kind, source, account);
CREATE INDEX notifications_by_account ON notifications (account, id);
CREATE INDEX notifications_kept_back ON notifications (account, sender, id) WHERE filtered = 1;

-- Every warning there is, is news: there were none before.
INSERT INTO checkpoints (feed, seq) VALUES ('warnings', 0);
