#include "server/register/field.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/months.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/pack_names.h"
#include "server/register/form.h"
#include "server/register/history.h"
#include "server/register/reference.h"

#include <inttypes.h>

/* From the year 1900 to 2200: what lies outside is a slip of the hand. */
#define MIN_TIME_S INT64_C(-2208988800)
#define MAX_TIME_S INT64_C(7258118400)

const char *kh_field_label(const struct kh_register_field *field)
{
	return field->label[kh_language()];
}

static int wrong(const struct kh_register_field *field, const char *expected)
{
	return kh_fail(KH_E_INVALID_FIELD, "%s: expected %s", kh_field_label(field), kh_words(expected));
}

/* ---- storing ---- */

struct asked {
	struct kh_db *db;
	const struct kh_register_field *field;
	int64_t unit_id;
	const json_t *value;
};

/* Line ends become \n; other control characters are refused. */
static bool clean_lines(char *text, bool lines)
{
	char *to = text;
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (c == '\r' && lines)
			continue;
		if ((c < 0x20 && !(lines && (c == '\n' || c == '\t'))) || c == 0x7f)
			return false;
		*to++ = *p;
	}
	*to = '\0';
	return true;
}

static void lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text | 0x20);
}

/* One form of a period in the column, however it was written; new memory. Another text stays as it is: a report on request may be of any time. */
static char *period_of(const char *text)
{
	char out[KH_MONTHS_SIZE];
	struct kh_months months = {0};
	return kh_strdup(kh_months_read(text, &months) ? kh_months_text(&months, out) : text);
}

static bool is_period(const struct kh_register_field *field)
{
	return field->shown == KH_FIELD_SHOWN_MONTH || field->shown == KH_FIELD_SHOWN_PERIOD;
}

/* What people read may be written, too: an exported list comes back as it was. NULL: the text as it is. */
static char *stored_form(const struct kh_register_field *field, const char *text)
{
	return is_period(field) ? period_of(text) : field->shown == KH_FIELD_SHOWN_DIRECTIVE ? kh_pack_directive_id(text) : NULL;
}

static int store_text(const struct asked *a, json_t **ret)
{
	const struct kh_register_field *f = a->field;
	if (!json_is_string(a->value))
		return wrong(f, "a text");
	kh_auto_free char *nfc = NULL;
	int r = kh_utf8_nfc(json_string_value(a->value), &nfc);
	if (r < 0)
		return r;
	if (!clean_lines(nfc, f->type == KH_FIELD_LONG))
		return wrong(f, "one line without control characters");
	kh_auto_free char *stored = stored_form(f, kh_trim(nfc));
	char *text = stored ? stored : kh_trim(nfc);
	size_t n = strlen(text);
	if (kh_utf8_valid_prefix(text, n, (size_t)f->max) != n)
		return kh_fail(KH_E_INVALID_FIELD, "%s: longer than %lld characters", kh_field_label(f), (long long)f->max);
	if (n && !kh_form_fits(f->form, text))
		return wrong(f, kh_form_expected(f->form));
	if (f->form == KH_TEXT_FORM_SHA256 || f->form == KH_TEXT_FORM_DOMAIN || f->form == KH_TEXT_FORM_HOST)
		lower(text);
	*ret = n ? kh_json_string(text) : json_null();
	return 0;
}

static int store_int(const struct asked *a, json_t **ret)
{
	const struct kh_register_field *f = a->field;
	int64_t n = json_integer_value(a->value);
	if (!json_is_integer(a->value))
		return wrong(f, "a whole number");
	if (n < f->min || n > f->max)
		return kh_fail(KH_E_INVALID_FIELD, "%s: expected a number from %lld to %lld", kh_field_label(f), (long long)f->min, (long long)f->max);
	*ret = json_integer(n);
	return 0;
}

static int store_bool(const struct asked *a, json_t **ret)
{
	if (!json_is_boolean(a->value))
		return wrong(a->field, "true or false");
	*ret = json_integer(json_is_true(a->value));
	return 0;
}

static bool sane(int64_t s)
{
	return s >= MIN_TIME_S && s <= MAX_TIME_S;
}

static int store_date(const struct asked *a, json_t **ret)
{
	const char *text = json_string_value(a->value);
	int64_t ms = 0;
	if (!text || strlen(text) != 10 || !kh_time_parse(text, &ms) || !sane(ms / 1000))
		return wrong(a->field, "a day as 2026-11-21");
	*ret = json_integer(ms / 1000);
	return 0;
}

static int store_time(const struct asked *a, json_t **ret)
{
	const char *text = json_string_value(a->value);
	int64_t ms = json_is_integer(a->value) && sane(json_integer_value(a->value)) ? json_integer_value(a->value) * 1000 : 0;
	bool good = text ? kh_time_parse(text, &ms) && sane(ms / 1000) : json_is_integer(a->value) && sane(json_integer_value(a->value));
	if (!good)
		return wrong(a->field, "a time in Unix seconds or as 2026-11-21T08:30:00Z");
	*ret = json_integer(ms / 1000);
	return 0;
}

static int store_code(const struct asked *a, json_t **ret)
{
	const char *text = json_string_value(a->value);
	if (text && !*text) {
		*ret = json_null();
		return 0;
	}
	kh_auto_buf struct kh_buf known = KH_BUF_INIT;
	for (const struct kh_code *code = a->field->codes; code->name; code++) {
		if (kh_streq(code->name, text)) {
			*ret = kh_json_string(text);
			return 0;
		}
		kh_buf_add_item(&known, code->text[kh_language()]);
	}
	return kh_fail(KH_E_INVALID_FIELD, "%s: expected one of %s", kh_field_label(a->field), kh_buf_text(&known));
}

static int store_ref(const struct asked *a, json_t **ret)
{
	if (!json_is_integer(a->value) && !json_is_string(a->value))
		return wrong(a->field, "the name or number of something that is on record");
	const char *text = json_string_value(a->value);
	if (text && !*text) {
		*ret = json_null();
		return 0;
	}
	int64_t id = 0;
	int r = kh_reference_find(a->db, a->field->of, a->unit_id, a->value, &id);
	if (r == KH_E_NOT_FOUND || r == KH_E_AMBIGUOUS)
		return kh_fail_in(KH_E_INVALID_FIELD, "%s", kh_field_label(a->field));
	if (r == 0)
		*ret = json_integer(id);
	return r;
}

int kh_field_store(struct kh_db *db, const struct kh_register_field *field, int64_t unit_id, const json_t *value, json_t **ret_stored)
{
	static int (*const store[])(const struct asked *, json_t **) = {
		[KH_FIELD_TEXT] = store_text, [KH_FIELD_LONG] = store_text, [KH_FIELD_INT] = store_int,   [KH_FIELD_BOOL] = store_bool,
		[KH_FIELD_DATE] = store_date, [KH_FIELD_TIME] = store_time, [KH_FIELD_CODE] = store_code, [KH_FIELD_REF] = store_ref,
	};
	if (!value || json_is_null(value)) {
		*ret_stored = json_null();
		return 0;
	}
	return store[field->type](&(struct asked){db, field, unit_id, value}, ret_stored);
}

#define CLOCK_SLACK_S 300

int kh_field_check_when(const struct kh_register_field *field, const json_t *stored, int64_t now_s)
{
	int64_t at_s = json_integer_value(stored);
	bool day = field->type == KH_FIELD_DATE;
	if (!json_is_integer(stored))
		return 0;
	if (field->when == KH_FIELD_WHEN_PAST && at_s > now_s + (day ? 0 : CLOCK_SLACK_S))
		return kh_fail(KH_E_INVALID_FIELD, "%s: lies in the future", kh_field_label(field));
	if (field->when == KH_FIELD_WHEN_AHEAD && at_s + (day ? KH_DAY_S : CLOCK_SLACK_S) <= now_s)
		return kh_fail(KH_E_INVALID_FIELD, "%s: is over already", kh_field_label(field));
	return 0;
}

/* ---- answering ---- */

int kh_field_answer(struct kh_db *db, const struct kh_register_field *field, const json_t *stored, json_t **ret)
{
	char day[KH_ISO_SIZE];
	if (!stored || json_is_null(stored)) {
		*ret = json_null();
		return 0;
	}
	if (field->type == KH_FIELD_REF)
		return kh_reference_key(db, field->of, json_integer_value(stored), ret);
	if (field->type == KH_FIELD_BOOL)
		*ret = json_boolean(json_integer_value(stored) != 0);
	else if (field->type == KH_FIELD_DATE)
		*ret = json_string(kh_time_day(json_integer_value(stored), day));
	else
		*ret = json_copy((json_t *)stored);
	return 0;
}

bool kh_field_is_named(const struct kh_register_field *field)
{
	return field->type == KH_FIELD_REF || field->shown == KH_FIELD_SHOWN_ROUTE || field->shown == KH_FIELD_SHOWN_RULE || field->shown == KH_FIELD_SHOWN_DIRECTIVE || field->shown == KH_FIELD_SHOWN_USER;
}

static int text_words(struct kh_db *db, const struct kh_register_field *field, const char *text, char **ret)
{
	char out[KH_MONTHS_SIZE];
	struct kh_months months = {0};
	if (field->shown == KH_FIELD_SHOWN_USER)
		return kh_actor_name(db, text, ret);
	bool period = is_period(field) && kh_months_parse(text, &months);
	*ret = kh_field_is_named(field) ? kh_pack_name(field->shown, text) : kh_strdup(period ? kh_months_words(&months, out) : text);
	return 0;
}

/* "21/11/2026" */
static char *day_words(int64_t s)
{
	char text[KH_ISO_SIZE];
	return kh_strndup(kh_time_local(s, text), 10);
}

int kh_field_words(struct kh_db *db, const struct kh_register_field *field, const json_t *stored, char **ret)
{
	char text[KH_ISO_SIZE];
	int64_t n = json_integer_value(stored);
	if (!stored || json_is_null(stored)) {
		*ret = kh_strdup("");
		return 0;
	}
	switch (field->type) {
	case KH_FIELD_REF:
		return kh_reference_label(db, field->of, n, ret);
	case KH_FIELD_INT:
		*ret = kh_format("%" PRId64, n);
		return 0;
	case KH_FIELD_BOOL:
		*ret = kh_strdup(n ? kh_words("yes") : kh_words("no"));
		return 0;
	case KH_FIELD_DATE:
		*ret = day_words(n);
		return 0;
	case KH_FIELD_TIME:
		*ret = kh_strdup(kh_time_local(n, text));
		return 0;
	case KH_FIELD_CODE:
		*ret = kh_strdup(kh_code_text(field->codes, json_string_value(stored), kh_language()));
		return 0;
	case KH_FIELD_TEXT:
	case KH_FIELD_LONG:
		break;
	}
	return text_words(db, field, json_string_value(stored), ret);
}

int kh_field_words_for(struct kh_db *db, const struct kh_scope *scope, const struct kh_register_field *field, const json_t *stored, char **ret)
{
	bool seen = true;
	int r = field->type == KH_FIELD_REF && stored && !json_is_null(stored) ? kh_reference_seen(db, field->of, json_integer_value(stored), scope, &seen) : 0;
	if (r < 0)
		return r;
	if (seen)
		return kh_field_words(db, field, stored, ret);
	*ret = kh_strdup(kh_words("(in another unit)"));
	return 0;
}

/* ---- columns ---- */

json_t *kh_field_of_column(const struct kh_register_field *field, const struct kh_stmt *s, int column)
{
	if (kh_stmt_is_null(s, column))
		return json_null();
	bool text = field->type == KH_FIELD_TEXT || field->type == KH_FIELD_LONG || field->type == KH_FIELD_CODE;
	return text ? kh_json_string(kh_stmt_text(s, column)) : json_integer(kh_stmt_int(s, column));
}

struct kh_db_value kh_field_value(const json_t *stored)
{
	if (json_is_integer(stored))
		return kh_db_value_int(json_integer_value(stored));
	return kh_db_value_textn(json_string_value(stored), json_string_length(stored));
}
