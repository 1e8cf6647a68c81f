#include "server/report/sentence.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "document/paper.h"
#include "server/report/template.h"

#define NOT_MEASURED "chưa đo được"

void kh_sentence_enter(struct kh_sentence_view *view, const struct kh_report_name *names, const json_t *values)
{
	kh_assert(view->n < KH_SENTENCE_LEVELS);
	view->names[view->n] = names;
	view->values[view->n++] = values;
}

void kh_sentence_leave(struct kh_sentence_view *view)
{
	view->n--;
}

static const struct kh_report_name *find_records(const struct kh_sentence_view *view, const char *name, const json_t **ret_value)
{
	enum kh_register_id reg = 0;
	const struct kh_report_name *found = kh_report_records(name, &reg);
	if (found && view->records)
		view->records[reg] = true;
	if (found && ret_value)
		*ret_value = json_object_get(view->values[0], name);
	return found;
}

const struct kh_report_name *kh_sentence_find(const struct kh_sentence_view *view, const char *name, const json_t **ret_value)
{
	for (size_t i = view->n; i-- > 0;) {
		const struct kh_report_name *found = kh_report_name_in(view->names[i], name);
		if (!found)
			continue;
		if (ret_value)
			*ret_value = view->values[i] ? json_object_get(view->values[i], name) : NULL;
		return found;
	}
	return find_records(view, name, ret_value);
}

/* ---- values ---- */

static void add_number(struct kh_buf *out, double number)
{
	char text[KH_PAPER_NUMBER_SIZE];
	bool whole = number == (double)(int64_t)number;
	kh_buf_adds(out, kh_paper_number_text(number, whole ? 0 : 1, text));
}

static void add_day(struct kh_buf *out, const char *day)
{
	if (strlen(day) == strlen("2026-11-21"))
		kh_buf_addf(out, "%.2s/%.2s/%.4s", day + 8, day + 5, day);
	else
		kh_buf_adds(out, day); /* "2024": more is not known */
}

static void add_moment(struct kh_buf *out, int64_t s)
{
	char text[KH_ISO_SIZE]; /* "21/11/2026 15:30" */
	kh_time_local(s, text);
	kh_buf_addf(out, "%.2s giờ %.2s phút ngày %.10s", text + 11, text + 14, text);
}

void kh_value_add(struct kh_buf *out, enum kh_name_kind kind, const json_t *value)
{
	const char *text = json_string_value(value);
	if (!value || json_is_null(value) || (text && !*text))
		kh_buf_adds(out, kind == KH_NAME_NUMBER ? NOT_MEASURED : kind == KH_NAME_NOTE ? "" : KH_PAPER_BLANK);
	else if (kind == KH_NAME_DAY && text)
		add_day(out, text);
	else if (kind == KH_NAME_MOMENT && json_is_integer(value))
		add_moment(out, json_integer_value(value));
	else if (json_is_number(value))
		add_number(out, json_number_value(value));
	else
		kh_buf_adds(out, text ? text : "");
}

/* ---- sentences ---- */

/* The name in braces at text, which stands behind the '{'; NULL: it does not end. New memory. */
static char *name_at(const char *text, const char **ret_after)
{
	size_t n = strcspn(text, "{}");
	if (text[n] != '}')
		return NULL;
	*ret_after = text + n + 1;
	return kh_strndup(text, n);
}

int kh_sentence_check(const struct kh_sentence_view *view, const struct kh_yaml_node *node)
{
	const char *text = NULL;
	int r = kh_yaml_text(node, &text);
	if (r < 0)
		return r;
	if (strlen(text) > KH_MAX_TEMPLATE_TEXT)
		return kh_yaml_fail(node, "a sentence has at most %d bytes", KH_MAX_TEMPLATE_TEXT);
	for (const char *c = strchr(text, '{'); c; c = strchr(c, '{')) {
		if (c[1] == '{') {
			c += 2;
			continue;
		}
		kh_auto_free char *name = name_at(c + 1, &c);
		if (!name)
			return kh_yaml_fail(node, "a brace without its end");
		const struct kh_report_name *found = kh_sentence_find(view, name, NULL);
		if (!found || found->kind == KH_NAME_LIST || found->kind == KH_NAME_FLAG)
			return kh_yaml_fail(node, "there is no {%s} here", name);
	}
	return 0;
}

char *kh_sentence_fill(const struct kh_sentence_view *view, const char *text)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	while (*text) {
		size_t n = strcspn(text, "{");
		kh_buf_add(&out, text, n);
		text += n;
		if (!*text)
			break;
		if (text[1] == '{') {
			kh_buf_addc(&out, '{');
			text += 2;
			continue;
		}
		const json_t *value = NULL;
		kh_auto_free char *name = name_at(text + 1, &text);
		const struct kh_report_name *found = kh_sentence_find(view, name, &value);
		kh_assert(found); /* checked */
		kh_value_add(&out, found->kind, value);
		if (*text == '.' && kh_ends_with(kh_buf_text(&out), KH_PAPER_BLANK))
			text++; /* a blank at the end of a sentence has its points already */
	}
	return out.data ? kh_buf_take(&out) : kh_strdup("");
}

/* ---- conditions ---- */

enum relation { IS_TRUE, IS_FALSE, EQUAL, UNEQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

static const struct {
	const char *sign;
	enum relation relation;
} signs[] = {{"=", EQUAL}, {"!=", UNEQUAL}, {"<", LESS}, {"<=", LESS_EQUAL}, {">", GREATER}, {">=", GREATER_EQUAL}};

struct condition {
	char *copy; /* owns the others */
	const char *name, *value;
	enum relation relation;
};

static void condition_done(struct condition *c)
{
	free(c->copy);
}

/* One of several; false: no condition. */
static bool condition_parse(const char *text, size_t n, struct condition *ret)
{
	ret->copy = kh_strndup(text, n);
	char *rest = kh_trim(ret->copy);
	const char *first = kh_split(&rest, " ");
	bool negated = kh_streq(first, "not");
	ret->name = negated ? kh_split(&rest, " ") : first;
	ret->relation = negated ? IS_FALSE : IS_TRUE;
	if (!ret->name || !*ret->name || (negated && rest))
		return false;
	if (!rest)
		return true;
	const char *sign = kh_split(&rest, " ");
	ret->value = rest ? kh_trim(rest) : NULL;
	for (size_t i = 0; i < KH_COUNT(signs); i++)
		if (kh_streq(sign, signs[i].sign)) {
			ret->relation = signs[i].relation;
			return ret->value && *ret->value;
		}
	return false;
}

static bool is_true(const json_t *value)
{
	if (json_is_number(value))
		return json_number_value(value) != 0;
	if (json_is_string(value))
		return *json_string_value(value) != '\0';
	return json_is_true(value) || json_array_size(value) > 0;
}

static int compare(const json_t *value, const char *with)
{
	int64_t number = 0;
	if (json_is_number(value) && kh_parse_int(with, INT64_MIN, INT64_MAX, &number))
		return (json_number_value(value) > (double)number) - (json_number_value(value) < (double)number);
	return strcmp(json_is_string(value) ? json_string_value(value) : "", with);
}

static bool related(enum relation relation, int order)
{
	switch (relation) {
	case EQUAL:
		return order == 0;
	case UNEQUAL:
		return order != 0;
	case LESS:
		return order < 0;
	case LESS_EQUAL:
		return order <= 0;
	case GREATER:
		return order > 0;
	default:
		return order >= 0;
	}
}

static bool holds(const struct condition *c, const json_t *value)
{
	bool null = !value || json_is_null(value);
	if (c->relation <= IS_FALSE)
		return is_true(value) == (c->relation == IS_TRUE);
	if (kh_streq(c->value, "null"))
		return null == (c->relation == EQUAL);
	/* What is not known is neither more nor less than anything. */
	return null ? c->relation == UNEQUAL : related(c->relation, compare(value, c->value));
}

/* The next of the conditions at *text; 0 at the end. */
static size_t next_condition(const char **text)
{
	static const char and[] = " and ";
	const char *begin = *text, *end = strstr(begin, and);
	size_t n = end ? (size_t)(end - begin) : strlen(begin);
	*text = end ? end + strlen(and) : begin + n;
	return n;
}

int kh_condition_check(const struct kh_sentence_view *view, const struct kh_yaml_node *node)
{
	const char *text = NULL;
	int r = kh_yaml_text(node, &text);
	if (r < 0)
		return r;
	do {
		struct condition c KH_CLEANUP(condition_done) = {0};
		const char *begin = text;
		size_t n = next_condition(&text);
		if (!condition_parse(begin, n, &c))
			return kh_yaml_fail(node, "expected NAME, not NAME, or NAME = VALUE");
		if (!kh_sentence_find(view, c.name, NULL))
			return kh_yaml_fail(node, "there is no {%s} here", c.name);
	} while (*text);
	return 0;
}

bool kh_condition_holds(const struct kh_sentence_view *view, const char *text)
{
	bool all = true;
	while (all && *text) {
		struct condition c KH_CLEANUP(condition_done) = {0};
		const char *begin = text;
		const json_t *value = NULL;
		size_t n = next_condition(&text);
		kh_assert(condition_parse(begin, n, &c)); /* checked */
		kh_assert(kh_sentence_find(view, c.name, &value) != NULL);
		all = holds(&c, value);
	}
	return all;
}
