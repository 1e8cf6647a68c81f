#include "base/options.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/version.h"

#include <stdio.h>
#include <stdlib.h>

/* Values stand beside their option; a list option has one entry per use. */
struct value {
	const struct kh_cli_option *option;
	const char *text;
	int64_t number;
};

struct kh_cli_values {
	KH_ARRAY(struct value) given;
	KH_ARRAY(const char **) lists; /* what kh_cli_list lends */
};

static bool last_option(const struct kh_cli_option *o)
{
	return !o->name && !o->letter;
}

static bool named(const struct kh_cli_option *o, const char *name, size_t len)
{
	if (o->name && strlen(o->name) == len && memcmp(o->name, name, len) == 0)
		return true;
	return len == 1 && o->letter == name[0];
}

static const struct kh_cli_option *find_in(const struct kh_cli_option *options, const char *name, size_t len)
{
	for (const struct kh_cli_option *o = options; !last_option(o); o++)
		if (named(o, name, len))
			return o;
	return NULL;
}

static const struct kh_cli_option *find_option(const struct kh_cli_call *call, const char *name, size_t len)
{
	const struct kh_cli_option *o = call->verb ? find_in(call->verb->options, name, len) : NULL;
	return o ? o : find_in(call->program->options, name, len);
}

static const struct value *given(const struct kh_cli_call *call, const char *name)
{
	const struct kh_cli_option *o = find_option(call, name, strlen(name));
	kh_assert(o);
	const struct value *latest = NULL;
	kh_array_each(&call->values->given, v)
		if (v->option == o)
			latest = v;
	return latest;
}

bool kh_cli_flag(const struct kh_cli_call *call, const char *name)
{
	return given(call, name) != NULL;
}

const char *kh_cli_text(const struct kh_cli_call *call, const char *name)
{
	const struct value *v = given(call, name);
	return v ? v->text : NULL;
}

int64_t kh_cli_int(const struct kh_cli_call *call, const char *name, int64_t otherwise)
{
	const struct value *v = given(call, name);
	return v ? v->number : otherwise;
}

size_t kh_cli_list(const struct kh_cli_call *call, const char *name, const char *const **ret)
{
	const struct kh_cli_option *o = find_option(call, name, strlen(name));
	kh_assert(o);
	const char **texts = kh_alloc_array(call->values->given.n + 1, sizeof *texts);
	size_t n = 0;
	kh_array_each(&call->values->given, v)
		if (v->option == o)
			texts[n++] = v->text;
	kh_array_push(&call->values->lists, texts);
	*ret = texts;
	return n;
}

static bool parse_size(const char *text, int64_t *ret)
{
	static const char units[] = "kMGT";
	size_t n = strlen(text);
	if (n == 0 || n > 18)
		return false;
	char number[19];
	memcpy(number, text, n + 1);
	const char *unit = strchr(units, text[n - 1] == 'K' ? 'k' : text[n - 1]);
	int64_t factor = 1;
	if (unit) {
		number[n - 1] = '\0';
		factor = INT64_C(1) << (10 * (unit - units + 1));
	}
	int64_t value = 0;
	if (!kh_parse_int(number, 0, INT64_MAX / factor, &value))
		return false;
	*ret = value * factor;
	return true;
}

static int check_values(const struct kh_cli_option *o, const char *name, const char *text)
{
	kh_auto_buf struct kh_buf list = KH_BUF_INIT;
	for (const char *const *value = o->values; value && *value; value++) {
		if (kh_streq(*value, text))
			return 0;
		kh_buf_add_item(&list, *value);
	}
	return o->values ? kh_fail(KH_E_USAGE, "%s %s: expected one of %s", name, text, kh_buf_text(&list)) : 0;
}

static int expected(const struct kh_cli_option *o, const char *name, const char *text)
{
	char min[KH_DURATION_SIZE], max[KH_DURATION_SIZE];
	if (o->type == KH_OPTION_SIZE)
		return kh_fail(KH_E_USAGE, "%s %s: expected a size such as 500k, 200M, 2G", name, text);
	if (o->type == KH_OPTION_DURATION && o->max && o->max < INT64_MAX)
		return kh_fail(KH_E_USAGE, "%s %s: expected a time from %s to %s, such as 90s, 15m, 12h, 7d", name, text, kh_duration_text(o->min, min),
			       kh_duration_text(o->max, max));
	if (o->type == KH_OPTION_DURATION)
		return kh_fail(KH_E_USAGE, "%s %s: expected a time such as 90s, 15m, 12h, 7d", name, text);
	if (o->max && o->max < INT64_MAX)
		return kh_fail(KH_E_USAGE, "%s %s: expected a whole number from %lld to %lld, such as %s %lld", name, text, (long long)o->min, (long long)o->max, name,
			       (long long)KH_MAX(o->min, 2));
	return kh_fail(KH_E_USAGE, "%s %s: expected a whole number of %lld or more, such as %s 20", name, text, (long long)o->min, name);
}

/* `name` as it was typed: --jobs, -j. */
static int check_value(struct value *v, const char *name)
{
	const struct kh_cli_option *o = v->option;
	bool good = true;
	if (o->type == KH_OPTION_INT)
		good = kh_parse_int(v->text, 0, INT64_MAX, &v->number);
	else if (o->type == KH_OPTION_DURATION)
		good = kh_parse_duration(v->text, &v->number);
	else if (o->type == KH_OPTION_SIZE)
		good = parse_size(v->text, &v->number);
	else
		return check_values(o, name, v->text);
	bool within = !o->max || (v->number >= o->min && v->number <= o->max);
	return good && within ? 0 : expected(o, name, v->text);
}

static void try_options(struct kh_nearest *near, const struct kh_cli_option *options)
{
	for (const struct kh_cli_option *o = options; !last_option(o); o++)
		if (o->name)
			kh_nearest_try(near, o->name, strlen(o->name));
}

static int unknown_option(const struct kh_cli_call *call, const char *word, const char *name, size_t len)
{
	struct kh_nearest near;
	kh_nearest_begin(&near, name, len);
	if (call->verb)
		try_options(&near, call->verb->options);
	try_options(&near, call->program->options);
	kh_nearest_try(&near, "help", 4);
	kh_nearest_try(&near, "version", 7);
	return near.best ? kh_fail(KH_E_USAGE, "unknown option %s; did you mean --%s?", word, near.best) : kh_fail(KH_E_USAGE, "unknown option %s", word);
}

/* One option word; *i moves on when its value is the next word. */
static int read_option(struct kh_cli_call *call, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	bool is_long = word[1] == '-';
	const char *name = word + (is_long ? 2 : 1), *equals = is_long ? strchr(name, '=') : NULL;
	size_t len = equals ? (size_t)(equals - name) : is_long ? strlen(name) : 1;
	const struct kh_cli_option *o = find_option(call, name, len);
	if (!o || (is_long && len == 1))
		return unknown_option(call, word, name, len);
	struct value v = {.option = o};
	const char *attached = equals ? equals + 1 : !is_long && name[1] ? name + 1 : NULL;
	if (o->type == KH_OPTION_FLAG && attached)
		return kh_fail(KH_E_USAGE, "%s takes no value", word);
	if (o->type != KH_OPTION_FLAG && !attached && *i + 1 >= argc)
		return kh_fail(KH_E_USAGE, "%s needs %s", word, o->arg);
	if (o->type != KH_OPTION_FLAG)
		v.text = attached ? attached : argv[++*i];
	kh_auto_free char *typed = kh_strndup(word, (size_t)(name - word) + len);
	int r = o->type == KH_OPTION_FLAG ? 0 : check_value(&v, typed);
	if (r == 0)
		kh_array_push(&call->values->given, v);
	return r;
}

/* The verb with the most words that match; *ret_used says how many. */
static const struct kh_cli_verb *find_verb(const struct kh_cli_program *program, int argc, char **argv, int *ret_used)
{
	const struct kh_cli_verb *best = NULL;
	for (const struct kh_cli_verb *v = program->verbs; v->words; v++) {
		const char *second = strchr(v->words, ' ');
		size_t len = second ? (size_t)(second - v->words) : strlen(v->words);
		if (argc < 1 || strlen(argv[0]) != len || memcmp(argv[0], v->words, len) != 0)
			continue;
		if (second && (argc < 2 || !kh_streq(argv[1], second + 1)))
			continue;
		if (!best || second) {
			best = v;
			*ret_used = second ? 2 : 1;
		}
	}
	return best;
}

static bool in_group(const struct kh_cli_verb *v, const char *group)
{
	size_t n = strlen(group);
	return !v->hidden && strncmp(v->words, group, n) == 0 && v->words[n] == ' ';
}

/* The verbs behind a first word that is none by itself ("user": add, passwd, …); empty when there are none. */
static void group_verbs(const struct kh_cli_program *program, const char *group, struct kh_buf *ret)
{
	for (const struct kh_cli_verb *v = program->verbs; group && v->words; v++)
		if (in_group(v, group))
			kh_buf_add_item(ret, v->words + strlen(group) + 1);
}

/* ---- help ---- */

/* Two columns; the left one as wide as its widest text on a terminal. */
struct lines {
	KH_ARRAY(char *) left;
	KH_ARRAY(const char *) right;
};

static void lines_add(struct lines *lines, char *left, const char *right)
{
	kh_array_push(&lines->left, left);
	kh_array_push(&lines->right, right);
}

static void lines_print(struct lines *lines)
{
	size_t width = 0;
	kh_array_each(&lines->left, left)
		width = KH_MAX(width, kh_utf8_width(*left));
	for (size_t i = 0; i < lines->left.n; i++) {
		printf("  %s%*s  %s\n", lines->left.v[i], (int)(width - kh_utf8_width(lines->left.v[i])), "", lines->right.v[i]);
		free(lines->left.v[i]);
	}
	kh_array_done(&lines->left);
	kh_array_done(&lines->right);
}

static void add_options(struct lines *lines, const struct kh_cli_option *options, enum kh_language language)
{
	for (const struct kh_cli_option *o = options; !last_option(o); o++) {
		char letter[8] = "    ";
		if (o->letter)
			snprintf(letter, sizeof letter, "-%c%s", o->letter, o->name ? ", " : "");
		lines_add(lines, kh_format("%s%s%s%s%s", letter, o->name ? "--" : "", o->name ? o->name : "", o->arg ? " " : "", o->arg ? o->arg : ""), o->help[language]);
	}
}

static void print_verb_help(const struct kh_cli_call *call)
{
	const struct kh_cli_verb *v = call->verb;
	struct lines lines = {0};
	printf("%s\n\n  %s %s%s%s%s\n", v->help[call->language], call->program->name, v->words, last_option(v->options) ? "" : " [...]", *v->args ? " " : "", v->args);
	add_options(&lines, v->options, call->language);
	add_options(&lines, call->program->options, call->language);
	if (lines.left.n)
		putchar('\n');
	lines_print(&lines);
	if (v->note[call->language])
		printf("\n%s\n", v->note[call->language]);
	if (v->examples)
		printf("\n%s\n", kh_text(call->language, KH_T_CLI_EXAMPLES));
	for (const char *const *example = v->examples; example && *example; example++)
		printf("  %s\n", *example);
	printf("\n%s\n", kh_text(call->language, KH_T_CLI_EXITS));
}

/* All verbs, or those of a group. */
static void print_program_help(const struct kh_cli_call *call, const char *group)
{
	struct lines lines = {0};
	printf("%s: %s\n\n", call->program->name, call->program->help[call->language]);
	for (const struct kh_cli_verb *v = call->program->verbs; v->words; v++)
		if (!v->hidden && (!group || in_group(v, group)))
			lines_add(&lines, kh_format("%s%s%s", v->words, *v->args ? " " : "", v->args), v->help[call->language]);
	lines_print(&lines);
	putchar('\n');
	add_options(&lines, call->program->options, call->language);
	lines_print(&lines);
	kh_auto_free char *more = kh_text_with(call->language, KH_T_CLI_MORE, {"program", call->program->name});
	printf("\n%s\n%s\n", more, kh_text(call->language, KH_T_CLI_EXITS));
}

int kh_cli_report_error(const struct kh_cli_program *program, enum kh_language language, int error)
{
	const struct kh_error_info *info = kh_error_info(error);
	const char *detail = kh_fail_detail();
	fprintf(stderr, "%s: %s%s%s\n", program->name, info->text[language], *detail ? ": " : "", detail);
	for (const struct kh_cli_hint *hint = program->hints; hint && hint->error; hint++)
		if (hint->error == error)
			fprintf(stderr, "  → %s\n", hint->text[language]);
	return info->exit_status;
}

static void print_usage_hint(const struct kh_cli_call *call)
{
	kh_auto_free char *command = kh_format("%s %s", call->program->name, call->verb->words);
	kh_auto_free char *hint = kh_text_with(call->language, KH_T_CLI_USAGE, {"command", command});
	fprintf(stderr, "  → %s\n", hint);
}

/* Options may stand before, between and after arguments; "--" ends them. */
static int read_words(struct kh_cli_call *call, int argc, char **argv)
{
	bool options_end = false;
	for (int i = 0; i < argc; i++) {
		if (!options_end && kh_streq(argv[i], "--")) {
			options_end = true;
		} else if (!options_end && argv[i][0] == '-' && argv[i][1]) {
			int r = read_option(call, argc, argv, &i);
			if (r < 0)
				return r;
		} else {
			call->args[call->args_count++] = argv[i];
		}
	}
	size_t n = call->args_count;
	if ((int)n < call->verb->args_min || (call->verb->args_max >= 0 && (int)n > call->verb->args_max))
		return kh_fail(KH_E_USAGE, "expected: %s %s%s%s", call->program->name, call->verb->words, *call->verb->args ? " " : "", call->verb->args);
	return 0;
}

static bool asks_for(int argc, char **argv, const char *option, const char *letter)
{
	for (int i = 1; i < argc && !kh_streq(argv[i], "--"); i++)
		if (kh_streq(argv[i], option) || kh_streq(argv[i], letter))
			return true;
	return false;
}

/* Among the first words of the verbs, or the second ones behind `group`. */
static const char *nearest_verb(const struct kh_cli_program *program, const char *group, const char *typed)
{
	struct kh_nearest near;
	kh_nearest_begin(&near, typed, strlen(typed));
	for (const struct kh_cli_verb *v = program->verbs; v->words; v++) {
		if (group && in_group(v, group))
			kh_nearest_try(&near, v->words + strlen(group) + 1, strlen(v->words) - strlen(group) - 1);
		else if (!group && !v->hidden)
			kh_nearest_try(&near, v->words, strcspn(v->words, " "));
	}
	return near.best;
}

static int unknown_verb(const struct kh_cli_program *program, const char *typed)
{
	const char *near = nearest_verb(program, NULL, typed);
	kh_auto_free char *meant = near ? kh_strndup(near, strcspn(near, " ")) : NULL;
	return meant ? kh_fail(KH_E_USAGE, "unknown command %s; did you mean %s?", typed, meant) : kh_fail(KH_E_USAGE, "unknown command %s; %s --help lists them", typed, program->name);
}

static int no_verb(const struct kh_cli_program *program, int argc, char **argv)
{
	kh_auto_buf struct kh_buf group = KH_BUF_INIT;
	group_verbs(program, argc ? argv[0] : NULL, &group);
	if (!argc)
		return kh_fail(KH_E_USAGE, "a command is missing; %s --help lists them", program->name);
	if (!group.len)
		return unknown_verb(program, argv[0]);
	if (argc < 2)
		return kh_fail(KH_E_USAGE, "%s %s: expected one of %s", program->name, argv[0], kh_buf_text(&group));
	const char *meant = nearest_verb(program, argv[0], argv[1]);
	if (meant)
		return kh_fail(KH_E_USAGE, "unknown command %s %s; did you mean %s %s?", argv[0], argv[1], argv[0], meant);
	return kh_fail(KH_E_USAGE, "%s %s %s: expected one of %s", program->name, argv[0], argv[1], kh_buf_text(&group));
}

/* `program --some-option` runs the verb of that name: --check-config. */
static const struct kh_cli_verb *find_verb_written_as_option(const struct kh_cli_program *program, char *word)
{
	char *words[] = {word + 2, NULL};
	int used = 0;
	return kh_starts_with(word, "--") ? find_verb(program, 1, words, &used) : NULL;
}

/* The program's own options may stand before the verb: `khien-server --config FILE report`. *ret_read: how many words they take. */
static int read_options_before_verb(struct kh_cli_call *call, int argc, char **argv, int *ret_read)
{
	int i = 0;
	for (; i < argc && argv[i][0] == '-' && argv[i][1] && !find_verb_written_as_option(call->program, argv[i]); i++) {
		int r = read_option(call, argc, argv, &i);
		if (r < 0)
			return r;
	}
	*ret_read = i;
	return 0;
}

static int print_help(struct kh_cli_call *call, int argc, char **argv)
{
	kh_auto_buf struct kh_buf group = KH_BUF_INIT;
	int used = 0;
	call->verb = find_verb(call->program, argc - 1, argv + 1, &used);
	group_verbs(call->program, argc > 1 ? argv[1] : NULL, &group);
	if (call->verb)
		print_verb_help(call);
	else
		print_program_help(call, group.len ? argv[1] : NULL);
	return 0;
}

static int run(struct kh_cli_call *call, int argc, char **argv)
{
	int before = 0, used = 1;
	if (asks_for(argc, argv, "--help", "-h"))
		return print_help(call, argc, argv);
	if (argc > 1 && kh_streq(argv[1], "--version"))
		return printf("%s %s\n", call->program->name, KH_VERSION) < 0 ? kh_fail_errno("standard output") : 0;
	int r = read_options_before_verb(call, argc - 1, argv + 1, &before);
	if (r < 0)
		return r;
	argc -= 1 + before;
	argv += 1 + before;
	const struct kh_cli_verb *verb = find_verb(call->program, argc, argv, &used);
	call->verb = verb ? verb : argc ? find_verb_written_as_option(call->program, argv[0]) : NULL;
	if (!call->verb)
		return no_verb(call->program, argc, argv);
	r = read_words(call, argc - used, argv + used);
	return r < 0 ? r : call->verb->handler(call);
}

int kh_cli_main(const struct kh_cli_program *program, int argc, char **argv)
{
	struct kh_cli_values values = {0};
	struct kh_cli_call call = {.program = program, .language = kh_language_of_environment(), .values = &values};
	call.args = kh_alloc_array((size_t)argc + 1, sizeof *call.args);
	int r = run(&call, argc, argv);
	if (r >= 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = kh_fail_errno("standard output");
	const bool wrong_use = r == KH_E_USAGE && call.verb;
	if (r < 0)
		r = kh_cli_report_error(program, call.language, r);
	if (wrong_use)
		print_usage_hint(&call);
	kh_array_done(&values.given);
	kh_array_each(&values.lists, list)
		free(*list);
	kh_array_done(&values.lists);
	free(call.args);
	return r;
}
