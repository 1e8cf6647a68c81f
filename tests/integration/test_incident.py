"""An incident from the phone of whoever saw it to the package that is handed over."""

import hashlib
import http.client
import io
import json
import ssl
import time
import unittest
import zipfile
from urllib.parse import quote

import khien


class Incident(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site("alert: {every: 1s}\n").__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.site.unit("xa-a", kind="ward")
        cls.site.unit("xa-b", kind="ward")
        cls.viewer = cls.site.user("nguoi-xem", "xa-a", "viewer")
        cls.officer = cls.site.user("can-bo", "xa-a", "officer")
        cls.stranger = cls.site.user("xa-khac", "xa-b", "officer")

    def report(self, browser=None, status=200, **body):
        reply = (browser or self.viewer).call("POST", "/api/v1/incidents/report", {"title": "Máy tự khóa tệp", "group": "malware", "severity": "serious", **body})
        self.assertEqual(reply.status, status, reply.body)
        return reply.json()

    def create(self, register, **fields):
        reply = self.officer.call("POST", f"/api/v1/registers/{register}/records", {"fields": fields})
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json()["record"]["id"]

    def move(self, register, record, move, status=200, **fields):
        version = self.officer.get(f"/api/v1/registers/{register}/records/{record}").json()["record"]["version"]
        reply = self.officer.call("POST", f"/api/v1/registers/{register}/records/{record}/moves", {"move": move, "version": version, "fields": fields})
        self.assertEqual(reply.status, status, reply.body)

    def record(self, register, record):
        return self.officer.get(f"/api/v1/registers/{register}/records/{record}").json()["record"]

    def test_whoever_logs_in_reports_and_the_clocks_run(self):
        before = int(time.time())
        made = self.report(personal_data=True, contact="máy lẻ 12")
        kinds = {due["kind"]: due["due_s"] - made["t0_s"] for due in made["reports"]}
        self.assertEqual(kinds, {"notice": 3600, "first": 86400, "final": 259200, "personal_data": 259200})
        self.assertEqual(made["report_by_s"], made["t0_s"] + 3600)
        self.assertGreaterEqual(made["t0_s"], before)
        stored = self.record("incident", made["id"])
        self.assertEqual((stored["created_by"], stored["unit"]["code"]), ("nguoi-xem", "xa-a"))
        self.assertIn("Đơn vị gốc", [due["to_whom"] for due in made["reports"]])

    def test_wrong_forms_are_refused(self):
        self.report(status=400, severity="grave")
        self.assertEqual(self.report(status=400, group="xyz")["faults"][0]["field"], "group_of")
        self.report(status=404, machine="may-khong-co")
        self.report(status=400, found_s=int(time.time()) + 86400)

    def test_incidents_of_others_do_not_exist(self):
        number = self.report()["id"]
        for method, path in [("POST", "suspend"), ("POST", "release"), ("GET", "form"), ("GET", "form.docx"), ("GET", "evidence.zip"), ("POST", "handover")]:
            body = {"to_whom": "x"} if path == "handover" else {} if method == "POST" else None
            self.assertEqual(self.stranger.call(method, f"/api/v1/incidents/{number}/{path}", body).status, 404, path)
        self.assertEqual(self.viewer.call("POST", f"/api/v1/incidents/{number}/suspend", {}).status, 403)

    def test_secrets_are_not_kept(self):
        number = self.report(group="secret_leak", title="BIMAT-1", what="BIMAT-2")["id"]
        self.assertEqual(self.record("incident", number)["fields"]["title"], "Lộ, mất bí mật nhà nước")
        self.assertEqual(self.site.query("SELECT COUNT(*) FROM record_change WHERE detail LIKE '%BIMAT%'")[0][0], 0)
        self.assertNotIn(b"BIMAT", (self.site.data / "khien.db").read_bytes() + (self.site.data / "khien.db-wal").read_bytes())

    def test_a_form_of_the_register_gets_its_clock_too(self):
        number = self.create("incident", title="Ghi bằng sổ", group_of="deface", severity="serious", t0_s=int(time.time()) - 60)
        khien.wait_for(lambda: self.record("incident", number)["fields"]["report_by_s"], 40, what="the deadline")

    def test_suspended_checked_released(self):
        device = self.create("device", name="Máy văn thư", kind="computer", purpose="office")
        self.check(device, "K-1")
        self.move("device", device, "put_to_use")
        number = self.create("incident", title="Máy lạ", group_of="malware", severity="low", t0_s=int(time.time()) - 60, device=device)
        time.sleep(1.1)
        self.assertEqual(self.act(number, "suspend"), 200)
        self.assertEqual(self.record("device", device)["state"], "suspended")
        self.assertEqual(self.act(number, "release"), 400)
        self.move("device", device, "release", status=400)
        self.check(device, "K-2")
        self.assertEqual(self.act(number, "release"), 200)
        self.assertEqual(self.record("device", device)["state"], "in_use")
        acts = {row[0] for row in self.site.query("SELECT act FROM reg_incident_step WHERE incident = ?", number)}
        self.assertEqual(acts, {"isolate", "recover"})

    def check(self, device, number):
        check = self.create("device_check", number=number, device=device, checked_on=time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600)), checker="Người kiểm tra", by_police=False)
        self.move("device_check", check, "pass")

    def act(self, number, what):
        return self.officer.call("POST", f"/api/v1/incidents/{number}/{what}", {}).status

    def test_evidence_keeps_its_chain(self):
        number = self.report()["id"]
        added = self.add_file(number, "ảnh.png", b"chung cu")
        self.assertEqual(added.status, 200, added.body)
        handed = self.officer.call("POST", f"/api/v1/incidents/{number}/handover", {"to_whom": "Công an xã"}).json()
        package = self.officer.get(f"/api/v1/registers/evidence_handover/records/{handed['record']['id']}/files/{handed['files'][0]['id']}").body
        self.assertEqual(hashlib.sha256(package).hexdigest(), handed["record"]["fields"]["sha256"])
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            [item] = manifest["files"]
            self.assertEqual((item["name"], item["added_by"]), ("ảnh.png", "can-bo"))
            self.assertEqual(hashlib.sha256(archive.read("files/" + item["sha256"])).hexdigest(), item["sha256"])
            for line in archive.read("SHA256SUMS").decode().splitlines():
                digest, name = line.split("  ")
                self.assertEqual(hashlib.sha256(archive.read(name)).hexdigest(), digest)
            self.assertIn("can-bo", {act["actor"] for act in manifest["history"]})

    def add_file(self, number, name, content):
        context = ssl.create_default_context(cafile=str(self.site.data / "ca.pem"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.site.port, context=context, timeout=30)
        connection.request("POST", f"/api/v1/registers/incident/records/{number}/files?kind=evidence&name={quote(name)}", body=content,
                           headers={"X-Khien": "1", "Cookie": self.officer.cookie, "Content-Type": "application/octet-stream"})
        reply = connection.getresponse()
        answer = khien.Reply(reply.status, reply.headers, reply.read())
        connection.close()
        return answer

    def test_the_package_for_the_platform(self):
        number = self.report()["id"]
        form = self.viewer.get(f"/api/v1/incidents/{number}/form").json()["form"]
        self.assertEqual({f["name"]: f["value"] for f in form["fields"]}["title"], "Máy tự khóa tệp")
        document = self.viewer.get(f"/api/v1/incidents/{number}/form.docx")
        with zipfile.ZipFile(io.BytesIO(document.body)) as archive:
            self.assertIn("Máy tự khóa tệp", archive.read("word/document.xml").decode())


if __name__ == "__main__":
    unittest.main()
