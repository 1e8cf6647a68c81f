#include "server/posture/answer.h"

#include "base/str.h"

const char *const kh_answer_names[KH_ANSWERS] = {"pass", "fail", "unknown", "not_applicable", "excepted"};

const enum kh_answer kh_answers_worst_first[KH_ANSWERS] = {KH_FAIL, KH_UNKNOWN, KH_EXCEPTED, KH_PASS, KH_NOT_APPLICABLE};

bool kh_answer_parse(const char *name, enum kh_answer *ret)
{
	for (int i = 0; i < KH_ANSWERS; i++)
		if (kh_streq(name, kh_answer_names[i])) {
			*ret = (enum kh_answer)i;
			return true;
		}
	return false;
}

bool kh_counts_equal(const struct kh_counts *a, const struct kh_counts *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

struct kh_counts kh_counts_plus(struct kh_counts a, struct kh_counts b)
{
	for (int i = 0; i < KH_ANSWERS; i++)
		a.of[i] += b.of[i];
	return a;
}

struct kh_counts kh_counts_minus(struct kh_counts a, struct kh_counts b)
{
	for (int i = 0; i < KH_ANSWERS; i++)
		a.of[i] -= b.of[i];
	return a;
}

int64_t kh_counts_sum(const struct kh_counts *c, unsigned answers)
{
	int64_t sum = 0;
	for (int i = 0; i < KH_ANSWERS; i++)
		if (answers & 1u << i)
			sum += c->of[i];
	return sum;
}

enum kh_answer kh_counts_worst(const struct kh_counts *c)
{
	for (int i = 0; i < KH_ANSWERS; i++)
		if (c->of[kh_answers_worst_first[i]] > 0)
			return kh_answers_worst_first[i];
	return KH_NOT_APPLICABLE;
}

bool kh_counts_answered(const struct kh_counts *c)
{
	return kh_counts_sum(c, 1u << KH_PASS | 1u << KH_FAIL | 1u << KH_EXCEPTED) > 0;
}

bool kh_counts_neutral(const struct kh_counts *c)
{
	return c->of[KH_NOT_APPLICABLE] > 0 && kh_counts_sum(c, ~(1u << KH_NOT_APPLICABLE)) == 0;
}

bool kh_counts_share(const struct kh_counts *c, double *ret_percent)
{
	if (c->of[KH_PASS] + c->of[KH_FAIL] == 0)
		return false;
	*ret_percent = 100.0 * (double)c->of[KH_PASS] / (double)(c->of[KH_PASS] + c->of[KH_FAIL] + c->of[KH_UNKNOWN]);
	return true;
}

bool kh_counts_reach(const struct kh_counts *c, double target)
{
	int64_t asked = c->of[KH_PASS] + c->of[KH_FAIL] + c->of[KH_UNKNOWN];
	return kh_counts_answered(c) && (double)c->of[KH_PASS] * 100.0 >= target * (double)asked;
}
