#include "guard/ransom_tally.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>

const struct kh_ransom_weight kh_ransom_weights[KH_RANSOM_SIGNS] = {
	[KH_RANSOM_CANARY_CHANGED] = {"canary_changed", 100, 100},
	[KH_RANSOM_CANARY_REMOVED] = {"canary_removed", 30, 44},
	[KH_RANSOM_SCRAMBLE] = {"scramble", 13, 100},
	[KH_RANSOM_REPLACE] = {"replace", 8, 80},
	[KH_RANSOM_RENAME] = {"rename", 6, 42},
	[KH_RANSOM_SEAL] = {"seal", 5, 55},
	[KH_RANSOM_DELETE] = {"delete", 4, 55},
	[KH_RANSOM_NOTE] = {"note", 10, 30},
};

/* ---- rules ---- */

static int read_weight(const char *text, struct kh_ransom_rules *rules)
{
	char name[32] = "";
	int points = 0, most = -1, end = 0, end_most = 0;
	int n = sscanf(text, "%31[a-z_]=%4d%n/%4d%n", name, &points, &end, &most, &end_most);
	if (n < 2 || (size_t)(n == 3 ? end_most : end) != strlen(text) || points < 0 || (n == 3 && most < 0))
		return kh_fail(KH_E_INVALID_CONFIG, "ransom.weights: %s: expected NAME=POINTS or NAME=POINTS/MOST", text);
	for (size_t i = 0; i < KH_RANSOM_SIGNS; i++)
		if (kh_streq(name, kh_ransom_weights[i].name)) {
			rules->weight[i] = points;
			rules->most[i] = n == 3 ? most : rules->most[i];
			return 0;
		}
	return kh_fail(KH_E_INVALID_CONFIG, "ransom.weights: there is no sign %s", name);
}

int kh_ransom_rules_read(const char *const *weights, int threshold, int64_t halving_ms, struct kh_ransom_rules *ret)
{
	struct kh_ransom_rules rules = {.threshold = threshold, .halving_ms = halving_ms};
	for (size_t i = 0; i < KH_RANSOM_SIGNS; i++) {
		rules.weight[i] = kh_ransom_weights[i].points;
		rules.most[i] = kh_ransom_weights[i].most;
	}
	int r = 0;
	for (; r == 0 && weights && *weights; weights++)
		r = read_weight(*weights, &rules);
	if (r == 0)
		*ret = rules;
	return r;
}

/* ---- the tally ---- */

void kh_ransom_tally_done(struct kh_ransom_tally *t)
{
	for (size_t i = 0; i < KH_RANSOM_FOLDERS; i++)
		free(t->folders[i]);
	for (size_t i = 0; i < KH_RANSOM_EXAMPLES; i++)
		free(t->examples[i]);
	*t = (struct kh_ransom_tally){0};
}

bool kh_ransom_tally_has(const struct kh_ransom_tally *t, uint64_t key)
{
	for (size_t i = 0; i < KH_MIN(t->seen_n, (unsigned)KH_RANSOM_SEEN); i++)
		if (t->seen[i] == key)
			return true;
	return false;
}

void kh_ransom_tally_note(struct kh_ransom_tally *t, uint64_t key)
{
	t->seen[t->seen_n % KH_RANSOM_SEEN] = key;
	t->seen_n = t->seen_n + 1 < 2 * KH_RANSOM_SEEN ? t->seen_n + 1 : KH_RANSOM_SEEN;
}

static double fading(const struct kh_ransom_tally *t, const struct kh_ransom_rules *rules, int64_t now_ms)
{
	return now_ms > t->last_ms ? exp2(-(double)(now_ms - t->last_ms) / (double)rules->halving_ms) : 1;
}

static void fade(struct kh_ransom_tally *t, const struct kh_ransom_rules *rules, int64_t now_ms)
{
	double left = fading(t, rules, now_ms);
	for (size_t i = 0; i < KH_RANSOM_SIGNS; i++)
		t->points[i] *= left;
	t->last_ms = KH_MAX(t->last_ms, now_ms);
}

static void explain(struct kh_ransom_tally *t, const char *folder, const char *name)
{
	size_t i = 0;
	while (i < t->folder_count && !kh_streq(t->folders[i], folder))
		i++;
	if (i == t->folder_count && i < KH_RANSOM_FOLDERS)
		t->folders[t->folder_count++] = kh_strdup(folder);
	for (i = 0; i < KH_RANSOM_EXAMPLES; i++)
		if (!t->examples[i]) {
			t->examples[i] = kh_format("%s/%s", folder, name);
			return;
		}
}

bool kh_ransom_tally_add(struct kh_ransom_tally *t, const struct kh_ransom_rules *rules, enum kh_ransom_sign sign, uint64_t key, const char *folder, const char *name, int64_t now_ms)
{
	uint64_t once = key * KH_RANSOM_SIGNS + sign;
	if (kh_ransom_tally_has(t, once))
		return false;
	kh_ransom_tally_note(t, once);
	fade(t, rules, now_ms);
	t->points[sign] = KH_MIN(t->points[sign] + rules->weight[sign], (double)rules->most[sign]);
	t->count[sign]++;
	t->first_ms = t->first_ms ? t->first_ms : now_ms;
	explain(t, folder, name);
	return true;
}

double kh_ransom_tally_score(const struct kh_ransom_tally *t, const struct kh_ransom_rules *rules, int64_t now_ms)
{
	double sum = 0;
	for (size_t i = 0; i < KH_RANSOM_SIGNS; i++)
		sum += t->points[i];
	return sum * fading(t, rules, now_ms);
}

void kh_ransom_tally_forgive(struct kh_ransom_tally *t, const struct kh_ransom_tally *part, const struct kh_ransom_rules *rules, int64_t now_ms)
{
	double left = fading(part, rules, now_ms);
	fade(t, rules, now_ms);
	for (size_t i = 0; i < KH_RANSOM_SIGNS; i++)
		t->points[i] = KH_MAX(t->points[i] - part->points[i] * left, 0.0);
}

unsigned kh_ransom_tally_harmed(const struct kh_ransom_tally *t)
{
	return t->count[KH_RANSOM_CANARY_CHANGED] + KH_MAX(t->count[KH_RANSOM_SCRAMBLE] + t->count[KH_RANSOM_SEAL], t->count[KH_RANSOM_RENAME]);
}
