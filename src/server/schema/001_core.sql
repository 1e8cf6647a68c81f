-- The server's own tables. Fact and register tables come from spec/ (kh_fact_tables[].sql, kh_registers[].sql).
-- SQL both SQLite and PostgreSQL read: BIGINT for numbers, TEXT, no functions; `INTEGER PRIMARY KEY` is what the PostgreSQL driver turns
-- into an identity column. Times are Unix seconds (_s) or milliseconds (_ms). A migration is the next numbered file; none is ever edited.

CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);

-- Organisations. `code` is what people and links use; a unit that ended keeps its row (to_s) and its history.
CREATE TABLE unit(
  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_fold TEXT NOT NULL, kind TEXT NOT NULL,
  from_s BIGINT NOT NULL, to_s BIGINT, merged_into BIGINT REFERENCES unit(id)
);
-- The lines of the tree: `admin` and `police`; a line that changed keeps its old edge with an end.
CREATE TABLE unit_edge(
  child_id BIGINT NOT NULL REFERENCES unit(id), parent_id BIGINT NOT NULL REFERENCES unit(id),
  line TEXT NOT NULL, from_s BIGINT NOT NULL, to_s BIGINT
);
CREATE INDEX unit_edge_child ON unit_edge(child_id);
CREATE INDEX unit_edge_parent ON unit_edge(parent_id);
-- Every unit with each unit above it on any line, and itself: the one table that scope and posture walk.
CREATE TABLE unit_ancestor(unit_id BIGINT NOT NULL, ancestor_id BIGINT NOT NULL, PRIMARY KEY (ancestor_id, unit_id));
CREATE INDEX unit_ancestor_unit ON unit_ancestor(unit_id);
CREATE TABLE unit_change(
  id INTEGER PRIMARY KEY, unit_id BIGINT NOT NULL, at_s BIGINT NOT NULL, actor TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL
);

CREATE TABLE app_user(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, full_name TEXT NOT NULL, password_hash TEXT NOT NULL, role TEXT NOT NULL,
  unit_id BIGINT NOT NULL REFERENCES unit(id), language TEXT NOT NULL, must_change INTEGER NOT NULL, disabled INTEGER NOT NULL,
  failed BIGINT NOT NULL, locked_until_s BIGINT NOT NULL, created_s BIGINT NOT NULL, login_s BIGINT
);
-- token_hash: SHA-256 of the cookie; the cookie itself is stored nowhere.
CREATE TABLE session(
  token_hash TEXT PRIMARY KEY, user_id BIGINT NOT NULL REFERENCES app_user(id), created_s BIGINT NOT NULL, seen_s BIGINT NOT NULL,
  expires_s BIGINT NOT NULL, address TEXT NOT NULL
);
CREATE INDEX session_by_user ON session(user_id);

CREATE TABLE enrol_token(
  id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, unit_id BIGINT NOT NULL REFERENCES unit(id), uses BIGINT NOT NULL,
  used BIGINT NOT NULL, expires_s BIGINT NOT NULL, created_s BIGINT NOT NULL, created_by TEXT NOT NULL, revoked INTEGER NOT NULL
);

CREATE TABLE endpoint(
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, unit_id BIGINT NOT NULL REFERENCES unit(id), hostname TEXT NOT NULL,
  hostname_fold TEXT NOT NULL, role TEXT NOT NULL, os TEXT NOT NULL, state TEXT NOT NULL, -- active, revoked, replaced
  fingerprint TEXT NOT NULL, agent_version TEXT NOT NULL, address TEXT NOT NULL, offline_key TEXT, -- base64 Ed25519 key of a machine without a link
  enrolled_s BIGINT NOT NULL, seen_s BIGINT NOT NULL, clock_offset_s BIGINT NOT NULL, health TEXT, replaced_by BIGINT
);
CREATE INDEX endpoint_unit ON endpoint(unit_id);
CREATE INDEX endpoint_fingerprint ON endpoint(fingerprint);
CREATE TABLE certificate(
  serial TEXT PRIMARY KEY, endpoint_id BIGINT NOT NULL REFERENCES endpoint(id), key_hash TEXT NOT NULL, issued_s BIGINT NOT NULL,
  expires_s BIGINT NOT NULL, revoked_s BIGINT, reason TEXT
);
CREATE INDEX certificate_endpoint ON certificate(endpoint_id);
-- An enrolment whose answer was lost is asked again with the same key: it gets the same endpoint and uses no token twice.
CREATE TABLE enrolment(
  token_id BIGINT NOT NULL, key_hash TEXT NOT NULL, endpoint_id BIGINT NOT NULL, at_s BIGINT NOT NULL, PRIMARY KEY (token_id, key_hash)
);

-- Exactly once: the last record stored of each epoch, and its SHA-256.
CREATE TABLE stream(
  endpoint_id BIGINT NOT NULL, epoch TEXT NOT NULL, last_seq BIGINT NOT NULL, last_digest TEXT NOT NULL, PRIMARY KEY (endpoint_id, epoch)
);
CREATE TABLE fact_state(
  endpoint_id BIGINT NOT NULL, fact_table TEXT NOT NULL, state TEXT NOT NULL, -- measured, not_measured
  reason TEXT, hash TEXT NOT NULL, row_count BIGINT NOT NULL, collected_s BIGINT NOT NULL, received_s BIGINT NOT NULL,
  PRIMARY KEY (endpoint_id, fact_table)
);
CREATE TABLE event(
  id INTEGER PRIMARY KEY, endpoint_id BIGINT NOT NULL, at_ms BIGINT NOT NULL, category TEXT NOT NULL, action TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX event_endpoint ON event(endpoint_id, at_ms);
CREATE TABLE detection(
  id INTEGER PRIMARY KEY, endpoint_id BIGINT NOT NULL, found_s BIGINT NOT NULL, engine TEXT NOT NULL, rule TEXT NOT NULL,
  path TEXT NOT NULL, member TEXT, sha256 TEXT, size BIGINT, verdict TEXT NOT NULL, -- infected, suspicious
  state TEXT NOT NULL, -- found, verified, quarantined, cleaned, false_alarm
  changed_s BIGINT NOT NULL, changed_by TEXT
);
CREATE INDEX detection_endpoint ON detection(endpoint_id, found_s);
CREATE TABLE scan(
  id INTEGER PRIMARY KEY, endpoint_id BIGINT NOT NULL, kind TEXT NOT NULL, -- first, quick, full, manual
  started_s BIGINT NOT NULL, ended_s BIGINT NOT NULL, files BIGINT NOT NULL, bytes BIGINT NOT NULL, infected BIGINT NOT NULL,
  suspicious BIGINT NOT NULL, errors BIGINT NOT NULL, skipped BIGINT NOT NULL, partly BIGINT NOT NULL, rules BIGINT NOT NULL
);
CREATE INDEX scan_endpoint ON scan(endpoint_id, ended_s);

CREATE TABLE endpoint_order(
  id INTEGER PRIMARY KEY, endpoint_id BIGINT NOT NULL REFERENCES endpoint(id), kind TEXT NOT NULL, args TEXT NOT NULL,
  created_s BIGINT NOT NULL, created_by TEXT NOT NULL, expires_s BIGINT NOT NULL, sent_s BIGINT, done_s BIGINT,
  state TEXT NOT NULL, -- waiting, sent, done, refused, failed, expired
  result TEXT
);
CREATE INDEX endpoint_order_waiting ON endpoint_order(endpoint_id, state);

-- The latest answer of each control for each endpoint, as counts of subjects.
CREATE TABLE answer(
  endpoint_id BIGINT NOT NULL, control TEXT NOT NULL, pass BIGINT NOT NULL, fail BIGINT NOT NULL, unknown BIGINT NOT NULL,
  not_applicable BIGINT NOT NULL, excepted BIGINT NOT NULL, since_s BIGINT NOT NULL, evaluated_s BIGINT NOT NULL,
  PRIMARY KEY (endpoint_id, control)
);
-- Finds failing (or unmeasured) machines of a control without looking at the others.
CREATE INDEX answer_control ON answer(control, fail, unknown);
-- The same, summed over the subtree of a unit; a row per day (kh_time_day_number) on which something changed. The latest row with day <= D is
-- the posture of day D.
CREATE TABLE posture(
  unit_id BIGINT NOT NULL, control TEXT NOT NULL, day BIGINT NOT NULL, pass BIGINT NOT NULL, fail BIGINT NOT NULL, unknown BIGINT NOT NULL,
  not_applicable BIGINT NOT NULL, excepted BIGINT NOT NULL, PRIMARY KEY (unit_id, control, day)
);

-- Who did what; each row holds the hash of the one before (src/server/audit/audit.h).
CREATE TABLE audit(
  id INTEGER PRIMARY KEY, at_ms BIGINT NOT NULL, actor TEXT NOT NULL, unit_id BIGINT, action TEXT NOT NULL, target TEXT NOT NULL,
  detail TEXT NOT NULL, hash TEXT NOT NULL
);
