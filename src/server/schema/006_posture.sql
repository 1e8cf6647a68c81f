-- The latest answer of each control over units, for each living unit and itself alone, as counts of subjects; `answer` for units.
CREATE TABLE unit_answer(
  unit_id BIGINT NOT NULL, control TEXT NOT NULL, pass BIGINT NOT NULL, fail BIGINT NOT NULL, unknown BIGINT NOT NULL,
  not_applicable BIGINT NOT NULL, excepted BIGINT NOT NULL, since_s BIGINT NOT NULL, evaluated_s BIGINT NOT NULL,
  PRIMARY KEY (unit_id, control)
);
CREATE INDEX unit_answer_control ON unit_answer(control, fail, unknown);
