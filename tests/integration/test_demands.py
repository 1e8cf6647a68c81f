"""What people keep, all the way: a record changes the answers of its unit, an approved exception excepts, and the demands say figures and reasons."""

import json
import time
import unittest

import khien

ROWS = 105
STATES = {"met", "partly", "not_met", "not_measured", "not_applicable"}


class Demands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.site.unit("xa", kind="ward")
        cls.site.unit("truong", under="xa", kind="school")
        cls.school, cls.ward = cls.site.user("can.bo", "truong"), cls.site.user("lanh.dao", "xa", "leader")

    def demands(self, *words):
        done = self.site.server("demands", *words, "--json")
        return {row["row"]: row for row in map(json.loads, done.stdout.splitlines())}

    def keep(self, register, **fields):
        reply = self.school.call("POST", f"/api/v1/registers/{register}/records", {"fields": fields})
        self.assertIn(reply.status, (200, 201), reply.body)
        return reply.json()["record"]

    def move(self, browser, register, record, move):
        return browser.call("POST", f"/api/v1/registers/{register}/records/{record['id']}/moves", {"move": move, "version": record["version"]})

    def rows(self, unit):
        return self.ward.get(f"/api/v1/units/{unit}/controls/repair_has_slip/rows").json()

    def test_every_row_has_its_figures_and_a_reason_for_what_is_missing(self):
        rows = self.demands()
        self.assertEqual(len(rows), ROWS)
        self.assertEqual([*rows][0], "0-0")
        for name, row in rows.items():
            with self.subTest(name):
                self.assertEqual([*row], ["row", "state", "figures", "reason", "details", "directive", "clause", "text"])
                self.assertIn(row["state"], STATES)
                for figure in row["figures"]:
                    self.assertEqual([*figure], ["id", "value", "target"])
                missing = row["state"] not in ("met", "not_applicable") or any(figure["value"] is None for figure in row["figures"])
                self.assertEqual(bool(row["reason"]), bool(row["reason"] is not None))
                self.assertTrue(row["reason"] or not missing, "nothing says why")

    def test_the_table_says_the_same_in_words(self):
        table = self.site.server("demands", "--unit", "truong").stdout
        for name in ("0-0", "2-3m", "4-3"):
            self.assertIn(f"\n{name} ", table)

    def test_what_cannot_be_asked(self):
        for words, error in (("demands --unit khong-co", "khong-co"), ("demands --at 2026-01-01", "unknown option --at")):
            done = self.site.server(*words.split(), check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(error, done.stderr)
            self.assertEqual(done.stdout, "")

    def test_a_record_and_an_exception_change_the_figures(self):
        slip = {"device": "Máy in", "shop": "Cửa hàng", "out_on": "2026-01-05"}
        self.keep("repair_slip", number="S-1", disk="removed", **slip)
        bad = self.keep("repair_slip", number="S-2", disk="inside", serial_before="X1", **slip)
        rows = self.rows("xa")
        self.assertEqual([(row["subject"], row["state"]) for row in rows["items"]], [("S-2", "fail"), ("S-1", "pass"), ("xa", "not_applicable")])
        self.assertEqual(rows["items"][0]["record"], {"register": "repair_slip", "id": bad["id"]})
        self.assertIsNone(rows["items"][0]["endpoint"])
        self.assertEqual(rows["items"][0]["unit"]["code"], "truong")
        repair = self.demands("--unit", "xa")["2-6d"]
        self.assertEqual({figure["id"]: figure["value"] for figure in repair["figures"]}["K14"], 50)
        self.assertEqual(repair["state"], "partly")

        exception = self.keep("exception", control="repair_has_slip", subject="S-2", reason="Sửa tại chỗ", compensating="Có người giám sát", owner="Hiệu trưởng",
                              until_on=time.strftime("%Y-%m-%d", time.gmtime(time.time() + 40 * 3600)))
        self.assertNotEqual(self.move(self.school, "exception", exception, "approve").status, 200, "who proposes does not approve")
        self.assertEqual(self.rows("xa")["counts"]["excepted"], 0)
        self.assertEqual(self.move(self.ward, "exception", exception, "approve").status, 200)
        self.assertEqual(self.rows("xa")["counts"], {"pass": 1, "fail": 0, "unknown": 0, "not_applicable": 1, "excepted": 1})
        self.assertEqual({figure["id"]: figure["value"] for figure in self.demands("--unit", "xa")["2-6d"]["figures"]}["K14"], 100)
        self.assertEqual(self.rows("truong")["items"][0]["state"], "excepted")

        figures = {figure["id"]: figure for figure in self.ward.get("/api/v1/units/xa/figures").json()["items"]}
        parts = {part["id"]: part for part in figures["K26"]["parts"]}
        self.assertEqual((parts["exceptions"]["value"], parts["exceptions"]["kind"]), (1, "sum"))
        self.assertIsNone({part["id"]: part for part in figures["K14"]["parts"]}["repair_time"]["value"], "nothing came back yet")
        self.assertIn("ended", {part["id"]: part for part in figures["K14"]["parts"]}["repair_time"]["reason"]["en"])


if __name__ == "__main__":
    unittest.main()
