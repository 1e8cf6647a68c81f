"""What the server raises, tells and sends up the line when nobody answers."""

import json
import pathlib
import shutil
import ssl
import tempfile
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
        self.ack_s = 3 if "goes_up" in self.id() else 60
        settings = (f"smtp:\n  url: {self.mails.url}\n  from: khien@tinh.example.vn\n  tls: false\n"
                    f"alert:\n  webhook: {self.hook.url}\n  every: 1s\n  ack_high: {self.ack_s}s\n")
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
        sent = lambda: {(n["channel"], n["state"]) for n in self.officer.get(f"/api/v1/notices?register=alert&record={alert['id']}").json()["items"]}
        khien.wait_for(lambda: sent() == {("mail", "sent"), ("webhook", "sent")}, 30, what="both notices to be sent")

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


class Secure(unittest.TestCase):
    """Mail over TLS with a password, from the first byte or after STARTTLS; nothing goes to a server that is not trusted or does not offer it."""

    def open(self, trusted, starttls=False, offered=True, name="127.0.0.1"):
        self.mails = smtp_stub.Mails()
        self.addCleanup(self.mails.server_close)
        self.addCleanup(self.mails.shutdown)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="khien-smtp-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "password").write_text("Mat khau thu\n")
        url = self.mails.url.replace("127.0.0.1", name)
        self.site = khien.Site(f"smtp:\n  url: {url if starttls else url.replace('smtp:', 'smtps:')}\n  from: khien@tinh.example.vn\n  user: khien\n  password_file: {folder}/password\n"
                               f"  ca_file: {folder}/ca.pem\nalert:\n  every: 1s\n")
        (folder / "ca.pem").write_text("")
        self.site.__enter__()
        self.addCleanup(self.site.__exit__)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.site.data / "server.pem", self.site.data / "server.key")
        if not starttls:
            self.mails.context = context
        elif offered:
            self.mails.upgrade = context
        shutil.copy(self.site.data / "ca.pem" if trusted else "/etc/ssl/certs/ca-certificates.crt", folder / "ca.pem")
        admin = self.site.user("can-bo", "goc", "officer")
        admin.call("POST", "/api/v1/registers/staff/records", {"fields": {"full_name": "Người Trực", "position": "officer", "official_mail": "truc@tinh.example.vn"}})
        admin.call("POST", "/api/v1/incidents/report", {"title": "Thử", "group": "malware"})

    def test_the_password_goes_over_tls(self):
        self.open(True)
        khien.wait_for(lambda: self.mails.to("truc@tinh.example.vn"), 30, what="the mail")
        self.assertEqual(self.mails.logins, [b"\0khien\0Mat khau thu"])

    def test_the_password_goes_after_starttls(self):
        self.open(True, starttls=True)
        khien.wait_for(lambda: self.mails.to("truc@tinh.example.vn"), 30, what="the mail")
        self.assertEqual(self.mails.logins, [b"\0khien\0Mat khau thu"])
        self.assertEqual([line.split(" ")[0] for line in self.mails.heard], ["EHLO", "STARTTLS"])

    def error(self):
        """Of the first try; nothing that matters has left."""
        [(error,)] = khien.wait_for(lambda: self.site.query("SELECT t.error FROM notice_try t JOIN notice n ON n.id = t.notice_id WHERE n.receiver <> ''"), 30, what="a try")
        self.assertIsNotNone(error)
        self.assertNotIn("Mat khau", error)
        self.assertEqual((self.mails.taken, self.mails.logins), ([], []))
        self.assertEqual([line for line in self.mails.heard if line.split(" ")[0] not in ("EHLO", "STARTTLS", "QUIT")], [])
        return error

    def test_a_server_that_is_not_trusted_gets_nothing(self):
        self.open(False)
        self.assertIn("certificate of the server is not trusted", self.error())

    def test_nor_one_that_is_not_trusted_after_starttls(self):
        self.open(False, starttls=True)
        self.assertIn("certificate of the server is not trusted", self.error())

    def test_nor_one_whose_certificate_is_for_another_name(self):
        self.open(True, starttls=True, name="127.0.0.2")
        self.assertIn("certificate of the server is not trusted", self.error())

    def test_nor_one_that_does_not_offer_tls(self):
        self.open(True, starttls=True, offered=False)
        self.assertIn("offers no TLS", self.error())
        self.assertEqual([line.split(" ")[0] for line in self.mails.heard][:1], ["EHLO"])


class Many(unittest.TestCase):
    """What one unit asks of many: dispatches, reviews, holidays, quizzes."""

    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site("alert:\n  every: 1s\n").__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        for code in ("xa-a", "xa-b"):
            cls.site.unit(code, kind="ward")
        cls.province = cls.site.user("can-bo-tinh", "goc", "admin")
        cls.reader = cls.site.user("nguoi-doc", "xa-a", "viewer")
        cls.person = cls.create("staff", unit="xa-a", full_name="Người Đọc", position="civil_servant", login="nguoi-doc")

    @classmethod
    def create(cls, register, unit=None, **fields):
        reply = cls.province.call("POST", f"/api/v1/registers/{register}/records", {"fields": fields} | ({"unit": unit} if unit else {}))
        assert reply.status == 200, reply.body
        return reply.json()["record"]["id"]

    def move(self, register, record, move):
        version = self.province.get(f"/api/v1/registers/{register}/records/{record}").json()["record"]["version"]
        reply = self.province.call("POST", f"/api/v1/registers/{register}/records/{record}/moves", {"move": move, "version": version})
        self.assertEqual(reply.status, 200, reply.body)

    def rows(self, register, **where):
        items = self.province.get(f"/api/v1/registers/{register}/records?limit=500").json()["items"]
        return [row for row in items if all(row["fields"].get(name) == value for name, value in where.items())]

    def test_a_dispatch_is_sent_and_read(self):
        number = self.create("dispatch", number="12/UBND", dated_on="2026-01-02", issuer="UBND tỉnh", abstract="Rà soát")
        asked = {"dispatch": number, "units": ["goc"], "below": True, "due_on": "2099-01-02", "readings": True, "task": "Bật tường lửa", "control": "firewall_on"}
        sent = self.province.call("POST", "/api/v1/dispatches/send", asked).json()
        self.assertEqual(sent, {"units": 3, "readings": 1, "tasks": 3})
        self.assertEqual(self.province.call("POST", "/api/v1/dispatches/send", asked).json(), {"units": 0, "readings": 0, "tasks": 0})
        self.assertEqual(self.reader.call("POST", "/api/v1/dispatches/send", asked).status, 403)
        self.assertEqual(self.province.call("POST", "/api/v1/dispatches/send", {**asked, "units": ["khong-co"]}).status, 404)

    def test_a_review_reaches_all_and_is_frozen(self):
        number = self.create("review", title="Rà soát quý", opened_on="2026-01-02", close_by="2099-01-02")
        khien.wait_for(lambda: len(self.rows("review_result", review=number)) == 2, 40, what="a row for every unit below")
        self.move("review", number, "close")
        detail = lambda: self.province.get(f"/api/v1/registers/review/records/{number}").json()
        khien.wait_for(lambda: detail()["record"]["fields"]["snapshot_sha256"], 40, what="the snapshot")
        [file] = detail()["files"]
        self.assertEqual(file["sha256"], detail()["record"]["fields"]["snapshot_sha256"])
        package = json.loads(self.province.get(f"/api/v1/registers/review/records/{number}/files/{file['id']}").body)
        self.assertEqual([unit["unit"] for unit in json.loads(package["snapshot"])["units"]], ["goc", "xa-a", "xa-b"])

    def test_holidays_are_there_and_compared(self):
        names = khien.wait_for(lambda: [row["fields"]["occasion"] for row in self.rows("holiday")], 30, what="the holidays")
        self.assertEqual(sorted(names), ["hung_kings", "national_day", "new_year", "reunification", "tet"])
        report = self.reader.get("/api/v1/holidays/report?occasion=tet&year=2026").json()
        self.assertEqual((report["now"]["from"], report["before"]["from"], report["unit"]), ("2026-02-16", "2025-01-28", "xa-a"))

    def test_a_quiz_is_taken(self):
        for n in range(5):
            self.create("quiz_question", question=f"Câu {n}", topic="phishing", choice_1="SAI", choice_2="ĐÚNG", right_choice=2)
        quiz = self.create("quiz", title="Thư lừa đảo", topic="phishing", questions=4, pass_mark=100, attempts=1)
        self.assertEqual(self.reader.call("POST", "/api/v1/quizzes/start", {"quiz": quiz}).status, 409)
        self.move("quiz", quiz, "open")
        begun = self.reader.call("POST", "/api/v1/quizzes/start", {"quiz": quiz})
        self.assertNotIn("right", begun.body.decode())
        begun = begun.json()
        chosen = [question["choices"].index("ĐÚNG") + 1 for question in begun["questions"]]
        marked = self.reader.call("POST", "/api/v1/quizzes/answer", {"attempt": begun["attempt"], "choices": chosen}).json()
        self.assertEqual((marked["score"], marked["passed"]), (100, True))
        self.assertEqual(self.province.call("POST", "/api/v1/quizzes/start", {"quiz": quiz}).status, 404)  # nobody of the staff
        self.assertEqual(self.reader.call("POST", "/api/v1/quizzes/start", {"quiz": quiz}).status, 409)  # once is all
        [result] = self.rows("quiz_result", quiz=quiz)
        self.assertEqual((result["state"], result["fields"]["in_browser"]), ("passed", True))

    def test_a_system_gets_its_checklist(self):
        system = self.create("information_system", name="Một cửa", kind="public", owner="UBND", dossier="none", measures="none", level=3)
        made = self.province.call("POST", "/api/v1/systems/checklist", {"system": system}).json()["made"]
        self.assertEqual(made, len(self.rows("system_requirement", system=system)))
        self.assertGreater(made, 15)


if __name__ == "__main__":
    unittest.main()
