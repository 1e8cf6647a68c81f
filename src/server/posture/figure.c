#include "server/posture/figure.h"

#include "base/str.h"
#include "server/posture/state.h"

#include <math.h>
#include <stdio.h>

const struct kh_figure *kh_figure_named(const char *id)
{
	for (size_t i = 0; i < KH_FIGURES_COUNT; i++)
		if (kh_streq(kh_figures[i].id, id))
			return &kh_figures[i];
	return NULL;
}

bool kh_figure_of_many(const struct kh_figure_value *value)
{
	return value->controls_count > 1;
}

/* Controls by the state they are in. */
static struct kh_states states_of(const struct kh_figure_value *value, const struct kh_posture *posture)
{
	struct kh_states states = {0};
	for (size_t i = 0; i < value->controls_count; i++)
		states.of[kh_state_of_one(&posture->of[value->controls[i]])]++;
	return states;
}

static bool value_of_many(const struct kh_figure_value *value, const struct kh_posture *posture, double *ret)
{
	struct kh_states states = states_of(value, posture);
	int64_t apply = (int64_t)value->controls_count - states.of[KH_STATE_NOT_APPLICABLE], counted = 0;
	if (apply == states.of[KH_NOT_MEASURED])
		return false;
	for (int i = 0; i < KH_STATES; i++)
		counted += value->states & 1u << i ? states.of[i] : 0;
	*ret = value->share ? 100.0 * (double)states.of[KH_MET] / (double)apply : (double)counted;
	return true;
}

bool kh_figure_value_of(const struct kh_figure_value *value, const struct kh_posture *posture, double *ret)
{
	if (value->span) {
		*ret = posture->spans[value->span - kh_spans].hours;
		return posture->spans[value->span - kh_spans].known;
	}
	if (kh_figure_of_many(value))
		return value_of_many(value, posture, ret);
	const struct kh_counts *counts = &posture->of[value->controls[0]];
	if (value->share)
		return kh_counts_share(counts, ret);
	int64_t sum = kh_counts_sum(counts, value->states);
	if (sum == 0 && !kh_counts_answered(counts) && !kh_counts_neutral(counts))
		return false;
	*ret = (double)sum;
	return true;
}

bool kh_figure_read(const struct kh_figure *figure, const struct kh_posture *posture, double *ret)
{
	return figure->measured && kh_figure_value_of(&figure->value, posture, ret);
}

bool kh_figure_met(const struct kh_figure *figure, double value)
{
	return figure->low_is_better ? value <= figure->target : value >= figure->target;
}

static int64_t tenths_of(double value)
{
	return (int64_t)floor(value * 10 + 1e-9);
}

const char *kh_figure_kind(const struct kh_figure_value *value)
{
	return value->span ? "hours" : value->share ? "share" : "count";
}

double kh_figure_round(double value)
{
	return (double)tenths_of(value) / 10;
}

const char *kh_figure_text(double value, char point, char out[KH_FIGURE_SIZE])
{
	int64_t tenths = tenths_of(value);
	if (tenths % 10 == 0)
		snprintf(out, KH_FIGURE_SIZE, "%lld", (long long)(tenths / 10));
	else
		snprintf(out, KH_FIGURE_SIZE, "%lld%c%lld", (long long)(tenths / 10), point, (long long)(tenths % 10));
	return out;
}
