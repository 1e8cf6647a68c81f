#include "agent/second_look.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "content/scan.h"
#include "record/record.h"

#include <string.h>

enum { LATEST_MS = 5000, MANY = 500 };

static int64_t now_s(const struct kh_second_look *l)
{
	return (kh_now_ms() + l->clock_offset_ms) / 1000;
}

static void save(struct kh_second_look *l)
{
	int r = kh_finds_save(l->state_dir, &l->finds);
	if (r < 0)
		kh_log(KH_LOG_WARNING, "finds are not kept", KH_ERR(r));
}

static void tell(struct kh_second_look *l, const struct kh_find_record *record)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_record_find(&fields, record);
	l->send(l->context, &fields);
}

static void tell_state(struct kh_second_look *l, const char *id, const char *state, const char *detail)
{
	tell(l, &(struct kh_find_record){.id = id, .state = state, .detail = detail});
}

static void settle(struct kh_second_look *l, struct kh_find *find, enum kh_find_state state)
{
	if (find)
		kh_find_settle(find, state, now_s(l), l->recheck_s);
}

static void close_find(struct kh_second_look *l, const char *id, const char *state, const char *detail)
{
	struct kh_find *find = kh_finds_named(&l->finds, id);
	tell_state(l, id, state, detail);
	if (find)
		kh_finds_remove(&l->finds, find);
}

/* ---- found ---- */

static bool is_waiting(const struct kh_second_look *l, const char *path)
{
	for (size_t i = 0; i < l->suspects.n; i++)
		if (kh_streq(l->suspects.v[i].path, path))
			return true;
	return false;
}

static void tell_detections(struct kh_second_look *l, const struct kh_scan_result *file, const char *id)
{
	for (size_t i = 0; i < file->detection_count; i++) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_record_detection(&fields, file, &file->detections[i], id);
		l->send(l->context, &fields);
	}
}

/* The find that this is, or a new one. What was taken away and is there again has come back: that is a new find. */
static struct kh_find *find_of(struct kh_second_look *l, const struct kh_scan_result *file, bool *ret_known)
{
	struct kh_find *find = kh_finds_of(&l->finds, file->path, file->sha256);
	if (find && find->state == KH_FIND_QUARANTINED) {
		kh_finds_remove(&l->finds, find);
		find = NULL;
	}
	*ret_known = find && find->state != KH_FIND_FOUND;
	return find ? find : kh_finds_add(&l->finds, file->path, file->sha256);
}

void kh_second_look_found(struct kh_second_look *l, const struct kh_scan_result *file, bool nameless)
{
	struct kh_suspect s = {0};
	struct kh_find *find = find_of(l, file, &s.known);
	if (find)
		memcpy(s.id, find->id, sizeof s.id);
	else
		kh_random_uuid(s.id); /* too many to be kept: reported and dealt with all the same */
	if (!s.known)
		tell_detections(l, file, s.id);
	if (find)
		find->seen = true;
	if (nameless) {
		if (!s.known)
			tell_state(l, s.id, "left", "no name leads to it any more: it is the program of a running process");
		settle(l, find, KH_FIND_RUNNING);
	} else if (!is_waiting(l, file->path)) {
		s.path = kh_strdup(file->path);
		kh_array_push(&l->suspects, s);
	}
}

/* ---- the second look ---- */

static struct kh_suspect *suspect_of(struct kh_second_look *l, const char *path)
{
	kh_array_each(&l->suspects, s)
		if (kh_streq(s->path, path))
			return s;
	return NULL;
}

static void leave(struct kh_second_look *l, const struct kh_suspect *s, struct kh_find *find, const char *why)
{
	if (!s->known)
		tell_state(l, s->id, "left", why);
	settle(l, find, KH_FIND_LEFT);
}

/* It is still what it was, whatever rule says so now. */
static void still_there(struct kh_second_look *l, const struct kh_suspect *s, struct kh_find *find, const struct kh_scan_result *file)
{
	if (!s->known)
		tell_state(l, s->id, "verified", NULL);
	if (find)
		memcpy(find->sha256, file->sha256, sizeof find->sha256);
	if (file->quarantine_id) {
		tell(l, &(struct kh_find_record){.id = s->id, .state = "quarantined", .quarantine = file->quarantine_id});
		settle(l, find, KH_FIND_QUARANTINED);
	} else if (file->not_quarantined) {
		leave(l, s, find, file->not_quarantined);
	} else {
		leave(l, s, find, l->quarantine ? "only rules of suspicion matched: a person decides" : "quarantine is off in the settings of this machine");
	}
}

static void tell_processes(struct kh_second_look *l, const struct kh_scan_result *file)
{
	kh_auto_buf struct kh_buf event = KH_BUF_INIT;
	if (!file->running)
		return;
	kh_record_processes(&event, file);
	l->send_event(l->context, &event);
}

static void on_second(void *context, const struct kh_scan_result *file)
{
	struct kh_second_look *l = context;
	const struct kh_suspect *s = suspect_of(l, file->path);
	struct kh_find *find = s ? kh_finds_named(&l->finds, s->id) : NULL;
	if (!s)
		return;
	tell_processes(l, file);
	if (file->verdict == KH_VERDICT_INFECTED || file->verdict == KH_VERDICT_SUSPICIOUS)
		still_there(l, s, find, file);
	else if (file->verdict == KH_VERDICT_CLEAN && file->gap_count == 0)
		close_find(l, s->id, s->known ? "rescanned_clean" : "not_confirmed", "clean");
	else if (file->why == KH_SCAN_WHY_NOT_FOUND)
		close_find(l, s->id, s->known ? "rescanned_clean" : "not_confirmed", "gone");
	else
		leave(l, s, find, file->reason ? file->reason : "it could not be looked at again");
}

static void empty_suspects(struct kh_second_look *l)
{
	kh_array_each(&l->suspects, s)
		free(s->path);
	l->suspects.n = 0;
}

/* A new pool of workers, and every file read: nothing is taken from the first look. */
static int look_again(struct kh_second_look *l, const char *const *paths, size_t count)
{
	const struct kh_scan_options *first = l->options;
	kh_auto_scan_summary struct kh_scan_summary summary = {0};
	const struct kh_scan_events events = {.context = l, .on_result = on_second};
	const struct kh_scan_options options = {
		.paths = paths, .path_count = count, .rules = first->rules, .rule_count = first->rule_count, .compiled = first->compiled, .max_size = first->max_size,
		.workers = 1, .quarantine = l->quarantine, .processes = first->processes, .cpu_percent = first->cpu_percent, .cpu_context = first->cpu_context, .stop = first->stop,
	};
	return kh_content_scan(l->store, &options, &events, &summary);
}

void kh_second_look_now(struct kh_second_look *l)
{
	if (l->looking || l->suspects.n == 0)
		return;
	kh_auto_free const char **paths = kh_alloc_array(l->suspects.n, sizeof *paths);
	for (size_t i = 0; i < l->suspects.n; i++)
		paths[i] = l->suspects.v[i].path;
	l->looking = true;
	save(l); /* what is FOUND is looked at again by the next scan, should this one end here */
	int r = look_again(l, paths, l->suspects.n);
	if (r < 0)
		kh_log(KH_LOG_WARNING, "no second look", KH_ERR(r));
	l->looking = false;
	l->looked_ms = kh_monotonic_ms();
	empty_suspects(l);
	save(l);
}

void kh_second_look_when_due(struct kh_second_look *l)
{
	if (l->suspects.n >= MANY || kh_monotonic_ms() - l->looked_ms >= LATEST_MS)
		kh_second_look_now(l);
}

/* ---- later ---- */

/* Clean or gone ends a find; one that was never looked at a second time was not confirmed. */
static void place_is_clean(struct kh_second_look *l, const char *path, const char *detail)
{
	for (size_t i = l->finds.n; i-- > 0;) {
		const struct kh_find *find = &l->finds.v[i];
		char id[KH_UUID_SIZE];
		if (!kh_streq(find->path, path) || find->state == KH_FIND_RUNNING)
			continue;
		memcpy(id, find->id, sizeof id);
		close_find(l, id, find->state == KH_FIND_FOUND ? "not_confirmed" : "rescanned_clean", detail);
	}
}

/* Something else is there that is not clean, or it cannot be looked at: later again. What is there as it was goes the way of what is found. */
static void place_is_not(struct kh_second_look *l, const struct kh_scan_result *file)
{
	kh_array_each(&l->finds, find) {
		bool same = file->detection_count && memcmp(find->sha256, file->sha256, sizeof find->sha256) == 0;
		if (!same && kh_streq(find->path, file->path) && find->state != KH_FIND_FOUND && find->state != KH_FIND_RUNNING)
			settle(l, find, find->state);
	}
}

void kh_second_look_place(struct kh_second_look *l, const struct kh_scan_result *file)
{
	if (file->verdict == KH_VERDICT_CLEAN && file->gap_count == 0)
		place_is_clean(l, file->path, "clean");
	else if (file->why == KH_SCAN_WHY_NOT_FOUND)
		place_is_clean(l, file->path, "gone");
	else
		place_is_not(l, file);
}

void kh_second_look_ended(struct kh_second_look *l)
{
	for (size_t i = l->finds.n; i-- > 0;) {
		const struct kh_find *find = &l->finds.v[i];
		char id[KH_UUID_SIZE];
		memcpy(id, find->id, sizeof id);
		if (find->state == KH_FIND_RUNNING && !find->seen)
			close_find(l, id, "rescanned_clean", "gone");
	}
}

void kh_second_look_done(struct kh_second_look *l)
{
	empty_suspects(l);
	kh_array_done(&l->suspects);
	kh_finds_done(&l->finds);
}
