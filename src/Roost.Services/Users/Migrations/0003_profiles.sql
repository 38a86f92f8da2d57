-- Pictures, fields and choices of an account as one JSON object; NULL for none of them.

ALTER TABLE accounts ADD COLUMN profile TEXT;
