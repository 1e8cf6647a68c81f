"""Documents marked secret: found by the agent on schedule and by order, followed as cases, and neither their names nor their text anywhere but on the machine."""

import contextlib
import io
import json
import os
import pathlib
import sqlite3
import subprocess
import time
import unittest
import zipfile

import khien

NAME = "quyhoach-zebrafinch"  # of the file …
PLACE = "thumuc-kingfisher"   # … and of its folder
TEXT = "Nội dung kestrel-4711 không được rời máy này."
LEFT_BEHIND = (NAME, PLACE, "kestrel-4711", "ghichu-osprey", "BB-wagtail")
DOCUMENT = ("TUYỆT MẬT\nỦY BAN NHÂN DÂN\nTỈNH X\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 12/BC-UBND\nX, ngày 3 tháng 4 năm 2026\n"
            f"BÁO CÁO\nvề việc thực hiện nhiệm vụ\n{TEXT}\n")


ON_A_STICK = "mount -t tmpfs stick /media && mkdir /media/usb && cd /media && { eval \"$1\"; } && shift && \"$@\"; status=$?; cp -r /media/usb/. \"$OUT\"; exit $status"


def locked():
    """A ZIP whose member is said to be encrypted, as one is that has a password."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    made = bytearray(out.getvalue())
    for flags in (made.index(b"PK\3\4") + 6, made.index(b"PK\1\2") + 8):
        made[flags] |= 1
    return bytes(made)


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
        self.assertIn("Number of the handover minutes: BB-wagtail\n", self.case("show", one["id"]).stdout)
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

    # ---- a campaign ----

    def machine_of(self, browser, campaign):
        return {m["endpoint"]["unit"]["code"]: m for m in browser.get(f"/api/v1/campaigns/{campaign}/machines").json()["items"]}

    def test_a_campaign_of_every_machine(self):
        site = self.site
        site.unit("b")
        site.enrol("may-b", unit="b")  # is never switched on
        admin, officer, beside = site.user("quan-tri", "goc", role="admin"), site.user("can-bo-a", "a"), site.user("can-bo-b", "b")
        self.path.write_text(DOCUMENT)
        vault = self.folder / "khoa.zip"
        vault.write_bytes(locked())
        made = admin.call("POST", "/api/v1/campaigns", {"unit": "goc", "name": "Rà soát tài liệu mật", "scan": "search", "hours": 24})
        self.assertEqual((made.status, made.json()["scan"], made.json()["counts"]["machines"]), (200, "search", 2), made.body)
        campaign = made.json()["id"]
        self.agent(every="0s")
        khien.wait_for(lambda: self.machine_of(officer, campaign)["a"]["state"] == "partly", 60, what="the campaign's search")
        machine = self.machine_of(officer, campaign)["a"]
        self.assertEqual((machine["reason"], machine["found"], machine["open"], machine["scan"]), ("unread", 1, 1, None))
        self.assertEqual((machine["search"]["encrypted"], machine["search"]["reviewed"], machine["search"]["files"]), (1, False, 3))
        self.assertEqual(self.machine_of(admin, campaign)["b"]["state"], "not_reached")
        self.assertEqual(list(self.machine_of(beside, campaign)), ["b"])
        self.assertEqual(self.site.query("SELECT COUNT(*) FROM scan"), [(0,)])  # it says nothing of malware
        counts = lambda: {k: v for k, v in officer.get(f"/api/v1/campaigns/{campaign}").json()["counts"].items() if k in ("infected", "cleaned", "done", "partly")}
        self.assertEqual(counts(), {"infected": 1, "cleaned": 0, "done": 0, "partly": 1})
        self.decide("hold")
        self.decide("hand-over", "--paper", "12")
        khien.wait_for(lambda: counts()["cleaned"] == 1, 30, what="the settled case in the campaign")
        self.review(officer, vault)
        self.assertEqual((self.machine_of(officer, campaign)["a"]["state"], counts()["done"]), ("done", 1))
        time.sleep(1.1)  # the times of the list are seconds
        vault.write_bytes(locked() + b" ")
        self.assertEqual(self.answer(self.order()), "done")
        khien.wait_for(lambda: len(self.unread()) == 1 and self.site.query("SELECT unread_since_s FROM fact_secret_search")[0][0] > self.since, 30, what="the changed file")
        self.site.stop_agent("may")
        self.nowhere_else()

    def unread(self):
        done = self.case("unread", "--json", check=False)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(done.returncode, 3 if rows else 0)
        return rows

    def review(self, officer, vault):
        """Whoever is responsible looks at what could not be read, and says so."""
        row, = self.unread()
        self.since = row["since_s"]
        self.assertEqual((row["path"], row["encrypted"], row["size"]), (str(vault), True, vault.stat().st_size))
        part = lambda name: {p["id"]: p["value"] for p in self.figure()["parts"]}[name]
        khien.wait_for(lambda: part("machines_partly") == 1, 30, what="the machine in the figure")
        self.assertEqual(part("machines_not_searched"), 2 - 1)
        fields = {"endpoint": self.site.uid("may"), "reviewed_on": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600)), "files": 1, "way": "opened", "reason": "Tệp nén của phòng", "reviewer": "A"}
        reply = officer.call("POST", "/api/v1/registers/search_review/records", {"fields": fields})
        self.assertEqual(reply.status, 200, reply.body)
        khien.wait_for(lambda: part("machines_partly") == 0 and part("machines_not_searched") == 0, 30, what="the review in the figure")

    def test_a_path_too_long_hides_no_other_file(self):
        (self.folder / "khoa.zip").write_bytes(locked())
        at = os.open(self.folder, os.O_RDONLY)
        for _ in range(21):
            os.mkdir("d" * 200, dir_fd=at)
            below = os.open("d" * 200, os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = below
        with open("sau.zip", "wb", opener=lambda name, flags: os.open(name, flags, 0o600, dir_fd=at)) as file:
            file.write(locked())
        os.close(at)
        self.agent(every="0s")
        self.assertEqual(self.answer(self.order()), "done")
        self.assertEqual([row["path"] for row in self.unread()], [str(self.folder / "khoa.zip")])
        self.assertIn("1 more files could not be listed", self.case("unread", check=False).stderr)

    # ---- handing over on a stick ----

    def on_a_stick(self, *words, before="true", stick=""):
        """hand-over of the only case, with /media being a stick with FAT (fat.c); what is on it afterwards."""
        shim, out = self.site.dir / "fat.so", self.site.dir / "stick"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, pathlib.Path(__file__).parent / "fat.c"], check=True)
        out.mkdir(exist_ok=True)
        command = ["unshare", "-m", "sh", "-c", ON_A_STICK, "sh", before, "env", f"LD_PRELOAD={shim}", f"KHIEN_TEST_STICK={stick}", khien.BIN / "khien", "secret-case", "hand-over", self.cases()[0]["id"],
                   "--paper", "12/BB", "--state", self.site.state("may"), "--run", self.site.state("may") / "run", *words]
        done = subprocess.run(list(map(str, command)), env={**khien.ENV, "OUT": str(out)}, capture_output=True, text=True, timeout=60, check=False)
        return done, {p.name: p.read_bytes() for p in out.iterdir()}

    @unittest.skipUnless(os.geteuid() == 0, "needs root for a mount namespace")
    def test_handed_over_on_a_stick_without_owners_and_rights(self):
        self.path = self.folder / f"{NAME}: kế hoạch?.txt"  # no such name on FAT
        self.path.write_text(DOCUMENT)
        os.chown(self.path, 12345, 12345)
        self.agent()
        self.wait_documents(("tuyet_mat", "documents", "found"))
        self.decide("hold")
        state = lambda: self.cases()[0]["state"]
        done, files = self.on_a_stick("--to", "/media/usb", stick="broken")
        self.assertEqual((done.returncode, files, state()), (3, {}, "held"), done.stderr)
        self.assertIn("does not read back the same", done.stderr)
        done, files = self.on_a_stick("--to", "/srv")  # its own disk
        self.assertEqual((done.returncode, state()), (2, "held"), done.stderr)
        self.assertIn("not on a removable medium", done.stderr)
        done, files = self.on_a_stick("--to", "/media/usb/a.txt", before="echo old > usb/a.txt")
        self.assertEqual((done.returncode, files, state()), (2, {"a.txt": b"old\n"}, "held"), done.stderr)
        done, files = self.on_a_stick("--to", "/media/usb/none/a.txt")
        self.assertEqual((done.returncode, state()), (2, "held"), done.stderr)
        done, files = self.on_a_stick("--to", "/media/usb", before="mount -t tmpfs -o size=4k small usb && head -c 4096 /dev/zero > usb/full")
        self.assertEqual((done.returncode, state()), (3, "held"), done.stderr)
        self.assertIn("No space left", done.stderr)
        done, files = self.on_a_stick("--to", "/media/away/a.txt", before="ln -s /srv away")  # the disk, by a link
        self.assertEqual((done.returncode, state()), (2, "held"), done.stderr)
        self.assertIn("not on a removable medium", done.stderr)
        done, files = self.on_a_stick("--to", "/media/a/", before="ln -s b a && ln -s a b")
        self.assertEqual((done.returncode, state()), (3, "held"), done.stderr)
        done, files = self.on_a_stick("--to", "/media/link", before="ln -s usb link")  # as automounters make them
        self.assertEqual((done.returncode, state()), (0, "handed_over"), done.stderr)
        self.assertEqual(files[f"{NAME}_ kế hoạch_.txt"], DOCUMENT.encode())
        self.assertEqual([p.name for p in (self.site.state("may") / "secret/hold").iterdir() if p.suffix in (".khq", ".json")], [])

    def test_an_order_that_the_machine_does_not_take(self):
        self.agent(every="0s", more="orders:\n  search: false\n")
        self.assertEqual(self.answer(self.order()), "refused")


if __name__ == "__main__":
    unittest.main()
