-- Alerts of edits of quoted posts were kept as the bit 28, which is no kind of notification; the kind is 10.

UPDATE subscriptions SET alerts = (alerts & ~268435456) | 1024 WHERE (alerts & 268435456) <> 0;
