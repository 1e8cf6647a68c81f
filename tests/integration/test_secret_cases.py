"""Documents marked secret: found by the agent on schedule and by order, followed as cases, and neither their names nor their text anywhere but on the machine."""

import contextlib
import json
import sqlite3
import time
import unittest

import khien

NAME = "quyhoach-zebrafinch"  # of the file …
PLACE = "thumuc-kingfisher"   # … and of its folder
TEXT = "Nội dung kestrel-4711 không được rời máy này."
LEFT_BEHIND = (NAME, PLACE, "kestrel-4711", "ghichu-osprey", "BB-wagtail")
DOCUMENT = ("TUYỆT MẬT\nỦY BAN NHÂN DÂN\nTỈNH X\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 12/BC-UBND\nX, ngày 3 tháng 4 năm 2026\n"
            f"BÁO CÁO\nvề việc thực hiện nhiệm vụ\n{TEXT}\n")


class SecretCases(unittest.TestCase):
    def setUp(self):
        self.site = khien.Site().__enter__()
        self.addCleanup(self.site.__exit__)
        self.site.unit("a")
        self.site.enrol("may", unit="a")
        self.folder = self.site.dir / PLACE / "Documents"
        self.folder.mkdir(parents=True)
        self.path = self.folder / f"{NAME}.txt"
        (self.folder / "thuong.txt").write_text("Một dòng.\n")

    def agent(self, every="7d", more=""):
        self.site.agent("may", f"scan:\n  first: []\n  daily: []\nsecret:\n  every: {every}\n  places: [{self.site.dir / PLACE}]\n  cpu: 100\n{more}")

    def order(self):
        now = int(time.time())
        with contextlib.closing(sqlite3.connect(self.site.data / "khien.db", timeout=30)) as connection, connection:
            row = connection.execute("SELECT id FROM endpoint WHERE uid = ?", (self.site.uid("may"),)).fetchone()
            insert = "INSERT INTO endpoint_order(endpoint_id, kind, args, created_s, created_by, expires_s, state) VALUES(?, 'search', '{}', ?, 'test', ?, 'waiting')"
            return connection.execute(insert, (row[0], now, now + 3600)).lastrowid

    def answer(self, number):
        khien.wait_for(lambda: self.site.query("SELECT state FROM endpoint_order WHERE id = ?", number)[0][0] not in ("waiting", "sent", "running"), 60, 0.2, "the order's answer")
        return self.site.query("SELECT state FROM endpoint_order WHERE id = ?", number)[0][0]

    def documents(self):
        return self.site.query("SELECT level, place, state FROM fact_secret_documents ORDER BY rowid")

    def wait_documents(self, *expected):
        try:
            khien.wait_for(lambda: self.documents() == list(expected), 60)
        except AssertionError:
            self.fail(f"{self.documents()} instead of {expected}\n{self.site.agent_log('may')[-3000:]}")

    def case(self, *words, check=True):
        return self.site.run("khien", "secret-case", *words, "--state", self.site.state("may"), check=check)

    def decide(self, verb, *words):
        return self.case(verb, self.cases()[0]["id"][:8], *words, "--run", self.site.state("may") / "run")

    def cases(self):
        return [json.loads(line) for line in self.case("list", "--all", "--json", check=False).stdout.splitlines()]

    def nowhere_else(self):
        """Neither in the spool, nor in the server's data, nor in any log."""
        files = [p for p in self.site.dir.rglob("*") if p.is_file() and PLACE not in p.parts and p.name not in ("cases.json", "agent-may.yaml", "50-test.yaml")]
        self.assertTrue([p for p in files if "spool" in p.parts] and [p for p in files if p.name == "khien.db"])
        for path in files:
            content = path.read_bytes()
            for word in LEFT_BEHIND:
                self.assertNotIn(word.encode(), content, f"{word} in {path}")

    def test_found_on_schedule_held_and_handed_over(self):
        self.path.write_text(DOCUMENT)
        self.agent()
        self.wait_documents(("tuyet_mat", "documents", "found"))
        self.assertEqual(self.site.query("SELECT complete, unread, policy FROM fact_secret_search"), [(1, 0, "strict")])
        one = self.cases()[0]
        self.assertEqual((one["path"], one["state"]), (str(self.path), "found"))
        self.assertIn("1.", self.case("show", one["id"]).stdout)
        self.assertEqual(self.site.query("SELECT case_id, sha256 FROM fact_secret_documents"), [(one["id"], one["sha256"])])
        figure = lambda part: {p["id"]: p["value"] for p in self.figure()["parts"]}[part]
        khien.wait_for(lambda: figure("machines_with_secrets") == 1 and figure("documents_open") == 1, 30, what="the figure")
        self.decide("hold")
        self.assertFalse(self.path.exists())
        self.wait_documents(("tuyet_mat", "documents", "held"))
        khien.wait_for(lambda: figure("machines_with_secrets") == 0 and figure("documents_held") == 1, 30, what="the figure after the hold")
        self.decide("hand-over", "--paper", "BB-wagtail")
        self.wait_documents(("tuyet_mat", "documents", "handed_over"))
        khien.wait_for(lambda: figure("documents_handled") == 1, 30, what="the figure at the end")
        actions = [row[0] for row in self.site.query("SELECT action FROM event WHERE category = 'secrecy' ORDER BY rowid")]
        self.assertEqual(actions, ["secret_found", "secret_held", "secret_handed_over"])
        self.site.stop_agent("may")
        self.nowhere_else()

    def figure(self):
        browser = getattr(self, "browser", None) or self.site.user("can.bo", "a")
        self.browser = browser
        reply = browser.get("/api/v1/units/a/figures")
        self.assertEqual(reply.status, 200, reply.body)
        return next(figure for figure in reply.json()["items"] if figure["id"] == "K12")

    def test_ordered_false_alarm_and_gone(self):
        self.agent(every="0s")
        self.assertEqual(self.answer(self.order()), "done")
        khien.wait_for(lambda: self.site.query("SELECT complete FROM fact_secret_search") == [(1,)], 30, what="the search's facts")
        self.assertEqual(self.documents(), [])
        self.path.write_text(DOCUMENT)
        self.assertEqual(self.answer(self.order()), "done")
        self.wait_documents(("tuyet_mat", "documents", "found"))
        self.path.unlink()
        self.assertEqual(self.answer(self.order()), "done")
        self.wait_documents(("tuyet_mat", "documents", "gone"))
        self.path.write_text(DOCUMENT)
        self.assertEqual(self.answer(self.order()), "done")
        self.wait_documents(("tuyet_mat", "documents", "found"))
        self.decide("false-alarm", "--reason", "training", "--note", "ghichu-osprey")
        self.wait_documents(("tuyet_mat", "documents", "false_alarm"))
        self.assertTrue(self.path.exists())
        self.assertEqual(self.answer(self.order()), "done")
        self.assertEqual(self.cases()[0]["state"], "false_alarm")
        self.site.stop_agent("may")
        self.nowhere_else()

    def test_an_order_that_the_machine_does_not_take(self):
        self.agent(every="0s", more="orders:\n  search: false\n")
        self.assertEqual(self.answer(self.order()), "refused")


if __name__ == "__main__":
    unittest.main()
