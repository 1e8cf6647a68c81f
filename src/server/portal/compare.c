#include "server/portal/compare.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/portal/limits.h"

#include <stdlib.h>

enum { MAX_REGIONS = 4000, MAX_HOSTS = 2000, MAX_ACCEPTED = 500, MAX_TITLE_WORDS = 40 };

void kh_known_done(struct kh_known *known)
{
	kh_page_done(&known->page);
	kh_array_done(&known->regions);
	kh_array_each(&known->hosts, host) free(*host);
	kh_array_done(&known->hosts);
	kh_array_each(&known->accepted, find) free(*find);
	kh_array_done(&known->accepted);
	*known = (struct kh_known){0};
}

bool kh_known_changes(const struct kh_known *known, uint64_t region)
{
	kh_array_each(&known->regions, r)
		if (r->region == region)
			return r->changes >= KH_REGION_CHANGES;
	return false;
}

/* ---- text ---- */

/* The lines of a page by region and text, so that two pages are gone through side by side. */
struct ordered {
	const struct kh_page_line **of;
	size_t n;
};

static int compare_lines(const struct kh_page_line *x, const struct kh_page_line *y)
{
	return x->region != y->region ? (x->region < y->region ? -1 : 1) : strcmp(x->text, y->text);
}

static int compare_places(const void *a, const void *b)
{
	return compare_lines(*(const struct kh_page_line *const *)a, *(const struct kh_page_line *const *)b);
}

static struct ordered order(const struct kh_page *page)
{
	struct ordered o = {.of = kh_alloc_array(page->lines.n + 1, sizeof(void *)), .n = page->lines.n};
	for (size_t i = 0; i < o.n; i++)
		o.of[i] = &page->lines.v[i];
	qsort(o.of, o.n, sizeof(void *), compare_places);
	return o;
}

/* Calls each line that stands in one page alone, and each pair that stands in both. */
static void side_by_side(const struct kh_page *a, const struct kh_page *b, void (*each)(const struct kh_page_line *in_a, const struct kh_page_line *in_b, void *arg), void *arg)
{
	struct ordered x = order(a), y = order(b);
	for (size_t i = 0, j = 0; i < x.n || j < y.n;) {
		int c = i == x.n ? 1 : j == y.n ? -1 : compare_lines(x.of[i], y.of[j]);
		each(c <= 0 ? x.of[i] : NULL, c >= 0 ? y.of[j] : NULL, arg);
		i += c <= 0;
		j += c >= 0;
	}
	free(x.of);
	free(y.of);
}

struct sums {
	const struct kh_known *known;
	size_t before, now, same;
	uint64_t region; /* asked last: lines come region by region */
	bool asked, changing;
};

static void sum(const struct kh_page_line *before, const struct kh_page_line *now, void *arg)
{
	struct sums *s = arg;
	uint64_t region = before ? before->region : now->region;
	if (!s->asked || s->region != region) {
		s->region = region;
		s->changing = kh_known_changes(s->known, region);
		s->asked = true;
	}
	if (s->changing)
		return;
	s->before += before ? strlen(before->text) : 0;
	s->now += now ? strlen(now->text) : 0;
	s->same += before && now ? strlen(now->text) : 0;
}

/* Of what was there, how much is gone; of what is there, how much is new: the larger. */
static int text_change(const struct kh_known *known, const struct kh_page *now)
{
	struct sums s = {.known = known};
	side_by_side(&known->page, now, sum, &s);
	if (s.before < KH_STABLE_LEAST)
		return 0;
	int gone = (int)(100 * (s.before - s.same) / s.before), new = s.now ? (int)(100 * (s.now - s.same) / s.now) : 100;
	return KH_MAX(gone, new);
}

/* ---- build ---- */

static int shape_change(const struct kh_page *before, const struct kh_page *now)
{
	size_t i = 0, j = 0, same = 0;
	while (i < before->shapes.n && j < now->shapes.n) {
		uint64_t x = before->shapes.v[i], y = now->shapes.v[j];
		same += x == y;
		i += x <= y;
		j += y <= x;
	}
	size_t all = before->shapes.n + now->shapes.n - same;
	return all ? (int)(100 * (all - same) / all) : 0;
}

/* ---- title ---- */

static size_t words_of(char *title, char *ret[MAX_TITLE_WORDS])
{
	size_t n = 0;
	char *rest = title;
	for (char *word = kh_split(&rest, " -|:,."); word && n < MAX_TITLE_WORDS; word = kh_split(&rest, " -|:,."))
		if (*word)
			ret[n++] = word;
	return n;
}

static bool title_changed(const struct kh_known *known, const struct kh_page *now)
{
	if (known->title_changes >= KH_REGION_CHANGES || !*known->page.title || kh_streq(known->page.title, now->title))
		return false;
	kh_auto_free char *before = kh_word_list_lower(known->page.title), *after = kh_word_list_lower(now->title);
	char *x[MAX_TITLE_WORDS], *y[MAX_TITLE_WORDS];
	size_t n = words_of(before, x), m = words_of(after, y), same = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			if (kh_streq(x[i], y[j])) {
				same++;
				break;
			}
	return n && 100 * (n - same) / n > KH_CHANGE_TITLE;
}

/* ---- finds ---- */

static bool holds(char *const *of, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (kh_streq(of[i], text))
			return true;
	return false;
}

static char *key_of(const struct kh_page_find *find)
{
	return kh_format("%d %s", find->kind, find->word);
}

static bool is_accepted(const struct kh_known *known, const struct kh_page_find *find)
{
	kh_auto_free char *key = key_of(find);
	return holds(known->accepted.v, known->accepted.n, key);
}

static bool was_there(const struct kh_page *page, const struct kh_page_find *find)
{
	kh_array_each(&page->finds, known)
		if (known->kind == find->kind && kh_streq(known->word, find->word))
			return true;
	return false;
}

static void judge_finds(const struct kh_known *known, const struct kh_page *now, struct kh_change *c)
{
	for (size_t i = 0; i < now->finds.n; i++) {
		const struct kh_page_find *find = &now->finds.v[i];
		if (is_accepted(known, find))
			continue;
		int *place[KH_FIND_KINDS] = {[KH_FIND_BETTING_LINK] = &c->betting, [KH_FIND_BETTING_HIDDEN] = &c->betting, [KH_FIND_BOAST] = &c->boast,
					     [KH_FIND_FRAME] = &c->frame,	     [KH_FIND_MALWARE] = &c->malware,	 [KH_FIND_REDIRECT] = &c->redirect};
		if (find->kind == KH_FIND_BETTING_TEXT)
			c->new_betting += !was_there(&known->page, find);
		else if (*place[find->kind] < 0)
			*place[find->kind] = (int)i;
	}
}

/* Where nothing was learned yet, every host is new and none says anything. */
static void count_hosts(const struct kh_known *known, const struct kh_page *now, struct kh_change *c)
{
	if (!known->fetches)
		return;
	kh_array_each(&now->sites, site) {
		if (holds(known->hosts.v, known->hosts.n, site->host))
			continue;
		c->new_hosts++;
		c->new_hidden_hosts += site->hidden > 0;
	}
}

static int first_betting_text(const struct kh_known *known, const struct kh_page *now)
{
	for (size_t i = 0; i < now->finds.n; i++)
		if (now->finds.v[i].kind == KH_FIND_BETTING_TEXT && !was_there(&known->page, &now->finds.v[i]) && !is_accepted(known, &now->finds.v[i]))
			return (int)i;
	return -1;
}

struct kh_change kh_page_compare(const struct kh_known *known, const struct kh_page *now)
{
	struct kh_change c = {.boast = -1, .betting = -1, .frame = -1, .malware = -1, .redirect = -1};
	judge_finds(known, now, &c);
	count_hosts(known, now, &c);
	if (c.betting < 0 && c.new_betting >= KH_BETTING_MANY)
		c.betting = first_betting_text(known, now);
	c.injected = c.betting >= 0 || c.new_hosts >= KH_LINKS_MANY || c.new_hidden_hosts >= KH_LINKS_HIDDEN;
	if (!known->page.title)
		return c;
	c.text = text_change(known, now);
	c.shape = shape_change(&known->page, now);
	c.title = title_changed(known, now);
	c.another = c.title || c.text > KH_CHANGE_TEXT || c.shape > KH_CHANGE_SHAPE || (c.text > KH_CHANGE_BOTH && c.shape > KH_CHANGE_BOTH);
	return c;
}

/* ---- learning ---- */

struct noting {
	struct kh_known *known;
	uint64_t last;
	bool any;
};

/* Lines come region by region: each region is counted once. */
static void note_change(const struct kh_page_line *before, const struct kh_page_line *now, void *arg)
{
	struct noting *n = arg;
	uint64_t region = before ? before->region : now->region;
	if ((before && now) || (n->any && n->last == region))
		return;
	n->last = region;
	n->any = true;
	kh_array_each(&n->known->regions, known)
		if (known->region == region) {
			known->changes++;
			return;
		}
	struct kh_known_region one = {.region = region, .changes = 1};
	if (n->known->regions.n < MAX_REGIONS)
		kh_array_push(&n->known->regions, one);
}

static void learn_hosts(struct kh_known *known, const struct kh_page *page)
{
	kh_array_each(&page->sites, site)
		if (known->hosts.n < MAX_HOSTS && !holds(known->hosts.v, known->hosts.n, site->host))
			kh_array_push(&known->hosts, kh_strdup(site->host));
}

void kh_known_learn(struct kh_known *known, struct kh_page *page)
{
	if (known->page.title) {
		side_by_side(&known->page, page, note_change, &(struct noting){.known = known});
		known->title_changes += !kh_streq(known->page.title, page->title);
	}
	learn_hosts(known, page);
	known->fetches++;
	kh_page_done(&known->page);
	known->page = *page;
	*page = (struct kh_page){0};
}

void kh_known_accept(struct kh_known *known, const struct kh_page *page)
{
	kh_array_each(&page->finds, find)
		if (!is_accepted(known, find) && known->accepted.n < MAX_ACCEPTED)
			kh_array_push(&known->accepted, key_of(find));
	learn_hosts(known, page);
}

/* ---- the store ---- */

json_t *kh_known_json(const struct kh_known *known)
{
	json_t *regions = json_array(), *hosts = json_array(), *accepted = json_array();
	kh_array_each(&known->regions, r) json_array_append_new(regions, json_pack("[I, I]", (json_int_t)r->region, (json_int_t)r->changes));
	kh_array_each(&known->hosts, host) json_array_append_new(hosts, kh_json_string(*host));
	kh_array_each(&known->accepted, find) json_array_append_new(accepted, kh_json_string(*find));
	return json_pack("{s:o, s:I, s:I, s:o, s:o, s:o}", "page", known->page.title ? kh_page_json(&known->page) : json_null(), "fetches", (json_int_t)known->fetches, "title_changes",
			 (json_int_t)known->title_changes, "regions", regions, "hosts", hosts, "accepted", accepted);
}

int kh_known_of_json(const json_t *json, struct kh_known *ret)
{
	kh_auto_known struct kh_known known = {0};
	const json_t *page = json_object_get(json, "page"), *item = NULL;
	size_t i = 0;
	int r = json_is_object(page) ? kh_page_of_json(page, &known.page) : 0;
	r = r < 0 ? r : kh_json_int(json, "fetches", 0, INT64_MAX, &known.fetches);
	r = r < 0 ? r : kh_json_int(json, "title_changes", 0, INT64_MAX, &known.title_changes);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(json, "regions"), i, item) {
		struct kh_known_region one = {(uint64_t)json_integer_value(json_array_get(item, 0)), json_integer_value(json_array_get(item, 1))};
		kh_array_push(&known.regions, one);
	}
	json_array_foreach(json_object_get(json, "hosts"), i, item) kh_array_push(&known.hosts, kh_strdup(json_string_value(item) ?: ""));
	json_array_foreach(json_object_get(json, "accepted"), i, item) kh_array_push(&known.accepted, kh_strdup(json_string_value(item) ?: ""));
	*ret = known;
	known = (struct kh_known){0};
	return 0;
}

/* ---- for people ---- */

struct marking {
	const struct kh_page *a, *b;
	bool *in_a, *in_b;
};

static void mark(const struct kh_page_line *in_a, const struct kh_page_line *in_b, void *arg)
{
	struct marking *m = arg;
	if (in_a && !in_b)
		m->in_a[in_a - m->a->lines.v] = true;
	if (in_b && !in_a)
		m->in_b[in_b - m->b->lines.v] = true;
}

void kh_lines_alone(const struct kh_page *a, const struct kh_page *b, bool **ret_in_a, bool **ret_in_b)
{
	struct marking m = {.a = a, .b = b, .in_a = kh_alloc_array(a->lines.n + 1, sizeof(bool)), .in_b = kh_alloc_array(b->lines.n + 1, sizeof(bool))};
	side_by_side(a, b, mark, &m);
	*ret_in_a = m.in_a;
	*ret_in_b = m.in_b;
}
