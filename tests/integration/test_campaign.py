"""A scan campaign over real agents, what officers decide about what it found, and content bundles that the server keeps for its agents."""

import hashlib
import io
import ssl
import subprocess
import time
import unittest
import zipfile

import khien

PATTERN = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-" + "TEST-FILE!$H+H*"  # EICAR, in two parts so that this file is not one
RULE = 'rule so_rare {{ strings: $a = "so rare that no program has it: {n}" condition: $a }}\n'


def part(browser, name, unit="goc"):
    """A part of K05, as the console shows it."""
    figures = {f["id"]: f for f in browser.get(f"/api/v1/units/{unit}/figures").json()["items"]}
    return {p["id"]: p["value"] for p in figures["K05"]["parts"]}[name]


def encrypted():
    """A ZIP file of one member that is said to be encrypted."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("a", b"not to be read")
    made = bytearray(out.getvalue())
    for flags in (made.index(b"PK\3\4") + 6, made.index(b"PK\1\2") + 8):
        made[flags] |= 1
    return bytes(made)


class Campaign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        site = cls.site
        cls.drop = site.dir / "drop"
        cls.drop.mkdir()
        (cls.drop / "thu.com").write_text(PATTERN)
        quick = "  quick: [{0}]\n".format(cls.drop) if "key: scan.quick," in (khien.ROOT / "spec/settings.yaml").read_text() else ""
        cls.settings = f"scan:\n  first: []\n  daily: [{cls.drop}]\n{quick}"
        for code, name in (("xa-a", "may-a"), ("xa-b", "may-b")):
            site.unit(code)
            site.enrol(name, unit=code)
        cls.admin = site.user("quan-tri", "goc", role="admin")
        cls.officer_a = site.user("can-bo-a", "xa-a")

    def machines(self, browser, campaign, query=""):
        items = browser.get(f"/api/v1/campaigns/{campaign}/machines{query}").json()["items"]
        return {m["endpoint"]["unit"]["code"]: m for m in items}

    def state_of(self, campaign, unit):
        return self.machines(self.admin, campaign)[unit]["state"]

    def test_from_the_order_to_the_clean_machine(self):
        admin, officer, site = self.admin, self.officer_a, self.site
        made = admin.call("POST", "/api/v1/campaigns", {"unit": "goc", "name": "Rà soát tháng 11", "scan": "quick", "hours": 24})
        self.assertEqual(made.status, 200, made.body)
        campaign = made.json()["id"]
        self.assertEqual(made.json()["counts"]["machines"], 2)
        self.assertEqual({m["state"] for m in self.machines(admin, campaign).values()}, {"not_reached"})

        site.agent("may-a", self.settings)
        khien.wait_for(lambda: self.state_of(campaign, "xa-a") in ("done", "partly"), 120, what="the campaign's scan of may-a")
        machine = self.machines(officer, campaign)["xa-a"]
        self.assertGreater(machine["scan"]["files"], 0)
        self.assertGreaterEqual(machine["found"], 1)
        self.assertEqual(list(self.machines(officer, campaign)), ["xa-a"])  # the commune sees its own machine of the province's campaign
        shown = officer.get(f"/api/v1/campaigns/{campaign}").json()
        self.assertEqual((shown["mine"], shown["counts"]["machines"], shown["counts"]["infected"], shown["counts"]["cleaned"]), (False, 1, 1, 0))
        self.assertEqual(officer.call("POST", f"/api/v1/campaigns/{campaign}/close").status, 403)
        rows = {u["unit"]["code"]: u["counts"] for u in admin.get(f"/api/v1/campaigns/{campaign}/units").json()["items"]}
        self.assertEqual((rows["xa-a"]["infected"], rows["xa-b"]["not_reached"]), (1, 1))

        found = [d for d in officer.get("/api/v1/detections?state=open").json()["items"] if d["path"].endswith("/thu.com")]
        self.assertTrue(found)
        self.assertEqual(part(admin, "infected"), 1)
        for one in found:
            self.decide(officer, one["id"])
        self.assertEqual(officer.get(f"/api/v1/campaigns/{campaign}").json()["counts"]["cleaned"], 1)
        self.assertEqual((part(admin, "over_12h"), part(admin, "over_24h"), part(admin, "hours")), (0, 0, 0))
        self.assertEqual(part(admin, "handled"), part(admin, "found"))

        (self.drop / "mat-khau.zip").write_bytes(encrypted())
        site.agent("may-b", self.settings)  # it was off when the order was given
        khien.wait_for(lambda: self.state_of(campaign, "xa-b") in ("done", "partly"), 120, what="the campaign's scan of may-b")
        machine = self.machines(admin, campaign)["xa-b"]
        self.assertEqual((machine["state"], machine["gaps"]["encrypted"] >= 1), ("partly", True))
        closed = admin.call("POST", f"/api/v1/campaigns/{campaign}/close").json()
        self.assertEqual((closed["closed_by"], closed["counts"]["not_reached"]), ("quan-tri", 0))
        self.assertEqual(admin.call("POST", f"/api/v1/campaigns/{campaign}/close").status, 409)
        acts = {row["action"] for row in admin.get("/api/v1/audit?limit=500").json()["items"]}
        self.assertLessEqual({"campaign.create", "campaign.close", "detection.decide"}, acts)

    def decide(self, officer, detection):
        path = f"/api/v1/detections/{detection}/state"
        shown = lambda: officer.get(f"/api/v1/detections/{detection}").json()["detection"]["version"]
        officer.call("POST", path, {"state": "verified", "version": shown()})  # the agent itself may have been quicker: 409
        verified = officer.get(f"/api/v1/detections/{detection}").json()["detection"]
        self.assertEqual((verified["state"], verified["verify_by_s"]), ("verified", None))
        self.assertEqual(officer.call("POST", path, {"state": "handled", "version": shown()}).status, 400)  # how?
        handled = officer.call("POST", path, {"state": "handled", "note": "Đã xóa tệp", "version": shown()}).json()
        self.assertEqual((handled["state"], handled["changed_by"], handled["handle_by_s"]), ("handled", "can-bo-a", None))
        self.assertEqual(officer.call("POST", path, {"state": "verified", "version": shown()}).status, 409)
        changes = officer.get(f"/api/v1/detections/{detection}").json()["changes"]
        self.assertEqual([c["state"] for c in changes][:2], ["found", "verified"])
        self.assertEqual([(c["state"], c["note"]) for c in changes if c["actor"]][-1], ("handled", "Đã xóa tệp"))

    def test_the_clock_runs_out_and_is_listed_up_the_line(self):
        site = self.site
        site.stop_server()
        connection = khien.sqlite3.connect(site.data / "khien.db")
        endpoint = connection.execute("SELECT id FROM endpoint WHERE uid=?", (site.uid("may-b"),)).fetchone()[0]
        connection.execute("INSERT INTO detection(endpoint_id,found_s,seen_s,engine,rule,path,verdict,state,changed_s) VALUES(?1,?2,?2,'yara','Thu_Qua_Han','/x','infected','found',?2)",
                           (endpoint, int(time.time()) - 30 * 3600))
        connection.commit()
        connection.close()
        site.start_server()
        khien.wait_for(lambda: part(self.admin, "over_24h", "xa-b") == 1, 30, what="the answer of the clock")
        self.assertEqual((part(self.admin, "over_12h"), part(self.admin, "infected_24h")), (1, 1))  # the province's figure
        rows = self.admin.get("/api/v1/units/goc/controls/malware_handled_24h/rows?states=fail").json()["items"]
        self.assertEqual([(r["endpoint"]["unit"]["code"], r["evidence"].split(":")[0]) for r in rows], [("xa-b", "Thu_Qua_Han")])
        self.assertEqual(self.officer_a.get("/api/v1/detections?clock=handle_overdue").json()["total"], 0)
        self.assertEqual(self.admin.get("/api/v1/detections?clock=handle_overdue").json()["total"], 1)


class Bundles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        site = cls.site
        cls.db("key", site.dir / "key")
        cls.bundles = [cls.bundle(n) for n in (1, 2)]
        site.stop_server()
        with open(site.config, "a", encoding="utf-8") as config:
            config.write(f"content:\n  keys: {site.dir}/key.pub\n")
        site.start_server()
        cls.admin = site.user("quan-tri", "goc", role="admin")

    @classmethod
    def db(cls, verb, *words):
        done = subprocess.run([khien.BIN / "khien", "db", verb, *map(str, words)], env=khien.ENV, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr

    @classmethod
    def bundle(cls, n):
        rules, path = cls.site.dir / "rare.yar", cls.site.dir / f"content-{n}"
        rules.write_text(RULE.format(n=n))
        cls.db("import", "--store", cls.site.dir / "store", rules)
        cls.db("export", "--store", cls.site.dir / "store", "--sign", cls.site.dir / "key", path)
        time.sleep(1.1)  # they are told apart by the second they were made in
        return path

    def add(self, path, *words, check=True):
        return self.site.server("content", "add", path, *words, check=check)

    def test_kept_handed_out_and_counted(self):
        site, (first, second) = self.site, self.bundles
        self.assertIn("no bundle", site.server("content", "status").stdout)
        self.assertIsNone(self.admin.get("/api/v1/content").json()["bundle"])
        self.add(first)
        self.add(first)  # once more: the same
        self.add(second)
        self.assertEqual(self.add(first, check=False).returncode, 0)  # it is there already
        status = site.server_json("content", "status")
        self.assertEqual([b["current"] for b in status["bundles"]], [True, False])
        digest = hashlib.sha256(second.read_bytes()).hexdigest()
        self.assertEqual(self.admin.get("/api/v1/content").json()["bundle"]["sha256"], digest)

        site.enrol("may", unit="goc")
        site.agent("may", "scan:\n  first: []\n")
        khien.wait_for(lambda: self.admin.get("/api/v1/content").json()["counts"]["machines"] == 1, 30)
        self.assertEqual(self.piece(digest, 0, 7), second.read_bytes()[:7])
        self.assertEqual(self.piece(digest, 7, 1 << 20), second.read_bytes()[7:])

        newest = str(status["bundles"][0]["id"])
        site.server("content", "remove", newest)
        self.assertNotEqual(site.server("content", "remove", newest, check=False).returncode, 0)
        self.assertEqual(self.admin.get("/api/v1/content").json()["bundle"]["sha256"], hashlib.sha256(first.read_bytes()).hexdigest())
        site.stop_server()
        (site.data / "content" / hashlib.sha256(first.read_bytes()).hexdigest()).unlink()  # as after a restore
        site.start_server()
        khien.wait_for(lambda: self.admin.get("/api/v1/content").json()["bundle"] is None, 30, what="the lost bundle to be forgotten")
        acts = [row["action"] for row in self.admin.get("/api/v1/audit?limit=500").json()["items"]]
        self.assertEqual((acts.count("content.add"), acts.count("content.remove")), (2, 2))

    def piece(self, digest, start, count):
        """As the agent asks, with its certificate."""
        context = ssl.create_default_context(cafile=str(self.site.data / "ca.pem"))
        context.load_cert_chain(self.site.state("may") / "cert.pem", self.site.state("may") / "key.pem")
        connection = khien.http.client.HTTPSConnection("127.0.0.1", self.site.port, context=context, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", f"/agent/v1/content?sha256={digest}&from={start}&bytes={count}")
        reply = connection.getresponse()
        self.assertEqual(reply.status, 200)
        return reply.read()

    def test_what_is_not_signed_or_not_whole_is_refused(self):
        site = self.site
        bad = site.dir / "bad"
        whole = self.bundles[0].read_bytes()
        for what, content in (("changed", whole[:-1] + bytes([whole[-1] ^ 1])), ("cut", whole[:-5]), ("longer", whole + b"x"), ("no bundle", b"hello\n"), ("empty", b"")):
            bad.write_bytes(content)
            with self.subTest(what):
                self.assertEqual(self.add(bad, check=False).returncode, 2)
        self.db("key", site.dir / "other")
        done = self.add(self.bundles[0], "--keys", site.dir / "other.pub", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no trusted key has signed it", done.stderr)
        self.assertEqual([p.name for p in (site.data / "content").iterdir() if p.name.startswith(".")], [])


if __name__ == "__main__":
    unittest.main()
