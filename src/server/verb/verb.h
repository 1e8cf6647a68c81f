/* What the verbs of khien-server share: the server's data opened for one run, who acts, and saying what was done.
 *
 *     int kh_verb_user_disable(struct kh_cli_call *call)
 *     {
 *             kh_auto_verb struct kh_verb v = {0};
 *             int r = kh_verb_open(call, &v);
 *             …
 *             return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_USER_DISABLED, {"name", name});
 *     }
 *
 * Results go to standard output, errors (by kh_cli_main) to standard error. All verbs work while the server runs. */
#pragma once

#include "base/json.h"
#include "base/options.h"
#include "base/time.h"
#include "os/print.h"
#include "os/table.h"
#include "server/server.h"
#include "server/unit/unit.h"

struct kh_verb {
	struct kh_cli_call *call;
	enum kh_language language;
	struct kh_server *server;
	struct kh_db *db; /* reader */
	char *actor;      /* "local:lan" */
	int64_t now_s;
};

/* The settings of a run: files, then --set, then --data; checked. */
int kh_verb_settings(struct kh_cli_call *call, struct kh_server_settings *ret) KH_MUST_USE;

int kh_verb_open(struct kh_cli_call *call, struct kh_verb *ret) KH_MUST_USE;
void kh_verb_done(struct kh_verb *v);
#define kh_auto_verb KH_CLEANUP(kh_verb_done)

/* "local:lan": the user of the operating system, and behind sudo the one who called it. New memory. */
char *kh_verb_actor(void) KH_MUST_USE;

/* The unit that option `name` names; when it was not given: the only top unit (KH_E_USAGE when there are several, KH_E_UNKNOWN_UNIT when none). */
int kh_verb_unit(const struct kh_verb *v, const char *name, struct kh_unit *ret) KH_MUST_USE;

/* A scope for `--unit`: everything when it was not given (then *ret_scope is NULL, as kh_unit_tree_load() takes it). */
int kh_verb_scope(const struct kh_verb *v, struct kh_scope *place, const struct kh_scope **ret_scope) KH_MUST_USE;

/* Text of an option that must be given: KH_E_USAGE. */
int kh_verb_required(const struct kh_cli_call *call, const char *name, const char **ret) KH_MUST_USE;

/* A verb that lists: `rows` shows them one by one, as lines of JSON (`json`, by --json) or in the table, which has these headings (KH_T_…) and is printed at the end. */
typedef int (*kh_verb_rows)(const struct kh_verb *v, bool json, struct kh_table *table);
#define kh_verb_list(call, rows, ...) kh_verb_list_of((call), (rows), (const enum kh_message[]){__VA_ARGS__}, KH_COUNT(((const enum kh_message[]){__VA_ARGS__})))
int kh_verb_list_of(struct kh_cli_call *call, kh_verb_rows rows, const enum kh_message *headings, size_t n) KH_MUST_USE;

struct kh_pack_mistakes;
/* Each of them a line on standard error, then KH_E_INVALID_CONFIG with their number; 0 when there are none. */
int kh_verb_say_mistakes(const struct kh_pack_mistakes *mistakes) KH_MUST_USE;

/* "khien-server serve --config F --data D": another verb of the same settings, to be shown; new memory. */
char *kh_verb_command(const struct kh_cli_call *call, const char *verb) KH_MUST_USE;

/* A line on standard output (os/print.h). */
#define kh_verb_say(v, message, ...) kh_print(kh_text_with((v)->language, (message), __VA_ARGS__))

/* "21/11/2026 15:30", or "-" for 0; in the caller's buffer. */
const char *kh_verb_time(int64_t s, char out[KH_ISO_SIZE]);
