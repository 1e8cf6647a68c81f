#include "guard/ransom.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "guard/ransom_actors.h"
#include "guard/ransom_alarms.h"
#include "guard/ransom_canary.h"
#include "guard/ransom_folders.h"
#include "guard/ransom_look.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define REFRESH_MS 60000   /* new mounts and homes are found, */
#define CANARIES_MS 600000 /* missing canaries placed again */
#define REST_MS 5000       /* without an event */
#define KEEP_MS 1000       /* alarms are written this often at most */
#define NEIGHBOUR_MS 10000 /* who is gone is taken for a sibling of who worked in the same folder so short a time before */
#define NOTE_FOLDERS 3     /* the same name in so many folders is nothing */
#define NOTE_MAX (64 * KH_KIB)
#define NOTE_NAMES 8

struct note {
	uint64_t name;
	unsigned folders;
};

struct kh_ransom {
	struct kh_ransom_options options;
	struct kh_ransom_events events;
	struct kh_ransom_folders *folders;
	struct kh_ransom_actors *actors;
	struct kh_ransom_alarms *alarms;
	struct kh_canaries canaries;
	struct note notes[NOTE_NAMES]; /* of late, whoever wrote them; the ring's next is notes_n % NOTE_NAMES */
	unsigned notes_n;
	int64_t overflows, events_seen, event_ms, refresh_ms, canaries_ms, keep_ms;
	bool resting;
};

/* One change, with what is found out about it step by step. */
struct change {
	uint64_t mask;
	pid_t pid;
	int64_t now_ms;
	struct kh_ransom_folder *folder, *old_folder; /* old: of a rename, which has both */
	const char *name, *old_name;
	struct kh_ransom_chain who;
	bool who_known;
};

/* ---- keys: any hash will do ---- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
	return hash;
}

static uint64_t key_of_name(const struct kh_ransom_folder *folder, const char *name, size_t n)
{
	return mix(folder->hash ^ 0x517cc1b727220a95, name, n);
}

static uint64_t key_of_file(const struct stat *st)
{
	uint64_t hash = mix(0xcbf29ce484222325, &st->st_dev, sizeof st->st_dev);
	return mix(hash, &st->st_ino, sizeof st->st_ino);
}

/* ---- who ---- */

/* A program that does one file and ends is often gone before it can be asked. Then it counts for whoever started the one seen at work in that folder just before. */
static void find_who(struct kh_ransom *r, struct change *c)
{
	if (c->who_known)
		return;
	c->who_known = true;
	kh_ransom_actors_chain(r->actors, c->pid, c->now_ms, &c->who);
	const struct kh_ransom_actor *last = c->who.n ? NULL : kh_ransom_actors_find(r->actors, c->folder->last_pid);
	if (last && last->process.start == c->folder->last_start && c->now_ms - c->folder->last_ms < NEIGHBOUR_MS)
		kh_ransom_actors_chain(r->actors, last->process.parent, c->now_ms, &c->who);
	for (size_t i = 0; i < c->who.n; i++) /* what was said already is not said of who started it */
		if (c->who.v[i]->state == KH_RANSOM_SAID || c->who.v[i]->state == KH_RANSOM_STOPPED)
			c->who.n = i + 1;
	if (c->who.n && c->who.v[0]->process.pid == c->pid) {
		c->folder->last_pid = c->pid;
		c->folder->last_start = c->who.v[0]->process.start;
		c->folder->last_ms = c->now_ms;
	}
}

/* find_who() ends there. */
static bool is_stopped(const struct change *c)
{
	return c->who.n && c->who.v[c->who.n - 1]->state == KH_RANSOM_STOPPED;
}

static bool counts(const struct change *c)
{
	return !c->who.excluded && !c->who.released;
}

/* ---- alarms ---- */

static void give_alarm(struct kh_ransom *r, const struct kh_ransom_alarm *alarm, struct kh_ransom_tree *tree)
{
	const json_t *record = kh_ransom_alarms_add(r->alarms, alarm, tree);
	r->events.on_alarm(r->events.context, record);
	r->keep_ms = 0;
}

static const char *why_not_stopped(const struct kh_ransom *r, const struct kh_ransom_actor *actor)
{
	if (!r->options.stop)
		return NULL;
	return actor->excluded ? "excluded" : actor->immune ? actor->immune : "gone";
}

static void mark_stopped(struct kh_ransom *r, const struct kh_ransom_tree *tree)
{
	kh_array_each(&tree->all, s) {
		struct kh_ransom_actor *one = kh_ransom_actors_find(r->actors, s->pid);
		if (one && one->process.start == s->start)
			one->state = KH_RANSOM_STOPPED;
	}
}

/* The program that changed one file and has ended was started by something: then that is stopped. */
static bool stop(const struct kh_ransom *r, const struct change *c, struct kh_ransom_actor **actor, struct kh_ransom_tree *ret)
{
	bool stopped = false;
	size_t i = 0;
	while (i < c->who.n && c->who.v[i] != *actor)
		i++;
	for (; r->options.stop && counts(c) && !stopped && i < c->who.n && !c->who.v[i]->immune; i++)
		if ((stopped = kh_ransom_tree_stop(&c->who.v[i]->process, ret)))
			*actor = c->who.v[i];
	return stopped;
}

/* Who started it is not to be blamed for the same once more, by the next little thing that it starts: a shell, a desktop. */
static void clear_above(const struct kh_ransom *r, const struct change *c, const struct kh_ransom_actor *actor)
{
	for (size_t i = c->who.n; actor->tally && i-- > 0 && c->who.v[i] != actor;)
		if (c->who.v[i]->tally)
			kh_ransom_tally_forgive(c->who.v[i]->tally, actor->tally, &r->options.rules, c->now_ms);
}

/* Stopped first: every moment is a file. */
static void act(struct kh_ransom *r, const struct change *c, const char *rule, struct kh_ransom_actor *actor)
{
	struct kh_ransom_tree tree = {0};
	bool stopped = stop(r, c, &actor, &tree);
	struct kh_ransom_alarm alarm = {.rule = rule, .actor = actor, .folder = c->folder->path, .name = c->name};
	alarm.why = stopped ? NULL : c->who.released ? "released" : c->who.excluded ? "excluded" : why_not_stopped(r, actor);
	alarm.score = actor->tally ? kh_ransom_tally_score(actor->tally, &r->options.rules, c->now_ms) : 0;
	actor->state = actor->state == KH_RANSOM_ACTIVE ? KH_RANSOM_SAID : actor->state;
	mark_stopped(r, &tree);
	clear_above(r, c, actor);
	give_alarm(r, &alarm, &tree);
	kh_ransom_tree_done(&tree);
}

static void judge(struct kh_ransom *r, struct change *c, const char *rule)
{
	struct kh_ransom_actor *culprit = kh_ransom_chain_culprit(r->actors, &c->who, c->now_ms);
	for (size_t i = 0; culprit && i < c->who.n; i++)
		if (c->who.v[i]->state != KH_RANSOM_ACTIVE) /* said already, of this one or of who started it */
			culprit = NULL;
	if (culprit)
		act(r, c, rule, culprit);
}

/* Who calmed down can be said again. */
static void calm(struct kh_ransom *r, const struct change *c)
{
	for (size_t i = 0; i < c->who.n; i++) {
		struct kh_ransom_actor *one = c->who.v[i];
		bool calm = one->tally && kh_ransom_tally_score(one->tally, &r->options.rules, c->now_ms) < r->options.rules.threshold / 2;
		one->canary_said = one->canary_said && !calm;
		if (calm && one->state == KH_RANSOM_SAID)
			one->state = KH_RANSOM_ACTIVE;
	}
}

static void count(struct kh_ransom *r, struct change *c, enum kh_ransom_sign sign, uint64_t key, const char *name)
{
	find_who(r, c);
	if (!c->who.n || !counts(c))
		return;
	calm(r, c);
	bool counted = kh_ransom_chain_add(r->actors, &c->who, sign, key, c->folder->path, name, c->now_ms);
	if (is_stopped(c))
		kh_ransom_alarms_late(r->alarms, c->who.v[c->who.n - 1]->process.pid, &c->who.v[0]->process, counted && sign == KH_RANSOM_SCRAMBLE);
	else if (counted)
		judge(r, c, KH_RANSOM_RULE_MASS);
}

/* ---- canaries ---- */

/* Nobody to act on: gone, or of another name space. */
static void alarm_without_who(struct kh_ransom *r, const struct kh_ransom_folder *folder, const char *name, const char *rule)
{
	struct kh_ransom_tree none = {0};
	give_alarm(r, &(struct kh_ransom_alarm){.rule = rule, .why = "gone", .folder = folder->path, .name = name}, &none);
}

static void canary_changed(struct kh_ransom *r, struct change *c, const char *name)
{
	find_who(r, c);
	if (!c->who.n) {
		alarm_without_who(r, c->folder, name, KH_RANSOM_RULE_CHANGED);
		return;
	}
	calm(r, c);
	kh_ignore(kh_ransom_chain_add(r->actors, &c->who, KH_RANSOM_CANARY_CHANGED, key_of_name(c->folder, name, strlen(name)), c->folder->path, name, c->now_ms));
	if (is_stopped(c))
		kh_ransom_alarms_late(r->alarms, c->who.v[c->who.n - 1]->process.pid, &c->who.v[0]->process, true);
	else if (c->who.v[0]->state == KH_RANSOM_ACTIVE)
		act(r, c, KH_RANSOM_RULE_CHANGED, c->who.v[0]);
}

static void canary_removed(struct kh_ransom *r, struct change *c, const char *name)
{
	find_who(r, c);
	if (!c->who.n) {
		alarm_without_who(r, c->folder, name, KH_RANSOM_RULE_REMOVED);
		return;
	}
	struct kh_ransom_actor *actor = c->who.v[0];
	count(r, c, KH_RANSOM_CANARY_REMOVED, key_of_name(c->folder, name, strlen(name)), name);
	if (actor->state == KH_RANSOM_ACTIVE && !actor->canary_said) {
		struct kh_ransom_tree none = {0};
		struct kh_ransom_alarm alarm = {.rule = KH_RANSOM_RULE_REMOVED, .actor = actor, .folder = c->folder->path, .name = name};
		alarm.score = actor->tally ? kh_ransom_tally_score(actor->tally, &r->options.rules, c->now_ms) : 0;
		actor->canary_said = true;
		give_alarm(r, &alarm, &none);
	}
}

static const struct kh_canary *canary_at(const struct kh_ransom *r, const struct kh_ransom_folder *folder, const char *name)
{
	return folder && folder->path && folder->has_canary ? kh_canaries_find(&r->canaries, folder->path, name) : NULL;
}

/* ---- bytes ---- */

struct sample {
	struct stat st;
	uint8_t head[KH_RANSOM_HEAD], middle[KH_RANSOM_MIDDLE];
	size_t head_n, middle_n;
};

static int open_file(struct kh_ransom *r, const struct change *c)
{
	kh_auto_fd int folder = kh_ransom_folder_open(r->folders, c->folder);
	return folder < 0 ? -1 : openat(folder, c->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOATIME);
}

static bool take_sample(struct kh_ransom *r, const struct change *c, struct sample *s)
{
	kh_auto_fd int fd = open_file(r, c);
	if (fd < 0 || fstat(fd, &s->st) < 0 || !S_ISREG(s->st.st_mode))
		return false;
	off_t middle = s->st.st_size / 2 / KH_RANSOM_MIDDLE * KH_RANSOM_MIDDLE;
	ssize_t head_n = pread(fd, s->head, sizeof s->head, 0);
	ssize_t middle_n = s->st.st_size >= 4 * KH_RANSOM_MIDDLE ? pread(fd, s->middle, sizeof s->middle, middle) : 0;
	s->head_n = head_n > 0 ? (size_t)head_n : 0;
	s->middle_n = middle_n > 0 ? (size_t)middle_n : 0;
	return true;
}

/* Should a file be deleted whose name is the beginning of this one, then that is no accident. */
static void note_stems(const struct change *c)
{
	for (const char *dot = strchr(c->name + 1, '.'); dot; dot = strchr(dot + 1, '.'))
		kh_ransom_chain_note(&c->who, key_of_name(c->folder, c->name, (size_t)(dot - c->name)));
}

/* The same small readable file in folder after folder. */
static void count_note(struct kh_ransom *r, struct change *c, const struct sample *s)
{
	if (s->st.st_size > (off_t)NOTE_MAX || !kh_ransom_is_readable(c->name))
		return;
	uint64_t name = mix(0x9ae16a3b2f90404f, c->name, strlen(c->name));
	struct note *note = NULL;
	for (size_t i = 0; !note && i < NOTE_NAMES; i++)
		note = r->notes[i].name == name ? &r->notes[i] : NULL;
	if (!note) {
		note = &r->notes[r->notes_n++ % NOTE_NAMES];
		*note = (struct note){.name = name};
	}
	if (++note->folders > NOTE_FOLDERS)
		count(r, c, KH_RANSOM_NOTE, name ^ c->folder->hash, c->name);
}

static void look(struct kh_ransom *r, struct change *c)
{
	struct sample s = {0};
	if (!take_sample(r, c, &s))
		return;
	switch (kh_ransom_look(c->name, s.head, s.head_n, s.middle, s.middle_n)) {
	case KH_RANSOM_PLAIN:
		count_note(r, c, &s);
		return;
	case KH_RANSOM_SEALED:
		count(r, c, KH_RANSOM_SEAL, key_of_file(&s.st), c->name);
		break;
	case KH_RANSOM_SCRAMBLED:
		count(r, c, KH_RANSOM_SCRAMBLE, key_of_file(&s.st), c->name);
		break;
	}
	note_stems(c);
}

/* ---- what happened ---- */

static void written(struct kh_ransom *r, struct change *c)
{
	const struct kh_canary *canary = canary_at(r, c->folder, c->name);
	if (!canary) {
		look(r, c);
		return;
	}
	kh_auto_fd int fd = open_file(r, c); /* office programs open what they show for writing, too */
	if (fd >= 0 && !kh_canary_is_intact(canary, fd))
		canary_changed(r, c, c->name);
}

static void made(struct kh_ransom *r, struct change *c)
{
	kh_ransom_actors_meet(r->actors, c->pid, c->now_ms);
}

static void deleted(struct kh_ransom *r, struct change *c)
{
	if (canary_at(r, c->folder, c->name)) {
		canary_removed(r, c, c->name);
		return;
	}
	if (!kh_ransom_is_document(c->name))
		return;
	find_who(r, c);
	uint64_t key = key_of_name(c->folder, c->name, strlen(c->name));
	count(r, c, kh_ransom_chain_has(&c->who, key) ? KH_RANSOM_REPLACE : KH_RANSOM_DELETE, key, c->name);
}

static const char *extension(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot ? dot : "";
}

/* The folder of a change is the one where the file is now; for what is gone from the watched places it is the old one. */
static void renamed(struct kh_ransom *r, struct change *c)
{
	const struct kh_canary *old_canary = canary_at(r, c->old_folder, c->old_name), *over_canary = canary_at(r, c->folder, c->name);
	bool is_here = c->folder && c->folder->path, was_here = c->old_folder && c->old_folder->path;
	if (over_canary)
		canary_changed(r, c, c->name);
	if (!is_here)
		c->folder = c->old_folder;
	if (old_canary && kh_streq(extension(c->old_name), extension(c->name)))
		canary_removed(r, c, c->old_name);
	else if (old_canary)
		canary_changed(r, c, c->old_name);
	if (!is_here || old_canary || over_canary)
		return;
	if (was_here && kh_ransom_is_renamed_away(c->old_name, c->name))
		count(r, c, KH_RANSOM_RENAME, key_of_name(c->old_folder, c->old_name, strlen(c->old_name)), c->name);
	look(r, c);
}

static void take_change(struct kh_ransom *r, struct change *c)
{
	bool is_folder = c->mask & FAN_ONDIR, watched = (c->folder && c->folder->path) || (c->old_folder && c->old_folder->path);
	if (is_folder && (c->mask & FAN_RENAME))
		kh_ransom_folders_forget(r->folders);
	if (is_folder || !watched)
		return;
	if (c->mask & FAN_CREATE)
		made(r, c);
	if (c->mask & FAN_CLOSE_WRITE)
		written(r, c);
	if (c->mask & FAN_RENAME)
		renamed(r, c);
	if (c->mask & FAN_DELETE)
		deleted(r, c);
}

/* ---- the kernel's reports ---- */

static struct kh_ransom_folder *folder_of(struct kh_ransom *r, const struct fanotify_event_info_fid *info, const char **ret_name)
{
	const struct file_handle *h = (const struct file_handle *)(const void *)info->handle;
	bool is_new = false;
	struct kh_ransom_folder *folder = kh_ransom_folders_find(r->folders, info, &is_new);
	*ret_name = (const char *)h->f_handle + h->handle_bytes;
	if (folder && is_new && folder->path)
		kh_array_each(&r->canaries.all, canary)
			folder->has_canary = folder->has_canary || kh_streq(canary->folder, folder->path);
	return folder;
}

static void read_report(struct kh_ransom *r, const char *at, const char *end, struct change *c)
{
	kh_ransom_folders_make_room(r->folders);
	while (at < end) {
		const struct fanotify_event_info_fid *info = (const void *)at;
		if (info->hdr.info_type == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME)
			c->old_folder = folder_of(r, info, &c->old_name);
		else if (info->hdr.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME || info->hdr.info_type == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME)
			c->folder = folder_of(r, info, &c->name);
		at += info->hdr.len;
	}
}

/* Reports were lost: the canaries are asked directly. */
static void overflowed(struct kh_ransom *r)
{
	r->overflows++;
	kh_array_each(&r->canaries.all, canary) {
		kh_auto_free char *path = kh_format("%s/%s", canary->folder, canary->name);
		kh_auto_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
		struct kh_ransom_folder folder = {.path = canary->folder};
		if (fd >= 0 && !kh_canary_is_intact(canary, fd)) {
			alarm_without_who(r, &folder, canary->name, KH_RANSOM_RULE_CHANGED);
			return;
		}
	}
}

static void take_report(struct kh_ransom *r, const struct fanotify_event_metadata *m, const char *at)
{
	struct change c = {.mask = m->mask, .pid = m->pid, .now_ms = r->event_ms};
	if (m->mask & FAN_Q_OVERFLOW) {
		overflowed(r);
		return;
	}
	r->events_seen++;
	if (m->pid == getpid())
		return;
	read_report(r, at + m->metadata_len, at + m->event_len, &c);
	take_change(r, &c);
}

/* The kernel puts reports at multiples of 4 bytes, their head wants 8. */
void kh_ransom_take(struct kh_ransom *r)
{
	_Alignas(struct fanotify_event_metadata) char reports[64 * KH_KIB];
	ssize_t n = 0;
	while ((n = read(kh_ransom_fd(r), reports, sizeof reports)) > 0) {
		struct fanotify_event_metadata m = {0};
		r->event_ms = kh_monotonic_ms();
		r->resting = false;
		for (const char *at = reports; reports + n - at >= (ssize_t)sizeof m; at += m.event_len) {
			memcpy(&m, at, sizeof m);
			take_report(r, &m, at);
		}
	}
}

/* ---- what is due ---- */

static void trouble(struct kh_ransom *r, const char *what, int error)
{
	if (error < 0)
		r->events.on_trouble(r->events.context, what, error);
}

/* Not while somebody is stopped: whoever looks at the damage should find it as it is. */
static void refresh(struct kh_ransom *r, int64_t now_ms)
{
	r->refresh_ms = now_ms + REFRESH_MS;
	kh_ransom_folders_refresh(r->folders);
	if (!r->options.canary_places || now_ms < r->canaries_ms || kh_ransom_alarms_any_stopped(r->alarms))
		return;
	r->canaries_ms = now_ms + CANARIES_MS;
	trouble(r, kh_words("canary files"), kh_canaries_place(&r->canaries, r->options.canary_places, r->options.canaries_shown));
}

int64_t kh_ransom_due(struct kh_ransom *r, int64_t now_ms)
{
	if (now_ms >= r->refresh_ms)
		refresh(r, now_ms);
	if (now_ms >= r->keep_ms) {
		trouble(r, kh_words("alarms of the ransomware watch"), kh_ransom_alarms_keep(r->alarms));
		r->keep_ms = now_ms + KEEP_MS;
	}
	if (!r->resting && now_ms - r->event_ms >= REST_MS) {
		kh_ransom_folders_rest(r->folders);
		r->resting = true;
	}
	int64_t next = kh_ransom_alarms_any_stopped(r->alarms) ? r->keep_ms : r->refresh_ms;
	return r->resting ? next : KH_MIN(next, r->event_ms + REST_MS);
}

/* ---- all ---- */

static int open_state(struct kh_ransom *r)
{
	kh_auto_free char *alarms = kh_format("%s/ransom-alarms.json", r->options.state), *canaries = kh_format("%s/ransom-canaries.json", r->options.state);
	r->alarms = kh_ransom_alarms_load(alarms);
	int e = kh_canaries_load(canaries, &r->canaries);
	if (e == 0 && !r->options.canary_places)
		e = kh_canaries_remove(&r->canaries);
	return e;
}

int kh_ransom_new(const struct kh_ransom_options *options, const struct kh_ransom_events *events, struct kh_ransom **ret)
{
	struct kh_ransom *r = kh_alloc(sizeof *r);
	r->options = *options;
	r->events = *events;
	r->resting = true;
	int e = open_state(r);
	e = e < 0 ? e : kh_ransom_folders_new(options->places, options->excludes, &r->folders);
	if (e < 0) {
		kh_ransom_free(r);
		return e;
	}
	r->actors = kh_ransom_actors_new(options->programs, &r->options.rules);
	kh_ransom_due(r, kh_monotonic_ms());
	*ret = r;
	return 0;
}

void kh_ransom_free(struct kh_ransom *r)
{
	if (!r)
		return;
	if (r->alarms)
		kh_ignore(kh_ransom_alarms_keep(r->alarms));
	kh_ransom_alarms_free(r->alarms);
	kh_ransom_actors_free(r->actors);
	kh_ransom_folders_free(r->folders);
	kh_canaries_done(&r->canaries);
	free(r);
}

int kh_ransom_fd(const struct kh_ransom *r)
{
	return kh_ransom_folders_fd(r->folders);
}

json_t *kh_ransom_status(const struct kh_ransom *r)
{
	struct kh_ransom_folders_state folders = kh_ransom_folders_state(r->folders);
	json_t *j = json_object();
	kh_json_set_text(j, "mode", r->options.stop ? "stop" : "warn");
	kh_json_set_int(j, "file_systems", (int64_t)folders.file_systems);
	kh_json_set_int(j, "refused", (int64_t)folders.refused);
	kh_json_set_int(j, "canaries", (int64_t)r->canaries.all.n);
	kh_json_set_bool(j, "stopped", kh_ransom_alarms_any_stopped(r->alarms));
	kh_json_set_int(j, "overflows", r->overflows);
	kh_json_set_int(j, "events", r->events_seen);
	kh_assert(json_object_set_new(j, "alarms", json_deep_copy(kh_ransom_alarms_list(r->alarms))) == 0);
	return j;
}

static bool end(struct kh_ransom *r, pid_t pid, int signal)
{
	pid_t first = 0;
	if (!kh_ransom_alarms_end(r->alarms, pid, signal, &first))
		return false;
	struct kh_ransom_actor *one = kh_ransom_actors_find(r->actors, first);
	if (!one) /* the guard was started again in between */
		kh_ransom_actors_meet(r->actors, first, kh_monotonic_ms());
	one = one ? one : kh_ransom_actors_find(r->actors, first);
	if (one)
		one->state = KH_RANSOM_RELEASED;
	kh_ignore(kh_ransom_alarms_keep(r->alarms));
	return true;
}

bool kh_ransom_release(struct kh_ransom *r, pid_t pid)
{
	return end(r, pid, SIGCONT);
}

bool kh_ransom_kill(struct kh_ransom *r, pid_t pid)
{
	return end(r, pid, SIGKILL);
}

int kh_ransom_clean(const char *state)
{
	kh_auto_free char *path = kh_format("%s/ransom-canaries.json", state);
	struct kh_canaries canaries = {0};
	int r = kh_canaries_load(path, &canaries);
	r = r < 0 ? r : kh_canaries_remove(&canaries);
	kh_canaries_done(&canaries);
	return r;
}
