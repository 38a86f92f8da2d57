-- Which post shows a picture, and up to which record of the posts that is told.

ALTER TABLE media ADD COLUMN post BIGINT;

CREATE INDEX media_of_posts ON media (post) WHERE post IS NOT NULL;

CREATE TABLE media_settled (up_to BIGINT NOT NULL);
INSERT INTO media_settled (up_to) VALUES (0);
