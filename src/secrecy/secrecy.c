#include "secrecy/secrecy.h"

#include "base/alloc.h"
#include "secrecy/gather.h"
#include "secrecy/judge.h"

struct kh_secrecy {
	struct kh_evidence evidence;
	struct kh_secrecy_mark marks[KH_SECRECY_MAX_MARKS];
	size_t n_marks;
};

struct kh_secrecy *kh_secrecy_new(const struct kh_secrecy_rules *rules, bool keep_lines)
{
	struct kh_secrecy *s = kh_alloc(sizeof *s);
	s->evidence.rules = rules;
	s->evidence.keep_lines = keep_lines;
	return s;
}

void kh_secrecy_free(struct kh_secrecy *s)
{
	if (!s)
		return;
	kh_gather_done(&s->evidence);
	free(s);
}

void kh_secrecy_begin(struct kh_secrecy *s, enum kh_document_format format)
{
	const struct kh_secrecy_rules *rules = s->evidence.rules;
	bool keep_lines = s->evidence.keep_lines;
	kh_gather_done(&s->evidence);
	*s = (struct kh_secrecy){.evidence = {.rules = rules, .keep_lines = keep_lines, .format = format}};
}

void kh_secrecy_line(struct kh_secrecy *s, const struct kh_document_line *line)
{
	kh_gather_line(&s->evidence, line);
}

/* ---- looked at by itself ---- */

struct glance {
	const struct kh_secrecy_rules *rules;
	bool found;
};

static void note_register(void *arg, size_t sign)
{
	struct glance *g = arg;
	g->found |= g->rules->signs.v[sign].role == KH_SIGN_REGISTER;
}

bool kh_secrecy_may_be_mark(const struct kh_secrecy *s, const struct kh_document_line *line)
{
	struct glance g = {s->evidence.rules, false};
	struct kh_folded folded;
	struct kh_reading reading = {0};
	if (line->n == 0 || line->n > KH_SECRECY_MAX_PIECE)
		return false;
	kh_fold_text(s->evidence.rules->fold, line->text, line->n, &folded);
	const struct kh_piece p = {.v = folded.v, .n = folded.n, .quoted = folded.quoted, .tolerant = true};
	kh_piece_read(s->evidence.rules, &p, &reading);
	kh_piece_signs(s->evidence.rules, &p, note_register, &g);
	return reading.levels || reading.first_word_of || g.found;
}

/* Not before the lines have come that may show the stamp to be one of a list. */
bool kh_secrecy_enough(const struct kh_secrecy *s)
{
	const struct kh_evidence *e = &s->evidence;
	const struct kh_evidence_stamp *c = e->best ? &e->stamps[e->best - 1] : NULL;
	bool later_page = c && e->page > c->look.page && e->by_ocr;
	bool highest = c && c->level == KH_SECRECY_TUYET_MAT && e->line - c->line > (size_t)e->rules->judgement.together_lines;
	return (highest || later_page) && kh_judge_is_certain(e, c);
}

/* ---- the end ---- */

static void add_mark(struct kh_secrecy *s, const char *kind, uint32_t page, enum kh_document_part where, char *line)
{
	for (size_t i = 0; i < s->n_marks; i++)
		if (s->marks[i].kind == kind && s->marks[i].page == page && s->marks[i].where == where)
			return;
	if (s->n_marks < KH_SECRECY_MAX_MARKS)
		s->marks[s->n_marks++] = (struct kh_secrecy_mark){.kind = kind, .page = page, .where = where, .line = line};
}

static void add_signs(struct kh_secrecy *s, enum kh_sign_role role)
{
	const struct kh_evidence *e = &s->evidence;
	for (size_t i = 0; i < e->rules->signs.n; i++)
		if (e->rules->signs.v[i].role == role && e->seen >> i & 1)
			add_mark(s, e->rules->signs.v[i].name, e->sightings[i].page, e->sightings[i].part, e->sightings[i].text);
}

static int64_t judge_stamps(struct kh_secrecy *s, enum kh_secrecy_level *ret)
{
	const struct kh_evidence *e = &s->evidence;
	int64_t points[KH_SECRECY_MAX_STAMPS] = {0}, best = 0;
	for (size_t i = 0; i < e->n_stamps; i++) {
		points[i] = kh_judge_stamp(e, &e->stamps[i]);
		if (points[i] >= e->rules->judgement.limit && e->stamps[i].level > *ret)
			*ret = e->stamps[i].level;
	}
	for (size_t i = 0; i < e->n_stamps; i++) {
		const struct kh_evidence_stamp *c = &e->stamps[i];
		if (c->level != *ret || points[i] < e->rules->judgement.limit)
			continue;
		best = points[i] > best ? points[i] : best;
		add_mark(s, c->field ? "field" : c->envelope ? "envelope" : "stamp", c->look.page, c->look.part, c->text);
	}
	return best;
}

void kh_secrecy_end(struct kh_secrecy *s, struct kh_secrecy_finding *ret)
{
	const struct kh_evidence *e = &s->evidence;
	size_t sign = 0;
	enum kh_secrecy_level level = KH_SECRECY_NONE;
	s->n_marks = 0;
	int64_t points = 0;
	if (kh_evidence_has(e, KH_SIGN_DECLASSIFIED, &sign)) {
		add_signs(s, KH_SIGN_DECLASSIFIED);
	} else {
		points = judge_stamps(s, &level);
		if (e->row_level > level && e->row_numbers && kh_evidence_has(e, KH_SIGN_REGISTER, &sign)) {
			level = e->row_level;
			points = e->rules->judgement.row;
			s->n_marks = 0;
			add_mark(s, "register", e->sightings[sign].page, e->sightings[sign].part, e->sightings[sign].text);
		}
		if (level != KH_SECRECY_NONE) {
			add_signs(s, KH_SIGN_ENVELOPE);
			add_signs(s, KH_SIGN_SUPPORT);
		}
	}
	*ret = (struct kh_secrecy_finding){.level = level, .confidence = (uint8_t)(level == KH_SECRECY_NONE ? 0 : points > 99 ? 99 : points < 1 ? 1 : points), .marks = s->marks, .n = s->n_marks};
}
