"""What the server cannot do by itself: it does the rest, says so once in its log, and shows it to who logs in and in /metrics until it works again."""

import sqlite3
import time
import unittest

import khien


def day(days):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600 + days * 86400))


class Troubles(unittest.TestCase):
    def setUp(self):
        self.site = khien.Site("alert: {every: 1s}\n").__enter__()
        self.addCleanup(self.site.__exit__)
        for ward in ("xa-a", "xa-b"):
            self.site.unit(ward, kind="ward")
        self.officers = {ward: self.site.user(f"cb-{ward}", ward) for ward in ("xa-a", "xa-b")}

    def change(self, sql):
        connection = sqlite3.connect(self.site.data / "khien.db", timeout=30)
        connection.execute(sql)
        connection.commit()
        connection.close()

    def overdue(self, ward):
        reply = self.officers[ward].call("POST", "/api/v1/registers/task/records", {"fields": {"title": "Cập nhật máy", "due_on": day(-1)}})
        self.assertEqual(reply.status, 200, reply.body)

    def alerts(self, ward):
        return self.officers[ward].get("/api/v1/registers/alert/records").json()["total"]

    def troubles(self):
        reply = self.officers["xa-b"].get("/api/v1/status")
        self.assertEqual(reply.status, 200, reply.body)
        return {item["what"]: item for item in reply.json()["items"]}

    def metrics(self):
        return khien.Browser(self.site).get("/metrics").body.decode()

    def log(self):
        return (self.site.dir / "server.log").read_text()

    def test_an_alert_that_cannot_be_written_holds_up_no_other_and_is_shown(self):
        self.change("CREATE TRIGGER no_alert BEFORE INSERT ON reg_alert WHEN NEW.unit_id = (SELECT id FROM unit WHERE code = 'xa-a') BEGIN SELECT RAISE(ABORT, 'khong ghi duoc'); END")
        self.overdue("xa-a")
        self.overdue("xa-b")
        khien.wait_for(lambda: self.alerts("xa-b") == 1, 30, what="the other unit's alert")
        self.assertEqual(self.alerts("xa-a"), 0)
        trouble = khien.wait_for(lambda: self.troubles().get("raise_alerts"), 30, what="the trouble")
        self.assertTrue(trouble["label"]["vi"] and trouble["error"]["vi"])
        self.assertNotIn("khong ghi duoc", str(trouble))  # what it is about stands in the log alone
        khien.wait_for(lambda: self.troubles()["raise_alerts"]["times"] > trouble["times"], 30, what="the next time")
        self.assertIn('khien_trouble_failures{what="raise_alerts"}', self.metrics())
        self.assertIn("khong ghi duoc", self.log())
        self.change("DROP TRIGGER no_alert")
        khien.wait_for(lambda: self.alerts("xa-a") == 1, 30, what="the alert that waited")
        khien.wait_for(lambda: "raise_alerts" not in self.troubles(), 30, what="the end of the trouble")
        self.assertIn("job works again", self.log())

    def test_a_mail_server_that_is_missing_is_told_once(self):
        khien.wait_for(lambda: "mail_unset" in self.troubles(), 30, what="the trouble")
        for ward in ("xa-a", "xa-b"):
            reply = self.officers[ward].call("POST", "/api/v1/registers/staff/records", {"fields": {"full_name": "Người Trực", "position": "officer", "official_mail": f"truc@{ward}.example.vn"}})
            self.assertEqual(reply.status, 200, reply.body)
            self.overdue(ward)
        khien.wait_for(lambda: self.site.query("SELECT COUNT(*) FROM notice WHERE channel = 'mail' AND state = 'failed'")[0][0] >= 2, 30, what="letters that go nowhere")
        self.assertEqual(self.log().count("no mail server is set"), 1, self.log())
        self.assertIn("mail_unset", self.troubles())


if __name__ == "__main__":
    unittest.main()
