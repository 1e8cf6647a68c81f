-- The units a machine stood in before: what happened until then stays counted of them.
CREATE TABLE endpoint_was(
  endpoint_id BIGINT NOT NULL REFERENCES endpoint(id), unit_id BIGINT NOT NULL REFERENCES unit(id), until_s BIGINT NOT NULL,
  PRIMARY KEY (endpoint_id, until_s)
);
