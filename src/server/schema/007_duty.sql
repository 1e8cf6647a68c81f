-- What is told to people outside the console: one mail or one call of the webhook to one receiver, about one record; each try is kept.
CREATE TABLE notice(
  id INTEGER PRIMARY KEY, unit_id BIGINT NOT NULL, register TEXT NOT NULL, record_id BIGINT NOT NULL, level BIGINT NOT NULL, -- 0: who has the duty; then up the line
  channel TEXT NOT NULL, -- mail, webhook
  receiver TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, created_s BIGINT NOT NULL,
  state TEXT NOT NULL, -- waiting, sent, failed
  next_s BIGINT NOT NULL, done_s BIGINT
);
CREATE INDEX notice_waiting ON notice(state, next_s);
CREATE INDEX notice_of ON notice(register, record_id);
CREATE TABLE notice_try(notice_id BIGINT NOT NULL REFERENCES notice(id), at_s BIGINT NOT NULL, error TEXT); -- error null: it was taken
CREATE INDEX notice_try_of ON notice_try(notice_id);
-- A quiz being taken: the questions in the order they were drawn, [{"id","order":[…]}]; what is right stays on the server.
CREATE TABLE quiz_attempt(
  id INTEGER PRIMARY KEY, quiz_id BIGINT NOT NULL, person_id BIGINT NOT NULL, unit_id BIGINT NOT NULL, started_s BIGINT NOT NULL, ends_s BIGINT, -- ends_s null: no limit
  questions TEXT NOT NULL, done_s BIGINT, score BIGINT, result_id BIGINT
);
CREATE INDEX quiz_attempt_of ON quiz_attempt(quiz_id, person_id);
