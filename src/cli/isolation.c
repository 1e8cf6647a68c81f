/* khien isolation: whether this machine is cut off from the network by an order, and its end by whoever is responsible for it here, when the server cannot end it. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "gen/cli_khien.h"
#include "identity/identity.h"
#include "isolation/isolation.h"
#include "isolation/peers.h"
#include "os/print.h"
#include "scan/quarantine.h"

#include <pwd.h>
#include <stdio.h>

#define EXIT_ISOLATED 3

static const char *state_dir(const struct kh_cli_call *call)
{
	const char *state = kh_cli_text(call, "state");
	return state ? state : KH_STATE_DIR;
}

static int ask_kernel(enum kh_isolate_message what, struct kh_isolate_answer *ret)
{
	struct kh_worker worker = KH_WORKER_NONE;
	int r = kh_isolate_start(what, NULL, &worker);
	return r < 0 ? r : kh_isolate_finish(&worker, KH_ISOLATE_TIMEOUT_MS, ret);
}

/* ---- status ---- */

static int print_json(const struct kh_isolation *i, const struct kh_isolate_answer *kernel)
{
	json_t *j = json_object();
	kh_json_set_bool(j, "isolated", i->order != 0);
	kh_json_set_bool(j, "stands", kernel->present);
	if (i->order) {
		kh_json_set_int(j, "order", i->order);
		kh_json_set_int(j, "since_s", i->since_s);
		kh_assert(json_object_set_new(j, "peers", kh_isolation_peers_json(&i->peers)) == 0);
	}
	return kh_print_json(j);
}

static void print_peers(enum kh_language l, const struct kh_peers *peers)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (size_t i = 0; i < peers->n; i++)
		kh_buf_addf(&b, strchr(peers->v[i].address, ':') ? "%s[%s]:%u" : "%s%s:%u", i ? ", " : "", peers->v[i].address, peers->v[i].port);
	kh_print_line(l, KH_T_ISOLATION_PEERS, kh_buf_text(&b));
}

static void print(enum kh_language l, const struct kh_isolation *i, const struct kh_isolate_answer *kernel)
{
	char time[KH_ISO_SIZE];
	if (!i->order) {
		puts(kh_text(l, kernel->present ? KH_T_ISOLATION_LEFT_OVER : KH_T_ISOLATION_NONE));
		return;
	}
	kh_print_line(l, KH_T_ISOLATION_SINCE, kh_time_local(i->since_s, time));
	kh_print_number(l, KH_T_ISOLATION_ORDER, i->order);
	print_peers(l, &i->peers);
	puts(kh_text(l, kernel->present ? KH_T_ISOLATION_STANDS : KH_T_ISOLATION_MISSING));
}

int kh_verb_isolation_status(struct kh_cli_call *call)
{
	struct kh_isolation i = {0};
	struct kh_isolate_answer kernel = {0};
	int r = kh_isolation_load(state_dir(call), &i);
	r = r < 0 ? r : ask_kernel(KH_ISOLATE_LOOK, &kernel);
	if (r < 0)
		return r;
	if (kh_cli_flag(call, "json"))
		r = print_json(&i, &kernel);
	else
		print(call->language, &i, &kernel);
	r = r < 0 ? r : kh_print_end();
	return r < 0 ? r : i.order || kernel.present ? EXIT_ISOLATED : 0;
}

/* ---- release ---- */

static void say_who(struct kh_isolation_release *release)
{
	struct kh_quarantine_who who = kh_quarantine_who_asks();
	const struct passwd *user = getpwuid((uid_t)(who.login_uid >= 0 ? who.login_uid : who.uid));
	release->uid = who.uid;
	release->login_uid = who.login_uid;
	snprintf(release->user, sizeof release->user, "%s", user ? user->pw_name : "");
}

static int read_reason(const struct kh_cli_call *call, struct kh_isolation_release *release)
{
	const char *reason = kh_cli_text(call, "reason");
	if (!reason || !*reason)
		return kh_fail(KH_E_USAGE, "--reason: say why, it goes to the server and into the incident");
	if (strlen(reason) > KH_ISOLATION_MAX_REASON)
		return kh_fail(KH_E_USAGE, "--reason: at most %d bytes", KH_ISOLATION_MAX_REASON);
	memcpy(release->reason, reason, strlen(reason) + 1);
	return 0;
}

/* Written down before it is done: the agent reports it when it sees the file, also one that is started later. */
int kh_verb_isolation_release(struct kh_cli_call *call)
{
	struct kh_isolation i = {0};
	struct kh_isolation_release release = {.at_s = kh_now_s()};
	struct kh_isolate_answer kernel = {0};
	int r = read_reason(call, &release);
	r = r < 0 ? r : kh_isolation_load(state_dir(call), &i);
	if (r < 0)
		return r;
	release.order = i.order;
	say_who(&release);
	if (i.order)
		r = kh_isolation_release_save(state_dir(call), &release);
	r = r < 0 ? r : ask_kernel(KH_ISOLATE_REMOVE, &kernel);
	if (r == 0)
		puts(kh_text(call->language, i.order ? KH_T_ISOLATION_RELEASED : KH_T_ISOLATION_NONE));
	return r;
}
