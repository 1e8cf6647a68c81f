#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "base/str.h"
#include "base/test.h"

static struct {
	const char *verb, *unit, *first_arg;
	int64_t size;
	size_t rules, args;
	bool json;
} seen;

static int record(struct kh_cli_call *call)
{
	const char *const *rules = NULL;
	seen.verb = call->verb->words;
	seen.json = kh_cli_flag(call, "json");
	seen.unit = kh_cli_text(call, "unit");
	seen.size = kh_cli_int(call, "max-size", -1);
	seen.rules = kh_cli_list(call, "rules", &rules);
	seen.args = call->args_count;
	seen.first_arg = call->args[0];
	return 1;
}

static int refuse(struct kh_cli_call *call)
{
	(void)call;
	return kh_fail(KH_E_UNKNOWN_UNIT, "x");
}

static const struct kh_cli_option own[] = {
	{"unit", 'u', "UNIT", KH_OPTION_TEXT, {"", ""}},
	{"max-size", 0, "SIZE", KH_OPTION_SIZE, {"", ""}},
	{"jobs", 'j', "N", KH_OPTION_INT, {"", ""}, NULL, 1, 64},
	{"rows", 0, "N", KH_OPTION_INT, {"", ""}, NULL, 1, INT64_MAX},
	{"every", 0, "TIME", KH_OPTION_DURATION, {"", ""}, NULL, 60, 86400},
	{"mode", 0, "MODE", KH_OPTION_TEXT, {"", ""}, (const char *const[]){"slow", "fast", NULL}, 0, 0},
	{"rules", 0, "PATH", KH_OPTION_LIST, {"", ""}},
	{0},
};
static const struct kh_cli_option none[] = {{0}};
static const struct kh_cli_option everywhere[] = {{"json", 0, NULL, KH_OPTION_FLAG, {"", ""}}, {0}};
static const struct kh_cli_verb verbs[] = {
	{"scan", "PATH…", {"", ""}, false, 1, -1, own, record},
	{"user add", "NAME", {"", ""}, false, 1, 1, own, record},
	{"user list", "", {"", ""}, false, 0, 0, own, record},
	{"check-config", "", {"", ""}, false, 0, 0, own, record},
	{"broken", "", {"", ""}, false, 0, 0, none, refuse},
	{0},
};
static const struct kh_cli_program program = {"khien", {"", ""}, verbs, everywhere};

static int run(const char *words)
{
	kh_auto_free char *copy = kh_strdup(words);
	char *argv[16] = {NULL}, *rest = copy;
	int argc = 0;
	for (char *word = NULL; (word = kh_split(&rest, " ")) != NULL;)
		argv[argc++] = word;
	memset(&seen, 0, sizeof seen);
	int status = kh_cli_main(&program, argc, argv);
	seen.unit = seen.unit ? "given" : NULL; /* the text is gone with the copy */
	seen.first_arg = NULL;
	return status;
}

static void reads_verbs_and_options(void **state)
{
	(void)state;
	assert_int_equal(run("khien scan --max-size=10M --rules a --rules b --json p q"), 1);
	assert_string_equal(seen.verb, "scan");
	assert_true(seen.json);
	assert_int_equal(seen.size, 10 << 20);
	assert_int_equal(seen.rules, 2);
	assert_int_equal(seen.args, 2);
	assert_int_equal(run("khien scan --max-size 3K p"), 1);
	assert_int_equal(seen.size, 3 << 10);
	assert_int_equal(run("khien user add -u w name"), 1);
	assert_string_equal(seen.verb, "user add");
	assert_string_equal(seen.unit, "given");
	assert_int_equal(run("khien user list"), 1);
	assert_int_equal(run("khien scan -- --json"), 1);
	assert_false(seen.json);
	assert_int_equal(run("khien --check-config"), 1);
	assert_string_equal(seen.verb, "check-config");
}

static void options_of_the_program_may_stand_before_the_verb(void **state)
{
	(void)state;
	assert_int_equal(run("khien --json user add -u w name"), 1);
	assert_string_equal(seen.verb, "user add");
	assert_true(seen.json);
	assert_string_equal(seen.unit, "given");
	assert_int_equal(run("khien --json --check-config"), 1);
	assert_string_equal(seen.verb, "check-config");
	assert_true(seen.json);
	assert_int_equal(run("khien --unit w user add name"), 2); /* an option of a verb has no meaning before it */
	assert_string_equal(kh_fail_detail(), "unknown option --unit");
	assert_int_equal(run("khien --json"), 2);
	assert_string_equal(kh_fail_detail(), "a command is missing; khien --help lists them");
}

static void wrong_use_is_two(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"khien", "khien fly", "khien user", "khien scan", "khien user add", "khien user add a b", "khien scan --odd p", "khien scan --max-size p",
		"khien scan --max-size x p", "khien scan --json=1 p", "khien scan -z p", "khien scan p --unit",
	};
	for (size_t i = 0; i < KH_COUNT(wrong); i++)
		assert_int_equal(run(wrong[i]), 2);
	assert_int_equal(run("khien broken"), 2);
	assert_int_equal(run("khien --help"), 0);
	assert_int_equal(run("khien scan --help"), 0);
	assert_int_equal(run("khien --version"), 0);
}

static void wrong_use_says_what_is_right(void **state)
{
	(void)state;
	static const struct {
		const char *words, *said;
	} cases[] = {
		{"khien", "a command is missing; khien --help lists them"},
		{"khien fly", "unknown command fly; khien --help lists them"},
		{"khien user", "khien user: expected one of add, list"},
		{"khien user fly", "khien user fly: expected one of add, list"},
		{"khien scan", "expected: khien scan PATH…"},
		{"khien user list a", "expected: khien user list"},
		{"khien scan -j 0 p", "-j 0: expected a whole number from 1 to 64, such as -j 2"},
		{"khien scan -jx p", "-j x: expected a whole number from 1 to 64, such as -j 2"},
		{"khien scan --jobs=65 p", "--jobs 65: expected a whole number from 1 to 64, such as --jobs 2"},
		{"khien scan --rows 0 p", "--rows 0: expected a whole number of 1 or more, such as --rows 20"},
		{"khien scan --max-size big p", "--max-size big: expected a size such as 500k, 200M, 2G"},
		{"khien scan --every 5s p", "--every 5s: expected a time from 1m to 1d, such as 90s, 15m, 12h, 7d"},
		{"khien scan --mode quick p", "--mode quick: expected one of slow, fast"},
		{"khien scan --odd p", "unknown option --odd"},
		{"khien scan p --unit", "--unit needs UNIT"},
		/* What was probably meant. */
		{"khien sacn p", "unknown command sacn; did you mean scan?"},
		{"khien usr list", "unknown command usr; did you mean user?"},
		{"khien user lst", "unknown command user lst; did you mean user list?"},
		{"khien scan --rulse a p", "unknown option --rulse; did you mean --rules?"},
		{"khien scan --jsno p", "unknown option --jsno; did you mean --json?"},
		{"khien scan --hlep", "unknown option --hlep; did you mean --help?"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_int_equal(run(cases[i].words), 2);
		assert_string_equal(kh_fail_detail(), cases[i].said);
	}
	assert_int_equal(run("khien scan -j64 --rows 1 --every 1m --mode fast p"), 1);
}

KH_TESTS(reads_verbs_and_options, options_of_the_program_may_stand_before_the_verb, wrong_use_is_two, wrong_use_says_what_is_right)
