"""Each thing that is watched, from what really happens to the alert: with its clock, a mail to who has the duty, a call of the webhook; and up to the leader when nobody answers."""

import http.client
import json
import pathlib
import shutil
import ssl
import time
import unittest

import khien
import portal_site
import smtp_stub
from portal_site import Portal

ACK_S = {"high": 3, "medium": 6}
HACKED = "<html><head><title>Hacked by NoOne</title></head><body><h1>Hacked by NoOne</h1><p>greetz to all</p></body></html>"


def day(days):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600 + days * 86400))


class AlertSources(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        """One server for all; each test has a ward of its own, with its people."""
        cls.mails, cls.hook = smtp_stub.Mails(), smtp_stub.Hook()
        for stub in (cls.mails, cls.hook):
            cls.addClassCleanup(stub.server_close)
            cls.addClassCleanup(stub.shutdown)
        base = pathlib.Path(khien.tempfile.mkdtemp(prefix="khien-alerts-"))
        cls.addClassCleanup(shutil.rmtree, base, True)
        base.chmod(0o755)
        cls.portal = Portal(base / "portal")
        settings = (f"smtp:\n  url: smtp://127.0.0.1:{cls.mails.server_address[1]}\n  from: khien@tinh.example.vn\n  tls: false\n"
                    f"alert:\n  webhook: {cls.hook.url}\n  every: 1s\n  ack_high: {ACK_S['high']}s\n  ack_medium: {ACK_S['medium']}s\n"
                    f"portal: {{loopback: true, confirm: 0s, every: 1d, authorities: {base}/portal/ca.pem}}\n")
        cls.site = khien.Site(settings).__enter__()
        cls.addClassCleanup(cls.site.__exit__)

    def setUp(self):
        self.ward = self.id().rsplit(".", 1)[1].removeprefix("test_").replace("_", "-")
        self.duty, self.leader = f"truc@{self.ward}.example.vn", f"lanhdao@{self.ward}.example.vn"
        self.site.unit(self.ward, kind="ward")
        self.officer = self.site.user(f"cb-{self.ward}", self.ward, "officer")
        self.create("staff", full_name="Người Trực", position="officer", official_mail=self.duty)
        self.create("staff", full_name="Người Đứng Đầu", position="leader", official_mail=self.leader)

    def create(self, register, **fields):
        reply = self.officer.call("POST", f"/api/v1/registers/{register}/records", {"fields": fields})
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json()["record"]["id"]

    def alert(self, kind):
        """The one alert of the kind; None while there is none."""
        found = [row["fields"] | {"id": row["id"], "state": row["state"]} for row in self.officer.get("/api/v1/registers/alert/records").json()["items"] if row["fields"]["kind"] == kind]
        self.assertLessEqual(len(found), 1, found)
        return found[0] if found else None

    def assert_told(self, kind, severity, words):
        alert = khien.wait_for(lambda: self.alert(kind), 60, what=f"the alert {kind}")
        self.assertEqual((alert["state"], alert["severity"], alert["count"]), ("new", severity, 1))
        mails = lambda receiver: [mail for mail in self.mails.to(receiver) if words in mail["Subject"]]
        [mail] = khien.wait_for(lambda: mails(self.duty), 30, what="the mail")
        self.assertIn(f"Đơn vị {self.ward}", mail.get_content())
        called = lambda level: [body for body in map(json.loads, self.hook.bodies) if (body["alert"], body["level"]) == (alert["id"], level)]
        [body] = khien.wait_for(lambda: called(0), 30, what="the call of the webhook")
        self.assertEqual((body["kind"], body["severity"], body["unit"], body["count"], body["due_s"]), (kind, severity, self.ward, 1, alert["raised_s"] + ACK_S[severity]))
        [above] = khien.wait_for(lambda: mails(self.leader), ACK_S[severity] + 30, what="the mail to the leader")
        self.assertIn("Chưa ai xác nhận", above.get_content())
        khien.wait_for(lambda: called(1), 30, what="the second call of the webhook")
        # By the server's own clock: to the duty officer at once, to the leader not before the time was over.
        told = dict(self.site.query("SELECT level, MIN(created_s) FROM notice WHERE register = 'alert' AND record_id = ? GROUP BY level", alert["id"]))
        self.assertEqual(told[0], alert["raised_s"])
        self.assertGreater(told[1], body["due_s"])
        self.assertGreaterEqual(self.alert(kind)["escalated"], 1)
        return alert

    def look(self):
        """The server looks for what wants an alert, whole rounds later than now."""
        at = lambda: int(self.site.query("SELECT value FROM meta WHERE key = 'alerts_watched_s'")[0][0])
        now = time.time()
        khien.wait_for(lambda: at() > now + 1, 60, what="another look")

    def upload(self, path, body, kind):
        context = ssl.create_default_context(cafile=str(self.site.data / "ca.pem"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.site.port, context=context, timeout=30)
        connection.request("POST", path, body=body, headers={"X-Khien": "1", "Cookie": self.officer.cookie, "Content-Type": kind})
        reply = connection.getresponse()
        said = reply.read()
        connection.close()
        self.assertEqual(reply.status, 200, said)
        return json.loads(said)

    @unittest.skipUnless(portal_site.NGINX, "nginx is not installed")
    def test_a_defaced_portal(self):
        self.serve(90)
        number = self.create("portal", name="Trang phường", url=self.portal.url, label="none")
        self.fetch(number)
        self.assertIsNone(self.alert("portal"))
        self.portal.put("/", HACKED)
        self.fetch(number)
        self.assert_told("portal", "high", "trang thông tin điện tử")

    @unittest.skipUnless(portal_site.NGINX, "nginx is not installed")
    def test_a_portal_whose_certificate_ends(self):
        self.serve(2)
        self.fetch(self.create("portal", name="Trang phường", url=self.portal.url, label="none"))
        self.assert_told("portal", "high", "trang thông tin điện tử")

    def serve(self, days):
        """The web site as it ought to be, with a certificate for so many days."""
        self.portal.put("/", portal_site.home())
        self.portal.certificate("ca", days)
        self.portal.start()
        self.addCleanup(self.portal.stop)

    def fetch(self, portal):
        rounds = lambda: self.site.query("SELECT COUNT(*), MAX(id) FROM portal_fetch WHERE portal_id = ?", portal)[0]
        before = rounds()
        self.assertEqual(self.officer.call("POST", f"/api/v1/portals/{portal}/fetch").status, 204)
        khien.wait_for(lambda: rounds() != before, 90, what="a round at the portal")

    def test_an_address_on_the_botnet_list(self):
        self.create("own_address", range="203.0.113.0/28")
        made = self.upload("/api/v1/botnet/import?dry_run=false&month=" + day(0)[:7], "ip,port,botnet\n203.0.113.5,443,conficker\n198.51.100.9,80,conficker\n".encode(), "text/csv")
        self.assertEqual((made["own"], made["foreign"]), (1, 1), made)
        self.assert_told("botnet", "high", "danh sách botnet")

    def test_ransomware_at_a_machine(self):
        self.site.enrol("may", self.ward)
        self.site.agent("may", "scan: {at_start: false}\n")
        khien.wait_for(lambda: (self.site.status_json("may") or {}).get("link") == "online", what="the link")
        self.site.producer("may").detect(engine="ransom", rule="files_encrypted", path="/tmp/ma-hoa", member="pid 7, user 1000, 40 files in 3 folders, stopped", sha256=None, size=None, verdict="infected", state="found")
        self.assert_told("ransomware", "high", "mã độc tống tiền")

    def test_a_task_that_is_overdue(self):
        self.create("task", title="Cập nhật máy", due_on=day(1))
        self.look()
        self.assertIsNone(self.alert("deadline"))
        self.create("task", title="Cập nhật máy", due_on=day(-1))
        self.assert_told("deadline", "medium", "nhiệm vụ quá hạn")

    def test_a_signing_token_whose_certificate_ends(self):
        self.create("signing_token", serial="T-1", organisation=True, certificate_until=day(100))
        self.look()
        self.assertIsNone(self.alert("certificate"))
        self.create("signing_token", serial="T-2", organisation=True, certificate_until=day(20))
        self.assert_told("certificate", "medium", "chứng thư")

    def test_what_was_acknowledged_goes_nowhere(self):
        self.create("task", title="Cập nhật máy", due_on=day(-1))
        alert = khien.wait_for(lambda: self.alert("deadline"), 60, what="the alert")
        version = self.officer.get(f"/api/v1/registers/alert/records/{alert['id']}").json()["record"]["version"]
        moved = self.officer.call("POST", f"/api/v1/registers/alert/records/{alert['id']}/moves", {"move": "acknowledge", "version": version})
        self.assertEqual(moved.status, 200, moved.body)
        time.sleep(max(0, alert["due_s"] - time.time()))
        self.look()
        self.assertEqual(self.mails.to(self.leader), [])
        self.assertFalse(self.alert("deadline")["escalated"])


if __name__ == "__main__":
    unittest.main()
