-- What two people may change at the same time has a version that grows with each change people make: who saw an older one is told, and nothing is overwritten. (Records of registers have theirs.)
ALTER TABLE unit ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE app_user ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE endpoint ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE detection ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- When the server was not running: silence of machines is counted without it. up_s: from_s less all outages before.
CREATE TABLE server_outage(from_s BIGINT NOT NULL, to_s BIGINT NOT NULL, up_s BIGINT NOT NULL);
