#include "base/options.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/version.h"

#include <stdio.h>

/* Values stand beside their option; a list option has one entry per use. */
struct value {
	const struct kh_cli_option *option;
	const char *text;
	int64_t number;
};

struct kh_cli_values {
	KH_ARRAY(struct value) given;
	KH_ARRAY(const char *) texts; /* what kh_cli_list lends */
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
	call->values->texts.n = 0;
	kh_array_each(&call->values->given, v)
		if (v->option == o)
			kh_array_push(&call->values->texts, v->text);
	*ret = call->values->texts.v;
	return call->values->texts.n;
}

static bool parse_size(const char *text, int64_t *ret)
{
	static const char units[] = "kMGT";
	size_t n = strlen(text);
	if (n == 0 || n > 18)
		return false;
	char number[19];
	memcpy(number, text, n + 1);
	const char *unit = strchr(units, text[n - 1]);
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

static int check_value(struct value *v, const char *shown)
{
	bool good = true;
	if (v->option->type == KH_OPTION_INT)
		good = kh_parse_int(v->text, 0, INT64_MAX, &v->number);
	else if (v->option->type == KH_OPTION_DURATION)
		good = kh_parse_duration(v->text, &v->number);
	else if (v->option->type == KH_OPTION_SIZE)
		good = parse_size(v->text, &v->number);
	return good ? 0 : kh_fail(KH_E_USAGE, "%s %s: expected %s", shown, v->text, v->option->arg);
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
		return kh_fail(KH_E_USAGE, "unknown option %s", word);
	struct value v = {.option = o};
	const char *attached = equals ? equals + 1 : !is_long && name[1] ? name + 1 : NULL;
	if (o->type == KH_OPTION_FLAG && attached)
		return kh_fail(KH_E_USAGE, "%s takes no value", word);
	if (o->type != KH_OPTION_FLAG && !attached && *i + 1 >= argc)
		return kh_fail(KH_E_USAGE, "%s needs %s", word, o->arg);
	if (o->type != KH_OPTION_FLAG)
		v.text = attached ? attached : argv[++*i];
	int r = o->type == KH_OPTION_FLAG ? 0 : check_value(&v, word);
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

static void print_options(const struct kh_cli_option *options, enum kh_language language)
{
	for (const struct kh_cli_option *o = options; !last_option(o); o++) {
		char left[64], letter[8] = "    ";
		if (o->letter)
			snprintf(letter, sizeof letter, "-%c%s", o->letter, o->name ? ", " : "");
		snprintf(left, sizeof left, "%s%s%s%s%s", letter, o->name ? "--" : "", o->name ? o->name : "", o->arg ? " " : "", o->arg ? o->arg : "");
		printf("  %-28s %s\n", left, o->help[language]);
	}
}

static void print_verb_help(const struct kh_cli_call *call)
{
	const struct kh_cli_verb *v = call->verb;
	printf("%s\n\n  %s %s%s%s%s\n", v->help[call->language], call->program->name, v->words, last_option(v->options) ? "" : " [...]", *v->args ? " " : "", v->args);
	if (!last_option(v->options)) {
		putchar('\n');
		print_options(v->options, call->language);
	}
	if (!last_option(call->program->options)) {
		putchar('\n');
		print_options(call->program->options, call->language);
	}
}

static void print_program_help(const struct kh_cli_call *call)
{
	printf("%s: %s\n\n", call->program->name, call->program->help[call->language]);
	for (const struct kh_cli_verb *v = call->program->verbs; v->words; v++) {
		char left[96];
		snprintf(left, sizeof left, "%s%s%s", v->words, *v->args ? " " : "", v->args);
		if (!v->hidden)
			printf("  %-32s %s\n", left, v->help[call->language]);
	}
	putchar('\n');
	print_options(call->program->options, call->language);
}

int kh_cli_report_error(const struct kh_cli_program *program, enum kh_language language, int error)
{
	const struct kh_error_info *info = kh_error_info(error);
	const char *detail = kh_fail_detail();
	fprintf(stderr, "%s: %s%s%s\n", program->name, info->text[language], *detail ? ": " : "", detail);
	return info->exit_status;
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
		return kh_fail(KH_E_USAGE, "%s %s %s", call->program->name, call->verb->words, call->verb->args);
	return 0;
}

static bool asks_for(int argc, char **argv, const char *option, const char *letter)
{
	for (int i = 1; i < argc && !kh_streq(argv[i], "--"); i++)
		if (kh_streq(argv[i], option) || kh_streq(argv[i], letter))
			return true;
	return false;
}

static int run(struct kh_cli_call *call, int argc, char **argv)
{
	int used = 0;
	call->verb = find_verb(call->program, argc - 1, argv + 1, &used);
	if (asks_for(argc, argv, "--help", "-h")) {
		if (call->verb)
			print_verb_help(call);
		else
			print_program_help(call);
		return 0;
	}
	if (argc > 1 && kh_streq(argv[1], "--version"))
		return printf("%s %s\n", call->program->name, KH_VERSION) < 0 ? KH_E_IO : 0;
	if (!call->verb && argc > 1 && argv[1][0] == '-') {
		/* `program --some-option` runs the verb of that name: --check-config. */
		char *words[] = {argv[1] + 2, NULL};
		call->verb = kh_starts_with(argv[1], "--") ? find_verb(call->program, 1, words, &used) : NULL;
	}
	if (!call->verb)
		return kh_fail(KH_E_USAGE, "%s %s; %s --help", argc > 1 ? "unknown command" : "no command", argc > 1 ? argv[1] : "given", call->program->name);
	int r = read_words(call, argc - 1 - used, argv + 1 + used);
	return r < 0 ? r : call->verb->handler(call);
}

int kh_cli_main(const struct kh_cli_program *program, int argc, char **argv)
{
	struct kh_cli_values values = {0};
	struct kh_cli_call call = {.program = program, .language = kh_language_of_environment(), .values = &values};
	call.args = kh_alloc_array((size_t)argc + 1, sizeof *call.args);
	int r = run(&call, argc, argv);
	if (r < 0)
		r = kh_cli_report_error(program, call.language, r);
	kh_array_done(&values.given);
	kh_array_done(&values.texts);
	free(call.args);
	return r;
}
