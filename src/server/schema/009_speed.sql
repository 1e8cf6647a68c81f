-- Counts the failing controls of a machine without looking at those that pass.
CREATE INDEX answer_failing ON answer(endpoint_id) WHERE fail > 0;
-- What the last change of the lines did to unit_ancestor: 1 came, -1 left. The sums of postures follow it.
CREATE TABLE tree_change(unit_id BIGINT NOT NULL, ancestor_id BIGINT NOT NULL, sign BIGINT NOT NULL, PRIMARY KEY (unit_id, ancestor_id));
