"""spec/controls/*.yaml → gen/controls.h, controls.c"""

import re

from . import emit, facts
from .load import Mistake, both_languages, field, load_dir, only

KEYS = {"control", "subject", "vi", "en", "clock", "remedy", "sql", "evidence", "source", "note"}
PAIR = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")  # {Đang chạy|Running} in the SQL: a text for people


def _sql_in(sql, place):
    """The SQL with its texts in one language (0: Vietnamese, 1: English)."""
    return PAIR.sub(lambda pair: "'" + pair.group(place + 1).replace("'", "''") + "'", sql)


def _both_texts(path, sql):
    for text in re.findall(r"'([^']*)'", PAIR.sub("''", sql)):
        if re.search(r"[^\W\d_a-zA-Z]", text):
            raise Mistake(f"{path}: the text {text!r} stands in one language: write {{{text}|…}}")


def read(spec):
    known = {table["table"] for table in facts.read(spec)}
    controls = []
    for path, data in load_dir(spec / "controls"):
        only(data, KEYS)
        both_languages(data)
        both_languages(field(data, "remedy", dict))
        if field(data, "control", str) != path.stem:
            raise Mistake(f"{path}: the control is named {data['control']!r}")
        data["reads"] = sorted(set(re.findall(r"\bfact_([a-z_]+)\b", field(data, "sql", str))) - {"table"})
        for table in data["reads"]:
            if table not in known:
                raise Mistake(f"{path}: reads fact_{table}, but spec/facts/{table}.yaml does not exist")
        _both_texts(path, data["sql"])
        data["sql"], data["sql_en"] = _sql_in(data["sql"], 0), _sql_in(data["sql"], 1)
        if not re.search(r"\bscope\b", data["sql"]):
            raise Mistake(f"{path}: the SQL must start from scope")
        data["reads_core"] = sorted(set(re.findall(r"\b(detection|scan|content_state)\b", data["sql"])))
        controls.append(data)
    return controls


def _row(control):
    reads = control["reads"] + control["reads_core"]
    return (f"\t{{.name = {emit.c_string(control['control'])}, .subject = {emit.c_string(field(control, 'subject', str))},\n"
            f"\t .title = {{{emit.c_string(control['vi'])}, {emit.c_string(control['en'])}}},\n"
            f"\t .remedy = {{{emit.c_string(control['remedy']['vi'])}, {emit.c_string(control['remedy']['en'])}}},\n"
            f"\t .clock = {emit.c_bool(control.get('clock'))}, .reads = (const char *const[]){{{''.join(emit.c_string(r) + ', ' for r in reads)}NULL}},\n"
            f"\t .sql = {{{emit.c_string(control['sql'])}, {emit.c_string(control['sql_en'])}}}}},")


def generate(spec, out):
    controls = read(spec)
    emit.write(out / "controls.h", emit.header("spec/controls", "enum kh_control_id {\n"
               + "".join(f"\tKH_CONTROL_{c['control'].upper()},\n" for c in controls) + "\tKH_CONTROLS_COUNT,\n};\n" + """
struct kh_control {
	const char *name, *subject;
	const char *title[2], *remedy[2]; /* by enum kh_language */
	bool clock;                /* the answer changes as time passes */
	const char *const *reads;  /* fact tables without fact_, and `detection`, `scan`, `content_state`; NULL-terminated */
	const char *sql[2];        /* SELECT endpoint_id, subject, state, evidence FROM scope …; they differ in the language of subject and evidence alone */
};

extern const struct kh_control kh_controls[KH_CONTROLS_COUNT];
""", ("stdbool.h", "stddef.h")))
    emit.write(out / "controls.c", emit.source("spec/controls", "gen/controls.h",
               "const struct kh_control kh_controls[KH_CONTROLS_COUNT] = {\n" + "\n".join(_row(c) for c in controls) + "\n};\n"))
