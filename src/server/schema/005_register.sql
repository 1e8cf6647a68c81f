-- What happened to the records of registers (reg_… come from spec/registers): a row for each change, and the files that prove something.
CREATE TABLE record_change(
  id INTEGER PRIMARY KEY, register TEXT NOT NULL, record_id BIGINT NOT NULL, at_s BIGINT NOT NULL, actor TEXT NOT NULL,
  what TEXT NOT NULL, -- create, change, move, file_add, file_remove, unit (a merge of units)
  version BIGINT NOT NULL, -- of the record after it
  detail TEXT NOT NULL, -- JSON {"field": [old, new]}, as stored
  move TEXT, note TEXT
);
CREATE INDEX record_change_of ON record_change(register, record_id, id);
-- The bytes are files/SHA256 of the data directory: durable before the row.
CREATE TABLE record_file(
  id INTEGER PRIMARY KEY, register TEXT NOT NULL, record_id BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, size BIGINT NOT NULL,
  sha256 TEXT NOT NULL, added_s BIGINT NOT NULL, added_by TEXT NOT NULL, removed_s BIGINT, removed_by TEXT
);
CREATE INDEX record_file_of ON record_file(register, record_id);
CREATE INDEX record_file_sha256 ON record_file(sha256);
-- A request that comes twice makes one record: what was made for each key of a user.
CREATE TABLE record_once(
  actor TEXT NOT NULL, key TEXT NOT NULL, register TEXT NOT NULL, record_id BIGINT NOT NULL, at_s BIGINT NOT NULL, PRIMARY KEY (actor, key)
);
