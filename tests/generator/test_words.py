"""Every code that people may meet has words in both languages: what the API, the packs and the tables of the server can say is looked up as the console looks it up."""

import pathlib
import re
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SPEC = ROOT / "spec"
sys.path.insert(0, str(ROOT / "tools"))
from gen import api, codes, controls, i18n, roles  # noqa: E402

# Parameters of the API that take one of several codes → the console's group of words; None: chosen in the program, never shown.
SHOWN = {
    ("me_set_language", "language"): None, ("user_add", "language"): None, ("directive_report", "format"): None, ("report_file", "format"): None, ("record_export", "format"): None,
    ("endpoint_list", "role"): "role", ("endpoint_list", "state"): "endpoints.state", ("endpoint_list", "answer"): "state", ("endpoint_list", "sort"): None,
    ("endpoint_order", "kind"): "order_kind", ("endpoint_order", "scan"): "order_kind.scan", ("endpoint_set_role", "role"): "role",
    ("detection_list", "state"): "detection_state", ("detection_list", "verdict"): "verdict", ("token_list", "state"): "token_state", ("unit_move", "line"): None,
    ("detection_list", "clock"): "detection_clock", ("detection_decide", "state"): "detection_state", ("campaign_list", "state"): "campaign_filter",
    ("incident_report", "severity"): None, ("holiday_report", "occasion"): None,  # their words are those of the registers
    ("secret_case_list", "state"): "secret_case_state", ("secret_case_list", "level"): "secret_level",
    ("campaign_create", "scan"): "campaign.scan", ("campaign_machines", "state"): "campaign_state", ("content_machines", "state"): "content_state",
}
LAW_UNITS_WITHOUT_WORDS = {"yes_no", "month_day", "date", "text", "list"}  # the value says it all (web/src/figures/law.tsx)


def c_names(path, array):
    """The texts of `array[…] = {"a", "b"}` in a C file."""
    found = re.search(re.escape(array) + r"\[[^\]]*\] = \{([^}]*)\}", (ROOT / path).read_text(encoding="utf-8"))
    return re.findall(r'"([^"]+)"', found.group(1))


def pack(folder, key):
    for path in sorted((ROOT / "packs" / folder).glob("*.yaml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8")).get(key) or []


class Words(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.words = {key.removeprefix("web."): pair for key, pair in (i18n.read(SPEC) | codes.words(SPEC)).items()}

    def assert_words(self, group, values):
        values = set(values)
        self.assertTrue(values, f"nothing to look up for {group}")
        self.assertEqual([], sorted(f"{group}.{value}" for value in values if not all(self.words.get(f"{group}.{value}", ("", "")))), "without words")

    def test_parameters_of_the_api(self):
        listed = {(route["route"], param["name"]): param["values"] for route in api.read(SPEC)[0]
                  for param in [*(route.get("query") or []), *(route.get("body") or [])] if param.get("values")}
        self.assertEqual(set(listed), set(SHOWN), "say in SHOWN whether people see it")
        for parameter, group in SHOWN.items():
            if group:
                with self.subTest(parameter):
                    self.assert_words(group, listed[parameter])

    def test_answers_and_states(self):
        self.assert_words("state", c_names("src/server/posture/answer.c", "kh_answer_names"))
        self.assert_words("state", c_names("src/server/posture/state.c", "kh_state_names"))

    def test_subjects_of_controls(self):
        self.assert_words("subject", (control["subject"] for control in controls.read(SPEC)))

    def test_kinds_of_clauses(self):
        for group in ("clause_kind", "clause_kind.explain"):
            self.assert_words(group, (clause["kind"] for clause in pack("directives", "clauses")))

    def test_law(self):
        rules = list(pack("law", "rules"))
        self.assert_words("law.trust", (rule["trust"] for rule in rules))
        self.assert_words("law.unit", {rule["unit"] for rule in rules} - LAW_UNITS_WITHOUT_WORDS)

    def test_kinds_of_units(self):
        source = (ROOT / "src/server/unit/unit.c").read_text(encoding="utf-8")
        kinds = re.findall(r'\{"(\w+)", KH_T_UNIT_KIND_', source)
        self.assert_words("unit_kind", kinds)

    def test_changes_of_units_are_acts_of_the_audit_log(self):
        self.assert_words("unit_change", (action.removeprefix("unit.") for action in codes.read(SPEC)["audit_action"] if action.startswith("unit.")))

    def test_roles_of_users_are_called_as_in_the_spec(self):
        for role in roles.read(SPEC)["roles"]:
            self.assertEqual(self.words[f"user_role.{role['role']}"], (role["vi"], role["en"]))

    def test_reasons_are_those_of_the_collector(self):
        source = (ROOT / "src/facts/collect.c").read_text(encoding="utf-8")
        reasons = re.findall(r'\[KH_FACTS_[A-Z_]+\] = "(\w+)"', source)
        self.assert_words("fact_reason", reasons)

    def test_what_the_agent_says_of_itself(self):
        source = (ROOT / "src/agent/health.c").read_text(encoding="utf-8")
        functions = {name: re.findall(r'kh_json_set_\w+\(j, "(\w+)"', body) for name, body in re.findall(r"static json_t \*(\w+)\([^)]*\)\n\{(.*?)\n\}", source, re.S)}
        self.assert_words("dropped", functions["dropped"])
        self.assert_words("sandbox", functions["sandbox"])

    def test_kinds_of_scans_and_engines(self):
        self.assert_words("engine", c_names("src/scan/protocol.c", "engines"))
        self.assert_words("scan_kind", ["first", "daily", "quick", "full", "removable", "paths", "recheck", "manual"])

    def test_a_code_without_words_is_found(self):
        with self.assertRaises(AssertionError):
            self.assert_words("state", ["met", "no_such_state"])


class Messages(unittest.TestCase):
    def test_the_programs_hold_no_words_of_the_console(self):
        with tempfile.TemporaryDirectory() as out:
            i18n.generate(SPEC, pathlib.Path(out))
            self.assertNotIn("KH_T_WEB_", (pathlib.Path(out) / "messages.h").read_text(encoding="utf-8"))
            i18n.web(SPEC, pathlib.Path(out))
            self.assertNotRegex((pathlib.Path(out) / "messages.vi.json").read_text(encoding="utf-8"), r'"(?!web\.)[\w.]+":')


if __name__ == "__main__":
    unittest.main()
