"""spec/facts/*.yaml → gen/facts.h, facts.c (tables, columns, SQL)"""

from . import emit
from .load import Mistake, both_languages, field, load_dir, only

TYPES = {"text": "TEXT", "int": "BIGINT", "bool": "INTEGER", "time": "BIGINT"}
COLUMN_KEYS = {"name", "type", "key", "vi", "en", "note", "values"}
TABLE_KEYS = {"table", "vi", "en", "privileged", "singleton", "linux", "windows", "note", "terminal", "columns"}
LINE_KEYS = {"table", "rows"}  # what `khien facts --json` writes of a table itself


def read(spec):
    tables = []
    for path, data in load_dir(spec / "facts"):
        only(data, TABLE_KEYS)
        both_languages(data)
        if field(data, "table", str) != path.stem:
            raise Mistake(f"{path}: the table is named {data['table']!r}")
        for column in field(data, "columns", list):
            only(column, COLUMN_KEYS)
            both_languages(column)
            field(column, "type", str, one_of=TYPES)
        _check_names(path, data)
        tables.append(data)
    return tables


def _check_names(path, table):
    names = [column["name"] for column in table["columns"]]
    for name in LINE_KEYS.intersection(names):
        raise Mistake(f"{path}: a column cannot be named {name!r}")
    for name in table.get("terminal", []):
        if name not in names:
            raise Mistake(f"{path}: terminal: there is no column {name!r}")


def sql_of(table):
    columns = "".join(f",\n  {column['name']} {TYPES[column['type']]}" for column in table["columns"])
    name = f"fact_{table['table']}"
    return (f"CREATE TABLE {name}(\n  endpoint_id BIGINT NOT NULL{columns}\n);\n"
            f"CREATE INDEX {name}_endpoint ON {name}(endpoint_id);\n")


def _column_row(table, column):
    shown = column["name"] in table.get("terminal", [column["name"]])
    return (f"\t{{{emit.c_string(column['name'])}, KH_FACT_{column['type'].upper()}, {emit.c_bool(column.get('key'))}, {emit.c_bool(shown)}, "
            f"{{{emit.c_string(column['vi'])}, {emit.c_string(column['en'])}}}}},")


def _table_row(table):
    name = table["table"]
    return (f"\t{{{emit.c_string(name)}, {{{emit.c_string(table['vi'])}, {emit.c_string(table['en'])}}}, "
            f"{emit.c_bool(table.get('privileged'))}, {emit.c_bool(table.get('singleton'))}, {name}_columns, {len(table['columns'])}, "
            f"{emit.c_string(sql_of(table))}}},")


def generate(spec, out):
    tables = read(spec)
    enums = ["enum kh_fact_table {\n" + "".join(f"\tKH_FACTS_{t['table'].upper()},\n" for t in tables) + "\tKH_FACTS_COUNT,\n};\n"]
    for table in tables:
        prefix = f"KH_{table['table'].upper()}_"
        enums.append("enum { /* columns of " + table["table"] + " */\n" + "".join(f"\t{prefix}{c['name'].upper()},\n" for c in table["columns"]) + "};\n")
    emit.write(out / "facts.h", emit.header("spec/facts", "\n".join(enums) + """
enum kh_fact_type { KH_FACT_TEXT, KH_FACT_INT, KH_FACT_BOOL, KH_FACT_TIME };

struct kh_fact_column {
	const char *name;
	enum kh_fact_type type;
	bool key;
	bool shown; /* on a terminal; the others are in --json only */
	const char *label[2]; /* by enum kh_language */
};

struct kh_fact_table_info {
	const char *name;
	const char *label[2];
	bool privileged; /* rows are incomplete without root */
	bool singleton;  /* exactly one row */
	const struct kh_fact_column *columns;
	size_t columns_count;
	const char *sql; /* CREATE TABLE fact_<name> and its index */
};

extern const struct kh_fact_table_info kh_fact_tables[KH_FACTS_COUNT];
""", ("stdbool.h", "stddef.h")))
    body = "".join(f"static const struct kh_fact_column {t['table']}_columns[] = {{\n" + "\n".join(_column_row(t, c) for c in t["columns"]) + "\n};\n\n"
                   for t in tables)
    body += "const struct kh_fact_table_info kh_fact_tables[KH_FACTS_COUNT] = {\n" + "\n".join(_table_row(t) for t in tables) + "\n};\n"
    emit.write(out / "facts.c", emit.source("spec/facts", "gen/facts.h", body))
