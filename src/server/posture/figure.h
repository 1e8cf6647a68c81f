/* Figures K01…K40, computed from a posture (spec/figures). */
#pragma once

#include "gen/figures.h"
#include "server/posture/reading.h"

/* The figure of that id ("K01"); NULL when there is none. */
const struct kh_figure *kh_figure_named(const char *id) KH_PURE;

/* A headline or a part: a share in percent or a number of subjects. False: not measured. A number of subjects is measured as soon as the control was asked
 * of any and either something was answered or what is counted includes `unknown`. Of several controls the ones are counted that are in a state, a share being
 * those met of those that apply; it is measured as soon as one of them is. */
bool kh_figure_value_of(const struct kh_figure_value *value, const struct kh_posture *posture, double *ret);

/* Is it counted from several controls? */
bool kh_figure_of_many(const struct kh_figure_value *value) KH_PURE;

/* "share" (in percent), "count", "hours". */
const char *kh_figure_kind(const struct kh_figure_value *value) KH_PURE;

/* The headline; false as well for a figure that nothing measures yet (kh_figure.measured). */
bool kh_figure_read(const struct kh_figure *figure, const struct kh_posture *posture, double *ret);

/* Does a value reach the target of a figure that has one? */
bool kh_figure_met(const struct kh_figure *figure, double value) KH_PURE;

/* To one digit behind the point, rounded down: 99.97 % is not 100 %. */
double kh_figure_round(double value);

/* "97.4", "100", "0": the same as text, with `point` before the digit; out is returned. */
#define KH_FIGURE_SIZE 32
const char *kh_figure_text(double value, char point, char out[KH_FIGURE_SIZE]);
