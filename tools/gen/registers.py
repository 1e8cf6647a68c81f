"""spec/registers/*.yaml → gen/registers.h, registers.c"""

from . import emit
from .load import Mistake, both_languages, field, load_dir, only

TYPES = {"text": "TEXT", "int": "BIGINT", "bool": "INTEGER", "time": "BIGINT", "date": "TEXT"}
KEYS = {"register", "vi", "en", "level", "fields", "states", "note", "figures"}
FIELD_KEYS = {"name", "type", "required", "max", "min", "vi", "en", "note", "values", "unique"}


def read(spec):
    registers = []
    for path, data in load_dir(spec / "registers"):
        only(data, KEYS)
        both_languages(data)
        if field(data, "register", str) != path.stem:
            raise Mistake(f"{path}: the register is named {data['register']!r}")
        for column in field(data, "fields", list):
            only(column, FIELD_KEYS)
            both_languages(column)
            field(column, "type", str, one_of=TYPES)
        registers.append(data)
    return registers


def sql_of(register):
    name = f"reg_{register['register']}"
    columns = "".join(f",\n  {f['name']} {TYPES[f['type']]}{' NOT NULL' if f.get('required') else ''}" for f in register["fields"])
    unique = [f["name"] for f in register["fields"] if f.get("unique")]
    keys = f",\n  UNIQUE (unit_id, {', '.join(unique)})" if unique else ""
    return (f"CREATE TABLE {name}(\n  id INTEGER PRIMARY KEY,\n  unit_id BIGINT NOT NULL,\n  state TEXT NOT NULL,\n  version BIGINT NOT NULL,\n"
            f"  created_s BIGINT NOT NULL,\n  changed_s BIGINT NOT NULL,\n  changed_by TEXT NOT NULL{columns}{keys}\n);\n"
            f"CREATE INDEX {name}_unit ON {name}(unit_id);\n")


def _field_row(f):
    return (f"\t{{{emit.c_string(f['name'])}, {emit.c_string(f['type'])}, {emit.c_bool(f.get('required'))}, {f.get('max', 4096)}, "
            f"{{{emit.c_string(f['vi'])}, {emit.c_string(f['en'])}}}}},\n")


def generate(spec, out):
    registers = read(spec)
    emit.write(out / "registers.h", emit.header("spec/registers", """struct kh_register_field {
	const char *name, *type;
	bool required;
	long max; /* bytes of a text, or the largest number */
	const char *label[2];
};

struct kh_register {
	const char *name;
	const char *label[2];
	const struct kh_register_field *fields;
	size_t fields_count;
	const char *const *states; /* the first is where a record begins; NULL-terminated */
	const char *sql;
};

"""
               f"#define KH_REGISTERS_COUNT {len(registers)}\nextern const struct kh_register kh_registers[];\n", ("stdbool.h", "stddef.h")))
    body = "".join(f"static const struct kh_register_field {r['register']}_fields[] = {{\n" + "".join(map(_field_row, r["fields"])) + "};\n\n" for r in registers)
    rows = "".join(
        f"\t{{{emit.c_string(r['register'])}, {{{emit.c_string(r['vi'])}, {emit.c_string(r['en'])}}}, {r['register']}_fields, {len(r['fields'])}, "
        f"(const char *const[]){{{''.join(emit.c_string(s) + ', ' for s in r.get('states') or ['active'])}NULL}}, {emit.c_string(sql_of(r))}}},\n" for r in registers)
    emit.write(out / "registers.c", emit.source("spec/registers", "gen/registers.h",
               body + f"const struct kh_register kh_registers[] = {{\n{rows}\t{{0}},\n}};\n"))
