#include "secrecy/match.h"

enum { PLACE_LETTERS = 30 }; /* of "Thành phố Hồ Chí Minh" before ", ngày …" */

static bool begins_word(const struct kh_piece *p, size_t i)
{
	return i == 0 || i >= p->n || p->v[i].before != KH_GAP_NONE;
}

static bool is_digit(const struct kh_glyph *l)
{
	return l->base >= '0' && l->base <= '9';
}

/* Where the word ends that begins at i: at a blank, so that 12/BC-UBND is one. */
static size_t word_end(const struct kh_piece *p, size_t i)
{
	for (i++; i < p->n && p->v[i].before < KH_GAP_BLANK; i++)
		;
	return i < p->n ? i : p->n;
}

/* ---- signs ---- */

static bool word_has_digit(const struct kh_piece *p, size_t i, size_t end)
{
	for (; i < end; i++)
		if (is_digit(&p->v[i]))
			return true;
	return false;
}

static bool word_has_sign(const struct kh_piece *p, size_t i, size_t end)
{
	for (i++; i < end; i++)
		if (p->v[i].before == KH_GAP_SIGN)
			return true;
	return false;
}

static size_t skip_digits(const struct kh_piece *p, size_t i)
{
	while (i < p->n && is_digit(&p->v[i]))
		i++;
	return i;
}

static size_t skip_word(const struct kh_piece *p, size_t i, const char *word)
{
	for (; *word; word++, i++)
		if (i >= p->n || p->v[i].base != *word)
			return 0;
	return i;
}

static bool date_to_the_end(const struct kh_piece *p, size_t i, bool full)
{
	size_t day = skip_digits(p, i), month = skip_word(p, day, "THANG"), of_month = month ? skip_digits(p, month) : 0;
	size_t year = month ? skip_word(p, of_month, "NAM") : 0;
	return year && skip_digits(p, year) == p->n && (!full || (day > i && of_month > month && year < p->n));
}

/* Where what must follow ends; 0: it does not follow. */
static size_t follows(const struct kh_piece *p, size_t i, enum kh_sign_then then)
{
	size_t end = i < p->n ? word_end(p, i) : i;
	switch (then) {
	case KH_THEN_END:
		return i == p->n ? i : 0;
	case KH_THEN_NUMBER:
		return word_has_digit(p, i, end) ? end : 0;
	case KH_THEN_SYMBOL:
		return word_has_sign(p, i, end) ? end : 0;
	case KH_THEN_DATE:
		return date_to_the_end(p, i, false) ? p->n : 0;
	case KH_THEN_FULL_DATE:
		return date_to_the_end(p, i, true) ? p->n : 0;
	default:
		return i;
	}
}

static bool has_phrase(const struct kh_piece *p, size_t i, const struct kh_phrase *phrase, bool capitals)
{
	size_t wrong = p->tolerant ? phrase->n / 8 : 0;
	if (phrase->n > p->n - i || !begins_word(p, i + phrase->n))
		return false;
	for (size_t k = 0; k < phrase->n; k++) {
		if (capitals && !p->caseless && !p->v[i + k].capital)
			return false;
		if (p->v[i + k].base != phrase->letters[k] && wrong-- == 0)
			return false;
	}
	return true;
}

static const struct kh_phrase *first_in(const struct kh_secrecy_rules *r, const size_t *buckets, const struct kh_piece *p, size_t i)
{
	size_t bucket = p->n - i < 2 ? KH_SECRECY_BUCKETS : kh_secrecy_bucket(p->v[i].base, p->v[i + 1].base);
	return bucket < KH_SECRECY_BUCKETS && buckets[bucket] ? &r->phrases.v[buckets[bucket] - 1] : NULL;
}

static const struct kh_phrase *first_at(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i)
{
	return first_in(r, r->buckets, p, i);
}

static const struct kh_phrase *next_phrase(const struct kh_secrecy_rules *r, const struct kh_phrase *phrase)
{
	return phrase->next ? &r->phrases.v[phrase->next - 1] : NULL;
}

static const struct kh_phrase *next_anywhere(const struct kh_secrecy_rules *r, const struct kh_phrase *phrase)
{
	return phrase->next_anywhere ? &r->phrases.v[phrase->next_anywhere - 1] : NULL;
}

/* Where the sign that this phrase begins ends; 0: it is not there. */
static size_t sign_end(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i, const struct kh_phrase *phrase)
{
	const struct kh_sign *sign = &r->signs.v[phrase->owner];
	return has_phrase(p, i, phrase, sign->capitals) ? follows(p, i + phrase->n, sign->then) : 0;
}

/* The last part of the number and symbol that ends before `end`. */
static void symbol_signs(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t end, void (*found)(void *arg, size_t sign), void *arg)
{
	size_t last = end - 1;
	while (last > 0 && p->v[last].before == KH_GAP_NONE)
		last--;
	kh_array_each(&r->phrases, phrase)
		if (r->signs.v[phrase->owner].pattern == KH_PATTERN_SYMBOL_END && phrase->n == end - last && has_phrase(p, last, phrase, true))
			found(arg, phrase->owner);
}

/* Short words at the end of a line are other words with other marks: "bóc bì" is no "bí". Marks that are missing are forgiven. */
static bool has_marks(const struct kh_piece *p, size_t i, const struct kh_phrase *phrase)
{
	for (size_t k = 0; k < phrase->n; k++)
		if (p->v[i + k].marks && p->v[i + k].marks != phrase->marks[k])
			return false;
	return true;
}

static void ending_signs(const struct kh_secrecy_rules *r, const struct kh_piece *p, void (*found)(void *arg, size_t sign), void *arg)
{
	size_t bucket = p->n < 2 ? KH_SECRECY_BUCKETS : kh_secrecy_bucket(p->v[p->n - 2].base, p->v[p->n - 1].base);
	for (size_t i = bucket < KH_SECRECY_BUCKETS ? r->endings[bucket] : 0; i; i = r->phrases.v[i - 1].next) {
		const struct kh_phrase *phrase = &r->phrases.v[i - 1];
		if (phrase->n <= p->n && begins_word(p, p->n - phrase->n) && has_phrase(p, p->n - phrase->n, phrase, r->signs.v[phrase->owner].capitals) && has_marks(p, p->n - phrase->n, phrase))
			found(arg, phrase->owner);
	}
}

static void copies_sign(const struct kh_secrecy_rules *r, const struct kh_piece *p, void (*found)(void *arg, size_t sign), void *arg)
{
	if (p->n < 4 || skip_word(p, p->n - 3, "BAN") == 0 || !is_digit(&p->v[p->n - 4]))
		return;
	for (size_t i = 0; i < r->signs.n; i++)
		if (r->signs.v[i].pattern == KH_PATTERN_COPIES)
			found(arg, i);
}

static void phrase_sign(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i, const struct kh_phrase *phrase, void (*found)(void *arg, size_t sign), void *arg)
{
	size_t end = sign_end(r, p, i, phrase);
	if (end)
		found(arg, phrase->owner);
	if (end && r->signs.v[phrase->owner].then == KH_THEN_SYMBOL)
		symbol_signs(r, p, end, found, arg);
}

void kh_piece_signs(const struct kh_secrecy_rules *r, const struct kh_piece *p, void (*found)(void *arg, size_t sign), void *arg)
{
	for (const struct kh_phrase *phrase = p->n > 0 && !p->quoted ? first_at(r, p, 0) : NULL; phrase; phrase = next_phrase(r, phrase))
		phrase_sign(r, p, 0, phrase, found, arg);
	for (size_t i = 1; i < p->n; i++)
		if (begins_word(p, i))
			for (const struct kh_phrase *phrase = first_in(r, r->anywhere, p, i); phrase; phrase = next_anywhere(r, phrase))
				phrase_sign(r, p, i, phrase, found, arg);
	copies_sign(r, p, found, arg);
	ending_signs(r, p, found, arg);
}

bool kh_piece_is_number_sign(const struct kh_secrecy_rules *r, const struct kh_piece *p)
{
	for (const struct kh_phrase *phrase = p->n > 0 ? first_at(r, p, 0) : NULL; phrase; phrase = next_phrase(r, phrase)) {
		const struct kh_sign *sign = &r->signs.v[phrase->owner];
		if (sign->role == KH_SIGN_LETTERHEAD && sign->then == KH_THEN_SYMBOL && phrase->n == p->n && has_phrase(p, 0, phrase, sign->capitals) && (p->tolerant || has_marks(p, 0, phrase)))
			return true;
	}
	return false;
}

/* Where the longest sign ends that may stand beside a stamp; 0: there is none. */
static size_t beside_at(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i, bool *ret_label)
{
	size_t longest = 0;
	for (const struct kh_phrase *phrase = first_at(r, p, i); phrase; phrase = next_phrase(r, phrase)) {
		enum kh_sign_role role = r->signs.v[phrase->owner].role;
		size_t end = role <= KH_SIGN_SUPPORT ? sign_end(r, p, i, phrase) : 0;
		if (end > longest) {
			longest = end;
			*ret_label = role == KH_SIGN_LABEL;
		}
	}
	return longest;
}

/* "Hà Nội, ngày 5 tháng 3 năm 2026": the place may be any words. */
static bool place_and_date(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i)
{
	for (size_t k = i; k < p->n && k < i + PLACE_LETTERS; k++)
		for (const struct kh_phrase *phrase = begins_word(p, k) ? first_at(r, p, k) : NULL; phrase; phrase = next_phrase(r, phrase))
			if (r->signs.v[phrase->owner].then == KH_THEN_DATE && sign_end(r, p, k, phrase))
				return true;
	return false;
}

/* ---- stamps ---- */

/* TCVN3 has no capitals with tones: in text that kept no font, a small letter with marks among capitals is one. OCR takes a capital or two for a small letter. */
static enum kh_letters_as letters_as(const struct kh_piece *p, size_t i, size_t n)
{
	size_t small = 0, capitals = 0, forgiven = p->tolerant ? n / 3 : 0;
	for (size_t k = i; k < i + n; k++) {
		capitals += p->v[k].capital;
		small += !p->v[k].capital && !is_digit(&p->v[k]) && p->v[k].marks == 0;
	}
	if (capitals == 0 && p->caseless)
		return KH_LETTERS_UNKNOWN;
	return capitals >= 2 && small <= forgiven ? KH_LETTERS_CAPITALS : p->v[i].capital ? KH_LETTERS_TITLE : KH_LETTERS_SMALL;
}

/* Marks that are missing, or stand on another letter of the wording, are forgiven; marks that make another word of it are not. */
static enum kh_fit fit_of(const struct kh_glyph *v, const struct kh_phrase *stamp, size_t from, size_t to, bool tolerant)
{
	uint16_t all = 0;
	enum kh_fit fit = KH_FIT_EXACT;
	for (size_t k = from; k < to; k++)
		all |= stamp->marks[k];
	for (size_t k = from; k < to; k++) {
		uint16_t have = v[k - from].marks;
		if (v[k - from].base != stamp->letters[k])
			return KH_FIT_NONE;
		if (have & ~(stamp->marks[k] | (all & (KH_MARK_GRAVE | KH_MARK_ACUTE | KH_MARK_DOT))))
			fit = tolerant ? KH_FIT_DAMAGED : KH_FIT_NONE;
		else if (have != stamp->marks[k] && fit == KH_FIT_EXACT)
			fit = KH_FIT_MISSING;
		if (fit == KH_FIT_NONE)
			return fit;
	}
	return fit;
}

static bool confusable(const struct kh_secrecy_rules *r, char read, char meant)
{
	size_t letter = kh_secrecy_letter_index(read);
	return letter < 36 && r->confusable[letter] >> kh_secrecy_letter_index(meant) & 1;
}

/* The letters from `from` to `to` of a wording, one in three of them taken for another. */
static bool misread_at(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i, const struct kh_phrase *stamp, size_t from, size_t to)
{
	size_t wrong = 0;
	for (size_t k = from; p->tolerant && k < to; k++) {
		char read = p->v[i + k - from].base;
		if (read != stamp->letters[k] && (!confusable(r, read, stamp->letters[k]) || ++wrong > (to - from) / 3))
			return false;
	}
	return p->tolerant;
}

static enum kh_fit fit_at(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i, const struct kh_phrase *stamp, size_t from, size_t to)
{
	enum kh_fit fit = fit_of(p->v + i, stamp, from, to, p->tolerant && !p->sure);
	return fit == KH_FIT_NONE && misread_at(r, p, i, stamp, from, to) ? KH_FIT_DAMAGED : fit;
}

/* A word begins at i; or a letterhead does, when a reader saw no blank between the two. */
static bool ends_before(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i)
{
	bool label = false;
	return begins_word(p, i) || beside_at(r, p, i, &label) > 0;
}

/* Of the short wording no letter may be mistaken where other words stand beside it: it is too near to too many. */
static const struct kh_phrase *stamp_at(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i, enum kh_fit *ret)
{
	kh_array_each(&r->stamps, stamp) {
		if ((p->v[i].base != stamp->letters[0] && !p->tolerant) || stamp->n > p->n - i || !ends_before(r, p, i + stamp->n))
			continue;
		bool long_one = stamp->first_word < stamp->n && begins_word(p, i + stamp->first_word);
		*ret = long_one ? fit_at(r, p, i, stamp, 0, stamp->n) : fit_of(p->v + i, stamp, 0, stamp->n, p->tolerant && !p->sure);
		if (*ret != KH_FIT_NONE)
			return stamp;
	}
	return NULL;
}

/* Twice the edit distance, where letters that OCR confuses are half as far. */
static size_t distance(const struct kh_secrecy_rules *r, const struct kh_piece *p, const struct kh_phrase *stamp)
{
	size_t row[KH_SECRECY_MAX_PHRASE + 1] = {0};
	for (size_t k = 0; k <= stamp->n; k++)
		row[k] = 2 * k;
	for (size_t i = 0; i < p->n; i++) {
		size_t diagonal = row[0];
		row[0] += 2;
		for (size_t k = 0; k < stamp->n; k++) {
			size_t best = diagonal + (p->v[i].base == stamp->letters[k] ? 0 : confusable(r, p->v[i].base, stamp->letters[k]) ? 1 : 2);
			diagonal = row[k + 1];
			best = diagonal + 2 < best ? diagonal + 2 : best;
			row[k + 1] = row[k] + 2 < best ? row[k] + 2 : best;
		}
	}
	return row[stamp->n];
}

/* The whole piece is a stamp with letters mistaken: one confusion in a short wording, one letter or two confusions in a long one. */
static const struct kh_phrase *damaged_stamp(const struct kh_secrecy_rules *r, const struct kh_piece *p)
{
	kh_array_each(&r->stamps, stamp) {
		size_t allowed = stamp->n <= 3 ? 1 : stamp->n <= 6 ? 2 : 3;
		size_t far = p->n + 1 >= stamp->n && p->n <= stamp->n + 1 ? distance(r, p, stamp) : allowed + 1;
		if (far <= allowed && (far > 0 || !p->sure)) /* only the marks are others */
			return stamp;
	}
	return NULL;
}

/* "1." "a)" "IV": only letters count here. */
static size_t skip_item_number(const struct kh_piece *p)
{
	size_t end = 0;
	while (end < p->n && end < 4 && (end == 0 || p->v[end].before == KH_GAP_NONE))
		end++;
	return end < p->n && end <= 3 && p->v[end].before != KH_GAP_NONE ? end : 0;
}

static void take_stamp(const struct kh_piece *p, size_t i, const struct kh_phrase *stamp, enum kh_fit fit, struct kh_reading *ret)
{
	ret->levels |= 1U << stamp->owner;
	ret->level = (enum kh_secrecy_level)stamp->owner;
	ret->fit = ret->fit && ret->fit < fit ? ret->fit : fit;
	ret->as = letters_as(p, i, stamp->n);
}

static bool read_letter(const struct kh_secrecy_rules *r, const struct kh_piece *p, struct kh_reading *ret)
{
	for (unsigned level = 0; p->n == 1 && p->v[0].capital && level < KH_SECRECY_LEVELS; level++)
		if (r->letters[level] == p->v[0].base && p->v[0].marks == 0) {
			*ret = (struct kh_reading){.levels = 1U << level, .own = true, .envelope = true, .level = (enum kh_secrecy_level)level, .fit = KH_FIT_EXACT, .as = KH_LETTERS_CAPITALS};
			return true;
		}
	return false;
}

static size_t read_first_word(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i, struct kh_reading *ret)
{
	kh_array_each(&r->stamps, stamp)
		if (stamp->first_word < stamp->n && stamp->first_word <= p->n - i && begins_word(p, i + stamp->first_word) &&
		    fit_at(r, p, i, stamp, 0, stamp->first_word) != KH_FIT_NONE && (ret->field || letters_as(p, i, stamp->first_word) >= KH_LETTERS_UNKNOWN)) {
			ret->first_word_of = (size_t)(stamp - r->stamps.v) + 1;
			return i + stamp->first_word;
		}
	return 0;
}

/* Stamps and what may stand beside them, to the end of the piece; where it stops. */
static size_t read_along(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t i, bool *ret_beside, struct kh_reading *ret)
{
	while (i < p->n) {
		enum kh_fit fit = KH_FIT_NONE;
		const struct kh_phrase *stamp = stamp_at(r, p, i, &fit);
		bool label = false;
		size_t end = stamp ? i + stamp->n : beside_at(r, p, i, &label);
		if (stamp)
			take_stamp(p, i, stamp, fit, ret);
		else if (end == 0 && ret->levels && place_and_date(r, p, i))
			end = p->n;
		else if (end == 0 && ret->first_word_of == 0)
			end = read_first_word(r, p, i, ret);
		if (end == 0)
			break;
		ret->field = ret->field || label;
		*ret_beside = *ret_beside || (!stamp && !label && !ret->first_word_of);
		i = end;
	}
	return i;
}

/* "17/BC-UBND TỐI MẬT", whatever stands before: OCR may not have read "Số". */
static bool behind_symbol(const struct kh_secrecy_rules *r, const struct kh_piece *p, struct kh_reading *ret)
{
	kh_array_each(&r->stamps, stamp) {
		size_t i = p->n > stamp->n ? p->n - stamp->n : 0, word = i;
		enum kh_fit fit = i && begins_word(p, i) && p->v[i].base == stamp->letters[0] && letters_as(p, i, stamp->n) >= KH_LETTERS_UNKNOWN ? fit_of(p->v + i, stamp, 0, stamp->n, p->tolerant) : KH_FIT_NONE;
		while (word > 0 && (word == i || p->v[word].before < KH_GAP_BLANK))
			word--;
		if (fit == KH_FIT_NONE || !word_has_digit(p, word, i) || !word_has_sign(p, word, i))
			continue;
		*ret = (struct kh_reading){.own = true};
		take_stamp(p, i, stamp, fit, ret);
		return true;
	}
	return false;
}

void kh_piece_read(const struct kh_secrecy_rules *r, const struct kh_piece *p, struct kh_reading *ret)
{
	bool beside = false;
	*ret = (struct kh_reading){0};
	if (p->n == 0 || read_letter(r, p, ret))
		return;
	size_t end = read_along(r, p, 0, &beside, ret);
	const struct kh_phrase *damaged = end < p->n && p->tolerant ? damaged_stamp(r, p) : NULL;
	if (damaged) {
		take_stamp(p, 0, &(struct kh_phrase){.owner = damaged->owner, .n = p->n}, KH_FIT_DAMAGED, ret);
		end = p->n;
	} else if (end == 0 && skip_item_number(p)) {
		ret->listed = true;
		end = read_along(r, p, skip_item_number(p), &beside, ret);
	}
	bool one = ret->levels && (ret->levels & (ret->levels - 1)) == 0;
	ret->own = one && end == p->n && !ret->listed && (!beside || ret->as >= KH_LETTERS_UNKNOWN);
	ret->first_word_of = end == p->n && ret->levels == 0 ? ret->first_word_of : 0;
	ret->label = ret->field && end == p->n && !ret->levels && !ret->first_word_of;
	if (!ret->own && !ret->levels && behind_symbol(r, p, ret))
		return;
	if (!ret->own && one && end < p->n && !p->v[end].sign)
		ret->levels = 0; /* the first word of a sentence */
	ret->listed = ret->levels && !ret->own;
}

bool kh_piece_is_rest(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t stamp, bool field, enum kh_fit *ret)
{
	const struct kh_phrase *s = &r->stamps.v[stamp];
	size_t n = s->n - s->first_word;
	bool label = false;
	if (p->n < n || !begins_word(p, n) || (!field && letters_as(p, 0, n) < KH_LETTERS_UNKNOWN))
		return false;
	*ret = fit_at(r, p, 0, s, s->first_word, s->n);
	return *ret != KH_FIT_NONE && (p->n == n || beside_at(r, p, n, &label) == p->n || place_and_date(r, p, n));
}
