/* The command line of a program, from spec/cli/<program>.yaml: finding the verb, checking its options and arguments, help in the user's language.
 *
 *     int main(int argc, char **argv) { return kh_cli_main(&kh_cli_khien, argc, argv); }
 *
 * A verb's handler gets what was typed and gives the exit status (0 nothing found or done, 1 found, 2 usage or configuration, 3 could not complete),
 * or a negative KH_E_*: then kh_cli_main prints the sentence with its detail on standard error, and exits with the status of that error. A verb or option nobody knows is
 * told with the one that was probably meant, wrong use of a verb with its `--help`. */
#pragma once

#include "base/attr.h"
#include "base/i18n.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_cli_call;

enum kh_option_type {
	KH_OPTION_FLAG,
	KH_OPTION_TEXT,
	KH_OPTION_INT,      /* whole number ≥ 0 */
	KH_OPTION_PATH,     /* bytes */
	KH_OPTION_LIST,     /* may be given many times */
	KH_OPTION_DURATION, /* 90s 15m 12h 7d → seconds */
	KH_OPTION_SIZE,     /* 10k 20M 1G → bytes */
};

struct kh_cli_option {
	const char *name; /* long name; NULL: short only */
	int letter;       /* 0: long only */
	const char *arg;  /* shown in help; NULL for flags */
	enum kh_option_type type;
	const char *help[2];
	const char *const *values; /* the only ones; NULL: any */
	int64_t min, max;          /* of numbers, seconds, bytes; both 0: no limits */
};

struct kh_cli_verb {
	const char *words; /* "user add" */
	const char *args;  /* "PATH…" */
	const char *help[2];
	bool hidden;
	int args_min, args_max; /* args_max -1: any number */
	const struct kh_cli_option *options; /* until a row with neither name nor letter */
	int (*handler)(struct kh_cli_call *call);
	const char *note[2];         /* by enum kh_language; may be NULL */
	const char *const *examples; /* NULL: none; ends with NULL */
};

/* What to do about an error, a line of its own behind it. */
struct kh_cli_hint {
	int error; /* 0 ends the list */
	const char *text[2];
};

struct kh_cli_program {
	const char *name;
	const char *help[2];
	const struct kh_cli_verb *verbs;
	const struct kh_cli_option *options; /* understood by every verb */
	const struct kh_cli_hint *hints;     /* NULL: none */
};

struct kh_cli_call {
	const struct kh_cli_program *program;
	const struct kh_cli_verb *verb;
	char **args; /* positional, NULL-terminated */
	size_t args_count;
	enum kh_language language;
	struct kh_cli_values *values; /* of options; use the readers below */
};

/* What was typed for an option, by long name (or its letter as a one-character text). Asking for a name that the spec does not have is a bug and aborts. */
bool kh_cli_flag(const struct kh_cli_call *call, const char *name);
const char *kh_cli_text(const struct kh_cli_call *call, const char *name); /* NULL when not given */
int64_t kh_cli_int(const struct kh_cli_call *call, const char *name, int64_t otherwise); /* also durations (s) and sizes (bytes) */
size_t kh_cli_list(const struct kh_cli_call *call, const char *name, const char *const **ret); /* lent */

/* Runs the program; gives the exit status. `--help`, `--version` and wrong use are dealt with here. */
int kh_cli_main(const struct kh_cli_program *program, int argc, char **argv) KH_MUST_USE;

/* Prints "program: sentence: detail" for an error, in the language; gives the exit status of the error. */
int kh_cli_report_error(const struct kh_cli_program *program, enum kh_language language, int error);
