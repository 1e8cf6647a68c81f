#include "document/read/scan/stamp.h"

#include <math.h>
#include <stdlib.h>

/* Lengths are millimetres on paper. */
#define RULE 10.0f      /* of a line that is no part of a letter */
#define UPRIGHT_RULE 15.0f /* letters may be high */
#define WORD_GAP 4.5f   /* between letters set apart: "M  Ậ  T"; the halves of a letterhead are further from each other */
#define WORD_SPACE 2.0f
#define MARK_GAP 0.9f   /* between a letter and the marks above and below it */
#define MARK_HEIGHT 2.0f
#define MIN_HEIGHT 1.8f
#define MIN_WIDTH 6.0f
#define LINE_HEIGHT 8.5f /* what is higher holds several lines */
#define MAX_HEIGHT 45.0f
#define SHORT 78.0f     /* the longest line that may be a stamp with what stands beside it */
#define HEAD_LONG 135.0f /* the same beside a letterhead: "TỐI MẬT   CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" */
#define LONG 115.0f     /* of running text */
#define FRAME_MIN_HEIGHT 4.5f
#define FRAME_MAX_HEIGHT 26.0f
#define FRAME_SLACK 2.0f
#define APART 2.0f /* what stands beside a stamp is further from it than words from each other */
#define MOST_EVEN 13.5f /* times its height: "THƯỢNG KHẨN / TUYỆT MẬT" is 12.5, "Hà Nội, ngày 3 tháng 3 năm 2026" 16 */
#define INCH 25.4f

struct finder {
	PIX *grey, *ink, *red; /* ink and red: 1 bit, smaller by `factor`; red may be NULL */
	int factor;
	float mm; /* dots of ink in a millimetre */
	int width, height;
	BOXA *frames;
	bool whole, first;
};

static int dots(const struct finder *f, float mm)
{
	return KH_MAX(1, (int)(mm * f->mm + 0.5f));
}

static void replace(PIX **pix, PIX *by)
{
	if (!by)
		return;
	pixDestroy(pix);
	*pix = by;
}

/* ---- ink ---- */

/* The darkest of red, green and blue: red ink is dark in it. */
static PIX *darkest(PIX *pix)
{
	return pixGetDepth(pix) == 32 ? pixConvertRGBToGrayMinMax(pix, L_CHOOSE_MIN) : pixConvertTo8(pix, 0);
}

static bool is_red(l_uint32 pixel)
{
	const int r = (int)(pixel >> 24), g = (int)(pixel >> 16 & 255), b = (int)(pixel >> 8 & 255);
	return r >= 90 && r - KH_MAX(g, b) >= 40 && abs(g - b) <= 70;
}

/* Of every factor-th dot. NULL: the picture has no colours, or hardly any red. */
static PIX *red_ink(PIX *pix, int factor)
{
	enum { FEW = 40 };
	const int width = pixGetWidth(pix) / factor, height = pixGetHeight(pix) / factor;
	PIX *out = pixGetDepth(pix) == 32 ? pixCreate(width, height, 1) : NULL;
	size_t n = 0;
	for (int y = 0; out && y < height; y++) {
		const l_uint32 *from = pixGetData(pix) + (size_t)y * (size_t)factor * (size_t)pixGetWpl(pix);
		l_uint32 *to = pixGetData(out) + (size_t)y * (size_t)pixGetWpl(out);
		for (int x = 0; x < width; x++)
			if (is_red(from[(size_t)x * (size_t)factor])) {
				to[x >> 5] |= 1U << (31 - (x & 31));
				n++;
			}
	}
	if (n < FEW)
		pixDestroy(&out);
	return out;
}

/* Black is what is darker than the paper around it, whatever the lamp did. */
static PIX *black_ink(PIX *small)
{
	enum { PAPER = 200, INK = 155 };
	PIX *even = pixBackgroundNorm(small, NULL, NULL, 10, 15, 60, 40, PAPER, 2, 1);
	PIX *ink = even ? pixThresholdToBinary(even, INK) : NULL;
	if (!even)
		pixOtsuAdaptiveThreshold(small, KH_MAX(16, pixGetWidth(small)), KH_MAX(16, pixGetHeight(small)), 0, 0, 0.1f, NULL, &ink);
	pixDestroy(&even);
	return ink;
}

static bool is_writing(PIX *ink)
{
	enum { MOST_PERCENT = 35 };
	int count = 0;
	pixCountPixels(ink, &count, NULL);
	return count > 0 && (int64_t)count * 100 < (int64_t)pixGetWidth(ink) * pixGetHeight(ink) * MOST_PERCENT;
}

/* ---- upright ---- */

static void turn_quarters(struct finder *f, int quarters)
{
	replace(&f->grey, pixRotateOrth(f->grey, quarters));
	replace(&f->ink, pixRotateOrth(f->ink, quarters));
	if (f->red)
		replace(&f->red, pixRotateOrth(f->red, quarters));
}

static void turn(struct finder *f, float degrees)
{
	const float angle = degrees * (float)M_PI / 180;
	replace(&f->grey, pixRotate(f->grey, angle, L_ROTATE_SHEAR, L_BRING_IN_WHITE, 0, 0));
	replace(&f->ink, pixRotate(f->ink, angle, L_ROTATE_SHEAR, L_BRING_IN_WHITE, 0, 0));
	if (f->red)
		replace(&f->red, pixRotate(f->red, angle, L_ROTATE_SHEAR, L_BRING_IN_WHITE, 0, 0));
}

/* How much there is of flat things, as words and lines are: their lengths. Lines on a page are further from each other than words. */
static int64_t flatness(const struct finder *f, PIX *ink)
{
	enum { FLAT = 3 };
	PIX *joined = pixCloseSafeBrick(NULL, ink, dots(f, WORD_SPACE), 1);
	BOXA *all = joined ? pixConnCompBB(joined, 8) : NULL;
	int64_t sum = 0;
	for (int i = 0; all && i < boxaGetCount(all); i++) {
		l_int32 w = 0, h = 0;
		boxaGetBoxGeometry(all, i, NULL, NULL, &w, &h);
		sum += h >= dots(f, MIN_HEIGHT) && w >= FLAT * h ? w : 0;
	}
	boxaDestroy(&all);
	pixDestroy(&joined);
	return sum;
}

static bool lies_on_its_side(const struct finder *f)
{
	PIX *turned = pixRotateOrth(f->ink, 1);
	const int64_t now = flatness(f, f->ink), then = turned ? flatness(f, turned) : 0;
	pixDestroy(&turned);
	return then > 2 * now;
}

/* More strokes reach up than down, and most marks stand above: seen at full resolution only. */
static bool is_upside_down(const struct finder *f)
{
	enum { INK = 150, MIN_STROKES = 10 };
	const float sure = -3.0f;
	PIX *ink = pixThresholdToBinary(f->grey, INK);
	l_float32 up = 0;
	const bool good = ink && pixUpDownDetect(ink, &up, MIN_STROKES, 0, 0) == 0;
	pixDestroy(&ink);
	return good && up < sure;
}

static void set_upright(struct finder *f)
{
	const float sure = 1.0f, askew = 0.2f;
	l_float32 degrees = 0, certainty = 0;
	if (lies_on_its_side(f))
		turn_quarters(f, 1);
	if (pixFindSkewSweepAndSearch(f->ink, &degrees, &certainty, 2, 1, 5.0f, 1.0f, 0.05f) == 0 && certainty > sure && fabsf(degrees) > askew)
		turn(f, degrees);
	if (is_upside_down(f))
		turn_quarters(f, 2);
}

/* ---- rules and frames ---- */

/* How much of the fullest column of a band is black, in percent. */
static int filled(PIX *ink, int left, int top, int width, int height)
{
	int best = 0;
	for (int i = 0; i < width; i++) {
		BOX *box = boxCreate(left + i, top, 1, height);
		int count = 0;
		if (box)
			pixCountPixelsInRect(ink, box, &count, NULL);
		boxDestroy(&box);
		best = KH_MAX(best, count);
	}
	return best * 100 / KH_MAX(1, height);
}

/* Two rules of one length, one above the other, with both sides closed. */
static bool is_frame(const struct finder *f, PIX *sides, BOX *above, BOX *below, BOX **ret)
{
	enum { CLOSED_PERCENT = 65 };
	l_int32 x1 = 0, y1 = 0, w1 = 0, h1 = 0, x2 = 0, y2 = 0, w2 = 0, h2 = 0;
	const int slack = dots(f, FRAME_SLACK);
	boxGetGeometry(above, &x1, &y1, &w1, &h1);
	boxGetGeometry(below, &x2, &y2, &w2, &h2);
	const int height = y2 + h2 - y1;
	if (height < dots(f, FRAME_MIN_HEIGHT) || height > dots(f, FRAME_MAX_HEIGHT) || abs(x1 - x2) > slack || abs(x1 + w1 - x2 - w2) > slack)
		return false;
	const int left = KH_MAX(0, KH_MIN(x1, x2)), right = KH_MAX(x1 + w1, x2 + w2);
	if (filled(sides, left, y1, slack, height) < CLOSED_PERCENT || filled(sides, right - slack, y1, slack, height) < CLOSED_PERCENT)
		return false;
	*ret = boxCreate(left, y1, right - left, height);
	return *ret != NULL;
}

static void find_frames(struct finder *f, PIX *rules, PIX *sides)
{
	enum { MAX_RULES = 400 };
	BOXA *all = pixConnCompBB(rules, 8);
	const int n = all ? boxaGetCount(all) : 0;
	for (int i = 0; i < n && n <= MAX_RULES; i++)
		for (int k = 0; k < n; k++) {
			BOX *frame = NULL;
			if (i != k && is_frame(f, sides, all->box[i], all->box[k], &frame))
				boxaAddBox(f->frames, frame, L_INSERT);
		}
	boxaDestroy(&all);
}

/* The sides of frames are no letters. */
static void add_sides(const struct finder *f, PIX *rules)
{
	const int slack = dots(f, FRAME_SLACK) / 2;
	for (int i = 0; i < boxaGetCount(f->frames); i++) {
		l_int32 x = 0, y = 0, w = 0, h = 0;
		boxaGetBoxGeometry(f->frames, i, &x, &y, &w, &h);
		pixRasterop(rules, x, y, slack, h, PIX_SET, NULL, 0, 0);
		pixRasterop(rules, x + w - slack, y, slack, h, PIX_SET, NULL, 0, 0);
	}
}

/* Finds the frames and takes away all rules. */
static void take_rules_away(struct finder *f)
{
	/* A thin rule that was turned goes up and down by a dot. */
	PIX *thick = pixDilateBrick(NULL, f->ink, 1, 3), *wide = pixDilateBrick(NULL, f->ink, 3, 1);
	PIX *rules = thick ? pixOpenBrick(NULL, thick, dots(f, RULE), 1) : NULL, *upright = wide ? pixOpenBrick(NULL, wide, 1, dots(f, UPRIGHT_RULE)) : NULL;
	pixDestroy(&thick);
	if (rules && upright) {
		find_frames(f, rules, wide);
		pixOr(rules, rules, upright);
		add_sides(f, rules);
		pixSubtract(f->ink, f->ink, rules);
		PIX *large = f->factor > 1 ? pixExpandReplicate(rules, f->factor) : pixClone(rules);
		if (large)
			pixPaintThroughMask(f->grey, large, 0, 0, 255);
		pixDestroy(&large);
	}
	pixDestroy(&wide);
	pixDestroy(&rules);
	pixDestroy(&upright);
}

/* ---- lines ---- */

struct area {
	int x, y, w, h;
};

static void enclose(struct area *a, const struct area *b)
{
	const int right = KH_MAX(a->x + a->w, b->x + b->w), bottom = KH_MAX(a->y + a->h, b->y + b->h);
	a->x = KH_MIN(a->x, b->x);
	a->y = KH_MIN(a->y, b->y);
	a->w = right - a->x;
	a->h = bottom - a->y;
}

static int gap_between(const struct area *a, const struct area *b)
{
	return KH_MAX(0, KH_MAX(a->y - (b->y + b->h), b->y - (a->y + a->h)));
}

/* Marks above and below go to the line that is nearest. What is none's is dirt. */
static void join_marks(const struct finder *f, struct area *all, int n)
{
	for (int i = 0; i < n; i++) {
		struct area *mark = &all[i];
		int nearest = -1, gap = dots(f, MARK_GAP) + 1;
		if (mark->h >= dots(f, MARK_HEIGHT))
			continue;
		for (int k = 0; k < n; k++) {
			const struct area *line = &all[k];
			const bool above = line->x < mark->x + mark->w && mark->x < line->x + line->w;
			if (line->h >= dots(f, MARK_HEIGHT) && above && gap_between(mark, line) < gap) {
				gap = gap_between(mark, line);
				nearest = k;
			}
		}
		if (nearest >= 0)
			enclose(&all[nearest], mark);
		mark->h = 0;
	}
}

static bool is_framed(const struct finder *f, const struct area *a)
{
	for (int i = 0; i < boxaGetCount(f->frames); i++) {
		l_int32 x = 0, y = 0, w = 0, h = 0;
		boxaGetBoxGeometry(f->frames, i, &x, &y, &w, &h);
		const int middle_x = a->x + a->w / 2, middle_y = a->y + a->h / 2;
		if (middle_x > x && middle_x < x + w && middle_y > y && middle_y < y + h && a->w <= w && h < 5 * a->h)
			return true;
	}
	return false;
}

static bool is_red_area(const struct finder *f, const struct area *a)
{
	BOX *box = f->red ? boxCreate(a->x, a->y, a->w, a->h) : NULL;
	int ink = 0, red = 0;
	if (box) {
		pixCountPixelsInRect(f->ink, box, &ink, NULL);
		pixCountPixelsInRect(f->red, box, &red, NULL);
	}
	boxDestroy(&box);
	return red * 5 > ink * 2 && red > 0;
}

/* The widest gap between columns with ink, in dots. */
static int widest_gap(const struct finder *f, const struct area *a)
{
	const int first = a->x / 32, last = (a->x + a->w - 1) / 32;
	kh_auto_free l_uint32 *columns = kh_alloc_array((size_t)(last - first + 1), sizeof *columns);
	for (int y = a->y; y < a->y + a->h; y++) {
		const l_uint32 *row = pixGetData(f->ink) + (size_t)y * (size_t)pixGetWpl(f->ink);
		for (int i = first; i <= last; i++)
			columns[i - first] |= row[i];
	}
	int widest = 0, gap = 0;
	for (int x = a->x; x < a->x + a->w; x++) {
		gap = columns[x / 32 - first] >> (31 - x % 32) & 1 ? 0 : gap + 1;
		widest = KH_MAX(widest, gap);
	}
	return widest;
}

static void add_line(const struct finder *f, struct kh_stamp_page *p, const struct area *a)
{
	const int margin = dots(f, 0.8f);
	const int left = KH_MAX(0, a->x - margin), top = KH_MAX(0, a->y - margin), right = KH_MIN(f->width, a->x + a->w + margin), bottom = KH_MIN(f->height, a->y + a->h + margin);
	const int k = f->factor;
	const struct kh_stamp_line line = {.left = left * k, .top = top * k, .width = (right - left) * k, .height = (bottom - top) * k, .red = is_red_area(f, a), .framed = is_framed(f, a),
					    .even = (float)a->w > MOST_EVEN * (float)a->h && widest_gap(f, a) < dots(f, APART)};
	kh_array_push(&p->lines, line);
}

static int by_height(const void *a, const void *b)
{
	const struct kh_stamp_line *x = a, *y = b;
	return (2 * x->top + x->height) - (2 * y->top + y->height);
}

static int by_left(const void *a, const void *b)
{
	const struct kh_stamp_line *x = a, *y = b;
	return x->left - y->left;
}

/* From above, what stands beside each other from the left. */
static void put_in_order(struct kh_stamp_page *p)
{
	if (p->lines.n == 0)
		return;
	qsort(p->lines.v, p->lines.n, sizeof *p->lines.v, by_height);
	for (size_t i = 0, end = 0; i < p->lines.n; i = end) {
		const struct kh_stamp_line *first = &p->lines.v[i];
		const int middle = first->top + first->height / 2;
		for (end = i + 1; end < p->lines.n && p->lines.v[end].top + p->lines.v[end].height / 2 - middle < first->height / 2; end++)
			;
		qsort(p->lines.v + i, end - i, sizeof *p->lines.v, by_left);
	}
}

static void find_lines(struct finder *f, struct kh_stamp_page *p)
{
	PIX *joined = pixCloseSafeBrick(NULL, f->ink, dots(f, WORD_GAP), 1);
	BOXA *found = joined ? pixConnCompBB(joined, 8) : NULL;
	const int n = found ? boxaGetCount(found) : 0;
	struct area *all = kh_alloc_array((size_t)KH_MAX(1, n), sizeof *all);
	pixDestroy(&joined);
	for (int i = 0; i < n; i++)
		boxaGetBoxGeometry(found, i, &all[i].x, &all[i].y, &all[i].w, &all[i].h);
	boxaDestroy(&found);
	if (n <= 20 * KH_STAMP_MAX_LINES)
		join_marks(f, all, n);
	for (int i = 0; i < n && p->lines.n <= KH_STAMP_MAX_LINES; i++)
		if (all[i].h >= dots(f, MIN_HEIGHT) && all[i].w >= dots(f, MIN_WIDTH) && all[i].h <= dots(f, MAX_HEIGHT))
			add_line(f, p, &all[i]);
	free(all);
	if (p->lines.n > KH_STAMP_MAX_LINES)
		p->lines.n = 0;
	put_in_order(p);
}

/* ---- which may be a stamp ---- */

static float middle_of(const struct finder *f, const struct kh_stamp_line *l)
{
	return ((float)l->top + (float)l->height / 2) / (float)(f->height * f->factor);
}

static float long_as(const struct finder *f, const struct kh_stamp_line *l)
{
	return (float)l->width / (float)f->factor / f->mm;
}

/* A letterhead has no long line. */
static bool begins_like_a_first(const struct finder *f, const struct kh_stamp_page *p)
{
	enum { LINES = 3 };
	const float head = 0.19f;
	int n = 0;
	kh_array_each(&p->lines, l) {
		if (middle_of(f, l) > head)
			continue;
		if (long_as(f, l) > LONG)
			return false;
		n++;
	}
	return n >= LINES;
}

static void choose(const struct finder *f, struct kh_stamp_page *p)
{
	const float upper = 0.5f, head = 0.22f, margin = 0.1f;
	const bool first = f->first || begins_like_a_first(f, p);
	kh_array_each(&p->lines, l) {
		const float y = middle_of(f, l), mm = long_as(f, l);
		l->zone = !f->whole || y < margin || y > 1 - margin || (first && y < upper);
		l->brief = mm <= (first && y < head ? HEAD_LONG : SHORT);
		l->candidate = l->zone && l->brief && !l->even;
		l->candidate = l->candidate || ((l->red || l->framed) && mm <= LONG && (l->zone || y < upper));
	}
}

/* ---- the steps ---- */

void kh_stamp_find(PIX *pix, float dpi, bool whole, bool first, struct kh_stamp_page *ret)
{
	const int factor = dpi >= 140 ? 2 : 1;
	struct finder f = {.grey = darkest(pix), .factor = factor, .mm = dpi / INCH / (float)factor, .whole = whole, .first = first, .frames = boxaCreate(0)};
	PIX *small = f.grey && factor == 2 ? pixScaleAreaMap2(f.grey) : f.grey ? pixClone(f.grey) : NULL;
	*ret = (struct kh_stamp_page){.dpi = dpi};
	f.ink = small ? black_ink(small) : NULL;
	pixDestroy(&small);
	if (f.ink && is_writing(f.ink)) {
		f.red = red_ink(pix, factor);
		if (whole)
			set_upright(&f);
		f.width = pixGetWidth(f.ink);
		f.height = pixGetHeight(f.ink);
		take_rules_away(&f);
		find_lines(&f, ret);
		choose(&f, ret);
	}
	ret->grey = f.grey;
	pixDestroy(&f.ink);
	pixDestroy(&f.red);
	boxaDestroy(&f.frames);
}

void kh_stamp_page_done(struct kh_stamp_page *p)
{
	pixDestroy(&p->grey);
	kh_array_done(&p->lines);
}
