#include "search/cases.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/utf8.h"
#include "crypto/base64.h"
#include "os/file.h"
#include "scan/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const state_names[KH_CASE_STATES] = {
	[KH_CASE_FOUND] = "found", [KH_CASE_HELD] = "held", [KH_CASE_FALSE_ALARM] = "false_alarm", [KH_CASE_HANDED_OVER] = "handed_over", [KH_CASE_GONE] = "gone"};

const char *kh_case_state_name(enum kh_case_state s)
{
	return state_names[s];
}

static void case_done(struct kh_case *k)
{
	free(k->path);
	free(k->reason);
	free(k->note);
}

void kh_cases_done(struct kh_cases *c)
{
	kh_array_each(c, k)
		case_done(k);
	kh_array_done(c);
	free(c->folder);
	kh_fd_close(&c->lock);
	*c = (struct kh_cases)KH_CASES_NONE;
}

/* ---- reading cases.json ---- */

static bool read_state(const char *name, enum kh_case_state *ret)
{
	for (int i = 0; i < KH_CASE_STATES; i++)
		if (kh_streq(state_names[i], name)) {
			*ret = (enum kh_case_state)i;
			return true;
		}
	return false;
}

static bool read_level(const char *name, enum kh_secrecy_level *ret)
{
	for (int i = KH_SECRECY_NONE + 1; i < KH_SECRECY_LEVELS; i++)
		if (kh_streq(kh_secrecy_level_name((enum kh_secrecy_level)i), name)) {
			*ret = (enum kh_secrecy_level)i;
			return true;
		}
	return false;
}

static int read_texts(const json_t *j, struct kh_case *k)
{
	const char *id = NULL, *hold = NULL, *reason = NULL, *note = NULL;
	int r = kh_json_text(j, "id", &id);
	r = r < 0 ? r : kh_json_text_or(j, "hold", "", &hold);
	r = r < 0 ? r : kh_json_text_or(j, "reason", NULL, &reason);
	r = r < 0 ? r : kh_json_text_or(j, "note", NULL, &note);
	if (r < 0)
		return r;
	if (strlen(id) != sizeof k->id - 1 || strlen(hold) >= sizeof k->hold)
		return kh_fail(KH_E_INVALID_FIELD, "a case");
	memcpy(k->id, id, sizeof k->id);
	memcpy(k->hold, hold, strlen(hold) + 1);
	k->reason = kh_strdup(reason);
	k->note = kh_strdup(note);
	return 0;
}

static int read_case(const json_t *j, struct kh_case *k)
{
	const char *path = NULL, *hash = NULL, *level = NULL, *place = NULL, *state = NULL;
	int r = read_texts(j, k);
	r = r < 0 ? r : kh_json_text(j, "path", &path);
	r = r < 0 ? r : kh_json_text(j, "sha256", &hash);
	r = r < 0 ? r : kh_json_text(j, "level", &level);
	r = r < 0 ? r : kh_json_text(j, "place", &place);
	r = r < 0 ? r : kh_json_text(j, "state", &state);
	r = r < 0 ? r : kh_json_int(j, "found_s", 0, INT64_MAX, &k->found_s);
	r = r < 0 ? r : kh_json_int(j, "since_s", 0, INT64_MAX, &k->since_s);
	if (r < 0)
		return r;
	if (!kh_unhex(hash, k->sha256, sizeof k->sha256) || !read_level(level, &k->level) || !kh_search_place_named(place, &k->place) || !read_state(state, &k->state) || !kh_base64_path(path, &k->path))
		return kh_fail(KH_E_INVALID_FIELD, "a case");
	return 0;
}

/* What another version of ours wrote is no complete search for that. */
static const char *lack_named(const char *name, bool complete)
{
	static const char *const lacks[] = {"time", "interrupted", "pictures"};
	for (size_t i = 0; name && i < KH_COUNT(lacks); i++)
		if (kh_streq(lacks[i], name))
			return lacks[i];
	return complete ? NULL : "interrupted";
}

static int read_search(const json_t *j, struct kh_case_search *s)
{
	const struct {
		const char *key;
		uint64_t *value;
	} counts[] = {{"files", &s->files}, {"documents", &s->documents}, {"encrypted", &s->encrypted}, {"partly", &s->partly}, {"unread", &s->unread}};
	const char *policy = NULL, *lack = NULL;
	bool complete = false;
	int r = kh_json_int(j, "ended_s", 0, INT64_MAX, &s->ended_s);
	r = r < 0 ? r : kh_json_bool(j, "complete", &complete);
	r = r < 0 ? r : kh_json_text_or(j, "lack", NULL, &lack);
	r = r < 0 ? r : kh_json_int_or(j, "unread_since_s", 0, INT64_MAX, 0, &s->unread_since_s);
	r = r < 0 ? r : kh_json_text(j, "policy", &policy);
	s->lack = lack_named(lack, complete);
	s->independent_lan = kh_streq(policy, "independent-lan");
	for (size_t i = 0; i < KH_COUNT(counts) && r == 0; i++) {
		int64_t n = 0;
		r = kh_json_int(j, counts[i].key, 0, INT64_MAX, &n);
		*counts[i].value = (uint64_t)n;
	}
	return r;
}

static int read_cases(struct kh_cases *c)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/cases.json", c->folder);
	kh_auto_json json_t *j = NULL;
	size_t i = 0;
	json_t *item = NULL;
	int r = kh_file_read(path, KH_MAX_JSON_BYTES, &text);
	if (r == KH_E_NOT_FOUND)
		return 0;
	r = r < 0 ? r : kh_json_parse(kh_buf_text(&text), text.len, &j);
	r = r < 0 ? r : read_search(json_object_get(j, "search"), &c->last);
	json_array_foreach(json_object_get(j, "cases"), i, item) {
		struct kh_case k = {0};
		if (r < 0 || c->n >= KH_CASES_MAX)
			break;
		r = read_case(item, &k);
		kh_array_push(c, k); /* also half of one: it is released with the others */
	}
	return r;
}

int kh_cases_read(const char *folder, struct kh_cases *ret)
{
	*ret = (struct kh_cases){.lock = -1, .folder = kh_strdup(folder)};
	int r = read_cases(ret);
	if (r < 0)
		kh_cases_done(ret);
	return r;
}

/* ---- opening ---- */

static void put_aside(struct kh_cases *c)
{
	kh_auto_free char *path = kh_format("%s/cases.json", c->folder), *aside = kh_format("%s/cases.json.damaged", c->folder);
	kh_array_each(c, k)
		case_done(k);
	c->n = 0;
	c->last = (struct kh_case_search){0};
	if (rename(path, aside) < 0 && errno != ENOENT)
		kh_ignore(kh_fail_errno("%s", path));
}

static int lock(struct kh_cases *c)
{
	kh_auto_free char *path = kh_format("%s/lock", c->folder);
	int r = kh_dir_make(c->folder, 0700);
	if (r < 0)
		return r;
	c->lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->lock < 0)
		return kh_fail_errno("%s", path);
	while (flock(c->lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return kh_fail_errno("%s", path);
	return 0;
}

int kh_cases_open(const char *folder, struct kh_cases *ret)
{
	*ret = (struct kh_cases){.lock = -1, .folder = kh_strdup(folder)};
	int r = lock(ret);
	r = r < 0 ? r : read_cases(ret);
	if (r == KH_E_SYNTAX || r == KH_E_INVALID_FIELD || r == KH_E_TOO_LARGE) {
		put_aside(ret);
		r = 0;
	}
	if (r < 0)
		kh_cases_done(ret);
	return r;
}

/* ---- writing ---- */

/* What leaves the machine. */
static json_t *told_json(const struct kh_case *k)
{
	json_t *j = json_object();
	char hash[KH_SHA256_HEX_SIZE];
	kh_json_set_text(j, "id", k->id);
	kh_json_set_text(j, "level", kh_secrecy_level_name(k->level));
	kh_json_set_text(j, "sha256", kh_sha256_hex(k->sha256, hash));
	kh_json_set_text(j, "place", kh_search_place_name(k->place));
	kh_json_set_text(j, "state", state_names[k->state]);
	kh_json_set_text(j, "reason", k->reason);
	kh_json_set_int(j, "found_s", k->found_s);
	kh_json_set_int(j, "since_s", k->since_s);
	return j;
}

static json_t *case_json(const struct kh_case *k)
{
	json_t *j = told_json(k);
	kh_auto_free char *path = kh_base64_text(k->path, strlen(k->path));
	kh_json_set_text(j, "path", path);
	kh_json_set_text(j, "hold", k->hold);
	kh_json_set_text(j, "note", k->note);
	return j;
}

static json_t *search_json(const struct kh_case_search *s)
{
	json_t *j = json_object();
	kh_json_set_int(j, "ended_s", s->ended_s);
	kh_json_set_bool(j, "complete", !s->lack);
	kh_json_set_text(j, "lack", s->lack);
	kh_json_set_int(j, "files", (int64_t)s->files);
	kh_json_set_int(j, "documents", (int64_t)s->documents);
	kh_json_set_int(j, "encrypted", (int64_t)s->encrypted);
	kh_json_set_int(j, "partly", (int64_t)s->partly);
	kh_json_set_int(j, "unread", (int64_t)s->unread);
	if (s->unread_since_s)
		kh_json_set_int(j, "unread_since_s", s->unread_since_s);
	kh_json_set_text(j, "policy", s->independent_lan ? "independent-lan" : "strict");
	return j;
}

static int write_list(const struct kh_cases *c, const char *file, const char *key, json_t *(*json_of)(const struct kh_case *k))
{
	kh_auto_free char *path = kh_format("%s/%s", c->folder, file), *text = NULL;
	kh_auto_json json_t *j = json_object();
	json_t *list = json_array();
	kh_array_each(c, k)
		kh_assert(json_array_append_new(list, json_of(k)) == 0);
	kh_assert(json_object_set_new(j, "search", search_json(&c->last)) == 0);
	kh_assert(json_object_set_new(j, key, list) == 0);
	text = kh_json_dump(j);
	return kh_file_replace(path, text, strlen(text), 0600);
}

static void forget_old(struct kh_cases *c, int64_t now_s)
{
	size_t kept = 0;
	for (size_t i = 0; i < c->n; i++) {
		const bool settled = c->v[i].state != KH_CASE_FOUND && c->v[i].state != KH_CASE_HELD;
		if (settled && now_s - c->v[i].since_s > KH_CASES_KEPT_S)
			case_done(&c->v[i]);
		else
			c->v[kept++] = c->v[i];
	}
	c->n = kept;
}

int kh_cases_save(struct kh_cases *c, int64_t now_s)
{
	kh_assert(c->lock >= 0);
	forget_old(c, now_s);
	int r = write_list(c, "cases.json", "cases", case_json);
	return r < 0 ? r : write_list(c, "told.json", "documents", told_json);
}

/* ---- one case ---- */

int kh_cases_find(struct kh_cases *c, const char *prefix, struct kh_case **ret)
{
	struct kh_case *found = NULL;
	kh_array_each(c, k) {
		if (!kh_starts_with(k->id, prefix))
			continue;
		if (found)
			return kh_fail(KH_E_AMBIGUOUS, "%s", prefix);
		found = k;
	}
	if (!found || !*prefix)
		return kh_fail(KH_E_NOT_FOUND, "%s", prefix);
	*ret = found;
	return 0;
}

static void settle(struct kh_case *k, enum kh_case_state state, int64_t now_s)
{
	k->state = state;
	k->since_s = now_s;
}

static void write_down(struct kh_case *k, const char *reason, const char *note)
{
	free(k->reason);
	free(k->note);
	k->reason = kh_strdup(reason);
	k->note = kh_strdup(note);
}

/* ---- what a search saw ---- */

/* Whether a document that is found now is this case: an open one goes with its path, a settled one with the very content too. */
static bool is_of(const struct kh_case *k, const struct kh_case_find *find)
{
	const bool same = memcmp(k->sha256, find->sha256, sizeof k->sha256) == 0;
	return kh_streq(k->path, find->path) && (k->state == KH_CASE_FOUND || (same && (k->state == KH_CASE_FALSE_ALARM || k->state == KH_CASE_GONE)));
}

static struct kh_case *add(struct kh_cases *c, const struct kh_case_find *find, int64_t now_s)
{
	struct kh_case k = {.level = find->level, .place = find->place, .found_s = now_s, .since_s = now_s};
	if (c->n >= KH_CASES_MAX || find->path[0] != '/' || strlen(find->path) >= KH_MAX_PATH) {
		c->left_out++;
		return NULL;
	}
	kh_random_uuid(k.id);
	k.path = kh_strdup(find->path);
	memcpy(k.sha256, find->sha256, sizeof k.sha256);
	return kh_array_push(c, k);
}

struct kh_case *kh_cases_found(struct kh_cases *c, const struct kh_case_find *find, int64_t now_s, bool *ret_new)
{
	struct kh_case *known = NULL;
	kh_array_each(c, k)
		known = is_of(k, find) && (!known || k->state == KH_CASE_FOUND) ? k : known;
	*ret_new = !known || known->state == KH_CASE_GONE;
	if (!known) {
		known = add(c, find, now_s);
	} else if (known->state == KH_CASE_GONE) {
		settle(known, KH_CASE_FOUND, now_s);
	} else if (known->state == KH_CASE_FOUND) {
		memcpy(known->sha256, find->sha256, sizeof known->sha256);
		known->level = find->level;
		known->place = find->place;
	}
	if (known)
		known->seen = true;
	return known;
}

struct kh_case *kh_cases_cleared(struct kh_cases *c, const char *path, int64_t now_s)
{
	kh_array_each(c, k)
		if (k->state == KH_CASE_FOUND && !k->seen && kh_streq(k->path, path)) {
			settle(k, KH_CASE_GONE, now_s);
			return k;
		}
	return NULL;
}

static char *hold_folder(const struct kh_cases *c)
{
	return kh_format("%s/hold", c->folder);
}

/* A document that was taken away when the machine went off: its case was not saved. */
static bool is_in_hold(const struct kh_cases *c, struct kh_case *k)
{
	kh_auto_free char *folder = hold_folder(c);
	kh_auto_quarantine struct kh_quarantine *q = NULL;
	kh_auto_quarantine_list struct kh_quarantine_list list = {0};
	if (!kh_file_exists(folder) || kh_quarantine_open(folder, &q) < 0 || kh_quarantine_list(q, &list) < 0)
		return false;
	kh_array_each(&list, e)
		if (kh_streq(e->path, k->path) && memcmp(e->sha256, k->sha256, sizeof k->sha256) == 0)
			memcpy(k->hold, e->id, sizeof k->hold);
	return k->hold[0];
}

/* A medium that is not plugged in takes its folders with it: nothing is known of what lies there. */
static bool is_gone(const struct kh_case *k)
{
	struct stat st = {0};
	const char *name = strrchr(k->path, '/');
	kh_auto_free char *above = kh_strndup(k->path, (size_t)(name - k->path));
	return lstat(k->path, &st) < 0 && errno == ENOENT && stat(*above ? above : "/", &st) == 0;
}

struct kh_case *kh_cases_next_gone(struct kh_cases *c, int64_t now_s)
{
	kh_array_each(c, k)
		if (k->state == KH_CASE_FOUND && !k->seen && is_gone(k)) {
			settle(k, is_in_hold(c, k) ? KH_CASE_HELD : KH_CASE_GONE, now_s);
			return k;
		}
	return NULL;
}

/* ---- what a person decides ---- */

static int take_away(const struct kh_cases *c, const struct kh_case *k, char ret_id[KH_UUID_SIZE])
{
	kh_auto_quarantine struct kh_quarantine *q = NULL;
	kh_auto_free char *folder = hold_folder(c), *above = kh_strndup(k->path, (size_t)(strrchr(k->path, '/') - k->path));
	kh_auto_fd int dir = open(*above ? above : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	kh_auto_fd int fd = dir < 0 ? -1 : openat(dir, strrchr(k->path, '/') + 1, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s", k->path);
	struct kh_detection mark = {.engine = (char[]){"secrecy"}, .rule = (char *)kh_secrecy_level_name(k->level)};
	struct kh_quarantine_file file = {.fd = fd, .dir_fd = dir, .name = strrchr(k->path, '/') + 1, .path = k->path, .detections = &mark, .detection_count = 1};
	memcpy(file.sha256, k->sha256, sizeof file.sha256);
	int r = kh_quarantine_open(folder, &q);
	return r < 0 ? r : kh_quarantine_add(q, &file, ret_id);
}

static int wrong_state(const struct kh_case *k, const char *wanted)
{
	return kh_fail(KH_E_RECORD_STATE, "case %.8s is %s, not %s", k->id, state_names[k->state], wanted);
}

int kh_case_hold(struct kh_cases *c, struct kh_case *k, int64_t now_s)
{
	if (k->state != KH_CASE_FOUND)
		return wrong_state(k, "found");
	int r = take_away(c, k, k->hold);
	if (r == 0)
		settle(k, KH_CASE_HELD, now_s);
	return r;
}

static int put_back(const struct kh_cases *c, struct kh_case *k)
{
	kh_auto_quarantine struct kh_quarantine *q = NULL;
	kh_auto_free char *folder = hold_folder(c);
	int r = kh_quarantine_open(folder, &q);
	r = r < 0 ? r : kh_quarantine_restore(q, k->hold, NULL);
	if (r == 0)
		k->hold[0] = '\0';
	return r;
}

int kh_case_false_alarm(struct kh_cases *c, struct kh_case *k, const char *reason, const char *note, int64_t now_s)
{
	if (k->state != KH_CASE_FOUND && k->state != KH_CASE_HELD)
		return wrong_state(k, "found");
	int r = k->state == KH_CASE_HELD ? put_back(c, k) : 0;
	if (r < 0)
		return r;
	write_down(k, reason, note);
	settle(k, KH_CASE_FALSE_ALARM, now_s);
	return 0;
}

static int wipe(const struct kh_cases *c, struct kh_case *k)
{
	kh_auto_quarantine struct kh_quarantine *q = NULL;
	kh_auto_free char *folder = hold_folder(c);
	int r = kh_quarantine_open(folder, &q);
	r = r < 0 ? r : kh_quarantine_delete(q, k->hold);
	if (r == 0)
		k->hold[0] = '\0';
	return r;
}

/* The folder that is written to, and the name there: its own in `to`, when that is a folder; else `to` is the file. Links on the way are followed here and only here: what is judged is what is written to. */
static int open_medium(const struct kh_case *k, const char *to, int *ret_fd, char **ret_name)
{
	const char *slash = strrchr(to, '/'), *name = strrchr(k->path, '/') + 1;
	if (to[0] != '/')
		return kh_fail(KH_E_USAGE, "%s is not the absolute path of a file", to);
	*ret_fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd >= 0) {
		*ret_name = kh_search_name_for_medium(kh_utf8_is_valid(name, strlen(name)) ? name : k->id);
		return 0;
	}
	if ((errno != ENOENT && errno != ENOTDIR) || !slash[1])
		return kh_fail_errno("%s", to);
	kh_auto_free char *above = kh_strndup(to, (size_t)KH_MAX(slash - to, (ptrdiff_t)1));
	*ret_fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd < 0)
		return kh_fail_errno("%s", above);
	*ret_name = kh_strdup(slash + 1);
	return 0;
}

/* Judged is where the folder really lies, whatever links and ".." its path has. One below /media that nothing is mounted on lies on this machine's own disk. */
static int check_medium(const struct kh_cases *c, int dir_fd, const char *to)
{
	kh_auto_mounted struct kh_mounted_list mounts = {0};
	char proc[32], folder[KH_MAX_PATH + 1] = "";
	struct stat there = {0}, here = {0};
	snprintf(proc, sizeof proc, "/proc/self/fd/%d", dir_fd);
	if (fstat(dir_fd, &there) < 0 || readlink(proc, folder, KH_MAX_PATH) < 0)
		return kh_fail_errno("%s", to);
	int r = kh_mounted_read("", &mounts); /* after the folder is open: that may mount it */
	if (r < 0)
		return r;
	kh_auto_free char *file = kh_format("%s/", folder);
	const bool own = stat(c->folder, &here) < 0 || there.st_dev == here.st_dev;
	return !own && kh_search_place_of(file, &mounts) == KH_PLACE_REMOVABLE ? 0 : kh_fail(KH_E_FORBIDDEN, "%s: not on a removable medium", to);
}

static int write_out(const struct kh_cases *c, struct kh_case *k, const char *to)
{
	kh_auto_quarantine struct kh_quarantine *q = NULL;
	kh_auto_free char *folder = hold_folder(c), *name = NULL;
	kh_auto_fd int dir_fd = -1;
	int r = open_medium(k, to, &dir_fd, &name);
	r = r < 0 ? r : check_medium(c, dir_fd, to);
	r = r < 0 ? r : kh_quarantine_open(folder, &q);
	r = r < 0 ? r : kh_quarantine_hand_over(q, k->hold, dir_fd, name);
	if (r == 0)
		k->hold[0] = '\0';
	return r;
}

int kh_case_hand_over(struct kh_cases *c, struct kh_case *k, const char *paper, const char *to, int64_t now_s)
{
	if (k->state != KH_CASE_HELD)
		return wrong_state(k, "held");
	int r = to ? write_out(c, k, to) : wipe(c, k);
	if (r < 0)
		return r;
	write_down(k, NULL, paper);
	settle(k, KH_CASE_HANDED_OVER, now_s);
	return 0;
}

/* ---- told ---- */

void kh_case_event(struct kh_buf *out, const struct kh_case *k)
{
	char hash[KH_SHA256_HEX_SIZE];
	kh_buf_addf(out, "\"kind\":\"event\",\"event\":{\"category\":\"secrecy\",\"action\":\"secret_%s\"},\"file\":{\"hash\":{\"sha256\":\"%s\"}},\"khien\":{\"case\":\"%s\",\"level\":\"%s\",\"place\":\"%s\"}",
		    state_names[k->state], kh_sha256_hex(k->sha256, hash), k->id, kh_secrecy_level_name(k->level), kh_search_place_name(k->place));
}
