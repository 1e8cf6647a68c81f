/* Figures K01…K40, computed from a posture (spec/figures). */
#pragma once

#include "base/i18n.h"
#include "gen/figures.h"
#include "server/posture/reading.h"

/* The figure of that id ("K01"); NULL when there is none. */
const struct kh_figure *kh_figure_named(const char *id) KH_PURE;

/* "share" (in percent), "count", "hours", "minutes", "sum", "mean"; by enum kh_figure_kind. */
extern const char *const kh_figure_kinds[];

/* A headline or a part, in its own kind. False: not measured. A number of subjects is measured as soon as the control was asked of any and either something was
 * answered or what is counted includes `unknown`. Of several controls the ones are counted that are in a state, a share being those met of those that apply; it is
 * measured as soon as one of them is. What comes from a span or a measure (kh_posture_measure()) is measured when there is a row. */
bool kh_figure_value_of(const struct kh_figure_value *value, const struct kh_posture *posture, double *ret);

/* Are controls counted, several, and not their subjects? */
bool kh_figure_of_many(const struct kh_figure_value *value) KH_PURE;

/* The registers that it is counted from: of the measure, the span or the control; the list may be empty. NULL-terminated. */
const char *const *kh_figure_registers(const struct kh_figure_value *value) KH_PURE;

/* The headline; false as well for a figure that nothing measures yet (kh_figure.measured). */
bool kh_figure_read(const struct kh_figure *figure, const struct kh_posture *posture, double *ret);

/* Why there is no value, in words; NULL where there is one. For a headline that nothing measures, what it waits for. New memory. */
char *kh_figure_reason(const struct kh_figure *figure, const struct kh_posture *posture, enum kh_language language) KH_MUST_USE;
char *kh_figure_value_reason(const struct kh_figure_value *value, const struct kh_posture *posture, enum kh_language language) KH_MUST_USE;

/* Why a control has no answer in this posture; NULL where it has one, or applies to nothing. New memory. */
char *kh_control_reason(const struct kh_control *control, const struct kh_posture *posture, enum kh_language language) KH_MUST_USE;

/* Does a value reach the target of a figure that has one? */
bool kh_figure_met(const struct kh_figure *figure, double value) KH_PURE;

/* To one digit behind the point, rounded down: 99.97 % is not 100 %. */
double kh_figure_round(double value);

/* "97.4", "100", "0": the same as text, with `point` before the digit; out is returned. */
#define KH_FIGURE_SIZE 32
const char *kh_figure_text(double value, char point, char out[KH_FIGURE_SIZE]);

/* As people read it, with its unit: "97,4 %", "12", "3,5 giờ". New memory. */
char *kh_figure_words(enum kh_figure_kind kind, double value, enum kh_language language) KH_MUST_USE;
