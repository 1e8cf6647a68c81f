-- When a machine that must never be linked was last seen on the network (src/server/offline/sighting.h); null: never, or checked since.
ALTER TABLE endpoint ADD COLUMN linked_s BIGINT;
