"""tools/check_packs.py: the packs as they stand are right, and each kind of mistake is found, with its file and line."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import check_packs  # noqa: E402

BIEN_HOA = "packs/directives/bien-hoa-2024.yaml"
MALWARE = "packs/law/malware.yaml"
TEXTS = "packs/law/texts.yaml"
MARKS = "packs/secrecy/luat-29-2018.yaml"
CONTROL = "spec/controls/av_signatures_fresh.yaml"
FIGURES = "spec/figures/figures.yaml"

# name: (file, what stands there, what is put in its place once, a part of the complaint)
MISTAKES = {
    "unknown control": (BIEN_HOA, "controls: [av_running, seen_machine_has_agent]", "controls: [av_runing, seen_machine_has_agent]", "controls: there is no 'av_runing'"),
    "unknown figure": (BIEN_HOA, "figures: [K30]", "figures: [K41]", "figures: there is no 'K41'"),
    "English missing": (BIEN_HOA, "      en: Follows each unit's", "      xx: Follows each unit's", "does: 'en' is missing"),
    "Vietnamese without marks": (BIEN_HOA, "      vi: Theo dõi độ phủ phần mềm", "      vi: Theo doi do phu phan mem cua tung may tinh trong moi co quan #", "no Vietnamese letter"),
    "clause left out": (BIEN_HOA, 'id: "1-7"', 'id: "1-6"', "clause '1-6' stands twice"),
    "wrong dispatch": (BIEN_HOA, 'id: "1-7"', 'id: "2-7"', "expected 15 clauses numbered 1-…"),
    "key left out": (BIEN_HOA, "    by: null\n", "\n", "'by' is missing"),
    "unknown key": (BIEN_HOA, "    by: null\n", "    by: null\n    due: 1\n", "unknown key 'due'"),
    "unknown kind": (BIEN_HOA, "kind: A+W", "kind: B", "kind: expected one of A, W, A+W"),
    "paper clause with a control": (BIEN_HOA, "controls: [question_answered]", "controls: [av_running]", "is of kind W, yet names controls"),
    "impossible target": (BIEN_HOA, "target: 100", "target: 120", "target: expected whole percent"),
    "date in words": (BIEN_HOA, "    by: null", "    by: cuối năm", "by: expected a date"),
    "telephone number": (BIEN_HOA, "vi: Theo dõi độ phủ", "vi: Gọi 0912 345 678 theo dõi độ phủ", "looks like a telephone number"),
    "key twice": (BIEN_HOA, "    by: null\n", "    by: null\n    by: null\n", "key 'by' stands twice"),
    "no YAML": (BIEN_HOA, "clauses:\n", "clauses: [\n", "packs/directives/bien-hoa-2024.yaml:"),
    "text of unknown law": (MALWARE, "text: ct-14-2018", "text: ct-15-2018", "text: there is no 'ct-15-2018'"),
    "unknown trust": (MALWARE, "trust: M", "trust: Z", "trust: expected one of A, B, C, M, N"),
    "rule ends before it begins": (MALWARE, "    to: null\n", "    to: \"2001-01-01\"\n", "before it begins"),
    "rule without a value": (MALWARE, "value: 100\n", "value: null\n", "may have no value"),
    "two values on one day": (MALWARE, "rule: malware_removal_hours", "rule: malware_sample_hours", "malware_sample_hours: in force at the same time as"),
    "one-sided replacement": (TEXTS, "replaced_by: [luat-116-2025]", "replaced_by: []", "replaces: 'luat-86-2015' does not name 'luat-116-2025' in replaced_by"),
    "marks of unknown law": (MARKS, "text: tt-24-2020", "text: tt-25-2020", "text: there is no 'tt-25-2020'"),
    "stamp of an unknown rule": (MARKS, "rule: stamp_secret", "rule: stamp_secre", "rule: there is no 'stamp_secre'"),
    "sign with an unknown key": (MARKS, "    role: label\n", "    role: label\n    ends: [M]\n", "unknown key 'ends'"),
    "marks' rules end before they begin": (MARKS, 'to: "2026-02-28"', 'to: "2020-02-28"', "before it begins"),
    "number drifted from the law": (CONTROL, "> 15 * 86400", "> 16 * 86400", "av_signature_days: control av_signatures_fresh does not use 15"),
    "clock forgotten": (CONTROL, "clock: true", "clock: false", "reads now_s"),
    "four steps": (CONTROL, "    2. Bật tự động cập nhật.\n", "    2. Bật tự động cập nhật.\n    2. Chờ.\n", "4 steps, at most three"),
    "column that no fact has": (CONTROL, "FROM scope s", "FROM scope s, fact_signatures x", "fact_signatures"),
    "figure left out": (FIGURES, "- figure: K40", "- figure: K41", "missing ['K40']"),
}


class Packs(unittest.TestCase):
    def test_as_they_stand(self):
        self.assertEqual(check_packs.check(ROOT), [])

    def test_against_the_table_of_demands(self):
        demands = os.environ.get("KHIEN_DEMANDS")
        if not demands:
            self.skipTest("KHIEN_DEMANDS is not set: quotes not compared")
        self.assertEqual(check_packs.check(ROOT, demands), [])

    def test_exit_status_and_output(self):
        program = [sys.executable, "-B", ROOT / "tools/check_packs.py"]
        with tempfile.TemporaryDirectory() as empty:
            bad = subprocess.run([*program, empty], capture_output=True, text=True)
        self.assertEqual(bad.returncode, 1)
        self.assertIn("packs/directives/bien-hoa-2024.yaml: is missing", bad.stdout)


class Mistakes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name).resolve()
        for part in ("spec", "packs"):
            shutil.copytree(ROOT / part, cls.root / part)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def complaints(self, file, old, new, demands=None):
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        self.assertIn(old, text, "the test itself is out of date")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        try:
            return check_packs.check(self.root, demands)
        finally:
            path.write_text(text, encoding="utf-8")

    def table(self, change=lambda row: row):
        """A table of demands made from the packs, each row passed through `change`."""
        lines = []
        for name in check_packs.DISPATCHES.values():
            for clause in check_packs.load(self.root / f"packs/directives/{name[0]}.yaml")["clauses"]:
                row = [clause["id"], clause["clause"], f"“{clause['quote']}”", "…", ", ".join(clause["figures"]), clause["kind"]]
                lines.append("| " + " | ".join(change(row)) + " |")
        path = self.root / "demands.md"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def test_table_of_demands(self):
        self.assertEqual(check_packs.check(self.root, self.table()), [])
        one = lambda at, text: lambda row: [text if i == at else cell for i, cell in enumerate(row)] if row[0] == "3-7a" else row  # noqa: E731
        for name, (change, complaint) in {"another number": (one(0, "3-7z"), "row 3-7z of the table is missing"),
                                          "typing error put right": (one(2, "“thay đổi mật khẩu”"), "3-7a: the quote differs"),
                                          "another figure": (one(4, "K15-K16"), "3-7a: figures ['K16'], in the table ['K15', 'K16']"),
                                          "another kind": (one(5, "W+A"), "3-7a: kind 'A', in the table 'W+A'")}.items():
            with self.subTest(name):
                self.assertTrue(any(complaint in m for m in check_packs.check(self.root, self.table(change))), complaint)


def _mistake_test(file, old, new, complaint):
    def test(self):
        found = self.complaints(file, old, new)
        hits = [m for m in found if complaint in m]
        self.assertTrue(hits, f"{complaint!r} not among {found}")
        self.assertRegex(hits[0], r"^(?:\S+/)?[\w./-]+(:\d+)?: ")

    return test


for _name, _row in MISTAKES.items():
    setattr(Mistakes, "test_" + _name.replace(" ", "_"), _mistake_test(*_row))

if __name__ == "__main__":
    unittest.main()
