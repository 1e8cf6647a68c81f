/* khien quarantine: what was taken away, by hand. What is done is told to the agent, and so to the server, with the user who did it. */
#include "cli/quarantine.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/size.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/hand_over.h"
#include "gen/cli_khien.h"
#include "os/file.h"
#include "os/host.h"
#include "os/print.h"
#include "record/record.h"
#include "scan/quarantine.h"
#include "scan/quarantine/manifest.h"

#include <inttypes.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AGENT_SOCKETS "/run/khien"
enum { SHORT_ID = 8, INCOMPLETE = 3 };

int kh_quarantine_usual_folder(char **ret)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	if (kh_host_is_privileged())
		*ret = kh_strdup(KH_QUARANTINE_SYSTEM);
	else if (data && *data == '/')
		*ret = kh_format("%s/khien/quarantine", data);
	else if (home && *home == '/')
		*ret = kh_format("%s/.local/share/khien/quarantine", home);
	else
		return kh_fail(KH_E_USAGE, "--quarantine: HOME is not set");
	return 0;
}

/* ---- the folders that are asked ---- */

struct desk {
	const struct kh_cli_call *call;
	KH_ARRAY(struct kh_quarantine *) folders;
	struct kh_hand_over hand_over;
};

static void desk_done(struct desk *d)
{
	kh_array_each(&d->folders, q)
		kh_quarantine_close(*q);
	kh_array_done(&d->folders);
}
#define auto_desk KH_CLEANUP(desk_done)

/* One that is not there is empty: looking makes none. */
static int add_folder(struct desk *d, const char *path)
{
	struct kh_quarantine *q = NULL;
	if (!kh_file_exists(path))
		return 0;
	int r = kh_quarantine_open(path, &q);
	if (r == 0)
		kh_array_push(&d->folders, q);
	return r;
}

static int open_desk(const struct kh_cli_call *call, struct desk *d)
{
	const char *given = kh_cli_text(call, "folder");
	kh_auto_free char *usual = NULL;
	d->call = call;
	if (given)
		return kh_file_exists(given) ? add_folder(d, given) : kh_fail(KH_E_NOT_FOUND, "%s", given);
	int r = kh_quarantine_usual_folder(&usual);
	r = r < 0 ? r : add_folder(d, usual);
	return r < 0 || !kh_host_is_privileged() ? r : add_folder(d, KH_QUARANTINE_EARLIER);
}

/* For the verbs that change something. */
static int open_desk_for_work(const struct kh_cli_call *call, struct desk *d)
{
	const char *run = kh_cli_text(call, "run");
	kh_hand_over_init(&d->hand_over, run ? run : AGENT_SOCKETS);
	return open_desk(call, d);
}

static int find(const struct desk *d, const char *prefix, struct kh_quarantine **ret_q, struct kh_quarantine_entry *ret)
{
	char id[KH_UUID_SIZE];
	int r = kh_quarantine_find(d->folders.v, d->folders.n, prefix, ret_q, id);
	return r < 0 ? r : kh_quarantine_read(*ret_q, id, ret);
}

/* ---- words ---- */

/* kh_print_end() tells when it did not work. */
static void print(char *text)
{
	kh_ignore(kh_print(text));
}

static const char *rule_of(const struct kh_quarantine_entry *e)
{
	return e->detections.n && e->detections.v[0].rule ? e->detections.v[0].rule : "-";
}

static void print_json(const struct kh_quarantine *q, const struct kh_quarantine_entry *e)
{
	kh_auto_json json_t *j = kh_manifest_json(e);
	kh_json_set_text(j, "folder", kh_quarantine_folder(q));
	kh_ignore(kh_print_json(kh_take(j))); /* kh_print_end() tells */
}

static void print_line(const struct kh_cli_call *call, const struct kh_quarantine_entry *e)
{
	char when[KH_ISO_SIZE], size[KH_SIZE_TEXT];
	kh_auto_free char *path = kh_print_safe(e->path), *rule = kh_print_safe(rule_of(e));
	printf("%.*s  %s  %s  %s  %s\n", SHORT_ID, e->id, kh_time_local(e->quarantined_ms / 1000, when), kh_size_text(call->language, e->size, size), rule, path);
}

/* ---- list ---- */

static void print_end(const struct kh_cli_call *call, size_t n, size_t damaged)
{
	char number[32];
	snprintf(number, sizeof number, "%zu", damaged ? damaged : n);
	if (damaged) {
		kh_auto_free char *text = kh_text_with(call->language, KH_T_QUARANTINE_DAMAGED, {"count", number});
		fprintf(stderr, "%s\n", text);
	}
	if (kh_cli_flag(call, "json"))
		return;
	snprintf(number, sizeof number, "%zu", n);
	print(n ? kh_text_with(call->language, KH_T_QUARANTINE_COUNT, {"count", number}) : kh_strdup(kh_text(call->language, KH_T_QUARANTINE_EMPTY)));
}

int kh_verb_quarantine_list(struct kh_cli_call *call)
{
	auto_desk struct desk d = {0};
	size_t n = 0, damaged = 0;
	int r = open_desk(call, &d);
	for (size_t i = 0; i < d.folders.n && r == 0; i++) {
		kh_auto_quarantine_list struct kh_quarantine_list list = {0};
		r = kh_quarantine_list(d.folders.v[i], &list);
		kh_array_each(&list, e) {
			if (kh_cli_flag(call, "json"))
				print_json(d.folders.v[i], e);
			else
				print_line(call, e);
		}
		n += list.n;
		damaged += list.damaged;
	}
	if (r < 0)
		return r;
	print_end(call, n, damaged);
	r = kh_print_end();
	return r < 0 ? r : damaged ? INCOMPLETE : 0;
}

/* ---- show ---- */

static char *user_text(int64_t uid)
{
	const struct passwd *user = uid >= 0 ? getpwuid((uid_t)uid) : NULL;
	return user ? kh_format("%s (%" PRId64 ")", user->pw_name, uid) : uid >= 0 ? kh_format("%" PRId64, uid) : kh_strdup("-");
}

static void print_attributes(enum kh_language l, const struct kh_quarantine_entry *e)
{
	char when[KH_ISO_SIZE];
	kh_auto_free char *owner = user_text(e->uid), *rights = kh_format("%04o, gid %u", e->mode, e->gid);
	kh_print_line(l, KH_T_QUARANTINE_OWNER, owner);
	kh_print_line(l, KH_T_QUARANTINE_MODE, rights);
	kh_print_line(l, KH_T_QUARANTINE_CHANGED, kh_time_local(e->mtime_s, when));
	kh_array_each(&e->xattrs, x)
		kh_print_line(l, KH_T_QUARANTINE_XATTR, x->name);
	kh_auto_free char *left = kh_format("%" PRIu64, e->xattrs_left_out);
	if (e->xattrs_left_out)
		kh_print_line(l, KH_T_QUARANTINE_XATTRS_LEFT_OUT, left);
}

static void print_entry(enum kh_language l, const struct kh_quarantine *q, const struct kh_quarantine_entry *e)
{
	char when[KH_ISO_SIZE], size[KH_SIZE_TEXT], hex[KH_SHA256_HEX_SIZE];
	kh_auto_free char *by = user_text(e->by.login_uid >= 0 ? e->by.login_uid : e->by.uid);
	kh_print_line(l, KH_T_QUARANTINE_ID, e->id);
	kh_print_line(l, KH_T_QUARANTINE_PATH, e->path);
	kh_array_each(&e->detections, d) {
		kh_auto_free char *rule = d->member ? kh_format("%s (%s): %s", d->rule, d->engine, d->member) : kh_format("%s (%s)", d->rule, d->engine);
		kh_print_line(l, KH_T_QUARANTINE_RULE, rule);
	}
	kh_print_line(l, KH_T_QUARANTINE_WHEN, kh_time_local(e->quarantined_ms / 1000, when));
	kh_print_line(l, KH_T_QUARANTINE_BY, by);
	kh_print_line(l, KH_T_QUARANTINE_SIZE, kh_size_text(l, e->size, size));
	kh_print_line(l, KH_T_QUARANTINE_HASH, kh_sha256_hex(e->sha256, hex));
	print_attributes(l, e);
	kh_print_line(l, KH_T_QUARANTINE_FOLDER, kh_quarantine_folder(q));
}

int kh_verb_quarantine_show(struct kh_cli_call *call)
{
	auto_desk struct desk d = {0};
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	struct kh_quarantine *q = NULL;
	int r = open_desk(call, &d);
	r = r < 0 ? r : find(&d, call->args[0], &q, &e);
	if (r < 0)
		return r;
	if (kh_cli_flag(call, "json"))
		print_json(q, &e);
	else
		print_entry(call->language, q, &e);
	return kh_print_end();
}

/* ---- restore, delete, export ---- */

static void tell_agent(struct desk *d, const char *action, const struct kh_quarantine_entry *e, const char *to)
{
	const struct kh_quarantine_who who = kh_quarantine_who_asks();
	const struct passwd *user = getpwuid((uid_t)(who.login_uid >= 0 ? who.login_uid : who.uid));
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_record_quarantine(&fields, action, e, &who, user ? user->pw_name : NULL, to);
	kh_hand_over_event(&d->hand_over, &fields);
}

/* That it did not reach the agent undoes nothing, but somebody should know. */
static void finish(struct desk *d)
{
	if (kh_hand_over_finish(&d->hand_over) == 0)
		return;
	kh_auto_free char *text = kh_text_with(d->call->language, KH_T_QUARANTINE_NOT_HANDED_OVER, {"reason", kh_fail_detail()});
	fprintf(stderr, "%s\n", text);
}

static void say_done(const struct desk *d, enum kh_message message, const char *path)
{
	kh_auto_free char *safe = kh_print_safe(path);
	print(kh_text_with(d->call->language, message, {"path", safe}));
}

static char *absolute(const char *path)
{
	kh_auto_free char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	return here ? kh_format("%s/%s", here, path) : kh_strdup(path);
}

static bool is_in_group(gid_t gid)
{
	gid_t groups[NGROUPS_MAX];
	int n = getgroups(KH_COUNT(groups), groups);
	bool found = getegid() == gid;
	for (int i = 0; i < n; i++)
		found |= groups[i] == gid;
	return found;
}

/* Who may not give a file back to its owner or group is told who may. Root must not open a folder that its user could have filled with anything: it is that user, with the group added. */
static int name_who_may(int error, const struct kh_quarantine_entry *e)
{
	const struct group *group = getgrgid(e->gid);
	kh_auto_free char *why = kh_strdup(kh_fail_detail()), *name = group ? kh_strdup(group->gr_name) : kh_format("'#%u'", e->gid);
	if (error != KH_E_PERMISSION || kh_host_is_privileged())
		return error;
	if (e->uid != geteuid())
		return kh_fail(error, "%s. It was another user's: khien quarantine export %.8s FILE.zip gives the file to somebody who may put it back", why, e->id);
	if (is_in_group(e->gid))
		return error;
	return kh_fail(error, "%s. You are not in that group: sudo -u '#%u' -g %s khien quarantine restore %.8s", why, geteuid(), name, e->id);
}

static int restore(struct desk *d, const char *prefix, const char *to)
{
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	kh_auto_free char *place = to ? absolute(to) : NULL;
	struct kh_quarantine *q = NULL;
	int r = find(d, prefix, &q, &e);
	if (r < 0)
		return r;
	r = kh_quarantine_restore(q, e.id, place);
	if (r < 0)
		return name_who_may(r, &e);
	tell_agent(d, "quarantine_restored", &e, place);
	say_done(d, KH_T_QUARANTINE_RESTORED, place ? place : e.path);
	return 0;
}

static int delete(struct desk *d, const char *prefix, const char *unused)
{
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	struct kh_quarantine *q = NULL;
	char id[KH_UUID_SIZE];
	(void)unused;
	int r = kh_quarantine_find(d->folders.v, d->folders.n, prefix, &q, id);
	if (r < 0)
		return r;
	if (kh_quarantine_read(q, id, &e) < 0) { /* its manifest is damaged: it can go all the same */
		memcpy(e.id, id, sizeof e.id);
		e.path = kh_strdup(id);
	}
	r = kh_quarantine_delete(q, id);
	if (r < 0)
		return r;
	tell_agent(d, "quarantine_deleted", &e, NULL);
	say_done(d, KH_T_QUARANTINE_DELETED, e.path);
	return 0;
}

/* Does it to each; what fails is said, the others are done all the same. The status is that of the first that failed. */
static int each(struct desk *d, int (*act)(struct desk *d, const char *prefix, const char *to), const char *to)
{
	const struct kh_cli_call *call = d->call;
	int status = 0;
	for (size_t i = 0; i < call->args_count; i++) {
		int r = act(d, call->args[i], to);
		int one = r < 0 ? kh_cli_report_error(call->program, call->language, r) : 0;
		status = status ? status : one;
	}
	finish(d);
	return status;
}

int kh_verb_quarantine_restore(struct kh_cli_call *call)
{
	auto_desk struct desk d = {0};
	const char *to = kh_cli_text(call, "to");
	if (to && call->args_count > 1)
		return kh_fail(KH_E_USAGE, "--to: name a single ID");
	int r = open_desk_for_work(call, &d);
	return r < 0 ? r : each(&d, restore, to);
}

/* Who says no has done nothing wrong. */
static int confirm(const struct kh_cli_call *call, bool *ret_yes)
{
	char number[32], answer[16] = "";
	*ret_yes = kh_cli_flag(call, "yes");
	if (*ret_yes)
		return 0;
	if (!isatty(STDIN_FILENO))
		return kh_fail(KH_E_USAGE, "--yes is needed where nobody can be asked");
	snprintf(number, sizeof number, "%zu", call->args_count);
	kh_auto_free char *text = kh_text_with(call->language, KH_T_QUARANTINE_ASK, {"count", number});
	fprintf(stderr, "%s ", text);
	*ret_yes = fgets(answer, sizeof answer, stdin) && answer[0] && strchr("cCyY", answer[0]);
	return 0;
}

int kh_verb_quarantine_delete(struct kh_cli_call *call)
{
	auto_desk struct desk d = {0};
	int r = open_desk_for_work(call, &d);
	bool yes = false;
	r = r < 0 ? r : confirm(call, &yes);
	if (r == 0 && !yes)
		puts(kh_text(call->language, KH_T_QUARANTINE_NOT_DELETED));
	return r < 0 || !yes ? r : each(&d, delete, NULL);
}

int kh_verb_quarantine_export(struct kh_cli_call *call)
{
	auto_desk struct desk d = {0};
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	struct kh_quarantine *q = NULL;
	int r = open_desk_for_work(call, &d);
	r = r < 0 ? r : find(&d, call->args[0], &q, &e);
	r = r < 0 ? r : kh_quarantine_export(q, e.id, call->args[1]);
	if (r < 0)
		return r;
	tell_agent(&d, "quarantine_exported", &e, call->args[1]);
	kh_auto_free char *safe = kh_print_safe(call->args[1]);
	print(kh_text_with(call->language, KH_T_QUARANTINE_EXPORTED, {"path", safe}, {"password", KH_QUARANTINE_EXPORT_PASSWORD}));
	finish(&d);
	return 0;
}
