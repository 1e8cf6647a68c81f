"""spec/controls/*.yaml → gen/controls.h, controls.c"""

import re

from . import codes, emit, facts, registers
from .load import Mistake, both_languages, field, load_dir, only

KEYS = {"control", "over", "reach", "subject", "vi", "en", "clock", "remedy", "sql", "evidence", "source", "note"}
PAIR = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")  # {Đang chạy|Running} in the SQL: a text for people
WORDS = re.compile(r"\{words (\w+)\.(\w+) (\w+\.\w+)\}")  # {words holiday_check.item r.item}: what is stored as a code, in the words of its register; {words codes.secret_level d.level}: of a family of codes.yaml
OVER = ("endpoint", "unit")
REACH = ("below", "above")
CORE = ("detection", "scan", "content_state")  # tables of the server whose changes posture is told of, as it is of facts and registers
FREE = {"scope", "measured", "unit", "unit_ancestor", "endpoint"}


def _sql_in(sql, place):
    """The SQL with its texts in one language (0: Vietnamese, 1: English)."""
    return PAIR.sub(lambda pair: "'" + pair.group(place + 1).replace("'", "''") + "'", sql)


def _period(column):
    """2026-11 → 11/2026, 2026-Q4 → Q4/2026: alike in both languages, as subjects are."""
    return f"CASE WHEN {column} LIKE '____-__' THEN SUBSTR({column}, 6, 2) || '/' || SUBSTR({column}, 1, 4) ELSE {column} END"


def _in_words(path, sql, known_registers, families):
    """The SQL with a CASE of pairs where it asks for the words of a code."""
    def case(asked):
        fields = {f["name"]: f for f in known_registers.get(asked[1], [])}
        words = families.get(asked[2]) if asked[1] == "codes" else fields.get(asked[2], {}).get("words")
        if fields.get(asked[2], {}).get("shown") in ("month", "period"):
            return _period(asked[3])
        if not words:
            raise Mistake(f"{path}: {asked[0]}: spec/{'' if asked[1] == 'codes' else 'registers/'}{asked[1]}.yaml has no code {asked[2]}")
        return f"CASE {asked[3]} " + " ".join(f"WHEN '{code}' THEN {{{vi}|{en}}}" for code, (vi, en) in words.items()) + f" ELSE {asked[3]} END"
    return WORDS.sub(case, sql)


def _both_texts(path, sql):
    for text in re.findall(r"'([^']*)'", PAIR.sub("''", sql)):
        if re.search(r"[^\W\d_a-zA-Z]", text):
            raise Mistake(f"{path}: the text {text!r} stands in one language: write {{{text}|…}}")


def _known(path, prefix, names, known, folder):
    for name in names:
        if name not in known:
            raise Mistake(f"{path}: reads {prefix}{name}, but spec/{folder}/{name}.yaml does not exist")
    return names


def _in_order(names):
    return list(dict.fromkeys(names))


def _is_own(sql, alias):
    """Is the table joined by the unit the control asks about (r.unit_id = s.id; of a machine r.unit_id = s.unit_id)?"""
    other = r"\w+\.(?:id|unit_id)\b"
    return re.search(rf"\b{alias}\.unit_id\s*=\s*{other}|\b{other}\s*=\s*{alias}\.unit_id\b", sql)


def _check_reach(path, data):
    """Records of other units than its own must be declared: a change there is a reason to ask again."""
    sql, reach = data["sql"], data["reach"]
    for one in reach:
        if one not in REACH:
            raise Mistake(f"{path}: reach: expected a list of {', '.join(REACH)}; found {one!r}")
    if not reach and re.search(r"\bunit_ancestor\b", sql):
        raise Mistake(f"{path}: reads other units through unit_ancestor: say `reach: [below]` or `[above]`, whose records")
    for name, alias in re.findall(r"\breg_([a-z0-9_]+)(?:\s+(?:AS\s+)?(?!ON\b|WHERE\b|JOIN\b|LEFT\b|GROUP\b|ORDER\b)([a-z]\w*))?", sql):
        if not reach and not _is_own(sql, alias or f"reg_{name}"):
            raise Mistake(f"{path}: reg_{name} {alias} is not joined by the unit asked about: compare {alias or 'its'}.unit_id, or say `reach: [below]` or `[above]`")
    if data["over"] == "unit" and "below" in reach and (data["reads"] or data["reads_core"]):
        raise Mistake(f"{path}: a control over units reads machines of the unit itself alone: posture adds up what is below")


def _check_tables(path, data):
    """Of any other table nobody tells posture that it changed: only the clock finds out."""
    named = {name.lower() for name in re.findall(r"\b(\w+)\s+AS\s+(?:NOT\s+MATERIALIZED\s*)?\(\s*(?:SELECT|WITH|VALUES)\b", data["sql"], re.I)}
    for table in re.findall(r"\b(?:FROM|JOIN)\s+([a-z_]\w*)", data["sql"]):
        told = table in FREE or table in CORE or table in named or table.startswith(("fact_", "reg_"))
        if not told and not data.get("clock"):
            raise Mistake(f"{path}: reads {table}, of which no change is told: say `clock: true`")


def _record_of(path, sql):
    """The register whose record an answer about a unit names: that of r in `r.id AS record`."""
    named = re.search(r"\b([a-z]\w*)\.id\)? AS record\b", sql)
    if not named:
        return None
    register = re.search(rf"\breg_([a-z0-9_]+)\s+(?:AS\s+)?{named[1]}\b", sql)
    if not register:
        raise Mistake(f"{path}: `{named[1]}.id AS record` is not of a register")
    return register[1]


def _read_one(path, data, tables, known_registers, families):
    only(data, KEYS)
    both_languages(data)
    both_languages(field(data, "remedy", dict))
    if field(data, "control", str) != path.stem:
        raise Mistake(f"{path}: the control is named {data['control']!r}")
    data["over"] = field(data, "over", str, "endpoint", one_of=OVER)
    data["reach"] = field(data, "reach", list, [])
    sql = _in_words(path, field(data, "sql", str), known_registers, families)
    data["sql"] = sql
    data["reads"] = _known(path, "fact_", sorted(set(re.findall(r"\bfact_([a-z_]+)\b", sql)) - {"table"}), tables, "facts")
    data["registers"] = _known(path, "reg_", _in_order(re.findall(r"\breg_([a-z0-9_]+)\b", sql)), known_registers, "registers")
    core = CORE + (("endpoint",) if data["over"] == "unit" else ())
    data["reads_core"] = sorted(set(re.findall(rf"\b({'|'.join(core)})\b", PAIR.sub("", sql))))
    data["record_of"] = _record_of(path, sql) if data["over"] == "unit" else None
    _both_texts(path, sql)
    _check_reach(path, data)
    _check_tables(path, data)
    data["sql"], data["sql_en"] = _sql_in(sql, 0), _sql_in(sql, 1)
    if not re.search(r"\bscope\b", data["sql"]):
        raise Mistake(f"{path}: the SQL must start from scope")
    return data


def read(spec):
    tables = {table["table"] for table in facts.read(spec)}
    known_registers = {register["register"]: register["fields"] for register in registers.read(spec)}
    families = codes.read(spec)
    return [_read_one(path, data, tables, known_registers, families) for path, data in load_dir(spec / "controls")]


def _list(names):
    return f"(const char *const[]){{{''.join(emit.c_string(name) + ', ' for name in names)}NULL}}"


def _row(control):
    return (f"\t{{.name = {emit.c_string(control['control'])}, .subject = {emit.c_string(field(control, 'subject', str))},\n"
            f"\t .title = {{{emit.c_string(control['vi'])}, {emit.c_string(control['en'])}}},\n"
            f"\t .remedy = {{{emit.c_string(control['remedy']['vi'])}, {emit.c_string(control['remedy']['en'])}}},\n"
            f"\t .over = KH_OVER_{control['over'].upper()}, .clock = {emit.c_bool(control.get('clock'))}, "
            f".reach = {' | '.join('KH_REACH_' + one.upper() for one in control['reach']) or '0'},\n"
            f"\t .reads = {_list(control['reads'] + control['reads_core'])}, .registers = {_list(control['registers'])}, .record_of = {emit.c_string(control['record_of'])},\n"
            f"\t .sql = {{{emit.c_string(control['sql'])}, {emit.c_string(control['sql_en'])}}}}},")


def generate(spec, out):
    controls = read(spec)
    emit.write(out / "controls.h", emit.header("spec/controls", "enum kh_control_id {\n"
               + "".join(f"\tKH_CONTROL_{c['control'].upper()},\n" for c in controls) + "\tKH_CONTROLS_COUNT,\n};\n" + """
/* Who is asked. */
enum kh_over { KH_OVER_ENDPOINT, KH_OVER_UNIT };

/* Whose records a control reads besides those of the unit asked about (of the machine's unit). */
enum kh_reach { KH_REACH_BELOW = 1, KH_REACH_ABOVE = 2 };

struct kh_control {
	const char *name, *subject;
	const char *title[2], *remedy[2]; /* by enum kh_language */
	enum kh_over over;
	bool clock;                    /* the answer changes as time passes */
	unsigned reach;                /* of enum kh_reach */
	const char *const *reads;      /* fact tables without fact_, and `detection`, `scan`, `content_state`; over units also `endpoint`; NULL-terminated */
	const char *const *registers;  /* registers without reg_; NULL-terminated */
	const char *record_of;         /* the register whose ids stand in the column `record`; NULL: there is none */
	const char *sql[2];            /* SELECT endpoint_id, subject, state, evidence FROM scope …, over units unit_id, subject, state, evidence, record;
	                                * they differ in the language of subject and evidence alone */
};

extern const struct kh_control kh_controls[KH_CONTROLS_COUNT];
""", ("stdbool.h", "stddef.h")))
    emit.write(out / "controls.c", emit.source("spec/controls", "gen/controls.h",
               "const struct kh_control kh_controls[KH_CONTROLS_COUNT] = {\n" + "\n".join(_row(c) for c in controls) + "\n};\n"))
