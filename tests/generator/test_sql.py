"""The SQL of the server is the subset that SQLite and PostgreSQL read alike (src/db/db.h): every SQL text outside src/db is looked at for words of one store."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from gen import controls, facts, registers  # noqa: E402

STATEMENT = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|FROM|WHERE|AND|OR|ORDER|GROUP|JOIN|LEFT|HAVING|ON CONFLICT|CASE)\b")
# What one of the two does not read, or reads in another way; each with a text that must be caught.
FOREIGN = [
    (r"\bINSERT\s+OR\b|\bREPLACE\s+INTO\b", "INSERT OR REPLACE INTO t VALUES(1)"),
    (r"\bAUTOINCREMENT\b|\bWITHOUT\s+ROWID\b", "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT)"),
    (r"(?<![\w.])_?rowid\b|\.rowid\b|\boid\b", "SELECT rowid FROM t"),
    (r"\b(?:strftime|datetime|julianday|unixepoch|date|time)\s*\(", "SELECT datetime('now')"),
    (r"\bjson_\w+\s*\(|->", "SELECT json_extract(body, '$.a') FROM event"),
    (r"\b(?:GLOB|REGEXP|MATCH|PRAGMA|ATTACH|VACUUM|INDEXED\s+BY|UNLIKELY|LIKELY)\b", "SELECT 1 FROM t WHERE a GLOB 'x*'"),
    (r"==", "SELECT 1 FROM t WHERE a == 1"),
    (r"\b(?:IFNULL|NVL|IIF|ISNULL|GROUP_CONCAT|STRING_AGG|TOTAL|INSTR|PRINTF|TYPEOF|HEX|RANDOMBLOB|LAST_INSERT_ROWID|CHANGES)\s*\(", "SELECT IFNULL(a, 0) FROM t"),
    (r"\b(?:MIN|MAX)\s*\((?:[^(),]|\([^()]*\))*,", "SELECT MAX(a, b) FROM t"),
    (r'"', 'SELECT "text" FROM t'),
    (r"`|\[\w+\]", "SELECT `a` FROM t"),
    (r"\bIS\s+(?:NOT\s+)?(?!NULL\b|NOT\b|DISTINCT\b|TRUE\b|FALSE\b)[\w?]", "SELECT 1 FROM t WHERE a IS b"),
    (r"\bLIMIT\s+[^\s,)]+\s*,", "SELECT 1 FROM t LIMIT 5, 10"),
    (r"\bLIMIT\s+-\s*1", "SELECT 1 FROM t LIMIT -1"),
    (r"\b(?:BIGSERIAL|ILIKE|SIMILAR\s+TO|NOW\s*\(|BYTEA|JSONB|RETURNING\s+\*)", "SELECT 1 FROM t WHERE a ILIKE 'x'"),
    (r"::\w", "SELECT a::text FROM t"),
    (r"\$\d", "SELECT $1"),
    (r"\b(?:BLOB|DATETIME|TINYINT|DOUBLE)\b(?!\s*\()", "CREATE TABLE t(a BLOB)"),
    (r"(?:\|\|\s*(?:\d+\b|COUNT\s*\(|SUM\s*\()|(?:\b\d+|\bCOUNT\s*\([^()]*\)|\bSUM\s*\([^()]*\))\s*\|\|)", "SELECT 'a' || COUNT(x) FROM t"),
]
LITERAL = re.compile(r"'(?:[^']|'')*'")


def complaints(sql):
    """The foreign words of a statement; what stands in its string literals is text."""
    bare = LITERAL.sub("''", re.sub(r"--[^\n]*", "", sql))
    return [found.group(0) for pattern, _ in FOREIGN for found in [re.search(pattern, bare, re.I)] if found]


C_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|\'(?:\\.|[^\'\\])\'|"((?:\\.|[^"\\])*)"|[A-Za-z_]\w*|\\\n|\s+|.', re.S)


def c_texts(source):
    """The string literals of a C file; those that follow each other, or stand on both sides of a macro's name, are one text."""
    texts, parts, line, start = [], [], 1, 1
    for token in C_TOKEN.finditer(source):
        text = token.group(0)
        if token.group(1) is not None:
            start = line if not parts else start
            parts.append(re.sub(r'\\(["\\n])', lambda m: "\n" if m.group(1) == "n" else m.group(1), token.group(1)))
        elif parts and not re.match(r"\s|\\\n|/\*|//|[A-Z_]+$", text):
            texts.append((start, "".join(parts)))
            parts = []
        line += text.count("\n")
    return texts


def sql_texts():
    """(where, SQL) of everything under src/server and spec/."""
    for path in sorted((ROOT / "src/server").rglob("*.c")) + sorted((ROOT / "src/server").rglob("*.h")):
        if not path.name.startswith("test") and path.name != "world.c":
            for line, text in c_texts(path.read_text(encoding="utf-8")):
                if STATEMENT.match(text):
                    yield f"{path.relative_to(ROOT)}:{line}", text
    for path in sorted((ROOT / "src/server/schema").glob("*.sql")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for control in controls.read(ROOT / "spec"):
        yield f"spec/controls/{control['control']}.yaml", control["sql"]
    for table in facts.read(ROOT / "spec"):
        yield f"spec/facts/{table['table']}.yaml", facts.sql_of(table)
    for register in registers.read(ROOT / "spec"):
        yield f"spec/registers/{register['register']}.yaml", registers.sql_of(register)
        for rule in register["rules"]:
            yield f"spec/registers/{register['register']}.yaml: {rule['en']}", registers.rule_sql(register, rule)


class Sql(unittest.TestCase):
    def test_no_text_uses_a_word_of_one_store(self):
        self.assertEqual([f"{where}: {' '.join(found)}" for where, sql in sql_texts() if (found := complaints(sql))], [])

    def test_texts_are_found(self):
        texts = dict(sql_texts())
        self.assertGreater(sum(where.startswith("src/") for where in texts), 150)
        self.assertGreater(sum(where.startswith("spec/") for where in texts), 70)
        joined = [sql for where, sql in texts.items() if where.startswith("src/server/posture/posture.c")]
        self.assertTrue(any(sql.count("UNION ALL") and "ON CONFLICT" in sql for sql in joined), "a text of many lines is read as one")

    def test_each_word_is_caught_wherever_it_stands(self):
        for pattern, example in FOREIGN:
            with self.subTest(example):
                self.assertTrue(re.search(pattern, LITERAL.sub("''", example), re.I))
                self.assertTrue(complaints(example))
                source = 'int r = kh_db_run(db, "' + example.replace('"', '\\"').replace(" ", ' "\n\t\t"', 1) + '", id);\n'
                self.assertTrue(any(complaints(text) for _, text in c_texts(source)), source)

    def test_texts_for_people_are_left_alone(self):
        self.assertEqual(complaints("SELECT 'date(x) == \"y\" IFNULL(' || name AS a FROM t WHERE b IS NOT NULL AND c LIKE ?1 ESCAPE '\\'"), [])


if __name__ == "__main__":
    unittest.main()
