"""Everything without root: server and agent of one ordinary user enrol, measure and answer; what needs root is said to be not measured, and nothing else is."""

import json
import os
import unittest

import khien

NOBODY = 65534


class OrdinaryUser:
    """`on=`: commands run with no right of root's."""

    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all", "--no-new-privs"] if os.geteuid() == 0 else []


class WithoutRoot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        user = OrdinaryUser()
        cls.site = khien.Site(server_on=user)
        cls.addClassCleanup(cls.site.__exit__)
        cls.looked = cls.site.dir / "looked-at"
        cls.looked.mkdir()
        (cls.looked / "a.txt").write_text("sạch")
        if os.geteuid() == 0:
            os.chown(cls.site.dir, NOBODY, NOBODY)
        cls.site.__enter__()
        cls.site.enrol("may", "goc", on=user)
        cls.site.agent("may", f"scan:\n  first: [{cls.looked}]\n  daily: []\n", on=user)
        khien.wait_for(lambda: cls.shown()["last_scan"] and len(cls.shown()["facts"]) == cls.shown()["facts_total"], 120, 1, "facts and first scan")

    @classmethod
    def shown(cls):
        return cls.site.server_json("endpoint", "show", cls.site.uid("may"))

    def test_nothing_runs_as_root(self):
        for process in (self.site.server_process, self.site.agents["may"]):
            status = khien.pathlib.Path(f"/proc/{process.pid}/status").read_text()
            uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
            self.assertNotIn("0", uids)

    def test_what_needs_root_is_not_measured_and_says_why(self):
        facts = {fact["table"]: fact for fact in self.shown()["facts"]}
        self.assertEqual((facts["accounts"]["state"], facts["accounts"]["reason"]), ("not_measured", "needs_root"))
        for table in ("os", "packages", "interfaces"):
            self.assertEqual(facts[table]["state"], "measured", table)

    def test_the_machine_was_scanned(self):
        scan = self.shown()["last_scan"]
        self.assertEqual((scan["kind"], scan["files"], scan["errors"], scan["stopped"]), ("first", 1, 0, None))

    def test_a_control_over_what_was_not_measured_does_not_guess(self):
        answers = {control: (passed, failed, unknown) for control, passed, failed, unknown in self.site.query('SELECT control, pass, fail, "unknown" FROM answer')}
        self.assertEqual(answers["account_has_password"], (0, 0, 1))
        self.assertEqual(answers["os_supported"][2], 0)  # the same page answers what it can
        done = self.site.server("report", "--format", "json")
        states = {clause["state"] for directive in json.loads(done.stdout)["directives"] for clause in directive["clauses"]}
        self.assertIn("not_measured", states)
        self.assertTrue(states & {"met", "partly", "not_met"}, states)

    def test_events_reach_the_server(self):
        self.site.producer("may").hand_in(20)
        khien.wait_for(lambda: len(self.site.events()) == 20, 30, what="the events")

    def test_status_and_no_trouble(self):
        said = self.site.status_json("may")
        self.assertEqual((said["link"], said["error"]), ("online", None))
        self.assertTrue(said["health"]["sandbox"]["seccomp"])
        self.assertFalse(said["health"]["sandbox"]["own_user"])  # it cannot become another, and does not say it did
        self.assertEqual(said["health"]["last_error"], "")

    def test_the_offline_review_works_too(self):
        out = self.site.dir / "review.khien"
        self.site.run("khien", "review", "--offline", out, "--state", self.site.dir / "agent-offline", on=OrdinaryUser(), check=False)
        self.assertTrue(out.exists())
        self.site.server("import", out, "--unit", "goc")


if __name__ == "__main__":
    unittest.main()
