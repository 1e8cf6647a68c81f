"""What the server raises, tells and sends up the line when nobody answers."""

import json
import time
import unittest

import khien
import smtp_stub


class Duty(unittest.TestCase):
    def setUp(self):
        self.mails, self.hook = smtp_stub.Mails(), smtp_stub.Hook()
        self.addCleanup(self.mails.server_close)
        self.addCleanup(self.mails.shutdown)
        self.addCleanup(self.hook.server_close)
        self.addCleanup(self.hook.shutdown)
        settings = (f"smtp:\n  url: {self.mails.url}\n  from: khien@tinh.example.vn\n  tls: false\n"
                    f"alert:\n  webhook: {self.hook.url}\n  every: 1s\n  ack_high: 60s\n")
        self.site = khien.Site(settings).__enter__()
        self.addCleanup(self.site.__exit__)
        self.site.unit("xa-a", kind="ward")
        self.officer = self.site.user("can-bo", "xa-a", "officer")
        self.person("Người Trực", "officer", "truc@xa.example.vn")

    def create(self, register, **fields):
        reply = self.officer.call("POST", f"/api/v1/registers/{register}/records", {"fields": fields})
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json()["record"]["id"]

    def person(self, name, position, mail):
        return self.create("staff", full_name=name, position=position, official_mail=mail)

    def incident(self, title="BIMAT"):
        reply = self.officer.call("POST", "/api/v1/incidents/report", {"title": title, "group": "malware", "severity": "serious"})
        self.assertEqual(reply.status, 200, reply.body)

    def alerts(self):
        return [row["fields"] | {"id": row["id"], "state": row["state"]} for row in self.officer.get("/api/v1/registers/alert/records").json()["items"]]

    def test_an_incident_is_told_by_mail_and_webhook(self):
        self.mails.refuse = 0
        for _ in range(3):
            self.incident()
        [mail] = khien.wait_for(lambda: self.mails.to("truc@xa.example.vn"), 30, what="the mail")[:1]
        self.assertIn("sự cố được báo", mail["Subject"])
        self.assertIn("Đơn vị xa-a", mail.get_content())
        self.assertNotIn("BIMAT", mail.as_string() + mail.get_content())
        self.assertEqual(self.mails.logins, [])
        body = json.loads(khien.wait_for(lambda: self.hook.bodies, 30, what="the call of the webhook")[0])
        self.assertEqual((body["kind"], body["unit"], body["severity"]), ("incident", "xa-a", "high"))
        [alert] = khien.wait_for(lambda: [a for a in self.alerts() if a["count"] == 3], 30, what="an alert that counts three")
        notices = self.officer.get(f"/api/v1/notices?register=alert&record={alert['id']}").json()["items"]
        self.assertEqual({(n["channel"], n["state"]) for n in notices}, {("mail", "sent"), ("webhook", "sent")})

    def test_a_mail_that_is_refused_is_tried_again_and_noted(self):
        self.mails.refuse = 1
        self.incident()
        [alert] = khien.wait_for(self.alerts, 30, what="the alert")
        path = f"/api/v1/notices?register=alert&record={alert['id']}"
        [mail] = khien.wait_for(lambda: [n for n in self.officer.get(path).json()["items"] if n["channel"] == "mail" and n["tries"]], 30, what="the first try")
        self.assertEqual(mail["state"], "waiting")
        self.assertIsNotNone(mail["tries"][0]["error"])
        self.assertEqual(self.mails.taken, [])

    def test_without_an_answer_it_goes_up(self):
        self.person("Người Đứng Đầu", "leader", "lanhdao@xa.example.vn")
        self.incident()
        khien.wait_for(lambda: self.mails.to("truc@xa.example.vn"), 30, what="the first mail")
        mail = khien.wait_for(lambda: self.mails.to("lanhdao@xa.example.vn"), 90, what="the mail to the leader")[0]
        self.assertIn("Chưa ai xác nhận", mail.get_content())
        self.assertEqual(self.alerts()[0]["escalated"], 1)


if __name__ == "__main__":
    unittest.main()
