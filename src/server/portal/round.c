#include "server/portal/round.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "server/portal/alarm.h"
#include "server/portal/limits.h"
#include "server/register/form.h"

enum { FIRST_LOOKS = 2 }; /* further ones at a page that nothing is known of: what changes between them changes by itself */

struct looks {
	KH_ARRAY(struct kh_look_at *) of;
};

struct state {
	const struct kh_round *round;
	struct kh_portal portal;
	struct kh_portal_alarms alarms;
	struct looks first, second;
	struct kh_suspicions suspicions;
	struct kh_change change; /* of the first page */
	char text_hash[KH_SHA256_HEX_SIZE], shape_hash[KH_SHA256_HEX_SIZE];
	KH_ARRAY(struct kh_alarm) raised;
	int64_t begun_s, now_s;
	bool good;
};

static void looks_done(struct looks *looks)
{
	kh_array_each(&looks->of, at) {
		kh_fetched_done(&(*at)->fetched);
		kh_buf_done(&(*at)->html);
		free(*at);
	}
	kh_array_done(&looks->of);
}

static void state_done(struct state *s)
{
	kh_portal_done(&s->portal);
	looks_done(&s->first);
	looks_done(&s->second);
	kh_suspicions_done(&s->suspicions);
	kh_array_each(&s->raised, alarm) kh_alarm_done(alarm);
	kh_array_done(&s->raised);
}

/* ---- looking ---- */

static int look_at(struct state *s, size_t page, enum kh_look look, bool again, struct looks *to)
{
	if (!s->round->wait(s->round->arg, 0))
		return kh_fail(KH_E_STOPPED, "%s", s->portal.url);
	struct kh_look_at *at = kh_alloc(sizeof *at);
	at->page = page;
	at->look = look;
	kh_array_push(&to->of, at);
	const struct kh_watch watch = {.url = s->portal.pages.v[page].url, .own_url = s->portal.url, .changing = s->portal.changing, .look = look, .again = again, .names = page == 0 && look == KH_LOOK_READER};
	return kh_watcher_fetch(s->round->watcher, &watch, &at->fetched, &at->html);
}

/* The first page as every kind of reader, the others as one. When the portal does not answer nobody else need ask. */
static int look_everywhere(struct state *s)
{
	int r = look_at(s, 0, KH_LOOK_READER, false, &s->first);
	if (r < 0 || s->first.of.v[0]->fetched.status != KH_PORTAL_STATUS_UP)
		return r;
	r = look_at(s, 0, KH_LOOK_SEARCH, false, &s->first);
	r = r < 0 ? r : look_at(s, 0, KH_LOOK_VISITOR, false, &s->first);
	for (size_t i = 1; r == 0 && i < s->portal.pages.n; i++)
		if (!s->portal.pages.v[i].gone)
			r = look_at(s, i, KH_LOOK_READER, false, &s->first);
	return r;
}

static void judge(const struct state *s, const struct looks *looks, struct kh_suspicions *ret)
{
	for (size_t i = 0; i < looks->of.n; i++) {
		const struct kh_look_at *at = looks->of.v[i];
		const struct kh_judging j = {
			.site = &s->portal.site, .known = &s->portal.pages.v[at->page].known, .fetched = &at->fetched, .look = at->look, .first = at->page == 0, .fetch = i, .own_url = s->portal.url,
			.now_s = s->now_s, .certificate_days = s->round->certificate_days, .forgiven = s->alarms.forgiven, .mended = s->alarms.mended,
		};
		kh_judge(&j, ret);
	}
}

/* ---- a second time ---- */

static bool looked_already(const struct looks *looks, size_t page, enum kh_look look, size_t *ret)
{
	for (size_t i = 0; i < looks->of.n; i++)
		if (looks->of.v[i]->page == page && looks->of.v[i]->look == look) {
			*ret = i;
			return true;
		}
	return false;
}

static int look_again(struct state *s)
{
	kh_watcher_done(s->round->watcher); /* new connections, and nothing of the first fetch in memory */
	int r = 0;
	for (size_t i = 0; r == 0 && i < s->suspicions.of.n; i++) {
		const struct kh_look_at *at = s->first.of.v[s->suspicions.of.v[i].fetch];
		size_t place = 0;
		if (!looked_already(&s->second, at->page, at->look, &place))
			r = look_at(s, at->page, at->look, true, &s->second);
	}
	return r;
}

static const struct kh_suspicion *seen_again(const struct state *s, const struct kh_suspicion *one, const struct kh_suspicions *again)
{
	const struct kh_look_at *at = s->first.of.v[one->fetch];
	kh_array_each(&again->of, other) {
		const struct kh_look_at *second = s->second.of.v[other->fetch];
		if (other->kind == one->kind && second->page == at->page && second->look == at->look)
			return other;
	}
	return NULL;
}

static bool is_raised(const struct state *s, enum kh_portal_alarm_kind kind)
{
	kh_array_each(&s->raised, alarm)
		if (alarm->kind == kind)
			return true;
	return s->alarms.open & 1U << kind;
}

static int raise_one(struct state *s, const struct kh_suspicion *first, const struct kh_suspicion *second)
{
	const struct kh_look_at *before = s->first.of.v[first->fetch], *after = s->second.of.v[second->fetch];
	const struct kh_portal_page *page = &s->portal.pages.v[before->page];
	struct kh_alarm *alarm = kh_array_push(&s->raised, ((struct kh_alarm){.kind = first->kind, .page = kh_strdup(page->url), .detail = kh_strdup(second->detail), .seen_s = s->begun_s,
									     .since_s = s->portal.good_s, .confirmed_s = s->now_s}));
	kh_log(KH_LOG_WARNING, "portal alarm", KH_S("kind", kh_codes_portal_alarm_kind[first->kind].name), KH_S("url", page->url), KH_S("detail", alarm->detail));
	int r = kh_alarm_prove(s->round->data_dir, page, before, after, alarm);
	for (size_t i = 0; i < KH_ALARM_FILES; i++) /* the array may have moved */
		if (alarm->files[i].sha256)
			alarm->files[i].sha256 = alarm->hashes[i];
	return r;
}

/* An alarm of a kind that is open already, of this portal, says it all: there is no second one. */
static int confirm(struct state *s)
{
	if (!s->round->wait(s->round->arg, s->round->confirm_ms))
		return kh_fail(KH_E_STOPPED, "%s", s->portal.url);
	kh_auto_suspicions struct kh_suspicions again = {0};
	int r = look_again(s);
	s->now_s = kh_now_s();
	if (r == 0)
		judge(s, &s->second, &again);
	for (size_t i = 0; r == 0 && i < s->suspicions.of.n; i++) {
		const struct kh_suspicion *one = &s->suspicions.of.v[i], *second = seen_again(s, one, &again);
		if (!second)
			continue;
		s->good = false;
		if (!is_raised(s, one->kind))
			r = raise_one(s, one, second);
	}
	return r;
}

/* ---- learning ---- */

static void learn_page(struct state *s, size_t page, struct kh_look_at *at)
{
	struct kh_portal_page *p = &s->portal.pages.v[page];
	if (!at->fetched.has_page)
		return;
	if (s->alarms.forgiven)
		kh_known_accept(&p->known, &at->fetched.page);
	struct kh_buf swap = p->html;
	p->html = at->html;
	at->html = swap;
	kh_known_learn(&p->known, &at->fetched.page);
	p->learned = true;
}

static bool is_file(const char *url)
{
	static const char *const endings[] = {".pdf", ".doc", ".docx", ".xls", ".xlsx", ".zip", ".rar", ".jpg", ".png", ".mp4", ".mp3", ".apk", ".exe", ".xml", ".rss"};
	for (size_t i = 0; i < KH_COUNT(endings); i++)
		if (kh_ends_with(url, endings[i]))
			return true;
	return strchr(url, '?') || kh_find_nocase(url, "log");
}

/* The smaller the better: sections of the site rather than what is new today, whose address is deep and has a number. */
static size_t rank_of(const char *path)
{
	size_t rank = strlen(path);
	for (const char *p = path; *p; p++)
		rank += *p == '/' ? 100 : 0;
	return rank + (strpbrk(path, "0123456789") ? 1000 : 0);
}

static const char *best_inner(const struct kh_portal *p, const struct kh_page *page)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;
	kh_array_each(&page->inner, url) {
		const char *host = strstr(*url, "://") + 3, *path = host + strcspn(host, "/");
		bool of_use = strlen(path) > 1 && !is_file(*url) && rank_of(path) < least && kh_form_fits(KH_TEXT_FORM_URL, *url); /* an alarm names it */
		kh_array_each(&p->pages, other) of_use &= !kh_streq(other->url, *url);
		if (of_use) {
			best = *url;
			least = rank_of(path);
		}
	}
	return best;
}

static void choose_pages(struct state *s)
{
	size_t n = 0;
	kh_array_each(&s->portal.pages, page) n += !page->gone;
	for (const char *url = NULL; n < KH_PORTAL_MAX_PAGES && (url = best_inner(&s->portal, &s->portal.pages.v[0].known.page)); n++)
		kh_array_push(&s->portal.pages, ((struct kh_portal_page){.url = kh_strdup(url)}));
}

/* Of a portal that nothing is known of: a few more fetches. */
static int first_contact(struct state *s)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < s->portal.pages.n; i++)
		for (size_t n = 0; r == 0 && n < FIRST_LOOKS && !s->portal.pages.v[i].gone; n++) {
			r = look_at(s, i, KH_LOOK_READER, false, &s->second);
			if (r == 0)
				learn_page(s, i, s->second.of.v[s->second.of.n - 1]);
		}
	return r;
}

/* A page that was not found is watched no more; another takes its place in time. */
static int learn(struct state *s)
{
	bool known = s->portal.site.own_url != NULL;
	struct kh_look_at *own = s->first.of.v[0];
	kh_site_learn(&s->portal.site, s->portal.url, &own->fetched);
	if (s->alarms.forgiven & 1U << KH_PORTAL_ALARM_KIND_CERTIFICATE)
		memcpy(s->portal.site.accepted, own->fetched.certificate.pin, sizeof s->portal.site.accepted);
	for (size_t i = 0; i < s->first.of.n; i++) {
		struct kh_look_at *at = s->first.of.v[i];
		if (at->look == KH_LOOK_READER)
			learn_page(s, at->page, at);
		else if (s->alarms.forgiven && at->fetched.has_page) /* what only some readers are shown */
			kh_known_accept(&s->portal.pages.v[at->page].known, &at->fetched.page);
		if (at->page > 0 && at->fetched.status == KH_PORTAL_STATUS_HTTP_ERROR)
			s->portal.pages.v[at->page].gone = true;
	}
	s->portal.learned_s = s->begun_s;
	choose_pages(s);
	return known ? 0 : first_contact(s);
}

/* ---- the outcome ---- */

/* What came only the second time came. */
static const struct kh_look_at *last_of_own(const struct state *s)
{
	size_t place = 0;
	return s->suspicions.of.n && looked_already(&s->second, 0, KH_LOOK_READER, &place) ? s->second.of.v[place] : s->first.of.v[0];
}

static int write_down(struct kh_db *writer, void *arg)
{
	struct state *s = arg;
	const struct kh_look_at *own = last_of_own(s);
	const struct kh_portal_result result = {.first = &own->fetched, .change = &s->change, .text_hash = s->text_hash, .shape_hash = s->shape_hash, .good = s->good, .now_s = s->now_s};
	int r = kh_portal_save(writer, &s->portal, &result);
	kh_array_each(&s->raised, alarm) r = r < 0 ? r : kh_alarm_raise(writer, &s->portal, alarm);
	if (r == 0 && own->fetched.status == KH_PORTAL_STATUS_UP && s->alarms.open & 1U << KH_PORTAL_ALARM_KIND_DOWN)
		r = kh_alarm_up_again(writer, &s->portal, s->now_s);
	return r;
}

static void make_first(struct kh_portal *p)
{
	kh_array_push(&p->pages, ((struct kh_portal_page){.url = NULL}));
	memmove(p->pages.v + 1, p->pages.v, (p->pages.n - 1) * sizeof *p->pages.v);
	p->pages.v[0] = (struct kh_portal_page){.url = kh_strdup(p->url)};
}

static int load(struct state *s, int64_t id)
{
	struct kh_db *db = NULL;
	int r = kh_store_reader(s->round->store, &db);
	r = r < 0 ? r : kh_portal_load(db, id, s->round->every_s, &s->portal);
	r = r < 0 ? r : kh_portal_alarms_read(db, &s->portal, &s->alarms);
	/* Nothing known, or only of another address: the first page is that of the portal's own. */
	if (r == 0 && (!s->portal.pages.n || s->portal.pages.v[0].gone))
		make_first(&s->portal);
	return r;
}

static int run(struct state *s, int64_t id)
{
	int r = load(s, id);
	s->begun_s = s->now_s = kh_now_s();
	s->good = true;
	r = r < 0 ? r : look_everywhere(s);
	if (r < 0)
		return r;
	judge(s, &s->first, &s->suspicions);
	const struct kh_look_at *own = s->first.of.v[0];
	if (own->fetched.has_page) {
		s->change = kh_page_compare(&s->portal.pages.v[0].known, &own->fetched.page);
		kh_page_hashes(&own->fetched.page, s->text_hash, s->shape_hash);
	}
	if (s->suspicions.of.n)
		r = confirm(s);
	else
		r = learn(s);
	if (r == 0 && s->good)
		s->portal.good_s = s->begun_s;
	return r < 0 ? r : kh_store_write(s->round->store, write_down, s);
}

int kh_round_run(const struct kh_round *round, int64_t portal_id)
{
	struct state s = {.round = round};
	int r = run(&s, portal_id);
	state_done(&s);
	return r;
}
