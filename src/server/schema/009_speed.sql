-- Counts the failing controls of a machine without looking at those that pass.
CREATE INDEX answer_failing ON answer(endpoint_id) WHERE fail > 0;
