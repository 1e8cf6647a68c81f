"""spec/figures/{figures,spans,measures}.yaml → gen/figures.h, figures.c"""

import re

from . import controls, emit, registers
from .load import Mistake, both_languages, field, load, only

KEYS = {"figure", "vi", "en", "kind", "target", "better", "value", "parts", "unmeasured", "unit", "note"}
VALUE_KEYS = {"control", "controls", "of", "states", "span", "measure"}
PART_KEYS = VALUE_KEYS | {"id", "vi", "en", "kind"}
KINDS = ("share", "count", "hours", "minutes", "sum", "mean")
LOW_IS_BETTER = ("count", "hours", "minutes")  # unless `better` says otherwise
SOURCES = {"share": ("control", "controls", "measure"), "count": ("control", "controls"), "hours": ("span",), "minutes": ("span",), "sum": ("measure",), "mean": ("measure",)}
ANSWERS = ("pass", "fail", "unknown", "not_applicable", "excepted")  # of the subjects of one control
STATES = ("met", "partly", "not_met", "not_measured", "not_applicable")  # of several controls


def _columns(one, wanted, allowed):
    """The names the SQL gives its outermost columns; found by the words, since the store checks them again."""
    found = set(re.findall(r"\bAS\s+([a-z_]+)\b", field(one, "sql", str)))
    for column in wanted:
        if column not in found:
            raise Mistake(f"{one.where}: the SQL must give {column}")
    return {column: column in found for column in allowed}


def _registers_of(one, known):
    names = list(dict.fromkeys(re.findall(r"\breg_([a-z0-9_]+)\b", one["sql"])))
    for name in names:
        if name not in known:
            raise Mistake(f"{one.where}: reads reg_{name}, but spec/registers/{name}.yaml does not exist")
    return names


def _load(spec, name):
    path = spec / "figures" / name
    return (load(path) if path.exists() else None) or []


def read_spans(spec):
    known = {r["register"] for r in registers.read(spec)}
    spans = _load(spec, "spans.yaml")
    for span in spans:
        only(span, {"span", "days", "sql"})
        field(span, "days", int)
        given = _columns(span, ("from_s", "to_s"), ("endpoint_id", "unit_id"))
        if sum(given.values()) != 1:
            raise Mistake(f"{span.where}: the SQL must give endpoint_id or unit_id")
        span["over"] = "endpoint" if given["endpoint_id"] else "unit"
        span["registers"] = _registers_of(span, known)
    return spans


def read_measures(spec):
    known = {r["register"] for r in registers.read(spec)}
    measures = _load(spec, "measures.yaml")
    for measure in measures:
        only(measure, {"measure", "days", "sql"})
        measure.update(_columns(measure, ("unit_id", "value"), ("whole", "at_s")))
        if ("days" in measure) and (not measure["at_s"] or field(measure, "days", int) < 1):
            raise Mistake(f"{measure.where}: days: how many count, of rows that give at_s")
        measure["dated"] = measure["at_s"] or bool(re.search(r"\bmoment\b", measure["sql"]))
        measure["registers"] = _registers_of(measure, known)
    return measures


def _check_source(value, kind, known, spans, measures):
    if kind not in KINDS:
        raise Mistake(f"{value.where}: 'kind': expected one of {', '.join(KINDS)}; found {kind!r}")
    for source, names in (("span", spans), ("measure", measures)):
        if source in value and source not in SOURCES[kind]:
            raise Mistake(f"{value.where}: {kind} is not made from a {source}")
        if source in value and value[source] not in names:
            raise Mistake(f"{value.where}: unknown {source} {value[source]!r}")
    if not any(source in value for source in SOURCES[kind]):
        raise Mistake(f"{value.where}: {kind} is made from: {' or '.join(SOURCES[kind])}")
    if kind == "share" and "measure" in value and not measures[value["measure"]]["whole"]:
        raise Mistake(f"{value.where}: the measure {value['measure']} gives no column `whole` to take a share of")
    if "control" in value and "controls" in value:
        raise Mistake(f"{value.where}: give either control or controls")
    value["names"] = ([value["control"]] if "control" in value else known if value.get("controls") == "all" else value.get("controls") or [])
    if "controls" in value and (not isinstance(value["names"], list) or len(value["names"]) < 2):
        raise Mistake(f"{value.where}: controls: expected `all` or several names")
    if "of" in value and (value["of"] != "subjects" or "controls" not in value or kind != "count"):
        raise Mistake(f"{value.where}: of: expected subjects, of a count of several controls")
    for name in value["names"]:
        if name not in known:
            raise Mistake(f"{value.where}: unknown control {name!r}")
    for state in value.get("states", []):
        if state not in _states_of(value):
            raise Mistake(f"{value.where}: unknown state {state!r}")


def _of_subjects(value):
    return "control" in value or value.get("of") == "subjects"


def _states_of(value):
    return ANSWERS if _of_subjects(value) else STATES


def read(spec):
    spans = {s["span"]: s for s in read_spans(spec)}
    measures = {m["measure"]: m for m in read_measures(spec)}
    known = [c["control"] for c in controls.read(spec)]
    figures = load(spec / "figures" / "figures.yaml")
    for figure in figures:
        only(figure, KEYS)
        both_languages(figure)
        if "note" in figure:
            both_languages(field(figure, "note", dict))
        kind = field(figure, "kind", str, one_of=KINDS)
        if ("value" in figure) == ("unmeasured" in figure):
            raise Mistake(f"{figure.where}: give either value or unmeasured")
        if "value" in figure:
            only(figure["value"], VALUE_KEYS)
            _check_source(figure["value"], kind, known, spans, measures)
        for part in figure.get("parts") or []:
            only(part, PART_KEYS)
            both_languages(part)
            _check_source(part, field(part, "kind", str), known, spans, measures)
    return figures


def _mask(value):
    return " | ".join(f"1u << {_states_of(value).index(s)}" for s in value.get("states") or ["fail" if _of_subjects(value) else "not_met"])


def _pointer(value, source):
    return f"&kh_{source}s[KH_{source.upper()}_{value[source].upper()}]" if source in value else "NULL"


def _value(value, kind):
    names = "".join(f"KH_CONTROL_{name.upper()}, " for name in value["names"])
    return (f"{{.id = {emit.c_string(value.get('id'))}, .label = {{{emit.c_string(value.get('vi'))}, {emit.c_string(value.get('en'))}}}, "
            f".kind = KH_FIGURE_{kind.upper()}, .span = {_pointer(value, 'span')}, .measure = {_pointer(value, 'measure')}, .states = {_mask(value)}, .of_subjects = {emit.c_bool(_of_subjects(value))}, "
            f".controls_count = {len(value['names'])}, .controls = (const enum kh_control_id[]){{{names or '0'}}}}}")


def _row(figure):
    kind = figure["kind"]
    better = figure.get("better", "low" if kind in LOW_IS_BETTER else "high")
    waits = figure.get("unmeasured") or {}
    note = figure.get("note") or {}
    parts = figure.get("parts") or []
    value = _value(figure["value"], kind) if "value" in figure else f"{{.kind = KH_FIGURE_{kind.upper()}}}"
    table = f".parts = (const struct kh_figure_value[]){{{', '.join(_value(p, p['kind']) for p in parts)}}}," if parts else ""
    target = figure.get("target")
    return (f"\t{{.id = {emit.c_string(figure['figure'])}, .title = {{{emit.c_string(figure['vi'])}, {emit.c_string(figure['en'])}}},\n"
            f"\t .low_is_better = {emit.c_bool(better == 'low')}, "
            f".has_target = {emit.c_bool(target is not None)}, .target = {target if target is not None else 0},\n"
            f"\t .measured = {emit.c_bool('value' in figure)}, .value = {value}, {table} .parts_count = {len(parts)},\n"
            f"\t .waits_for = {{{emit.c_string(waits.get('vi'))}, {emit.c_string(waits.get('en'))}}}, "
            f".note = {{{emit.c_string(note.get('vi'))}, {emit.c_string(note.get('en'))}}}}},")


def _names(one):
    return f"(const char *const[]){{{''.join(emit.c_string(name) + ', ' for name in one['registers'])}NULL}}"


def _span_row(s):
    return f"\t{{.name = {emit.c_string(s['span'])}, .over = KH_OVER_{s['over'].upper()}, .days = {s['days']}, .registers = {_names(s)}, .sql = {emit.c_string(s['sql'])}}},\n"


def _measure_row(m):
    return (f"\t{{.name = {emit.c_string(m['measure'])}, .days = {m.get('days', 0)}, .whole = {emit.c_bool(m['whole'])}, .at = {emit.c_bool(m['at_s'])}, "
            f".dated = {emit.c_bool(m['dated'])}, .registers = {_names(m)}, .sql = {emit.c_string(m['sql'])}}},\n")


def _enum(name, prefix, items):
    return f"enum kh_{name}_id {{\n" + "".join(f"\tKH_{prefix}_{item.upper()},\n" for item in items) + f"\tKH_{prefix}S_COUNT,\n}};\n"


def generate(spec, out):
    figures, spans, measures = read(spec), read_spans(spec), read_measures(spec)
    emit.write(out / "figures.h", emit.header("spec/figures", f"#define KH_FIGURES_COUNT {len(figures)}\n\n"
               + _enum("span", "SPAN", [s["span"] for s in spans]) + _enum("measure", "MEASURE", [m["measure"] for m in measures]) + """
/* How long something takes: the median of what ended within so many days. */
struct kh_span {
	const char *name, *sql; /* sql: SELECT endpoint_id (over units: unit_id), from_s, to_s … */
	enum kh_over over;
	int days;
	const char *const *registers; /* that it reads; NULL-terminated */
};

extern const struct kh_span kh_spans[KH_SPANS_COUNT + 1];

/* How much there is of something: summed over a unit and below. */
struct kh_measure {
	const char *name, *sql; /* sql: SELECT unit_id, value [, whole] [, at_s] …; it may read moment(now_s) */
	int days;               /* only what lies at most so long back; 0: all */
	bool whole;             /* gives what the value is a share of */
	bool at;                /* gives when it was: only what lies before the day asked about counts */
	bool dated;             /* can be said of a past day */
	const char *const *registers;
};

extern const struct kh_measure kh_measures[KH_MEASURES_COUNT + 1];

enum kh_figure_kind {
	KH_FIGURE_SHARE,   /* in percent: pass ÷ (pass+fail+unknown); of several controls met ÷ those that apply; of a measure value ÷ whole */
	KH_FIGURE_COUNT,   /* how many are in `states` */
	KH_FIGURE_HOURS,   /* the median of a span */
	KH_FIGURE_MINUTES,
	KH_FIGURE_SUM,     /* of a measure */
	KH_FIGURE_MEAN,
};

/* Counted from one control: its subjects, `states` being bits by enum kh_answer (pass, fail, unknown, not_applicable, excepted).
 * Counted from several: the controls themselves, `states` being bits by enum kh_state (met, partly, not_met, not_measured, not_applicable).
 * From a span or a measure: then a control, when there is one, has the rows. */
struct kh_figure_value {
	const char *id; /* NULL for a headline */
	const char *label[2];
	enum kh_figure_kind kind;
	const struct kh_span *span;       /* NULL: none */
	const struct kh_measure *measure; /* NULL: none */
	unsigned states;  /* by enum kh_answer, or enum kh_state where controls are counted */
	bool of_subjects; /* the subjects of the controls are counted, not the controls */
	const enum kh_control_id *controls;
	size_t controls_count;
};

struct kh_figure {
	const char *id; /* "K01" */
	const char *title[2];
	bool low_is_better, has_target;
	double target;
	bool measured; /* false: `waits_for` says what it waits for, and of the value only the kind is known */
	struct kh_figure_value value;
	const struct kh_figure_value *parts;
	size_t parts_count;
	const char *waits_for[2];
	const char *note[2]; /* what the figure does not hold yet, or how to read it; NULL: none */
};

extern const struct kh_figure kh_figures[KH_FIGURES_COUNT];
""", ("stdbool.h", "stddef.h", "gen/controls.h")))
    emit.write(out / "figures.c", emit.source("spec/figures", "gen/figures.h",
               f"const struct kh_span kh_spans[KH_SPANS_COUNT + 1] = {{\n{''.join(map(_span_row, spans))}\t{{0}},\n}};\n\n"
               f"const struct kh_measure kh_measures[KH_MEASURES_COUNT + 1] = {{\n{''.join(map(_measure_row, measures))}\t{{0}},\n}};\n\n"
               "const struct kh_figure kh_figures[KH_FIGURES_COUNT] = {\n" + "\n".join(_row(f) for f in figures) + "\n};\n"))
