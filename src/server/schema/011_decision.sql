-- The paper by which units move, merge, split and end: DATA/files/SHA256, as with record_file. Written down for the unit that is acted on; what was done by it names it.
CREATE TABLE unit_decision(
  id INTEGER PRIMARY KEY, unit_id BIGINT NOT NULL REFERENCES unit(id), number TEXT NOT NULL, decided_on TEXT NOT NULL, -- YYYY-MM-DD
  file_name TEXT NOT NULL, size BIGINT NOT NULL, sha256 TEXT NOT NULL, added_s BIGINT NOT NULL, added_by TEXT NOT NULL
);
CREATE INDEX unit_decision_sha256 ON unit_decision(sha256);
ALTER TABLE unit_change ADD COLUMN decision_id BIGINT; -- null: done without one (added, renamed, or before there were any)
CREATE INDEX unit_change_of ON unit_change(unit_id);
-- What a unit gave to others when it was split, as it was called that day.
CREATE TABLE unit_given(
  id INTEGER PRIMARY KEY, from_id BIGINT NOT NULL REFERENCES unit(id), to_id BIGINT NOT NULL REFERENCES unit(id), at_s BIGINT NOT NULL,
  what TEXT NOT NULL, -- endpoint, user, unit, or the name of a register
  item_id BIGINT NOT NULL, name TEXT NOT NULL
);
CREATE INDEX unit_given_from ON unit_given(from_id);
CREATE INDEX unit_given_to ON unit_given(to_id);
