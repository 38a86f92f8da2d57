-- Why an account stands as it does, each kept by itself: who is disabled stays so when a suspension ends. The column
-- standing follows from these bits of limits: 1 silenced, 2 sensitized, 4 disabled, 8 suspended, 16 waits to be let in.

UPDATE accounts SET limits = limits | 4 WHERE standing = 1;
UPDATE accounts SET limits = limits | 16 WHERE standing = 2;
UPDATE accounts SET limits = limits | 8 WHERE standing = 3;
