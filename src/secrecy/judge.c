#include "secrecy/judge.h"

#include "base/limits.h"

static bool in_sheets(const struct kh_evidence *s)
{
	return s->format == KH_DOCUMENT_XLS || s->format == KH_DOCUMENT_XLSX || s->format == KH_DOCUMENT_ODS;
}

static bool on_slides(const struct kh_evidence *s)
{
	return s->format == KH_DOCUMENT_PPT || s->format == KH_DOCUMENT_PPTX || s->format == KH_DOCUMENT_ODP;
}

static bool several(uint64_t set)
{
	return (set & (set - 1)) != 0;
}

/* A document put behind another one has its own letterhead, on whatever page. */
static bool at_letterhead(const struct kh_evidence_stamp *c)
{
	return several(c->letterheads);
}

/* A slide is short and wide: all of the first one is the place. */
static int64_t place_on_page(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	const struct kh_judgement *j = &s->rules->judgement;
	if (on_slides(s) && c->look.page <= 1)
		return j->zone;
	float top = c->look.top * 100, margin = (float)j->margin_height;
	if (top <= (float)j->zone_height && (c->look.page <= 1 || at_letterhead(c)))
		return c->look.part == KH_PART_PICTURE ? j->picture : top <= margin ? j->top : j->zone;
	return top <= margin || c->look.bottom * 100 >= 100 - margin ? j->header : j->body;
}

static int64_t place_in_text(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	const struct kh_judgement *j = &s->rules->judgement;
	if (c->look.page > 1 && !in_sheets(s))
		return at_letterhead(c) ? j->zone : j->body;
	int64_t line = (int64_t)c->page_line;
	return line <= j->top_lines ? j->top : line <= j->zone_lines || at_letterhead(c) ? j->zone : j->body;
}

static int64_t place_points(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	const struct kh_judgement *j = &s->rules->judgement;
	switch (c->look.part) {
	case KH_PART_HEADER:
	case KH_PART_FOOTER:
		return j->header;
	case KH_PART_BOX:
		return c->look.placed ? place_on_page(s, c) : c->look.page <= 1 ? j->box : j->body;
	case KH_PART_PICTURE:
		return c->look.placed ? place_on_page(s, c) : j->picture;
	case KH_PART_BODY:
	case KH_PART_CELL:
		return c->look.placed ? place_on_page(s, c) : place_in_text(s, c);
	default:
		return j->apart;
	}
}

/* Cells of tables have borders; a stamp's frame in one is red, or it says nothing. */
static bool is_framed(const struct kh_document_line *look)
{
	return look->framed && (look->part != KH_PART_CELL || look->red);
}

/* A cover has its stamp in large letters, too, and says who made it; a poster and the title of a slide do not. */
static int64_t size_points(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	const struct kh_judgement *j = &s->rules->judgement;
	if (c->look.size_pt >= (float)j->huge_pt)
		return c->letterheads && !on_slides(s) ? 0 : j->huge;
	return c->look.size_pt >= (float)j->large_pt ? j->large : 0;
}

static int64_t look_points(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	const struct kh_judgement *j = &s->rules->judgement;
	int64_t letters = c->field ? j->field : c->as == KH_LETTERS_CAPITALS ? j->capitals : c->as == KH_LETTERS_UNKNOWN ? 0 : c->as == KH_LETTERS_TITLE ? j->title : j->small;
	return letters + (c->look.red ? j->red : 0) + (is_framed(&c->look) ? j->framed : 0) + (c->look.bold ? j->bold : 0) + size_points(s, c);
}

/* Many cells of one page with the same level are a column of a table, not stamps. */
static bool in_column(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	size_t n = 0;
	for (size_t i = 0; c->look.part == KH_PART_CELL && i < s->n_stamps; i++)
		n += s->stamps[i].look.part == KH_PART_CELL && s->stamps[i].level == c->level && s->stamps[i].look.page == c->look.page;
	return (int64_t)n >= s->rules->judgement.column_lines;
}

static bool on_many_pages(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	size_t pages = 0;
	uint32_t last = 0;
	for (size_t i = 0; i < s->n_stamps; i++)
		if (s->stamps[i].level == c->level && s->stamps[i].look.page > last) {
			pages++;
			last = s->stamps[i].look.page;
		}
	return (int64_t)pages >= s->rules->judgement.repeated_pages;
}

/* On a scanned page each cell of a table looks framed: what has one above it and one below it is no stamp. */
static bool in_column_of_frames(const struct kh_evidence *s, const struct kh_document_line *l)
{
	bool above = false, below = false;
	float near = 2 * (l->bottom - l->top);
	for (size_t i = 0; l->framed && l->placed && i < KH_MIN(s->frames.n, (size_t)KH_SECRECY_MAX_PLACED); i++) {
		const struct kh_document_line *other = &s->frames.v[i];
		if (other->page != l->page || other->left >= l->right || other->right <= l->left)
			continue;
		above = above || (other->top < l->top && l->top - other->top < near);
		below = below || (other->top > l->top && other->top - l->top < near);
	}
	return above && below;
}

static int64_t context_points(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	const struct kh_judgement *j = &s->rules->judgement;
	/* Headers, feet and boxes stand anywhere in the order of reading. */
	bool anywhere = !c->look.placed && (c->look.part == KH_PART_HEADER || c->look.part == KH_PART_FOOTER || c->look.part == KH_PART_BOX);
	uint64_t letterheads = anywhere ? s->seen & s->rules->of_role[KH_SIGN_LETTERHEAD] : c->letterheads;
	bool alone = letterheads == 0;
	return (alone ? 0 : several(letterheads) ? j->letterheads : j->letterhead) + (c->together || (c->together_apart && (!at_letterhead(c) || on_slides(s))) ? j->together : 0) + (c->quoted ? j->quoted : 0) +
	       (alone && in_column(s, c) ? j->column : 0) + (on_many_pages(s, c) ? j->repeated : 0) + (c->behind_text && !several(c->later_letterheads) ? j->behind_text : 0) +
	       (c->list_row || (!c->field && in_column_of_frames(s, &c->look)) ? j->list_row : 0);
}

/* Supports of the whole document, and the doubts that are near the stamp or about the whole document. */
static int64_t sign_points(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	int64_t points = 0;
	for (size_t i = 0; i < s->rules->signs.n; i++) {
		const struct kh_sign *sign = &s->rules->signs.v[i];
		bool near = sign->before || sign->after;
		uint64_t bit = UINT64_C(1) << i;
		if (sign->unless && c->letterheads >> sign->unless_sign & 1)
			continue;
		bool counts = sign->role == KH_SIGN_SUPPORT || sign->role == KH_SIGN_ENVELOPE ? s->seen & bit : sign->role == KH_SIGN_DOUBT ? (near ? c->doubts : s->seen) & bit : false;
		points += counts ? sign->points : 0;
	}
	return points;
}

/* Sender, number and receiver around a framed letter, and not a sentence: the outer of two envelopes does not say who may open it. */
static bool is_outer_envelope(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	return is_framed(&c->look) && c->look.size_pt >= (float)s->rules->judgement.large_pt && several(c->letterheads) && c->later_letterheads && !s->sentences;
}

int64_t kh_judge_stamp(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	const struct kh_judgement *j = &s->rules->judgement;
	if (c->envelope && !(s->seen & s->rules->of_role[KH_SIGN_ENVELOPE]) && !is_outer_envelope(s, c))
		return 0;
	return (c->envelope ? j->letter : j->fit[c->level][c->fit]) + place_points(s, c) + look_points(s, c) + context_points(s, c) + sign_points(s, c);
}

bool kh_judge_is_certain(const struct kh_evidence *s, const struct kh_evidence_stamp *c)
{
	return kh_judge_stamp(s, c) >= s->rules->judgement.certain;
}
