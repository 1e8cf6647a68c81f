"""spec/registers/*.yaml → gen/registers.h, registers.c; registers.json for the console"""

import json
import re

from . import codes, emit, roles
from .load import Mistake, both_languages, field, load_dir, only

SQL_TYPES = {"text": "TEXT", "long": "TEXT", "int": "BIGINT", "bool": "INTEGER", "date": "BIGINT", "time": "BIGINT", "code": "TEXT", "ref": "BIGINT"}
WHEN = ("past", "ahead")  # of a date or time: not after the present when it is entered, not before it
FORMS = ("email", "phone", "ip", "network", "domain", "url", "sha256", "host")
SHOWN = ("month", "period", "route", "rule", "directive", "user")  # a text that people are shown in other words than it is stored in
OFFERS = ("signers",)  # names that the console offers to fill in a text: those who sign for the unit
TONES = ("quiet", "good", "wait", "bad")
OUTSIDE = ("endpoint", "unit", "user")  # what a reference may name besides registers
KEYS = {"register", "vi", "en", "one", "group", "note", "call", "share", "one_per_unit", "rights", "columns", "sort", "import", "fields", "states", "moves", "rules"}
FIELD_KEYS = {"name", "type", "form", "shown", "offer", "required", "unique", "set", "when", "min", "max", "of", "values", "vi", "en", "note"}
STATE_KEYS = {"state", "vi", "en", "tone", "frozen"}
MOVE_KEYS = {"move", "from", "to", "vi", "en", "needs", "proof", "sets", "by", "right"}
RULE_KEYS = {"in", "sql", "vi", "en"}
OWN = [("id", "INTEGER PRIMARY KEY"), ("unit_id", "BIGINT NOT NULL"), ("state", "TEXT NOT NULL"), ("state_s", "BIGINT NOT NULL"), ("version", "BIGINT NOT NULL"),
       ("created_s", "BIGINT NOT NULL"), ("created_by", "TEXT NOT NULL"), ("changed_s", "BIGINT NOT NULL"), ("changed_by", "TEXT NOT NULL"),
       ("search", "TEXT NOT NULL")]  # search: the texts of the record, folded
RESERVED = {"all", "and", "as", "asc", "by", "case", "check", "collate", "column", "commit", "default", "delete", "desc", "end", "else", "for", "foreign", "from", "group",
            "in", "index", "insert", "into", "is", "join", "key", "like", "limit", "not", "null", "of", "on", "or", "order", "primary", "references", "select", "set",
            "table", "then", "to", "union", "unique", "unit", "update", "user", "using", "values", "when", "where", "window", "with"}
MAX_FIELDS = 60
DEFAULT_STATE = {"state": "active", "vi": "Đang dùng", "en": "Active", "tone": "good"}


def read(spec):
    families = codes.read(spec)
    rights = {r["right"] for r in roles.read(spec)["rights"]}
    registers = []
    for path, data in load_dir(spec / "registers"):
        only(data, KEYS)
        both_languages(data)
        both_languages(field(data, "one", dict))
        if field(data, "register", str) != path.stem or not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem):
            raise Mistake(f"{path}: the register is named {data['register']!r}")
        field(data, "group", str, one_of=families["register_group"])
        data["share"] = field(data, "share", str, "own", one_of=("own", "down")) == "down"
        data["rights"] = {**{"read": "register.read", "write": "register.write"}, **data.get("rights", {})}
        for right in data["rights"].values():
            _known(path, "right", right, rights)
        _fields(path, data, families)
        _states(path, data)
        _moves(path, data, families, rights)
        _rules(path, data)
        _names(path, data)
        registers.append(data)
    names = {r["register"] for r in registers}
    referred = {f.get("of") for r in registers for f in r["fields"] if f["type"] == "ref"}
    for register in registers:
        register["referred"] = register["register"] in referred
        for f in register["fields"]:
            if f["type"] == "ref" and field(f, "of", str) not in names and f["of"] not in OUTSIDE:
                raise Mistake(f"{f.where}: 'of': there is no register {f['of']!r}")
    return registers


def _known(where, what, name, known):
    if name not in known:
        raise Mistake(f"{where}: {what}: there is no {name!r}; known: {', '.join(known)}")


def _fields(path, data, families):
    names = set()
    if len(field(data, "fields", list)) > MAX_FIELDS:
        raise Mistake(f"{path}: more than {MAX_FIELDS} fields")
    for f in data["fields"]:
        only(f, FIELD_KEYS)
        both_languages(f)
        name, kind = field(f, "name", str), field(f, "type", str, one_of=SQL_TYPES)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED or name in names or name in dict(OWN):
            raise Mistake(f"{f.where}: {name!r} cannot be the name of a field (taken, or a word of SQL)")
        names.add(name)
        if f.get("form") is not None and (kind != "text" or f["form"] not in FORMS):
            raise Mistake(f"{f.where}: 'form': expected one of {', '.join(FORMS)}, of a text")
        if f.get("shown") is not None and (kind != "text" or f["shown"] not in SHOWN):
            raise Mistake(f"{f.where}: 'shown': expected one of {', '.join(SHOWN)}, of a text")
        if f.get("offer") is not None and (kind != "text" or f["offer"] not in OFFERS):
            raise Mistake(f"{f.where}: 'offer': expected one of {', '.join(OFFERS)}, of a text")
        if f.get("when") is not None and (kind not in ("date", "time") or f["when"] not in WHEN):
            raise Mistake(f"{f.where}: 'when': expected one of {', '.join(WHEN)}, of a date or time")
        if kind == "code":
            _codes(f, families)
        if f.get("unique") and kind not in ("text", "code", "ref", "date", "int"):
            raise Mistake(f"{f.where}: a field of type {kind} cannot be unique")


def _codes(f, families):
    if ("values" in f) == ("of" in f):
        raise Mistake(f"{f.where}: a code has either its own 'values' or a family of codes.yaml as 'of'")
    if "of" in f:
        _known(f.where, "'of'", f["of"], families)
        f["words"] = families[f["of"]]
    else:
        for code, words in field(f, "values", dict).items():
            if not re.fullmatch(r"[a-z][a-z0-9_.]*", code):
                raise Mistake(f"{f.where}: {code!r} is no code: expected a-z, 0-9, _ and points")
            only(words, {"vi", "en"})
        f["words"] = {code: both_languages(words) for code, words in f["values"].items()}


def _states(path, data):
    data["states"] = data.get("states") or [DEFAULT_STATE]
    for state in data["states"]:
        if state is not DEFAULT_STATE:
            only(state, STATE_KEYS)
            both_languages(state)
            field(state, "tone", str, "quiet", one_of=TONES)
    names = [field(s, "state", str) if s is not DEFAULT_STATE else s["state"] for s in data["states"]]
    if len(set(names)) != len(names):
        raise Mistake(f"{path}: a state stands twice")


def _moves(path, data, families, rights):
    states, fields = {s["state"] for s in data["states"]}, {f["name"]: f for f in data["fields"]}
    data["moves"] = data.get("moves") or []
    for move in data["moves"]:
        only(move, MOVE_KEYS)
        both_languages(move)
        field(move, "move", str)
        for state in [*field(move, "from", list), field(move, "to", str)]:
            _known(move.where, "state", state, states)
        for name in move.get("needs", []):
            _known(move.where, "field", name, fields)
        for kind in move.get("proof", []):
            _known(move.where, "proof", kind, families["file_kind"])
        for name, value in move.get("sets", {}).items():
            _known(move.where, "field", name, fields)
            kinds = {"now": ("time", "date"), "actor": ("text",)}
            if value not in kinds or fields[name]["type"] not in kinds[value]:
                raise Mistake(f"{move.where}: 'sets': expected now for a time or date, actor for a text")
        field(move, "by", str, "anyone", one_of=("anyone", "above"))
        _known(move.where, "right", move.setdefault("right", data["rights"]["write"]), rights)
    names = [m["move"] for m in data["moves"]]
    if len(set(names)) != len(names):
        raise Mistake(f"{path}: a move stands twice")


def _rules(path, data):
    states = {s["state"] for s in data["states"]}
    data["rules"] = data.get("rules") or []
    known = {f["name"] for f in data["fields"]} | set(dict(OWN))
    for rule in data["rules"]:
        only(rule, RULE_KEYS)
        both_languages(rule)
        for state in rule.get("in", []):
            _known(rule.where, "state", state, states)
        for name in re.findall(r"(?<![\w.])r\.(\w+)", field(rule, "sql", str)):
            _known(rule.where, "field", name, known)


def _names(path, data):
    """Lists of fields name fields."""
    fields = {f["name"]: f for f in data["fields"]}
    for key in ("call", "columns", "import"):
        for name in field(data, key, list, required=key != "import") or []:
            if name not in fields and not (key == "columns" and name in ("state", "state_s", "changed_s", "created_s")):
                raise Mistake(f"{path}: {key}: there is no field {name!r}")
    data["sort"] = field(data, "sort", str, "-changed_s")
    if data["sort"].removeprefix("-") not in [*fields, "id", "unit", "state", "state_s", "created_s", "changed_s"]:
        raise Mistake(f"{path}: sort: there is no field {data['sort']!r}")
    if not fields[data["call"][0]].get("required"):
        raise Mistake(f"{path}: call: the first field, {data['call'][0]!r}, must be required: every record has a name")


# --- SQL


def table_of(register):
    """A column may be null whatever its field says: what is required may change from one version of a register to the next, and the engine checks it."""
    columns = [f"  {name} {kind}" for name, kind in OWN] + [f"  {f['name']} {SQL_TYPES[f['type']]}" for f in register["fields"]]
    return f"CREATE TABLE reg_{register['register']}(\n" + ",\n".join(columns) + "\n);\n"


def indexes_of(register):
    name = f"reg_{register['register']}"
    lines = [f"CREATE INDEX IF NOT EXISTS {name}_unit ON {name}(unit_id, state);\n"]
    key, called = register.get("import", []), register["call"][0]
    if key and not any(f.get("unique") for f in register["fields"] if f["name"] in key):  # an import looks for the record of each row
        lines.append(f"CREATE INDEX IF NOT EXISTS {name}_by_{'_'.join(key)} ON {name}(unit_id, {', '.join(key)});\n")
    if register["referred"] and any(f["type"] == "text" for f in register["fields"] if f["name"] == called):  # and for what a row names
        lines.append(f"CREATE INDEX IF NOT EXISTS {name}_called_{called} ON {name}({called});\n")
    for f in register["fields"]:
        if f.get("unique"):
            lines.append(f"CREATE UNIQUE INDEX IF NOT EXISTS {name}_{f['name']} ON {name}(unit_id, {f['name']});\n")
        if f["type"] == "ref" or f.get("of") == "control_name":  # exceptions are looked up by their control
            lines.append(f"CREATE INDEX IF NOT EXISTS {name}_of_{f['name']} ON {name}({f['name']});\n")
    return "".join(lines)


def sql_of(register):
    return table_of(register) + indexes_of(register)


# --- C

TYPES_H = """enum kh_field_type { KH_FIELD_TEXT, KH_FIELD_LONG, KH_FIELD_INT, KH_FIELD_BOOL, KH_FIELD_DATE, KH_FIELD_TIME, KH_FIELD_CODE, KH_FIELD_REF };

enum kh_text_form { KH_TEXT_FORM_NONE, KH_TEXT_FORM_EMAIL, KH_TEXT_FORM_PHONE, KH_TEXT_FORM_IP, KH_TEXT_FORM_NETWORK, KH_TEXT_FORM_DOMAIN, KH_TEXT_FORM_URL, KH_TEXT_FORM_SHA256, KH_TEXT_FORM_HOST };

enum kh_field_shown { KH_FIELD_SHOWN_AS_IT_IS, KH_FIELD_SHOWN_MONTH, KH_FIELD_SHOWN_PERIOD, KH_FIELD_SHOWN_ROUTE, KH_FIELD_SHOWN_RULE, KH_FIELD_SHOWN_DIRECTIVE, KH_FIELD_SHOWN_USER };

enum kh_field_when { KH_FIELD_WHEN_ANY, KH_FIELD_WHEN_PAST, KH_FIELD_WHEN_AHEAD };

struct kh_register_field {
	const char *name;
	enum kh_field_type type;
	enum kh_text_form form;
	enum kh_field_shown shown;  /* of a text: what people read in its place */
	bool required, unique, set; /* unique: within the unit; set: only moves and code fill it */
	enum kh_field_when when;    /* of a date or time, when it is entered: not after the present, not before it */
	int64_t min, max;           /* of a number; max of a text: characters */
	const char *of;             /* of a reference: a register, "endpoint", "unit" or "user"; of others NULL */
	const struct kh_code *codes;
	const char *label[2], *note[2]; /* by enum kh_language; notes may be NULL */
};

struct kh_register_state {
	const char *name;
	const char *label[2], *tone; /* quiet good wait bad */
	bool frozen;                 /* fields can no longer be changed by people */
};

struct kh_register_set {
	const char *field; /* NULL ends the list */
	bool actor;        /* the actor's name; else the present time */
};

struct kh_register_move {
	const char *name;
	const char *label[2];
	const char *const *from; /* NULL ends this list and the next ones */
	const char *to;
	const char *const *needs; /* fields that must be filled */
	const char *const *proof; /* kinds of files, at least one of each */
	const struct kh_register_set *sets;
	bool above;     /* only by a user whose unit stands above the record's */
	unsigned right; /* enum kh_right */
};

struct kh_register_rule {
	const char *const *in; /* states; none: in every state */
	const char *sql;       /* how many records with id ?1 break it at the time ?2 */
	const char *text[2];
};

/* Tables of fields, states, moves and rules end with a row without a name (a rule: without SQL). */
struct kh_register {
	const char *name;
	const char *label[2], *one[2], *note[2]; /* notes may be NULL */
	const char *group;
	const char *const *call, *const *columns, *const *import; /* names of fields */
	const char *sort; /* how a list stands that nobody sorted: a field, - in front: descending */
	bool share_down, one_per_unit;
	unsigned read, write; /* enum kh_right */
	const struct kh_register_field *fields;
	size_t fields_count;
	const struct kh_register_state *states; /* the first is where a record begins */
	const struct kh_register_move *moves;
	const struct kh_register_rule *rules;
	const char *table_sql, *index_sql;
};

"""


def _texts(values):
    return "(const char *const[]){" + "".join(emit.c_string(v) + ", " for v in values or []) + "NULL}"


def _pair(data):
    return f"{{{emit.c_string(data['vi'])}, {emit.c_string(data['en'])}}}" if data else "{NULL, NULL}"


def _limits(f):
    if f["type"] in ("text", "long", "code"):
        return 0, f.get("max", 200 if f["type"] == "text" else 4000)
    return f.get("min", -(2**53)), f.get("max", 2**53)


def _field_row(register, f):
    words = "NULL" if f["type"] != "code" else f"kh_codes_{f['of']}" if "of" in f else f"{register['register']}_{f['name']}_codes"
    low, high = _limits(f)
    return (f"\t{{.name = {emit.c_string(f['name'])}, .type = KH_FIELD_{f['type'].upper()}, .form = KH_TEXT_FORM_{f.get('form', 'none').upper()}, .shown = KH_FIELD_SHOWN_{f.get('shown', 'as_it_is').upper()}, "
            f".required = {emit.c_bool(f.get('required'))}, .unique = {emit.c_bool(f.get('unique'))}, .set = {emit.c_bool(f.get('set'))}, .when = KH_FIELD_WHEN_{f.get('when', 'any').upper()}, .min = {low}, .max = {high},\n"
            f"\t .of = {emit.c_string(f['of'] if f['type'] == 'ref' else None)}, .codes = {words}, .label = {_pair(f)}, .note = {_pair(f.get('note'))}}},\n")


def _code_tables(register):
    out = ""
    for f in register["fields"]:
        if f["type"] == "code" and "of" not in f:
            rows = "".join(f"\t{{{emit.c_string(code)}, {{{emit.c_string(vi)}, {emit.c_string(en)}}}}},\n" for code, (vi, en) in f["words"].items())
            out += f"static const struct kh_code {register['register']}_{f['name']}_codes[] = {{\n{rows}\t{{0}},\n}};\n\n"
    return out


def _state_row(s):
    return f"\t{{{emit.c_string(s['state'])}, {_pair(s)}, {emit.c_string(s.get('tone', 'quiet'))}, {emit.c_bool(s.get('frozen'))}}},\n"


def _move_row(m):
    sets = "".join(f"{{{emit.c_string(name)}, {emit.c_bool(value == 'actor')}}}, " for name, value in m.get("sets", {}).items())
    return (f"\t{{.name = {emit.c_string(m['move'])}, .label = {_pair(m)}, .from = {_texts(m['from'])}, .to = {emit.c_string(m['to'])},\n"
            f"\t .needs = {_texts(m.get('needs'))}, .proof = {_texts(m.get('proof'))}, .sets = (const struct kh_register_set[]){{{sets}{{0}}}},\n"
            f"\t .above = {emit.c_bool(m.get('by') == 'above')}, .right = {roles.symbol(m['right'])}}},\n")


def rule_sql(register, rule):
    """As a CHECK of SQL: what is null is not broken."""
    return (f"SELECT COUNT(*) FROM reg_{register['register']} r, (SELECT CAST(?2 AS BIGINT) AS now_s) s WHERE r.id = ?1 AND NOT ({rule['sql'].strip()})")


def _rule_row(register, rule):
    return f"\t{{.in = {_texts(rule.get('in'))}, .sql = {emit.c_string(rule_sql(register, rule))}, .text = {_pair(rule)}}},\n"


def _tables(register):
    name = register["register"]
    out = _code_tables(register)
    for kind, rows in (("field", [_field_row(register, f) for f in register["fields"]]), ("state", map(_state_row, register["states"])),
                       ("move", map(_move_row, register["moves"])), ("rule", [_rule_row(register, r) for r in register["rules"]])):
        out += f"static const struct kh_register_{kind} {name}_{kind}s[] = {{\n{''.join(rows)}\t{{0}},\n}};\n\n"
    return out


def _row(r):
    name = r["register"]
    return (f"\t{{.name = {emit.c_string(name)}, .label = {_pair(r)}, .one = {_pair(r['one'])}, .note = {_pair(r.get('note'))}, .group = {emit.c_string(r['group'])},\n"
            f"\t .call = {_texts(r['call'])}, .columns = {_texts(r['columns'])}, .import = {_texts(r.get('import'))}, .sort = {emit.c_string(r['sort'])},\n"
            f"\t .share_down = {emit.c_bool(r['share'])}, .one_per_unit = {emit.c_bool(r.get('one_per_unit'))},\n"
            f"\t .read = {roles.symbol(r['rights']['read'])}, .write = {roles.symbol(r['rights']['write'])},\n"
            f"\t .fields = {name}_fields, .fields_count = {len(r['fields'])}, .states = {name}_states, .moves = {name}_moves, .rules = {name}_rules,\n"
            f"\t .table_sql = {emit.c_string(table_of(r))}, .index_sql = {emit.c_string(indexes_of(r))}}},\n")


def generate(spec, out):
    registers = read(spec)
    enum = "".join(f"\tKH_REGISTER_{r['register'].upper()},\n" for r in registers)
    emit.write(out / "registers.h", emit.header("spec/registers", "enum kh_register_id {\n" + enum + "\tKH_REGISTERS_COUNT,\n};\n\n"
               + f"#define KH_REGISTER_MAX_FIELDS {MAX_FIELDS}\n\n" + TYPES_H +
               "extern const struct kh_register kh_registers[KH_REGISTERS_COUNT + 1]; /* by enum kh_register_id; the last has no name */\n"
               "extern const char kh_registers_json[]; /* the same for the console: {\"items\": [RegisterDefinition]} of spec/api/types.yaml */\n",
               ("stdbool.h", "stddef.h", "stdint.h", "gen/codes.h", "gen/roles.h")))
    text = json.dumps({"items": definitions(registers)}, ensure_ascii=False, separators=(",", ":"))
    emit.write(out / "registers.c", emit.source("spec/registers", "gen/registers.h", "".join(map(_tables, registers))
               + f"const struct kh_register kh_registers[KH_REGISTERS_COUNT + 1] = {{\n{''.join(map(_row, registers))}\t{{0}},\n}};\n\n"
               + f"const char kh_registers_json[] =\n{emit.c_chunks(text)};\n"))


# --- the console


def _words(data):
    return {"vi": data["vi"], "en": data["en"]} if data else None


def _field_definition(f):
    low, high = _limits(f)
    return {"name": f["name"], "type": f["type"], "form": f.get("form"), "shown": f.get("shown"), "offer": f.get("offer"), "required": bool(f.get("required")), "unique": bool(f.get("unique")), "set": bool(f.get("set")), "when": f.get("when"),
            "min": low, "max": high, "of": f["of"] if f["type"] == "ref" else None,
            "values": [{"code": code, "label": {"vi": vi, "en": en}} for code, (vi, en) in f.get("words", {}).items()], "label": _words(f), "note": _words(f.get("note"))}


def definitions(registers):
    return [{
        "name": r["register"], "label": _words(r), "one": _words(r["one"]), "note": _words(r.get("note")), "group": r["group"], "call": list(r["call"]),
        "share_down": r["share"], "one_per_unit": bool(r.get("one_per_unit")), "read": r["rights"]["read"], "write": r["rights"]["write"],
        "columns": list(r["columns"]), "sort": r["sort"], "import": list(r.get("import", [])), "fields": [_field_definition(f) for f in r["fields"]],
        "states": [{"name": s["state"], "label": _words(s), "tone": s.get("tone", "quiet"), "frozen": bool(s.get("frozen"))} for s in r["states"]],
        "moves": [{"name": m["move"], "label": _words(m), "from": list(m["from"]), "to": m["to"], "needs": list(m.get("needs", [])), "proof": list(m.get("proof", [])),
                   "sets": list(m.get("sets", {})), "above": m.get("by") == "above", "right": m["right"]} for m in r["moves"]],
    } for r in registers]


def web(spec, out):
    families = codes.read(spec)
    data = {"items": definitions(read(spec)), "groups": list(families["register_group"]), "file_kinds": list(families["file_kind"])}
    emit.write(out / "registers.json", json.dumps(data, ensure_ascii=False, indent=1) + "\n")
