-- A code that is used twice has been stolen: what its first use made must end (RFC 6749, section 4.1.2). So used codes
-- are kept until they run out, and a token remembers its code for longer.

ALTER TABLE grants ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;

ALTER TABLE tokens ADD COLUMN code_hash BLOB; -- NULL when no code was needed

CREATE INDEX tokens_by_code ON tokens (code_hash);
