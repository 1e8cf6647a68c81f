"""The generator: each mistake in spec/ stops the build with its place; and what it makes of the real spec is sound."""

import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def generate(kind, spec, out):
    return subprocess.run(["/usr/bin/python3", "-B", "-m", "gen", kind, str(spec), str(out)], cwd=ROOT / "tools", capture_output=True, text=True)


class Generator(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)
        self.spec, self.out = self.dir / "spec", self.dir / "out"
        shutil.copytree(ROOT / "spec", self.spec)
        self.out.mkdir()

    def change(self, path, old, new):
        file = self.spec / path
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new, 1))

    def assert_refused(self, kind, *words):
        done = generate(kind, self.spec, self.out)
        self.assertEqual(done.returncode, 1, done.stdout)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_every_kind_is_made(self):
        for kind in ("errors", "messages", "details", "facts", "controls", "figures", "api", "openapi", "settings", "cli", "docs", "registers", "roles", "web"):
            with self.subTest(kind):
                done = generate(kind, self.spec, self.out)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_unknown_key_is_named_with_its_place(self):
        self.change("facts/packages.yaml", "singleton:", "singelton:")
        self.assert_refused("facts", "packages.yaml:", "singelton")

    def test_words_are_asked_of_a_code_that_there_is(self):
        self.change("controls/violation_handled.yaml", "{words violation.rule", "{words violation.rula")
        self.assert_refused("controls", "violation_handled.yaml", "has no code rula")

    def test_an_unknown_type_is_refused(self):
        self.change("facts/packages.yaml", "type: text", "type: string")
        self.assert_refused("facts", "packages.yaml:", "'type'", "string")

    def test_a_column_has_no_name_that_facts_json_uses(self):
        self.change("facts/packages.yaml", "name: held,", "name: rows,")
        self.assert_refused("facts", "packages.yaml", "'rows'")

    def test_a_terminal_shows_only_known_columns(self):
        self.change("facts/packages.yaml", "terminal: [name,", "terminal: [nam,")
        self.assert_refused("facts", "packages.yaml", "terminal", "'nam'")

    def test_a_control_may_read_only_known_tables(self):
        self.change("controls/av_running.yaml", "fact_protection", "fact_protektion")
        self.assert_refused("controls", "av_running.yaml", "fact_protektion")

    def test_a_control_over_units_reads_known_registers_of_its_own_unit(self):
        control = "controls/exception_in_force.yaml"
        self.change(control, "ON r.unit_id = s.id", "ON r.unit_id > 0")
        self.assert_refused("controls", control[9:], "reg_exception", "reach")
        self.change(control, "clock: true", "clock: true\nreach: [sideways]")
        self.assert_refused("controls", "reach", "'sideways'")
        self.change(control, "sideways", "below")
        self.assertEqual(generate("controls", self.spec, self.out).returncode, 0)
        self.change(control, "JOIN reg_exception", "JOIN reg_ecseption")
        self.assert_refused("controls", "reg_ecseption")

    def test_a_control_that_walks_the_tree_says_which_way(self):
        self.change("controls/exception_in_force.yaml", "FROM scope s", "FROM scope s JOIN unit_ancestor a ON a.ancestor_id = s.id")
        self.assert_refused("controls", "exception_in_force.yaml", "unit_ancestor", "reach")

    def test_over_units_machines_are_those_of_the_unit_itself(self):
        self.change("controls/unit_measured.yaml", "clock: true", "clock: true\nreach: [below]")
        self.assert_refused("controls", "unit_measured.yaml", "posture adds up")

    def test_the_record_of_an_answer_is_of_the_register_it_is_taken_from(self):
        self.assertEqual(generate("controls", self.spec, self.out).returncode, 0)
        trained = (self.out / "controls.c").read_text(encoding="utf-8").split('.name = "person_trained"')[1].split(".name = ")[0]
        self.assertIn('.record_of = "staff"', trained)  # it reads attendance first
        self.change("controls/exception_in_force.yaml", "r.id AS record", "s.id AS record")
        self.assert_refused("controls", "exception_in_force.yaml", "`s.id AS record`")

    def test_a_table_whose_changes_nobody_tells_wants_the_clock(self):
        self.change("controls/exception_in_force.yaml", "clock: true\n", "")
        self.assertEqual(generate("controls", self.spec, self.out).returncode, 0)
        self.change("controls/exception_in_force.yaml", "FROM scope s", "FROM scope s JOIN app_user x ON x.unit_id = s.id")
        self.assert_refused("controls", "exception_in_force.yaml", "app_user", "clock")

    def test_a_control_asks_endpoints_or_units(self):
        self.change("controls/unit_measured.yaml", "over: unit", "over: ward")
        self.assert_refused("controls", "unit_measured.yaml", "'over'", "ward")

    def test_a_figure_may_name_only_known_controls(self):
        self.change("figures/figures.yaml", "control: av_running", "control: av_runing")
        self.assert_refused("figures", "figures.yaml:", "av_runing")

    def test_hours_are_those_of_a_known_span(self):
        self.change("figures/figures.yaml", "span: malware_found_to_handled,", "span: malware_found_to_forgotten,")
        self.assert_refused("figures", "figures.yaml:", "malware_found_to_forgotten")
        self.change("figures/figures.yaml", "span: malware_found_to_forgotten, ", "")
        self.assert_refused("figures", "figures.yaml:", "hours")

    def test_a_value_is_made_from_what_its_kind_wants(self):
        part = "kind: sum, measure: exceptions_in_force"
        for wrong, words in (("kind: share, measure: exceptions_in_force", ("whole",)), ("kind: sum, measure: exceptions_forgotten", ("exceptions_forgotten",)),
                             ("kind: hours, measure: exceptions_in_force", ("hours", "measure")), ("kind: sum", ("sum", "measure")), ("kind: total", ("'kind'", "total"))):
            with self.subTest(wrong):
                self.change("figures/figures.yaml", part, wrong)
                self.assert_refused("figures", "figures.yaml:", *words)
                self.change("figures/figures.yaml", wrong, part)

    def test_a_measure_says_how_much_of_which_unit(self):
        self.change("figures/measures.yaml", "1 AS value", "1 AS amount")
        self.assert_refused("figures", "measures.yaml:", "value")
        self.change("figures/measures.yaml", "1 AS amount", "1 AS value")
        self.change("figures/measures.yaml", "reg_exception", "reg_ecseption")
        self.assert_refused("figures", "measures.yaml:", "reg_ecseption")
        self.change("figures/measures.yaml", "reg_ecseption", "reg_exception")
        self.change("figures/measures.yaml", "  sql: |", "  days: 30\n  sql: |")
        self.assert_refused("figures", "measures.yaml:", "at_s")

    def test_a_span_is_over_machines_or_units(self):
        self.change("figures/spans.yaml", "AS unit_id", "AS unit")
        self.assert_refused("figures", "spans.yaml:", "endpoint_id or unit_id")

    def test_a_span_says_from_when_to_when(self):
        self.change("figures/spans.yaml", "AS from_s", "AS begin_s")
        self.assert_refused("figures", "spans.yaml:", "from_s")

    def test_both_languages_must_have_every_message(self):
        (self.spec / "i18n/vi/extra.yaml").write_text("only_in_one: x\n")
        self.assert_refused("messages", "only_in_one")

    def test_parts_of_a_message_must_agree(self):
        (self.spec / "i18n/vi/extra.yaml").write_text("odd: 'a {x}'\n")
        (self.spec / "i18n/en/extra.yaml").write_text("odd: 'a {y}'\n")
        self.assert_refused("messages", "odd")

    def test_both_words_of_a_detail_take_the_same_arguments(self):
        file = self.spec / "i18n/details.vi.yaml"
        good = file.read_text()
        for entry, word in (('"%s at %d": "lúc %d: %s"', "%d"), ('"%s": "không có gì"', "%s"), ('"%s %d": "%2$d %s"', "number every place"), ('"%s": "%1$lld"', "lld"),
                            ('"a": ""', "expected a text"), ('"a": 1', "expected a text")):
            with self.subTest(entry):
                file.write_text(good + entry + "\n")
                self.assert_refused("details", "details.vi.yaml", word)
        file.write_text(good + '"%s at %d": "lúc %2$d: %1$s, 100%%"\n')
        self.assertEqual(generate("details", self.spec, self.out).returncode, 0)

    def test_settings_know_their_forms(self):
        self.change("settings.yaml", "form: listen", "form: lisen")
        self.assert_refused("settings", "settings.yaml:", "'form'", "lisen")

    def test_a_setting_is_compared_with_one_of_its_type(self):
        self.change("settings.yaml", "at_least: login.lock", "at_least: login.tries")
        self.assert_refused("settings", "settings.yaml:", "login.tries")

    def test_help_names_what_an_option_may_be(self):
        self.change("cli/khien-server.yaml", "values: [admin, officer,", "values: [admin, auditor, officer,")
        self.assert_refused("cli", "khien-server.yaml:", "auditor")

    def test_a_key_that_stands_twice_is_refused(self):
        (self.spec / "errors.yaml").write_text("- {name: a, name: b}\n")
        self.assert_refused("errors", "errors.yaml:1", "twice")

    def test_an_unknown_right_is_refused(self):
        self.change("api/endpoints.yaml", "right: endpoint.read", "right: endpoint.rade")
        self.assert_refused("api", "endpoint.rade")

    def test_error_numbers_never_move(self):
        """Numbers are part of no file, but a released one must stay: the list only grows at its end."""
        generate("errors", self.spec, self.out)
        text = (self.out / "errors.h").read_text()
        self.assertIn("KH_E_INTERNAL = -1,", text)
        self.assertIn("KH_E_CSRF = -47,", text)

    def test_a_register_is_one_file(self):
        text = (self.spec / "registers/contact.yaml").read_text()
        (self.spec / "registers/contact_again.yaml").write_text(text.replace("register: contact", "register: contact_again"))
        for kind in ("registers", "web", "errors", "codes", "roles"):
            done = generate(kind, self.spec, self.out)
            self.assertEqual(done.returncode, 0, done.stderr)
        definitions = {d["name"]: d for d in json.loads((self.out / "registers.json").read_text())["items"]}
        self.assertEqual(definitions["contact_again"]["fields"], definitions["contact"]["fields"])
        sys.path.insert(0, str(ROOT / "tools"))
        from gen import registers
        database = sqlite3.connect(":memory:")
        for register in registers.read(self.spec):
            database.executescript(registers.sql_of(register))
        row = ("INSERT INTO reg_contact_again(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search, name)"
               " VALUES(?, 'active', 0, 1, 0, 'x', 0, 'x', '', 'Trực ban')")
        database.execute(row, (1,))
        database.execute(row, (2,))
        with self.assertRaises(sqlite3.IntegrityError):  # unique within the unit
            database.execute(row, (1,))
        (self.dir / "gen").symlink_to(self.out)
        self.assertEqual(subprocess.run(["gcc", "-fsyntax-only", "-I", str(self.dir), str(self.out / "registers.c")], text=True, capture_output=True).stderr, "")

    def test_what_an_import_looks_for_has_an_index(self):
        sys.path.insert(0, str(ROOT / "tools"))
        from gen import registers
        database = sqlite3.connect(":memory:")
        plan = lambda sql: " ".join(row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}"))
        for register in registers.read(ROOT / "spec"):
            table, key, called = f"reg_{register['register']}", register.get("import"), register["call"][0]
            database.executescript(registers.sql_of(register))
            with self.subTest(register["register"]):
                if key:  # the record of a row
                    self.assertIn("(unit_id=? AND ", plan(f"SELECT id, version FROM {table} WHERE unit_id = 1 AND {' AND '.join(f'{name} = 1' for name in key)} ORDER BY id LIMIT 2"))
                if register["referred"]:  # what a row names
                    self.assertIn(f"({called}=?)", plan(f"SELECT id FROM {table} WHERE {called} = 'x'"))

    def test_a_wrong_register_is_named_with_its_place(self):
        good = (self.spec / "registers/repair_slip.yaml").read_text()
        for old, new, *words in (
                ("type: date", "type: moment", "repair_slip.yaml:", "moment"), ("group: equipment", "group: kitchen", "'group'", "kitchen"),
                ("of: endpoint", "of: spaceship", "spaceship"), ("call: [number,", "call: [machine,", "required"), ("columns: [number,", "columns: [nummer,", "nummer"),
                ("from: [out]", "from: [gone]", "gone"), ("proof: [handover]", "proof: [handshake]", "handshake"), ("needs: [serial_after]", "needs: [serial]", "'serial'"),
                ("back_s: now", "shop: now", "'sets'"), ("right: register.approve", "right: register.aprove", "register.aprove"), ("r.disk", "r.disc", "'disc'"),
                ("name: shop", "name: order", "'order'"), ("name: shop", "name: version", "'version'"), ("name: shop", "name: device", "'device'"),
                ("removed:", "Removed:", "'Removed'"), ("frozen: true", "tone: loud", "stands twice"), ("name: shop, type: text,", "name: shop, type: text, shown: place,", "'shown'"),
                ("type: date,", "type: date, shown: period,", "'shown'"), ("type: date,", "type: date, offer: signers,", "'offer'"), ("call:", "sort: nothing\ncall:", "sort: there is no field")):
            with self.subTest(new):
                self.assertIn(old, good)
                (self.spec / "registers/repair_slip.yaml").write_text(good.replace(old, new, 1))
                self.assert_refused("registers", *words)

    def test_the_openapi_document_describes_every_route(self):
        generate("openapi", self.spec, self.out)
        document = json.loads((self.out / "openapi.json").read_text())
        count = sum(len(re.findall(r"^- route:", p.read_text(), re.M)) for p in (self.spec / "api").glob("*.yaml"))
        self.assertEqual(sum(len(v) for v in document["paths"].values()), count)
        references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
        self.assertEqual(references - set(document["components"]["schemas"]), set())

    def test_man_pages_and_completion_are_sound(self):
        generate("docs", self.spec, self.out)
        for page in self.out.glob("*.[18]"):
            self.assertNotRegex(page.read_text(), r"(?m)^\.RI \[ options \] [^\"]")  # .RI would join the words
            if shutil.which("mandoc"):
                done = subprocess.run(["mandoc", "-T", "lint", "-W", "error", str(page)], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        from_spec = re.findall(r"\{key: ([a-z_.]+), type: \w+, ", (self.spec / "settings.yaml").read_text().split("\nexample:")[0])
        pages = (self.out / "khien-agent.8").read_text() + (self.out / "khien-server.8").read_text()
        self.assertEqual([key for key in from_spec if f"\\fB{key}\\fR" not in pages], [])
        self.assertGreater(len(from_spec), 30)
        if shutil.which("man"):
            shown = subprocess.run(["man", "-l", self.out / "khien.1"], capture_output=True, text=True, env={**os.environ, "MANWIDTH": "200", "MANPAGER": "cat"}).stdout
            self.assertIn("khien scan [options] [PATH…]", shown)
        for script in self.out.glob("*.bash"):
            self.assertEqual(subprocess.run(["bash", "-n", str(script)]).returncode, 0)

    def test_completion_offers_verbs_options_and_their_values(self):
        generate("docs", self.spec, self.out)
        script = '. "$1"; shift; COMP_WORDS=(khien "$@"); COMP_CWORD=$#; _khien; printf "%s\\n" "${COMPREPLY[@]}"'
        offered = lambda *words: set(subprocess.run(["bash", "-c", script, "bash", self.out / "khien.bash", *words], cwd=self.out, capture_output=True, text=True, check=True).stdout.split())
        self.assertEqual(offered("secr"), {"secret", "secret-case"})
        self.assertLessEqual({"--json", "--ocr", "--policy", "--show", "--jobs"}, offered("secret", "--"))
        self.assertEqual(offered("secret", "--policy", ""), {"strict", "independent-lan"})
        self.assertEqual(offered("secret", "--json", "--ocr", "a"), {"auto", "always"})
        self.assertIn("training", offered("secret-case", "false-alarm", "--reason", ""))
        self.assertIn("hand-over", offered("secret-case", "h"))
        self.assertIn("khien.bash", offered("secret", "--json", ""))  # a file


if __name__ == "__main__":
    unittest.main()
