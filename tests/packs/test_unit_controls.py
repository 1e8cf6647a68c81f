"""Every control over units, asked of hand-made records in SQLite: a pass, a fail, an unknown and, where there is one, a not-applicable case.

The cases stand in unit_cases_<group>.py. A case is (what, records, expected, evidence):
  records   register → its records, kept by the unit that is asked; `endpoint` → machines {role, seen (days)}; `above`, `below` → {register: records} of its superior, of a unit below;
            `kind` → what the unit is (a ward where it is not said)
  expected  the state of the one subject, or {subject: state}
  evidence  a part of the evidence, or None
A field of a record that is not named is null, or a filler where it is required; state is the register's first. Every case is asked beside a unit that keeps nothing; the answers must not mix."""

import re
import unittest

import test_controls as machines
import unit_cases_equipment as equipment
import unit_cases_people as people
import unit_cases_work as work
from test_controls import NOW, SPEC, STATES, Store, ago, controls, registers
from unit_records import MIDNIGHT

CONTROLS = {c["control"]: c for c in controls.read(SPEC) if c["over"] == "unit"}
REGISTERS = {r["register"]: r for r in registers.read(SPEC)}
COLUMNS = ["unit_id", "subject", "state", "evidence", "record"]
UNIT, SUPERIOR, LOWER, OTHER = 1, 2, 3, 4
WITH = """WITH scope AS NOT MATERIALIZED (SELECT e.id AS id, e.code AS code, e.name AS name, e.kind AS kind, CAST(?1 AS BIGINT) AS now_s
  FROM unit e WHERE e.to_s IS NULL AND {where}),
measured AS NOT MATERIALIZED (SELECT m.endpoint_id AS endpoint_id, m.fact_table AS fact_table FROM fact_state m WHERE m.state = 'measured') """


CASES = {**people.CASES, **equipment.CASES, **work.CASES}
FILL = {"text": "x", "long": "x", "int": 1, "bool": 0, "date": MIDNIGHT, "time": NOW, "ref": 1}  # what a required field holds where a case does not say


class Place(Store):
    """A unit below a superior and above another, and one beside it."""

    def __init__(self):
        super().__init__()
        for unit in (SUPERIOR, LOWER, OTHER):
            self.db.execute("INSERT INTO unit(id, code, name, name_fold, kind, from_s) VALUES (?1, 'u' || ?1, 'u', 'u', 'ward', 0)", (unit,))
        lines = [(unit, unit) for unit in (UNIT, SUPERIOR, LOWER, OTHER)] + [(UNIT, SUPERIOR), (LOWER, UNIT), (LOWER, SUPERIOR), (OTHER, SUPERIOR)]
        self.db.executemany("INSERT INTO unit_ancestor VALUES (?, ?)", lines)
        self.machines = 0

    def keep(self, unit, records):
        for name, rows in records.items():
            for row in rows:
                if name == "endpoint":
                    self.machines += 1
                    self.endpoint(self.machines, **row)
                    self.db.execute("UPDATE endpoint SET unit_id = ? WHERE id = ?", (unit, self.machines))
                else:
                    self.record(name, unit, row)

    def record(self, name, unit, row):
        first = (REGISTERS[name].get("states") or [{"state": "active"}])[0]["state"]
        own = {"unit_id": unit, "state": first, "state_s": ago(1), "version": 1, "created_s": ago(1), "created_by": "x", "changed_s": ago(1), "changed_by": "x", "search": ""}
        needed = {field["name"]: next(iter(field["values"])) if "values" in field else FILL.get(field["type"], "x") for field in REGISTERS[name]["fields"] if field.get("required")}
        self.insert(f"reg_{name}", {**own, **needed, **row})

    def ask(self, control, where="1 = 1"):
        cursor = self.db.execute(f"{WITH.format(where=where)} SELECT * FROM (\n{CONTROLS[control]['sql']}\n) q", (NOW,))
        return [column[0] for column in cursor.description], cursor.fetchall()


def _case_test(name, cases):
    def test(self):
        for what, records, expected, evidence in cases:
            with self.subTest(what):
                place = Place()
                place.db.execute("UPDATE unit SET kind = ? WHERE id = ?", (records.get("kind", "ward"), UNIT))
                around = {SUPERIOR: records.get("above", {}), LOWER: records.get("below", {}), UNIT: {k: v for k, v in records.items() if k not in ("above", "below", "kind")}}
                for unit, kept in around.items():
                    place.keep(unit, kept)
                alone = self.rows(place, name, f"e.id = {UNIT}")
                got = sorted((str(row[1]), row[2]) for row in alone)
                self.assertEqual(got if isinstance(expected, dict) else [state for _, state in got], sorted(expected.items()) if isinstance(expected, dict) else [expected])
                if evidence:
                    self.assertTrue(any(evidence in row[3] for row in alone), f"{evidence!r} not in {[row[3] for row in alone]}")
                self.assertEqual([row for row in self.rows(place, name) if row[0] == UNIT], alone)

    return test


class UnitControls(unittest.TestCase):
    """One test per control: test_<control>."""

    def rows(self, place, name, where="1 = 1"):
        columns, rows = place.ask(name, where)
        self.assertEqual(columns, COLUMNS)
        register = CONTROLS[name]["record_of"]
        for row in rows:
            self.assertIn(row[2], STATES)
            self.assertIsNotNone(row[1])
            self.assertTrue(row[3] and row[3].strip(), f"no evidence: {row}")
            if row[4] is not None:
                self.assertTrue(place.db.execute(f"SELECT 1 FROM reg_{register} WHERE id = ?", (row[4],)).fetchone(), f"{row}: no record of {register}")
        return sorted(rows, key=str)

    def test_every_control_is_tried(self):
        self.assertEqual(sorted(CASES), sorted(CONTROLS))

    def test_every_state_has_a_case(self):
        for name, cases in CASES.items():
            tried = {state for _, _, expected, _ in cases for state in (expected.values() if isinstance(expected, dict) else [expected])}
            with self.subTest(name):
                self.assertEqual(tried, {state for state in STATES if f"'{state}'" in CONTROLS[name]["sql"]})

    def test_every_control_answers_of_an_empty_unit(self):
        """A clause is met when each of its controls is answered: a unit that keeps nothing is answered too, in words."""
        for name, cases in CASES.items():
            with self.subTest(name):
                self.assertTrue(self.rows(Place(), name, f"e.id = {UNIT}"))

    def test_portable(self):
        machines.Sql.portable(self, CONTROLS)

    def test_cost_of_one_unit(self):
        """Asked about one unit, no control walks through the records of all of them."""
        place = Place()
        for name, control in CONTROLS.items():
            plan = place.db.execute(f"EXPLAIN QUERY PLAN {WITH.format(where='e.id = 1')} SELECT * FROM ({control['sql']}) q", (NOW,)).fetchall()
            kept = set(re.findall(r"\b(?:reg_\w+|fact_\w+|endpoint|detection|scan)\s+(?:AS\s+)?([a-z]\w*)", control["sql"]))
            kept -= set(re.findall(r"\)\s*(?:AS\s+)?([a-z]\w*)\b", control["sql"]))  # a name for constants too
            with self.subTest(name):
                self.assertEqual([step[3] for step in plan if step[3].startswith("SCAN") and step[3].split()[1] in kept], [])


for _name, _cases in CASES.items():
    setattr(UnitControls, f"test_{_name}", _case_test(_name, _cases))

if __name__ == "__main__":
    unittest.main()
