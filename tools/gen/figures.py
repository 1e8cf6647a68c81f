"""spec/figures/figures.yaml → gen/figures.h, figures.c"""

from . import controls, emit
from .load import Mistake, both_languages, field, load, only

KEYS = {"figure", "vi", "en", "kind", "target", "better", "value", "parts", "unmeasured", "unit", "note"}
PART_KEYS = {"id", "vi", "en", "kind", "control", "controls", "states", "span"}
ANSWERS = ("pass", "fail", "unknown", "not_applicable", "excepted")  # of the subjects of one control
STATES = ("met", "partly", "not_met", "not_measured", "not_applicable")  # of several controls


def _states_of(value):
    return ANSWERS if "control" in value else STATES


def _check_value(value, known):
    only(value, PART_KEYS)
    if ("control" in value) == ("controls" in value):
        raise Mistake(f"{value.where}: give either control or controls")
    value["names"] = [value["control"]] if "control" in value else known if value["controls"] == "all" else field(value, "controls", list)
    if "controls" in value and len(value["names"]) < 2:
        raise Mistake(f"{value.where}: controls: expected `all` or several names")
    for name in value["names"]:
        if name not in known:
            raise Mistake(f"{value.where}: unknown control {name!r}")
    for state in value.get("states", []):
        if state not in _states_of(value):
            raise Mistake(f"{value.where}: unknown state {state!r}")


def read_spans(spec):
    spans = load(spec / "figures" / "spans.yaml") if (spec / "figures" / "spans.yaml").exists() else []
    for span in spans:
        only(span, {"span", "days", "sql"})
        field(span, "days", int)
        for column in ("endpoint_id", "from_s", "to_s"):
            if f"AS {column}" not in field(span, "sql", str):
                raise Mistake(f"{span.where}: the SQL must give {column}")
    return spans


def _check_part(part, spans):
    kind = field(part, "kind", str, one_of=("share", "count", "hours"))
    if (kind == "hours") != ("span" in part):
        raise Mistake(f"{part.where}: hours are those of a span, and nothing else has one")
    if kind == "hours" and part["span"] not in spans:
        raise Mistake(f"{part.where}: unknown span {part['span']!r}")


def read(spec):
    spans = [s["span"] for s in read_spans(spec)]
    known = [c["control"] for c in controls.read(spec)]
    figures = load(spec / "figures" / "figures.yaml")
    for figure in figures:
        only(figure, KEYS)
        both_languages(figure)
        if "note" in figure:
            both_languages(field(figure, "note", dict))
        field(figure, "kind", str, one_of=("share", "count"))
        if ("value" in figure) == ("unmeasured" in figure):
            raise Mistake(f"{figure.where}: give either value or unmeasured")
        for value in [figure["value"]] if "value" in figure else []:
            _check_value(value, known)
        for part in figure.get("parts") or []:
            both_languages(part)
            _check_value(part, known)
            _check_part(part, spans)
    return figures


def _mask(value):
    return " | ".join(f"1u << {_states_of(value).index(s)}" for s in value.get("states") or ["fail" if "control" in value else "not_met"])


def _value(value, kind):
    return (f"{{.id = {emit.c_string(value.get('id'))}, .label = {{{emit.c_string(value.get('vi'))}, {emit.c_string(value.get('en'))}}}, "
            f".share = {emit.c_bool(value.get('kind', kind) == 'share')}, .span = {'&kh_spans[KH_SPAN_' + value['span'].upper() + ']' if 'span' in value else 'NULL'}, .states = {_mask(value)}, .controls_count = {len(value['names'])}, "
            f".controls = (const enum kh_control_id[]){{{', '.join('KH_CONTROL_' + name.upper() for name in value['names'])}}}}}")


def _row(figure):
    kind = figure["kind"]
    better = figure.get("better", "high" if kind == "share" else "low")
    waits = figure.get("unmeasured") or {}
    note = figure.get("note") or {}
    parts = figure.get("parts") or []
    value = f".value = {_value(figure['value'], kind)}," if "value" in figure else ""
    table = f".parts = (const struct kh_figure_value[]){{{', '.join(_value(p, 'count') for p in parts)}}}," if parts else ""
    target = figure.get("target")
    return (f"\t{{.id = {emit.c_string(figure['figure'])}, .title = {{{emit.c_string(figure['vi'])}, {emit.c_string(figure['en'])}}},\n"
            f"\t .share = {emit.c_bool(kind == 'share')}, .low_is_better = {emit.c_bool(better == 'low')}, "
            f".has_target = {emit.c_bool(target is not None)}, .target = {target if target is not None else 0},\n"
            f"\t .measured = {emit.c_bool('value' in figure)}, {value} {table} .parts_count = {len(parts)},\n"
            f"\t .waits_for = {{{emit.c_string(waits.get('vi'))}, {emit.c_string(waits.get('en'))}}}, "
            f".note = {{{emit.c_string(note.get('vi'))}, {emit.c_string(note.get('en'))}}}}},")


def generate(spec, out):
    figures, spans = read(spec), read_spans(spec)
    emit.write(out / "figures.h", emit.header("spec/figures", f"#define KH_FIGURES_COUNT {len(figures)}\n\nenum kh_span_id {{\n"
               + "".join(f"\tKH_SPAN_{s['span'].upper()},\n" for s in spans) + "\tKH_SPANS_COUNT,\n};\n" + """
/* How long something takes: the median, in hours, over what ended within so many days. */
struct kh_span {
	const char *name, *sql; /* sql: SELECT endpoint_id, from_s, to_s … */
	int days;
};

extern const struct kh_span kh_spans[KH_SPANS_COUNT];

/* Counted from one control: its subjects, `states` being bits by enum kh_answer (pass, fail, unknown, not_applicable, excepted).
 * Counted from several: the controls themselves, `states` being bits by enum kh_state (met, partly, not_met, not_measured, not_applicable). */
struct kh_figure_value {
	const char *id; /* NULL for a headline */
	const char *label[2];
	bool share; /* in percent: pass ÷ (pass+fail+unknown), or of several controls met ÷ those that apply; else how many are in `states` */
	const struct kh_span *span; /* NULL: none; else the value is its median in hours, and the control has the rows */
	unsigned states;
	const enum kh_control_id *controls;
	size_t controls_count;
};

struct kh_figure {
	const char *id; /* "K01" */
	const char *title[2];
	bool share, low_is_better, has_target;
	double target;
	bool measured; /* false: `waits_for` says what it waits for */
	struct kh_figure_value value;
	const struct kh_figure_value *parts;
	size_t parts_count;
	const char *waits_for[2];
	const char *note[2]; /* what the figure does not hold yet, or how to read it; NULL: none */
};

extern const struct kh_figure kh_figures[KH_FIGURES_COUNT];
""", ("stdbool.h", "stddef.h", "gen/controls.h")))
    emit.write(out / "figures.c", emit.source("spec/figures", "gen/figures.h",
               "const struct kh_span kh_spans[KH_SPANS_COUNT] = {\n"
               + "".join(f"\t{{.name = {emit.c_string(s['span'])}, .days = {s['days']}, .sql = {emit.c_string(s['sql'])}}},\n" for s in spans) + "};\n\n"
               "const struct kh_figure kh_figures[KH_FIGURES_COUNT] = {\n" + "\n".join(_row(f) for f in figures) + "\n};\n"))
