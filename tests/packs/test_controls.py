"""Every control's SQL, asked of hand-made rows in SQLite: a pass, a fail, an unknown and, where there is one, a not-applicable case. The cases: machine_cases.py.

Every case is asked three times: alone, beside a machine with the same rows, and beside one of which nothing is known; the answers must not mix."""

import pathlib
import re
import sqlite3
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from gen import controls, facts, registers  # noqa: E402
from machine_cases import CASES, NOW, SELF, ago  # noqa: E402

SPEC = ROOT / "spec"
STATES = ("pass", "fail", "unknown", "not_applicable")
WITH = """WITH scope AS NOT MATERIALIZED (SELECT e.id AS id, e.hostname AS hostname, e.unit_id AS unit_id, e.role AS role,
  CASE WHEN e.seen_s > 0 THEN e.seen_s END AS seen_s, CAST(?1 AS BIGINT) AS now_s FROM endpoint e WHERE e.state = 'active' AND {where}),
measured AS NOT MATERIALIZED (SELECT m.endpoint_id AS endpoint_id, m.fact_table AS fact_table FROM fact_state m WHERE m.state = 'measured') """

CONTROLS = {c["control"]: c for c in controls.read(SPEC) if c["over"] == "endpoint"}  # over units: test_unit_controls.py
TABLES = {t["table"]: t for t in facts.read(SPEC)}
OF_REGISTERS = {"repair_slip": lambda number: {"machine": number, "number": f"SC-{number}"}, "search_review": lambda number: {"endpoint": number}}

# What a control that reads no fact table says of a machine of which nothing has come in; all others say unknown (or not applicable, by its role).
WITHOUT_FACTS = {"agent_heard": "pass", "agent_heard_24h": "pass", "machine_scanned": "fail", "secret_machine_never_linked": "fail"}


class Store:
    """An empty server database: the core tables of the server, the fact tables and the registers of the spec."""

    made = None  # one such database; every other is its copy

    def __init__(self):
        Store.made = Store.made or self._make()
        self.db = sqlite3.connect(":memory:")
        Store.made.backup(self.db)

    @staticmethod
    def _make():
        db = sqlite3.connect(":memory:")
        for migration in sorted((ROOT / "src/server/schema").glob("*.sql")):
            db.executescript(migration.read_text(encoding="utf-8"))
        for table in TABLES.values():
            db.executescript(facts.sql_of(table))
        for register in registers.read(SPEC):
            db.executescript(registers.sql_of(register))
        db.execute("INSERT INTO unit(id, code, name, name_fold, kind, from_s) VALUES (1, 'u', 'u', 'u', 'ward', 0)")
        db.commit()
        return db

    def insert(self, table, row):
        self.db.execute(f"INSERT INTO {table}({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))

    def endpoint(self, number, role="internet", seen=0, offline_key=None, linked_s=None, **rows):
        self.insert("endpoint", {"id": number, "uid": f"m{number}", "unit_id": 1, "hostname": f"may-{number}", "hostname_fold": f"may-{number}", "role": role,
                                 "os": "", "state": "active", "fingerprint": "", "agent_version": "", "address": "", "enrolled_s": ago(400),
                                 "seen_s": 0 if seen is None else ago(seen), "clock_offset_s": 0, "offline_key": offline_key, "linked_s": linked_s})
        for table, entries in rows.items():
            if table in TABLES:
                self.insert("fact_state", {"endpoint_id": number, "fact_table": table, "state": "measured", "hash": "", "row_count": len(entries),
                                           "collected_s": NOW, "received_s": NOW})
            for entry in entries:
                if table in OF_REGISTERS:
                    self.insert(f"reg_{table}", {"unit_id": 1, **OF_REGISTERS[table](number), "state_s": NOW, "version": 1, "created_s": NOW, "created_by": "x",
                                                 "changed_s": NOW, "changed_by": "x", "search": "", **entry})
                elif table != "content_bundle":
                    self.insert(f"fact_{table}" if table in TABLES else table, {"endpoint_id": number, **entry})
                elif not self.db.execute("SELECT 1 FROM content_bundle WHERE sha256 = ?", (entry["sha256"],)).fetchone():
                    self.insert(table, entry)

    def ask(self, control, where="1 = 1"):
        """The answer as rows of (endpoint, subject, state, evidence)."""
        cursor = self.db.execute(f"{WITH.format(where=where)} SELECT * FROM (\n{CONTROLS[control]['sql']}\n) q", (NOW,))
        return [column[0] for column in cursor.description], cursor.fetchall()


def ask_of(rows, endpoint):
    return {str(row[1]): row[2] for row in rows if row[0] == endpoint}


class Sql(unittest.TestCase):
    def test_every_control_is_tried(self):
        self.assertEqual(sorted(CASES), sorted(CONTROLS))

    def test_every_state_has_a_case(self):
        for name, cases in CASES.items():
            tried = {state for _, _, expected, _ in cases for state in (expected.values() if isinstance(expected, dict) else [expected])}
            said = {state for state in STATES if f"'{state}'" in CONTROLS[name]["sql"]}
            with self.subTest(name):
                self.assertEqual(tried, said)
                self.assertIn("fail", said)
                self.assertIn("unknown" if name not in ("machine_scanned", "secret_machine_never_linked") else "fail", said)

    def portable(self, tried):
        """No function of one store, no time function, nothing that writes."""
        allowed = {"CASE", "WHEN", "CAST", "COALESCE", "COUNT", "MIN", "MAX", "SUM", "LOWER", "RTRIM", "SUBSTR", "EXISTS", "IN", "AND", "OR", "FROM", "SELECT", "JOIN", "ON", "THEN",
                   "ELSE", "NOT", "DISTINCT", "WHERE"}
        for name, control in tried.items():
            bare = re.sub(r"'[^']*'", "''", control["sql"])
            with self.subTest(name):
                self.assertEqual(set(re.findall(r"\b([A-Za-z_]+)\s*\(", bare)) - allowed, set())
                self.assertNotRegex(bare, r"(?i)\b(insert|update|delete|drop|pragma|group_concat|string_agg)\b")

    def test_portable(self):
        self.portable(CONTROLS)

    def test_cost_of_one_machine(self):
        """Asked about one machine, no control walks through the rows of all of them: only its own answer (q) and constants are scanned."""
        store = Store()
        for name, control in CONTROLS.items():
            plan = store.db.execute(f"EXPLAIN QUERY PLAN {WITH.format(where='e.id = 1')} SELECT * FROM ({control['sql']}) q", (NOW,)).fetchall()
            scans = [step[3] for step in plan if step[3].startswith("SCAN") and step[3] not in ("SCAN q", "SCAN field") and "CONSTANT" not in step[3]]
            with self.subTest(name):
                self.assertEqual(scans, [])


def _case_test(name, cases):
    def test(self):
        for what, machine, expected, evidence in cases:
            with self.subTest(what):
                store = Store()
                store.endpoint(1, **machine)
                alone = self.rows(store, name, "e.id = 1")
                wanted = expected if isinstance(expected, dict) else {SELF: expected}
                got = {(SELF if subject == "1" and SELF in wanted else subject): state for subject, state in ask_of(alone, 1).items()}
                self.assertEqual(got, wanted)
                if evidence:
                    self.assertTrue(any(evidence in row[3] for row in alone), f"{evidence!r} not in {[row[3] for row in alone]}")
                self.others_do_not_mix(store, name, machine, alone)

    return test


class Answers(unittest.TestCase):
    """One test per control: test_<control>."""

    def rows(self, store, name, where="1 = 1"):
        columns, rows = store.ask(name, where)
        self.assertEqual(columns, ["endpoint_id", "subject", "state", "evidence"])
        self.assertTrue(rows, "no answer at all")
        for row in rows:
            self.assertIn(row[2], STATES)
            self.assertIsNotNone(row[1])
            self.assertTrue(row[3] and row[3].strip(), f"no evidence: {row}")
        subjects = [row[:2] for row in rows]
        self.assertEqual(len(set(subjects)), len(subjects), f"a subject stands twice: {subjects}")
        return rows

    def others_do_not_mix(self, store, name, machine, alone):
        store.endpoint(2, **machine)
        store.endpoint(3)
        store.endpoint(4, role="secret")
        together = self.rows(store, name)
        self.assertEqual(ask_of(together, 1), ask_of(alone, 1))
        self.assertEqual(sorted(ask_of(together, 2).values()), sorted(ask_of(alone, 1).values()))
        without = WITHOUT_FACTS.get(name, "unknown")
        for endpoint in (3, 4):
            answers = set(ask_of(together, endpoint).values()) - {"not_applicable"}
            if name == "inventory_filled":  # a machine's name is known without measuring
                answers -= {"pass"}
            self.assertLessEqual(answers, {without}, f"machine {endpoint}, of which nothing is known")
            self.assertTrue(ask_of(together, endpoint), f"machine {endpoint} has no answer")


for _name, _cases in CASES.items():
    setattr(Answers, f"test_{_name}", _case_test(_name, _cases))

if __name__ == "__main__":
    unittest.main()
