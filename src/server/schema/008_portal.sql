-- Portals that are watched (server/portal): where each stands, and what came of each fetch.
CREATE TABLE portal_state(
  portal_id BIGINT PRIMARY KEY, next_s BIGINT NOT NULL, -- when it is fetched again
  checked_s BIGINT, status TEXT, -- of the last fetch; null: none yet
  good_s BIGINT, -- last fetch without anything to say
  learned_s BIGINT NOT NULL, -- alarms closed later are still to be learned from
  ms BIGINT, url TEXT, -- of the last that came: how long it took, and where it led
  headers BIGINT, certificate TEXT, addresses TEXT, servers TEXT, -- of the last that came; JSON
  known TEXT NOT NULL -- JSON: what ordinary fetches said of headers, certificate and names
);
-- What is known of each page: learned (JSON), and the HTML it was learned from last (gzip, base64).
CREATE TABLE portal_page(
  id INTEGER PRIMARY KEY, portal_id BIGINT NOT NULL, url TEXT NOT NULL, known TEXT NOT NULL, html TEXT NOT NULL, learned_s BIGINT NOT NULL, UNIQUE (portal_id, url)
);
CREATE TABLE portal_fetch(
  id INTEGER PRIMARY KEY, portal_id BIGINT NOT NULL, at_s BIGINT NOT NULL, status TEXT NOT NULL, http BIGINT NOT NULL, ms BIGINT NOT NULL, bytes BIGINT NOT NULL,
  text_hash TEXT, shape_hash TEXT, text_change BIGINT, shape_change BIGINT, -- of the first page; percent against what was known
  good INTEGER NOT NULL -- nothing to say
);
CREATE INDEX portal_fetch_at ON portal_fetch(portal_id, at_s);
