/* khien secret-case: documents marked secret that the agent found on this machine, decided by who is responsible for it. Paths are shown here and nowhere else. What is decided is told to the
 * agent, and so to the server, by level, class of place and hash. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/file_lines.h"
#include "cli/hand_over.h"
#include "gen/cli_khien.h"
#include "gen/codes.h"
#include "identity/identity.h"
#include "os/print.h"
#include "search/cases.h"
#include "search/unread.h"

#include <stdio.h>
#include <unistd.h>

#define AGENT_SOCKETS "/run/khien"
enum { SHORT_ID = 8 };

static char *folder_of(const struct kh_cli_call *call)
{
	const char *state = kh_cli_text(call, "state");
	return kh_format("%s/secret", state ? state : KH_STATE_DIR);
}

static const char *state_words(enum kh_language l, const struct kh_case *k)
{
	return kh_code_text(kh_codes_secret_case_state, kh_case_state_name(k->state), (int)l);
}

static const char *level_words(enum kh_language l, const struct kh_case *k)
{
	return kh_code_text(kh_codes_secret_level, kh_secrecy_level_name(k->level), (int)l);
}

static const char *place_words(enum kh_language l, const struct kh_case *k)
{
	return kh_code_text(kh_codes_secret_place, kh_search_place_name(k->place), (int)l);
}

/* ---- list, show ---- */

static void print_json(const struct kh_case *k)
{
	json_t *j = json_object();
	char hash[KH_SHA256_HEX_SIZE];
	kh_json_set_text(j, "id", k->id);
	kh_json_set_text(j, "path", k->path);
	kh_json_set_text(j, "sha256", kh_sha256_hex(k->sha256, hash));
	kh_json_set_text(j, "level", kh_secrecy_level_name(k->level));
	kh_json_set_text(j, "place", kh_search_place_name(k->place));
	kh_json_set_text(j, "state", kh_case_state_name(k->state));
	kh_json_set_int(j, "found_s", k->found_s);
	kh_json_set_int(j, "since_s", k->since_s);
	kh_json_set_text(j, "reason", k->reason);
	kh_json_set_text(j, "note", k->note);
	kh_ignore(kh_print_json(j)); /* kh_print_end() tells */
}

static void print_line(enum kh_language l, const struct kh_case *k)
{
	char when[KH_ISO_SIZE];
	kh_auto_free char *path = kh_print_safe(k->path);
	printf("%.*s  %s  %s  %s  %s\n", SHORT_ID, k->id, kh_time_local(k->since_s, when), level_words(l, k), state_words(l, k), path);
}

static bool is_settled(const struct kh_case *k)
{
	return k->state != KH_CASE_FOUND && k->state != KH_CASE_HELD;
}

static void print_search(enum kh_language l, const struct kh_case_search *s)
{
	char when[KH_ISO_SIZE], unread[32];
	if (!s->ended_s) {
		puts(kh_text(l, KH_T_SECRET_CASE_NO_SEARCH));
		return;
	}
	snprintf(unread, sizeof unread, "%llu", (unsigned long long)(s->unread + s->partly + s->encrypted));
	kh_auto_free char *text = kh_text_with(l, s->lack ? KH_T_SECRET_CASE_SEARCHED_IN_PART : KH_T_SECRET_CASE_SEARCHED, {"when", kh_time_local(s->ended_s, when)}, {"unread", unread});
	puts(text);
}

int kh_verb_secret_case_list(struct kh_cli_call *call)
{
	kh_auto_free char *folder = folder_of(call);
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	const enum kh_language l = call->language;
	const bool json = kh_cli_flag(call, "json"), all = kh_cli_flag(call, "all");
	size_t open = 0;
	int r = kh_cases_read(folder, &c);
	if (r < 0)
		return r;
	kh_array_each(&c, k) {
		open += k->state == KH_CASE_FOUND;
		if (is_settled(k) && !all)
			continue;
		if (json)
			print_json(k);
		else
			print_line(l, k);
	}
	if (!json)
		print_search(l, &c.last);
	if (!json && (open || c.last.ended_s)) /* of a machine that was never searched nobody knows that nothing waits */
		puts(kh_text(l, open ? KH_T_SECRET_CASE_WHAT_TO_DO : KH_T_SECRET_CASE_NONE_OPEN));
	r = kh_print_end();
	return r < 0 ? r : open ? 1 : c.last.ended_s ? 0 : 3;
}

static void print_case(enum kh_language l, const struct kh_case *k)
{
	char found[KH_ISO_SIZE], since[KH_ISO_SIZE], hash[KH_SHA256_HEX_SIZE];
	kh_print_line(l, KH_T_SECRET_CASE_ID, k->id);
	kh_print_line(l, KH_T_SECRET_CASE_PATH, k->path);
	kh_print_line(l, KH_T_SECRET_CASE_LEVEL, level_words(l, k));
	kh_print_line(l, KH_T_SECRET_CASE_PLACE, place_words(l, k));
	kh_print_line(l, KH_T_SECRET_CASE_STATE, state_words(l, k));
	kh_print_line(l, KH_T_SECRET_CASE_FOUND, kh_time_local(k->found_s, found));
	kh_print_line(l, KH_T_SECRET_CASE_SINCE, kh_time_local(k->since_s, since));
	kh_print_line(l, KH_T_SECRET_CASE_HASH, kh_sha256_hex(k->sha256, hash));
	if (k->reason)
		kh_print_line(l, KH_T_SECRET_CASE_REASON, kh_code_text(kh_codes_secret_false_alarm, k->reason, (int)l));
	if (k->note)
		kh_print_line(l, k->state == KH_CASE_HANDED_OVER ? KH_T_SECRET_CASE_PAPER : KH_T_SECRET_CASE_NOTE, k->note);
	if (k->state == KH_CASE_FOUND)
		puts(kh_text(l, KH_T_SECRET_CASE_WHAT_TO_DO));
	else if (k->state == KH_CASE_HELD)
		puts(kh_text(l, KH_T_SECRET_CASE_HELD_NEXT));
}

int kh_verb_secret_case_show(struct kh_cli_call *call)
{
	kh_auto_free char *folder = folder_of(call);
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	struct kh_case *k = NULL;
	int r = kh_cases_read(folder, &c);
	r = r < 0 ? r : kh_cases_find(&c, call->args[0], &k);
	if (r < 0)
		return r;
	if (kh_cli_flag(call, "json"))
		print_json(k);
	else
		print_case(call->language, k);
	return kh_print_end();
}

/* ---- files that could not be read ---- */

static void print_unread_json(const struct kh_unread *u)
{
	json_t *j = json_object();
	kh_json_set_text(j, "path", u->path);
	kh_json_set_text(j, "why", u->why);
	kh_json_set_bool(j, "encrypted", u->encrypted);
	kh_json_set_int(j, "size", u->size);
	kh_json_set_int(j, "since_s", u->since_s);
	kh_ignore(kh_print_json(j)); /* kh_print_end() tells */
}

static void print_unread(const struct kh_unread *u)
{
	char when[KH_ISO_SIZE];
	kh_auto_free char *path = kh_print_safe(u->path);
	printf("%s  %s  (%s)\n", kh_time_local(u->since_s, when), path, u->why);
}

static void print_unlisted(enum kh_language l, uint64_t left_out)
{
	char files[32];
	kh_auto_free char *text = kh_text_with(l, KH_T_SECRET_CASE_UNREAD_LEFT_OUT, {"files", kh_number_text(left_out, files)});
	fprintf(stderr, "%s\n", text);
}

int kh_verb_secret_case_unread(struct kh_cli_call *call)
{
	kh_auto_free char *folder = folder_of(call);
	kh_auto_unread struct kh_unread_list l = {0};
	const bool json = kh_cli_flag(call, "json");
	int r = kh_unread_read(folder, &l);
	if (r < 0)
		return r;
	kh_array_each(&l, u)
		if (json)
			print_unread_json(u);
		else
			print_unread(u);
	const bool some = l.n > 0 || l.left_out > 0;
	if (!json)
		puts(kh_text(call->language, some ? KH_T_SECRET_CASE_UNREAD_NEXT : KH_T_SECRET_CASE_UNREAD_NONE));
	if (l.left_out)
		print_unlisted(call->language, l.left_out);
	r = kh_print_end();
	return r < 0 ? r : some ? 3 : 0;
}

/* ---- decisions ---- */

/* That it did not reach the agent undoes nothing: what is told of the cases is measured all the same. */
static void tell_agent(const struct kh_cli_call *call, const struct kh_case *k)
{
	const char *run = kh_cli_text(call, "run");
	struct kh_hand_over hand_over;
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_hand_over_init(&hand_over, run ? run : AGENT_SOCKETS);
	kh_case_event(&fields, k);
	kh_hand_over_event(&hand_over, &fields);
	if (kh_hand_over_finish(&hand_over) < 0) {
		kh_auto_free char *text = kh_text_with(call->language, KH_T_QUARANTINE_NOT_HANDED_OVER, {"reason", kh_fail_detail()});
		fprintf(stderr, "%s\n", text);
	}
}

typedef int (*decision)(const struct kh_cli_call *call, struct kh_cases *c, struct kh_case *k, int64_t now_s);

static int decide(const struct kh_cli_call *call, decision act, enum kh_message done)
{
	kh_auto_free char *folder = folder_of(call);
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	struct kh_case *k = NULL;
	const int64_t now_s = kh_now_s();
	if (access(folder, F_OK) < 0)
		return kh_fail_errno("%s", folder);
	int r = kh_cases_open(folder, &c);
	r = r < 0 ? r : kh_cases_find(&c, call->args[0], &k);
	r = r < 0 ? r : act(call, &c, k, now_s);
	r = r < 0 ? r : kh_cases_save(&c, now_s);
	if (r < 0)
		return r;
	tell_agent(call, k);
	puts(kh_text(call->language, done));
	return kh_print_end();
}

static int hold(const struct kh_cli_call *call, struct kh_cases *c, struct kh_case *k, int64_t now_s)
{
	(void)call;
	return kh_case_hold(c, k, now_s);
}

int kh_verb_secret_case_hold(struct kh_cli_call *call)
{
	return decide(call, hold, KH_T_SECRET_CASE_HELD);
}

static int false_alarm(const struct kh_cli_call *call, struct kh_cases *c, struct kh_case *k, int64_t now_s)
{
	const char *note = kh_cli_text(call, "note");
	if (note && strlen(note) > KH_CASES_MAX_NOTE)
		return kh_fail(KH_E_USAGE, "--note: at most %d bytes", KH_CASES_MAX_NOTE);
	return kh_case_false_alarm(c, k, kh_cli_text(call, "reason"), note, now_s);
}

int kh_verb_secret_case_false_alarm(struct kh_cli_call *call)
{
	if (!kh_cli_text(call, "reason"))
		return kh_fail(KH_E_USAGE, "--reason is needed");
	return decide(call, false_alarm, KH_T_SECRET_CASE_FALSE_ALARM);
}

static int hand_over(const struct kh_cli_call *call, struct kh_cases *c, struct kh_case *k, int64_t now_s)
{
	const char *paper = kh_cli_text(call, "paper"), *to = kh_cli_text(call, "to");
	if (strlen(paper) > KH_CASES_MAX_NOTE)
		return kh_fail(KH_E_USAGE, "--paper: at most %d bytes", KH_CASES_MAX_NOTE);
	if (to && to[0] != '/')
		return kh_fail(KH_E_USAGE, "--to: give the whole path, from / on");
	return kh_case_hand_over(c, k, paper, to, now_s);
}

int kh_verb_secret_case_hand_over(struct kh_cli_call *call)
{
	if (!kh_cli_text(call, "paper"))
		return kh_fail(KH_E_USAGE, "--paper is needed: the number of the minutes of handing over");
	return decide(call, hand_over, KH_T_SECRET_CASE_HANDED_OVER);
}
