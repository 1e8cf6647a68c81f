-- Detections run through states, each with its time (server/detection/detection.h). A detection of before has what is known of it.
ALTER TABLE detection ADD COLUMN seen_s BIGINT; -- last reported
ALTER TABLE detection ADD COLUMN verified_s BIGINT;
ALTER TABLE detection ADD COLUMN handled_s BIGINT; -- quarantined, or dealt with by hand
ALTER TABLE detection ADD COLUMN cleaned_s BIGINT; -- end of the whole scan that found nothing any more
ALTER TABLE detection ADD COLUMN again_of BIGINT; -- had been dealt with before, as this detection
ALTER TABLE detection ADD COLUMN find_id TEXT; -- the agent's number of what it found (docs/protocol.md, finds)
ALTER TABLE detection ADD COLUMN quarantine TEXT; -- its number in the machine's quarantine
UPDATE detection SET seen_s = found_s, verified_s = CASE WHEN state = 'verified' THEN changed_s END,
  handled_s = CASE WHEN state IN ('quarantined', 'cleaned') THEN changed_s END, cleaned_s = CASE WHEN state = 'cleaned' THEN changed_s END;
CREATE INDEX detection_found ON detection(found_s);
CREATE INDEX detection_handled ON detection(handled_s);
CREATE INDEX detection_find ON detection(endpoint_id, find_id);
CREATE TABLE detection_change(
  id INTEGER PRIMARY KEY, detection_id BIGINT NOT NULL, at_s BIGINT NOT NULL, actor TEXT, -- a login name; null: the machine itself
  state TEXT NOT NULL, -- of detections, and not_confirmed, left, restored
  note TEXT
);
CREATE INDEX detection_change_of ON detection_change(detection_id);
INSERT INTO detection_change(detection_id, at_s, state) SELECT id, found_s, 'found' FROM detection;
INSERT INTO detection_change(detection_id, at_s, actor, state) SELECT id, changed_s, changed_by, state FROM detection WHERE state <> 'found';

-- Campaigns: one scan, ordered for every machine of a unit and below until a deadline (server/campaign/campaign.h).
CREATE TABLE campaign(
  id INTEGER PRIMARY KEY, unit_id BIGINT NOT NULL REFERENCES unit(id), name TEXT NOT NULL, scan TEXT NOT NULL, -- quick, full
  created_s BIGINT NOT NULL, created_by TEXT NOT NULL, deadline_s BIGINT NOT NULL, closed_s BIGINT, closed_by TEXT -- null: by its deadline
);
CREATE INDEX campaign_open ON campaign(closed_s, deadline_s);
-- While the campaign is open, state and counts are read from the order; closing it writes them down.
CREATE TABLE campaign_machine(
  campaign_id BIGINT NOT NULL REFERENCES campaign(id), endpoint_id BIGINT NOT NULL REFERENCES endpoint(id), order_id BIGINT,
  state TEXT, reason TEXT, infected BIGINT, open BIGINT, PRIMARY KEY (campaign_id, endpoint_id)
);
CREATE INDEX campaign_machine_endpoint ON campaign_machine(endpoint_id);
ALTER TABLE endpoint_order ADD COLUMN campaign_id BIGINT;
ALTER TABLE endpoint_order ADD COLUMN begun_s BIGINT; -- the agent said that it was at it
ALTER TABLE endpoint_order ADD COLUMN progress TEXT; -- what it said last of that (docs/protocol.md, health.scan)
ALTER TABLE scan ADD COLUMN order_id BIGINT; -- that it was made for

-- Bundles of content for the agents; the newest is handed out (server/content/bundles.h). The bytes are files of the data directory.
CREATE TABLE content_bundle(
  id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, size BIGINT NOT NULL, made_s BIGINT NOT NULL, files BIGINT NOT NULL,
  added_s BIGINT NOT NULL, added_by TEXT NOT NULL
);
-- What a machine said last of its content (docs/protocol.md, health.content); no row: it never said.
CREATE TABLE content_state(
  endpoint_id BIGINT PRIMARY KEY REFERENCES endpoint(id), sha256 TEXT, made_s BIGINT, -- of the bundle in use; null: none
  newest_s BIGINT, -- when the newest of its rules, signatures and lists was made; null: it has none
  rules BIGINT, signatures BIGINT, hashes BIGINT, error TEXT, -- why it refused the last bundle
  said_s BIGINT NOT NULL
);
