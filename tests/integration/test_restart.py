"""What an agent still knows after it was stopped or killed, and what it leaves behind."""

import os
import signal
import subprocess
import time
import unittest

import khien

NO_SCANS = "scan:\n  first: []\n  daily: []\n"


class Restart(unittest.TestCase):
    def setUp(self):
        self.site = khien.Site().__enter__()
        self.addCleanup(self.site.__exit__)
        self.site.enrol("may", "goc")
        self.looked = self.site.dir / "looked-at"
        self.looked.mkdir()

    def wait_for(self, seconds=30, **wanted):
        khien.wait_for(lambda: wanted.items() <= (self.site.status_json("may") or {}).items(), seconds, what=f"{wanted}")

    def scans(self):
        return self.site.query("SELECT kind, stopped, started_s FROM scan ORDER BY id")

    def test_status_remembers_over_a_restart(self):
        (self.looked / "a.txt").write_text("sạch")
        settings = f"scan:\n  first: [{self.looked}]\n  daily: []\n"
        self.site.agent("may", settings)
        self.wait_for(link="online", scanning=False, collecting=False)
        khien.wait_for(lambda: all(self.site.status_json("may")[key] for key in ("contact_s", "facts_s", "scan_s")), 60, what="facts and a scan")
        before = self.site.status_json("may")
        self.site.stop_agent("may", signal.SIGKILL)
        self.site.stop_server()
        self.site.agent("may", settings)
        self.wait_for(link="connecting", error="unreachable")
        after = self.site.status_json("may")
        self.assertEqual(after["scan_s"], before["scan_s"])
        self.assertGreaterEqual(after["facts_s"], before["facts_s"])
        self.assertGreater(after["contact_s"], 0)
        self.assertLessEqual(after["contact_s"], before["contact_s"])
        self.assertNotIn(": -\n", self.site.status("may"))

    def test_nothing_is_left_in_the_run_directory(self):
        self.site.agent("may", NO_SCANS)
        self.wait_for(link="online")
        run = self.site.state("may") / "run"
        self.assertEqual(sorted(p.name for p in run.iterdir()), ["events.sock", "status.sock"])
        self.site.stop_agent("may")
        self.assertEqual(list(run.iterdir()), [])

    def test_a_daily_scan_that_was_cut_short_is_made_after_the_start(self):
        for n in range(400):
            (self.looked / f"{n}.bin").write_bytes(os.urandom(1 << 20))
        settings = f"scan:\n  first: []\n  daily: [{self.looked}]\n"
        self.site.agent("may", settings)
        self.wait_for(scanning=True)
        self.site.stop_agent("may", signal.SIGKILL)
        self.assertEqual(self.scans(), [])
        self.site.agent("may", settings)
        self.wait_for(scanning=True, seconds=10)
        khien.wait_for(self.scans, 120, what="the daily scan")
        self.assertEqual([row[:2] for row in self.scans()], [("daily", None)])
        self.site.stop_agent("may", signal.SIGKILL)
        self.site.agent("may", settings)
        self.wait_for(link="online")
        time.sleep(3)
        self.assertFalse(self.site.status_json("may")["scanning"])  # not again before tomorrow

    def test_a_scan_that_stops_at_its_limit_says_so(self):
        for n in range(4):
            (self.looked / f"{n}.bin").write_bytes(os.urandom(700_000))
        self.site.agent("may", f"scan:\n  first: [{self.looked}]\n  first_mib: 1\n  daily: []\n")
        khien.wait_for(self.scans, 60, what="the first scan")
        self.assertEqual([row[:2] for row in self.scans()], [("first", "bytes")])
        shown = self.site.server_json("endpoint", "show", self.site.uid("may"))["last_scan"]
        self.assertEqual((shown["stopped"], shown["errors"] + shown["skipped"] + shown["partly"]), ("bytes", 0))
        self.assertIn("not everything was scanned", self.site.server("endpoint", "show", self.site.uid("may")).stdout)
        answer = lambda control: self.site.query('SELECT pass, fail, "unknown" FROM answer WHERE control = ?', control)
        khien.wait_for(lambda: answer("scan_complete") == [(0, 1, 0)], 30, what="the control's answer")
        self.assertEqual(answer("machine_scanned"), [(0, 0, 1)])

    def test_a_scan_at_each_start_when_the_settings_say_so(self):
        settings = f"scan:\n  at_start: true\n  first: [{self.looked}]\n  daily: [{self.looked}]\n"
        self.site.agent("may", settings)
        khien.wait_for(lambda: len(self.scans()) == 1, 60, what="the first scan")
        self.wait_for(scanning=False)
        self.site.stop_agent("may")
        self.site.agent("may", settings)
        khien.wait_for(lambda: [row[0] for row in self.scans()] == ["first", "daily"], 60, what="the scan at the second start")

    @unittest.skipIf(os.geteuid() != 0, "needs root to become another user")
    def test_settings_that_cannot_be_read_are_named(self):
        config, more = self.site.dir / "khoa.yaml", self.site.dir / "khoa.conf.d"
        config.write_text(f"state: {self.site.dir / 'khoa'}\n")
        more.mkdir(mode=0o700)
        (more / "50-khac.yaml").write_text("log_level: debug\n")
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(khien.BIN / "khien-agent"), "check-config", "--config", str(config)]
        done = subprocess.run(words, capture_output=True, text=True, env=khien.ENV)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn(str(more), done.stderr)
        more.chmod(0o755)
        self.assertEqual(subprocess.run(words, capture_output=True, text=True, env=khien.ENV).returncode, 0)
        more.joinpath("60-hong.yaml").write_text("log_level: [\n")
        self.assertEqual(subprocess.run(words, capture_output=True, text=True, env=khien.ENV).returncode, 2)


if __name__ == "__main__":
    unittest.main()
