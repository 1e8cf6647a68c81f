#include "secrecy/gather.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "secrecy/judge.h"

#include <string.h>

static char *kept(const struct kh_evidence *s)
{
	return s->keep_lines ? kh_strndup(s->now->text, kh_utf8_valid_prefix(s->now->text, s->now->n < KH_SECRECY_MAX_SHOWN ? s->now->n : KH_SECRECY_MAX_SHOWN, KH_SECRECY_MAX_SHOWN)) : NULL;
}

/* OCR may read the same stamp twice, and the second time only a part of it. */
static bool same_ink(const struct kh_document_line *a, const struct kh_document_line *b)
{
	float width = KH_MIN(a->right, b->right) - KH_MAX(a->left, b->left), height = KH_MIN(a->bottom, b->bottom) - KH_MAX(a->top, b->top);
	float smaller = KH_MIN((a->right - a->left) * (a->bottom - a->top), (b->right - b->left) * (b->bottom - b->top));
	return a->part == KH_PART_PICTURE && a->placed && b->placed && a->page == b->page && width > 0 && height > 0 && width * height > smaller / 2;
}

static bool names_another(unsigned levels, enum kh_secrecy_level level, bool envelope)
{
	return (envelope ? levels >> KH_EVIDENCE_ENVELOPE : levels & ((1U << KH_EVIDENCE_ENVELOPE) - 1)) & ~(1U << level);
}

static bool near_line(size_t line, size_t of, int64_t reach)
{
	return line && of - line <= (size_t)reach;
}

/* A list of the levels may go on on the next page; papers behind each other, each with its letterhead, have stamps of their own. */
static void note_together(struct kh_evidence_stamp *c, uint32_t other_page)
{
	*(c->look.page == other_page ? &c->together : &c->together_apart) = true;
}

static void note_mention(struct kh_evidence *s, unsigned levels)
{
	s->mentions[s->n_mentions++ % KH_SECRECY_MAX_MENTIONS] = (struct kh_evidence_mention){.line = s->line, .levels = levels, .look = *s->now};
	for (size_t i = s->n_stamps; i-- > 0 && near_line(s->stamps[i].line, s->line, s->rules->judgement.together_lines);)
		if (names_another(levels, s->stamps[i].level, s->stamps[i].envelope) && !same_ink(&s->stamps[i].look, s->now))
			note_together(&s->stamps[i], s->now->page);
}

static void note_others_near(const struct kh_evidence *s, struct kh_evidence_stamp *c)
{
	size_t n = s->n_mentions < KH_SECRECY_MAX_MENTIONS ? s->n_mentions : KH_SECRECY_MAX_MENTIONS;
	for (size_t i = 0; i < n; i++) {
		const struct kh_evidence_mention *m = &s->mentions[i];
		if (names_another(m->levels, c->level, c->envelope) && near_line(m->line, s->line, s->rules->judgement.together_lines) && !same_ink(&m->look, s->now))
			note_together(c, m->look.page);
	}
}

static uint64_t signs_near(const struct kh_evidence *s, enum kh_sign_role role)
{
	uint64_t set = 0;
	for (size_t i = 0; i < s->rules->signs.n; i++) {
		const struct kh_sign *sign = &s->rules->signs.v[i];
		int64_t reach = role == KH_SIGN_LETTERHEAD ? s->rules->judgement.letterhead_lines : (int64_t)sign->before;
		bool same_page = role == KH_SIGN_LETTERHEAD && s->now->placed && s->now->page && s->sightings[i].placed_on == s->now->page;
		if (sign->role == role && reach && (same_page || near_line(s->sightings[i].line, s->line, reach)))
			set |= UINT64_C(1) << i;
	}
	return set;
}

static void note_best(struct kh_evidence *s, size_t i)
{
	if ((!s->best || s->stamps[i].level > s->stamps[s->best - 1].level) && kh_judge_is_certain(s, &s->stamps[i]))
		s->best = i + 1;
}

static bool in_margin(const struct kh_evidence *s, const struct kh_document_line *l)
{
	float margin = (float)s->rules->judgement.margin_height;
	return l->placed && (l->top * 100 <= margin || l->bottom * 100 >= 100 - margin);
}

/* In the order of reading, and on a page with a layout by its height. Headers, boxes and pictures stand anywhere in the order. */
static bool is_behind_text(const struct kh_evidence *s)
{
	const struct kh_document_line *now = s->now;
	bool flows = now->part == KH_PART_BODY || now->part == KH_PART_CELL || now->placed;
	return s->text.line && flows && !in_margin(s, now) && (!now->placed || now->top > s->text.look.top);
}

static bool same_row(const struct kh_document_line *a, const struct kh_document_line *b)
{
	float height = KH_MIN(a->bottom - a->top, b->bottom - b->top);
	return a->placed && b->placed && a->page == b->page && KH_MIN(a->bottom, b->bottom) - KH_MAX(a->top, b->top) > height / 2;
}

static bool has_number_before(const struct kh_evidence *s)
{
	for (size_t i = 0; i < KH_MIN(s->numbers.n, (size_t)KH_SECRECY_MAX_PLACED); i++)
		if (same_row(&s->numbers.v[i], s->now) && s->numbers.v[i].right <= s->now->left)
			return true;
	return false;
}

/* A paper in a list: "3", "05/BC-BCH", "Mật". */
static bool is_in_list_row(const struct kh_evidence *s)
{
	if (s->now->placed && !in_margin(s, s->now) && has_number_before(s))
		return true;
	bool row = s->number_line == s->line || (s->now->part == KH_PART_CELL && near_line(s->number_line, s->line, s->rules->judgement.row_lines));
	return row && s->letterhead_line < s->number_line;
}

/* The level stands in the cell behind its label, or in the same row of a page. */
static bool is_labelled(const struct kh_evidence *s)
{
	const struct kh_document_line *label = &s->label.look, *now = s->now;
	if (!s->label.line || label->part != now->part || label->page != now->page)
		return false;
	return label->placed ? same_row(label, now) && now->left >= label->right : s->piece - s->label.piece <= 1;
}

/* What the label itself was a sign of is no doubt: it heads no column. */
static uint64_t doubts_but_of_label(const struct kh_evidence *s)
{
	uint64_t doubts = signs_near(s, KH_SIGN_DOUBT);
	for (size_t i = 0; i < s->rules->signs.n; i++)
		if (s->sightings[i].line == s->label.line)
			doubts &= ~(UINT64_C(1) << i);
	return doubts;
}

static void note_stamp(struct kh_evidence *s, struct kh_reading *reading, bool quoted)
{
	bool labelled = is_labelled(s);
	reading->field = reading->field || labelled;
	if (s->n_stamps >= (reading->envelope ? KH_SECRECY_MAX_STAMPS / 4 : KH_SECRECY_MAX_STAMPS))
		return;
	struct kh_evidence_stamp *c = &s->stamps[s->n_stamps++];
	*c = (struct kh_evidence_stamp){.level = reading->level, .fit = reading->fit, .as = reading->as, .line = s->line, .page_line = s->page_line, .look = *s->now, .field = reading->field,
			    .envelope = reading->envelope, .quoted = quoted, .behind_text = is_behind_text(s), .list_row = !reading->field && is_in_list_row(s), .text = kept(s)};
	c->look.text = NULL;
	c->letterheads = signs_near(s, KH_SIGN_LETTERHEAD);
	c->doubts = labelled ? doubts_but_of_label(s) : signs_near(s, KH_SIGN_DOUBT);
	note_others_near(s, c);
	note_best(s, s->n_stamps - 1);
}

static bool applies(const struct kh_evidence *s, const struct kh_sign *sign)
{
	return !sign->within || near_line(s->sightings[sign->within_sign].line, s->line, (int64_t)sign->within_lines);
}

/* The stamps before it that a sign is near to. On a page with a layout, a letterhead is near to all of the page, whatever the order of reading. */
static void reach_back(struct kh_evidence *s, const struct kh_sign *sign, uint64_t bit)
{
	bool letterhead = sign->role == KH_SIGN_LETTERHEAD;
	size_t reach = letterhead ? (size_t)s->rules->judgement.letterhead_lines : sign->after;
	for (size_t k = s->n_stamps; k-- > 0;) {
		struct kh_evidence_stamp *c = &s->stamps[k];
		bool same_page = letterhead && c->look.placed && s->now->placed && c->look.page == s->now->page;
		uint64_t *near = letterhead ? &c->letterheads : &c->doubts;
		if (!same_page && s->line - c->line > reach)
			return;
		c->later_letterheads |= letterhead ? bit : 0;
		if (*near & bit)
			continue; /* so that each stamp is weighed once for each kind of sign */
		*near |= bit;
		note_best(s, k);
	}
}

static void note_sign(void *arg, size_t i)
{
	struct kh_evidence *s = arg;
	const struct kh_sign *sign = &s->rules->signs.v[i];
	struct kh_evidence_sign *sighting = &s->sightings[i];
	uint64_t bit = UINT64_C(1) << i;
	if (!applies(s, sign))
		return;
	if (!(s->seen & bit))
		*sighting = (struct kh_evidence_sign){.page = s->now->page, .part = s->now->part, .text = sign->role >= KH_SIGN_SUPPORT ? kept(s) : NULL};
	sighting->line = s->line;
	sighting->placed_on = s->now->placed ? s->now->page : 0;
	s->seen |= bit;
	if (sign->role == KH_SIGN_LETTERHEAD)
		s->letterhead_line = s->line;
	if (sign->role == KH_SIGN_LETTERHEAD || sign->after)
		reach_back(s, sign, bit);
}

/* 12/BC-UBND */
static bool has_symbol(const struct kh_piece *p)
{
	bool digit = false;
	for (size_t i = 0; i < p->n; i++) {
		if (digit && p->v[i].capital && p->v[i].before == KH_GAP_SIGN)
			return true;
		digit = digit || (p->v[i].base >= '0' && p->v[i].base <= '9');
	}
	return false;
}

/* The rows of a register of secrets name the level of each paper: they are no stamps. */
static bool note_row(struct kh_evidence *s, const struct kh_piece *p, const struct kh_reading *reading)
{
	size_t title = 0;
	if ((s->now->part != KH_PART_CELL && !s->now->placed && !s->in_pieces) || !kh_evidence_has(s, KH_SIGN_REGISTER, &title))
		return false;
	s->row_numbers += has_symbol(p);
	if (!reading->own || reading->field)
		return false;
	s->row_level = reading->level > s->row_level ? reading->level : s->row_level;
	return true;
}

/* Below it: one of the next two lines, or, where pages have a layout, by its place below it or beside it, no farther than its own width. */
static bool below_first_word(const struct kh_evidence *s)
{
	const struct kh_document_line *above = &s->first_word.look, *now = s->now;
	if (!s->first_word.stamp || above->part != now->part || above->page != now->page)
		return false;
	bool under = above->placed && now->placed && now->top > above->top && now->top - above->bottom < above->bottom - above->top && now->left < above->right && now->right > above->left;
	bool beside = same_row(above, now) && now->left >= above->right && now->left - above->right < above->right - above->left;
	return under || beside || s->line - s->first_word.line <= 2;
}

static bool read_second_word(struct kh_evidence *s, const struct kh_piece *p, struct kh_reading *reading)
{
	enum kh_fit fit = KH_FIT_NONE;
	if (!below_first_word(s) || !kh_piece_is_rest(s->rules, p, s->first_word.stamp - 1, s->first_word.field, &fit))
		return false;
	size_t level = s->rules->stamps.v[s->first_word.stamp - 1].owner;
	*reading = (struct kh_reading){.own = true, .field = s->first_word.field, .levels = 1U << level, .level = (enum kh_secrecy_level)level, .fit = fit, .as = KH_LETTERS_CAPITALS};
	s->first_word.stamp = 0;
	return true;
}

static void look_at_stamp(struct kh_evidence *s, const struct kh_piece *p)
{
	struct kh_reading reading = {0};
	kh_piece_read(s->rules, p, &reading);
	if (note_row(s, p, &reading))
		return;
	if (!read_second_word(s, p, &reading) && s->running && reading.as != KH_LETTERS_CAPITALS && !reading.field)
		return; /* "… bí mật nhà nước độ" and, on the next line, "Tối mật." */
	if (reading.first_word_of) {
		s->first_word.stamp = reading.first_word_of;
		s->first_word.line = s->line;
		s->first_word.field = reading.field;
		s->first_word.look = *s->now;
	}
	if (reading.levels)
		note_mention(s, reading.envelope ? reading.levels << KH_EVIDENCE_ENVELOPE : reading.levels);
	if (reading.own)
		note_stamp(s, &reading, p->quoted);
	if (reading.label) {
		s->label.line = s->line;
		s->label.piece = s->piece;
		s->label.look = *s->now;
	}
}

static void keep_place(struct kh_evidence_lines *lines, const struct kh_document_line *line)
{
	struct kh_document_line *kept_line = &lines->v[lines->n++ % KH_SECRECY_MAX_PLACED];
	*kept_line = *line;
	kept_line->text = NULL;
}

/* In the next piece of its line, or in the cell beside it. */
static bool is_behind_number_sign(const struct kh_evidence *s)
{
	const struct kh_document_line *sign = &s->number_sign.look, *now = s->now;
	if (!s->number_sign.piece || s->piece - s->number_sign.piece != 1 || sign->part != now->part || sign->page != now->page)
		return false;
	return s->number_sign.line == s->line || (sign->placed ? same_row(sign, now) && now->left >= sign->right : now->part == KH_PART_CELL);
}

/* Behind "Số:" it is the number of the paper, not of a row. */
static void note_number(struct kh_evidence *s)
{
	if (is_behind_number_sign(s))
		return;
	if (s->now->part == KH_PART_CELL || s->in_pieces)
		s->number_line = s->line;
	if (s->now->placed)
		keep_place(&s->numbers, s->now);
}

static bool is_number(const struct kh_piece *p)
{
	enum { DIGITS = 3 };
	size_t n = 0;
	while (n < p->n && p->v[n].base >= '0' && p->v[n].base <= '9')
		n++;
	return n == p->n && n > 0 && n <= DIGITS;
}

/* OCR reads the upright sides of a frame as letters of their own: "Tuyệt mật I". Not of letters set apart. */
static void drop_frame(struct kh_piece *p)
{
	if (p->n > 3 && p->v[p->n - 1].before >= KH_GAP_BLANK && p->v[p->n - 2].before < KH_GAP_BLANK)
		p->n--;
	if (p->n > 3 && p->v[1].before >= KH_GAP_BLANK && p->v[2].before < KH_GAP_BLANK) {
		p->v++;
		p->n--;
	}
}

/* A stamp set in single letters tells the statistics of syllables nothing: its CP1258 is taken for Western text, and the tones behind its capitals for "ì" (acute) and "ò" (dot). */
static void take_tones(struct kh_folded *f)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++) {
		const struct kh_glyph *g = &f->v[i];
		bool tone = n && g->before == KH_GAP_NONE && !g->capital && g->marks == KH_MARK_GRAVE && (g->base == 'I' || g->base == 'O') && f->v[n - 1].capital;
		if (tone)
			f->v[n - 1].marks |= g->base == 'I' ? KH_MARK_ACUTE : KH_MARK_DOT;
		else
			f->v[n++] = *g;
	}
	f->n = n;
}

static void look_at_piece(struct kh_evidence *s, const char *text, size_t n)
{
	enum { SURE = 90 }; /* percent */
	struct kh_folded folded;
	if (n == 0 || n > KH_SECRECY_MAX_PIECE)
		return;
	kh_fold_text(s->rules->fold, text, n, &folded);
	if (s->now->charset == KH_CHARSET_CP1252 && s->now->guessed)
		take_tones(&folded);
	struct kh_piece p = {.v = folded.v, .n = folded.n, .quoted = folded.quoted, .tolerant = s->now->certainty < 100 || s->now->part == KH_PART_PICTURE, .sure = s->now->certainty >= SURE,
			     .caseless = s->now->charset == KH_CHARSET_TCVN3 && s->now->guessed};
	if (p.tolerant)
		drop_frame(&p);
	s->piece++;
	if (is_number(&p))
		note_number(s);
	kh_piece_signs(s->rules, &p, note_sign, s);
	look_at_stamp(s, &p);
	if (text[n - 1] == ':' && kh_piece_is_number_sign(s->rules, &p)) {
		s->number_sign.line = s->line;
		s->number_sign.piece = s->piece;
		s->number_sign.look = *s->now;
	}
}

/* A long line of running text that no sign ends, as lines of a page are. */
static bool goes_on(const struct kh_document_line *line)
{
	enum { LONG = 60 };
	return line->n >= LONG && !strchr(".:;!?", line->text[line->n - 1]);
}

/* A sentence: several words, small letters among them, and a sign at the end; of a page with a layout, a long line of one. Short lines of a letterhead may end in a sign, too. */
static bool is_running_text(const struct kh_evidence *s, const struct kh_document_line *line)
{
	enum { SMALL = 8, SHORT = 80, LONG = 60 };
	size_t blanks = 0, small = 0;
	bool flows = line->part == KH_PART_BODY || line->part == KH_PART_CELL || line->part == KH_PART_PICTURE;
	bool ends = line->n && strchr(".:;?!", line->text[line->n - 1]), goes_on = line->placed && line->n >= LONG && line->text[0] != '(';
	if (!flows || (!ends && !goes_on) || (s->letterhead_line == s->line && line->n <= SHORT))
		return false;
	for (size_t i = 0; i < line->n; i++) {
		blanks += line->text[i] == ' ';
		small += line->text[i] >= 'a' && line->text[i] <= 'z';
	}
	return (int64_t)blanks + 1 >= s->rules->judgement.text_words && small >= SMALL;
}

/* A letterhead begins a paper of its own, below whatever text. */
static void note_text(struct kh_evidence *s, const struct kh_document_line *line)
{
	if (is_running_text(s, line)) {
		s->sentences++;
		for (size_t i = 0; line->placed && i < s->n_stamps; i++)
			s->stamps[i].list_row = s->stamps[i].list_row || (same_row(&s->stamps[i].look, line) && !s->stamps[i].field && !s->stamps[i].look.red && !s->stamps[i].look.framed);
		if (!s->text.line) {
			s->text.line = s->line;
			s->text.look = *line;
			s->text.look.text = NULL;
		}
	} else if (s->letterhead_line == s->line)
		s->text.line = 0;
}

/* A line is read piece by piece: a tab is as good as the border of a cell. */
void kh_gather_line(struct kh_evidence *s, const struct kh_document_line *line)
{
	s->line++;
	s->page_line = line->page == s->page ? s->page_line + 1 : 1;
	if (line->page != s->page)
		s->text.line = 0;
	s->page = line->page;
	s->by_ocr = line->part == KH_PART_PICTURE;
	s->now = line;
	s->in_pieces = memchr(line->text, '\t', line->n) != NULL;
	for (const char *at = line->text, *end = at + line->n, *tab = NULL; at < end; at = tab + 1) {
		tab = memchr(at, '\t', (size_t)(end - at));
		tab = tab ? tab : end;
		look_at_piece(s, at, (size_t)(tab - at));
	}
	if (line->placed && line->framed && s->by_ocr)
		keep_place(&s->frames, line);
	s->running = !s->in_pieces && goes_on(line);
	note_text(s, line);
	s->now = NULL;
}

void kh_gather_done(struct kh_evidence *s)
{
	for (size_t i = 0; i < s->n_stamps; i++)
		free(s->stamps[i].text);
	for (size_t i = 0; i < KH_SECRECY_MAX_SIGNS; i++)
		free(s->sightings[i].text);
}
