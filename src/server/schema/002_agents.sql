-- Why a scan ended before its end: interrupted, time, bytes; null: it came to the end.
ALTER TABLE scan ADD COLUMN stopped TEXT;

-- What was withdrawn of late: asked twice a second for the agents that wait for orders.
CREATE INDEX certificate_revoked ON certificate(revoked_s) WHERE revoked_s IS NOT NULL;
