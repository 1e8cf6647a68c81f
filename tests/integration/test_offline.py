"""Machines that must never be linked: reviewed by file, known again, an alarm when one is seen on the network, never counted twice."""

import json
import time
import unittest

import khien
import machine

CONTROL = "secret_machine_never_linked"


class Offline(unittest.TestCase):
    """Each test has a server of its own: they are all about this one machine."""

    def setUp(self):
        self.site = khien.Site().__enter__()
        self.addCleanup(self.site.__exit__)
        self.site.unit("van-phong")
        self.site.unit("cong-an")
        self.files = 0

    def review(self, *words, state="ngoai-mang"):
        """A file of this machine; without a scan, which takes long and matters to one test only."""
        self.files += 1
        out = self.site.dir / f"ra-soat-{self.files}.khien"
        done = self.site.run("khien", "review", "--offline", out, "--state", self.site.dir / state, *(words or ["--no-scan"]), check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)  # 1: it found test patterns on this machine, and says so
        return out

    def imported(self, *words):
        return json.loads(self.site.server("import", *words, "--json").stdout)

    def machines(self):
        return self.site.server_json("endpoint", "show", self.site.query("SELECT uid FROM endpoint WHERE state='active'")[0][0]) if self.count() == 1 else None

    def count(self):
        return self.site.query("SELECT count(*) FROM endpoint WHERE state='active'")[0][0]

    def answer(self):
        """The one machine's answer to the control, as the sums of the top unit have it."""
        browser = self.browser = getattr(self, "browser", None) or self.site.user("quan-tri", "goc", role="admin")
        items = browser.get("/api/v1/units/goc/posture").json()["items"]
        counts = {c["control"]: c["counts"] for c in items}[CONTROL]
        return [state for state, n in counts.items() if n]

    def audit(self, action):
        rows = [json.loads(line) for line in self.site.server("audit", "list", "--json", "--limit", "1000").stdout.splitlines()]
        return [(row["unit"], row["target"], row["detail"]) for row in reversed(rows) if row["action"] == action]

    def test_taken_once_and_not_when_changed(self):
        out = self.review("--rules", khien.ROOT / "packs/rules")
        unknown = self.site.server("import", out, check=False)
        self.assertEqual(unknown.returncode, 2)
        self.assertIn("comes for the first time: say where it belongs with --unit", unknown.stderr)
        changed = self.site.dir / "sua.khien"
        data = bytearray(out.read_bytes())
        data[len(data) // 2] ^= 1
        changed.write_bytes(data)
        refused = self.site.server("import", changed, "--unit", "van-phong", check=False)
        self.assertEqual((refused.returncode, self.count()), (2, 0))
        self.assertIn("signature does not match", refused.stderr)
        first = self.imported(out, "--unit", "van-phong")
        again = self.imported(out)
        self.assertEqual((first["new"], again["new"], again["endpoint"]), (True, False, first["endpoint"]))
        self.assertEqual(self.count(), 1)
        self.assertEqual(self.machines()["role"], "secret")

    def test_a_file_that_was_taken_says_so(self):
        out = self.review()
        first = self.imported(out, "--unit", "van-phong")
        again = self.imported(out)
        self.assertGreater(first["records"], 0)
        self.assertEqual((first["records_known"], again["records_known"]), (0, first["records"]))
        self.assertIn("This file was taken before", self.site.server("import", out).stdout)

    def test_another_key_is_taken_only_when_people_say_so(self):
        """A fingerprint is no secret: a file with a key of its own does not take the machine's place unasked."""
        first = self.imported(self.review(), "--unit", "van-phong")
        early = self.site.server("import", self.review(), "--new-key", check=False)
        self.assertEqual(early.returncode, 2)
        self.assertIn("no other key of this machine", early.stderr)
        refused = self.site.server("import", self.review(state="thu-muc-khac"), "--unit", "van-phong", check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn(first["key"], refused.stderr)
        self.assertIn("--new-key", refused.stderr)
        self.assertEqual((self.count(), self.imported(self.review())["endpoint"], self.audit("endpoint.key")), (1, first["endpoint"], []))
        taken = self.imported(self.review(state="thu-muc-khac"), "--new-key")
        self.assertEqual((taken["endpoint"], taken["new"], self.count()), (first["endpoint"], False, 1))
        self.assertNotEqual(taken["key"], first["key"])
        self.assertEqual(self.audit("endpoint.key"), [("van-phong", first["endpoint"], f"{first['key']} → {taken['key']}")])
        self.assertEqual(self.site.server("import", self.review(), check=False).returncode, 2)  # the lost key is no key any more

    def test_seen_on_the_network(self):
        first = self.imported(self.review(), "--unit", "cong-an")
        self.assertTrue(first["new"])
        self.assertEqual(self.answer(), ["pass"])

        refused = self.site.enrol("len-mang", "van-phong", check=False)  # with another unit's token, and it is known all the same
        self.assertEqual(refused.returncode, 2)
        self.assertIn("on record as one that must never be linked", refused.stderr)
        self.assertFalse((self.site.state("len-mang") / "identity.json").exists())

        self.assertEqual(self.count(), 1)
        self.assertEqual(self.answer(), ["fail"])
        [(unit, target, detail)] = self.audit("endpoint.sighted")
        self.assertEqual((unit, target), ("cong-an", first["endpoint"]))
        self.assertIn("from 127.0.0.1", detail)
        self.assertTrue(self.machines()["linked"])
        self.assertIn("ALARM", self.site.server("endpoint", "show", first["endpoint"]).stdout)
        self.assertIn("SEEN ON THE NETWORK", self.site.server("endpoint", "list").stdout)
        self.assertTrue(self.browser.get("/api/v1/endpoints").json()["items"][0]["linked"])
        rows = self.browser.get(f"/api/v1/units/goc/controls/{CONTROL}/rows?states=fail").json()["items"]
        self.assertEqual([row["evidence"] for row in rows], ["Đã xin ghi danh qua mạng trong vòng một ngày qua"])
        self.assertEqual(self.browser.call("PUT", "/api/v1/me/language", {"language": "en"}).status, 200)
        rows = self.browser.get(f"/api/v1/units/goc/controls/{CONTROL}/rows?states=fail").json()["items"]
        self.assertEqual([row["evidence"] for row in rows], ["Asked to enrol over the network within the last day"])
        self.assertEqual(self.site.query("SELECT used FROM enrol_token"), [(0,)])

        time.sleep(1)  # times are whole seconds: what follows is later than the sighting
        self.site.enrol("len-mang", "cong-an", check=False)  # again at once: refused, and the log is not flooded
        self.assertEqual(len(self.audit("endpoint.sighted")), 1)

        self.assertEqual(self.imported(self.review())["endpoint"], first["endpoint"])
        self.assertEqual(self.answer(), ["fail"])  # a review alone proves no check
        self.imported(self.review(), "--checked", "Biên bản 12/BB")
        self.assertEqual(self.answer(), ["pass"])
        self.assertEqual([(u, t, d) for u, t, d in self.audit("endpoint.checked")], [("cong-an", first["endpoint"], "Biên bản 12/BB")])
        self.assertFalse(self.machines()["linked"])

    def test_seen_with_a_card_that_the_review_did_not_know(self):
        on, state = machine.Machine(self.site.dir, "may-mat"), self.site.state("len-mang")
        out = self.site.dir / "ra-soat-mat.khien"
        self.site.run("khien", "review", "--offline", out, "--state", state, "--no-scan", on=on)
        self.imported(out, "--unit", "cong-an")
        on.plug_in_card()
        refused = self.site.enrol("len-mang", "van-phong", check=False, on=on)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("on record as one that must never be linked", refused.stderr)
        self.assertEqual((self.count(), self.answer()), (1, ["fail"]))

    def test_the_check_must_come_after_the_sighting(self):
        before = self.review()
        self.imported(before, "--unit", "cong-an")
        never = self.site.server("import", before, "--checked", "BB 1", check=False)
        self.assertEqual(never.returncode, 2)
        self.assertIn("never seen on the network", never.stderr)
        self.site.enrol("len-mang", "cong-an", check=False)
        early = self.site.server("import", before, "--checked", "BB 1", check=False)
        self.assertEqual(early.returncode, 2)
        self.assertIn("older than the sighting", early.stderr)
        self.assertEqual(self.answer(), ["fail"])

    def version(self, uid):
        return self.browser.get(f"/api/v1/endpoints/{uid}").json()["endpoint"]["version"]

    def test_a_file_of_a_machine_that_is_enrolled(self):
        self.site.enrol("co-tac-tu", "van-phong")
        uid = self.site.uid("co-tac-tu")
        taken = self.imported(self.review(), "--unit", "cong-an")
        self.assertEqual((taken["endpoint"], taken["new"], taken["enrolled"]), (uid, False, True))
        self.assertEqual(self.count(), 1)
        self.assertEqual(self.machines()["unit"]["code"], "van-phong")
        self.assertGreater(len(self.machines()["facts"]), 10)
        self.assertEqual(self.answer(), ["not_applicable"])
        reply = self.browser.call("PUT", f"/api/v1/endpoints/{uid}/role", {"role": "secret", "version": self.version(uid)})
        self.assertEqual((reply.status, reply.json()["linked"]), (200, True))
        self.assertEqual(self.answer(), ["fail"])  # it must never be linked, and has an agent

    def test_a_file_older_than_what_the_agent_sent(self):
        old = self.review()
        time.sleep(1)  # times are whole seconds
        self.site.enrol("co-tac-tu", "van-phong")
        done = self.site.server("import", old, "--unit", "cong-an", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("enrolled and has reported over the network since", done.stderr)
        self.assertEqual(self.count(), 1)

    def test_a_machine_that_may_be_linked_after_all(self):
        first = self.imported(self.review(), "--unit", "van-phong")
        self.assertEqual(self.answer(), ["pass"])
        self.assertEqual(self.browser.call("PUT", f"/api/v1/endpoints/{first['endpoint']}/role", {"role": "internal", "version": self.version(first['endpoint'])}).status, 200)
        self.site.enrol("len-mang", "van-phong")
        self.assertEqual(self.site.uid("len-mang"), first["endpoint"])
        self.assertEqual((self.count(), self.machines()["offline"], self.machines()["linked"]), (1, False, False))


if __name__ == "__main__":
    unittest.main()
