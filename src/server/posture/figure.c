#include "server/posture/figure.h"

#include "base/alloc.h"
#include "base/str.h"
#include "gen/registers.h"
#include "server/posture/control.h"
#include "server/posture/state.h"

#include <math.h>
#include <stdio.h>

const char *const kh_figure_kinds[] = {
	[KH_FIGURE_SHARE] = "share",     [KH_FIGURE_COUNT] = "count", [KH_FIGURE_HOURS] = "hours",
	[KH_FIGURE_MINUTES] = "minutes", [KH_FIGURE_SUM] = "sum",     [KH_FIGURE_MEAN] = "mean",
};

const struct kh_figure *kh_figure_named(const char *id)
{
	for (size_t i = 0; i < KH_FIGURES_COUNT; i++)
		if (kh_streq(kh_figures[i].id, id))
			return &kh_figures[i];
	return NULL;
}

bool kh_figure_of_many(const struct kh_figure_value *value)
{
	return value->controls_count > 1 && !value->of_subjects;
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
	*ret = value->kind == KH_FIGURE_SHARE ? 100.0 * (double)states.of[KH_MET] / (double)apply : (double)counted;
	return true;
}

static bool value_of_subjects(const struct kh_figure_value *value, const struct kh_posture *posture, double *ret)
{
	struct kh_counts counts = {0};
	for (size_t i = 0; i < value->controls_count; i++)
		for (int a = 0; a < KH_ANSWERS; a++)
			counts.of[a] += posture->of[value->controls[i]].of[a];
	if (value->kind == KH_FIGURE_SHARE)
		return kh_counts_share(&counts, ret);
	int64_t sum = kh_counts_sum(&counts, value->states);
	if (sum == 0 && !kh_counts_answered(&counts) && !kh_counts_neutral(&counts))
		return false;
	*ret = (double)sum;
	return true;
}

static bool value_of_span(const struct kh_figure_value *value, const struct kh_posture *posture, double *ret)
{
	size_t i = (size_t)(value->span - kh_spans);
	*ret = posture->spans[i].seconds / (value->kind == KH_FIGURE_MINUTES ? 60 : 3600);
	return posture->spans[i].known;
}

static bool value_of_measure(const struct kh_figure_value *value, const struct kh_posture *posture, double *ret)
{
	size_t i = (size_t)(value->measure - kh_measures);
	int64_t rows = posture->measures[i].rows;
	double sum = posture->measures[i].sum, whole = posture->measures[i].whole;
	if (rows == 0 || (value->kind == KH_FIGURE_SHARE && whole <= 0))
		return false;
	*ret = value->kind == KH_FIGURE_SHARE ? 100 * sum / whole : value->kind == KH_FIGURE_MEAN ? sum / (double)rows : sum;
	return true;
}

bool kh_figure_value_of(const struct kh_figure_value *value, const struct kh_posture *posture, double *ret)
{
	if (value->span)
		return value_of_span(value, posture, ret);
	if (value->measure)
		return value_of_measure(value, posture, ret);
	return kh_figure_of_many(value) ? value_of_many(value, posture, ret) : value_of_subjects(value, posture, ret);
}

const char *const *kh_figure_registers(const struct kh_figure_value *value)
{
	static const char *const none[] = {NULL};
	if (value->measure)
		return value->measure->registers;
	if (value->span)
		return value->span->registers;
	return value->controls_count == 1 ? kh_controls[value->controls[0]].registers : none;
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

char *kh_figure_words(enum kh_figure_kind kind, double value, enum kh_language language)
{
	static const enum kh_message units[] = {[KH_FIGURE_SHARE] = KH_T_FIGURE_PERCENT, [KH_FIGURE_HOURS] = KH_T_FIGURE_HOURS, [KH_FIGURE_MINUTES] = KH_T_FIGURE_MINUTES};
	char number[KH_FIGURE_SIZE];
	kh_figure_text(value, language == KH_VI ? ',' : '.', number);
	bool bare = kind == KH_FIGURE_COUNT || kind == KH_FIGURE_SUM || kind == KH_FIGURE_MEAN;
	return bare ? kh_strdup(number) : kh_text_with(language, units[kind], {"count", number});
}

/* --- why there is no value --- */

/* "sổ “Phiếu sửa chữa” chưa có dòng nào"; NULL when it reads no register. */
static char *reason_of_registers(const char *const *registers, enum kh_language language)
{
	for (const struct kh_register *reg = kh_registers; registers[0] && reg->name; reg++)
		if (kh_streq(reg->name, registers[0]))
			return kh_text_with(language, KH_T_REASON_REGISTER_EMPTY, {"register", reg->label[language]});
	return NULL;
}

char *kh_control_reason(const struct kh_control *control, const struct kh_posture *posture, enum kh_language language)
{
	const struct kh_counts *counts = &posture->of[kh_control_id(control)];
	if (kh_counts_answered(counts) || kh_counts_neutral(counts))
		return NULL;
	kh_auto_free char *unknown = kh_format("%lld", (long long)counts->of[KH_UNKNOWN]);
	if (counts->of[KH_UNKNOWN] > 0)
		return kh_text_with(language, control->over == KH_OVER_UNIT ? KH_T_REASON_NOT_DECLARED : KH_T_REASON_NOT_READ, {"count", unknown}, {"control", control->title[language]});
	char *empty = reason_of_registers(control->registers, language);
	return empty ? empty : kh_strdup(kh_text(language, control->over == KH_OVER_UNIT ? KH_T_REASON_NO_UNITS : KH_T_REASON_NO_MACHINES));
}

char *kh_figure_value_reason(const struct kh_figure_value *value, const struct kh_posture *posture, enum kh_language language)
{
	double known = 0;
	if (kh_figure_value_of(value, posture, &known))
		return NULL;
	if (value->measure && posture->day != KH_TODAY && !value->measure->dated)
		return kh_strdup(kh_text(language, KH_T_REASON_ONLY_TODAY));
	if (value->measure)
		return reason_of_registers(value->measure->registers, language);
	if (value->span) {
		kh_auto_free char *days = kh_format("%d", value->span->days);
		return kh_text_with(language, KH_T_REASON_NOTHING_ENDED, {"days", days});
	}
	if (kh_figure_of_many(value))
		return kh_strdup(kh_text(language, KH_T_REASON_NO_CONTROL));
	const struct kh_control *control = &kh_controls[value->controls[0]];
	char *reason = kh_control_reason(control, posture, language);
	return reason ? reason : kh_text_with(language, KH_T_REASON_NOTHING_TO_COUNT, {"control", control->title[language]});
}

char *kh_figure_reason(const struct kh_figure *figure, const struct kh_posture *posture, enum kh_language language)
{
	return figure->measured ? kh_figure_value_reason(&figure->value, posture, language) : kh_strdup(figure->waits_for[language]);
}
