"""The ransomware watch with a real agent and server: an encryptor made for the test is stopped, the server knows of it, and people decide what becomes of it.

All of it is in a mount namespace of its own, on a file system made for it: no other file of this machine is watched."""

import ctypes
import json
import os
import pathlib
import subprocess
import unittest

import khien

ENCRYPTOR = pathlib.Path(os.environ.get("KHIEN_ENCRYPTOR", khien.ROOT / "out/build/src/guard/test-encryptor"))
FOLDERS, FILES = 10, 20
CANARIES = {".00-khien-canh-giu.docx", ".00-khien-canh-giu.jpg", ".zz-khien-canh-giu.xlsx"}


def own_mounts():
    if os.geteuid() != 0:
        raise unittest.SkipTest("fanotify reports file systems to root only")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000) != 0:  # CLONE_NEWNS
        raise unittest.SkipTest("this system allows no mount namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


class Ransom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not ENCRYPTOR.exists():
            raise unittest.SkipTest(f"{ENCRYPTOR} is not built")
        own_mounts()
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.disk = cls.site.dir / "disk"
        cls.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "none", cls.disk], check=True)
        cls.addClassCleanup(lambda: subprocess.run(["umount", "-l", cls.disk], check=True))
        cls.documents = cls.disk / "home/an/Documents"
        cls.documents.mkdir(parents=True)
        os.chown(cls.documents, 12345, 12345)
        cls.site.enrol("may", unit="goc")

    def setUp(self):
        self.start("stop")

    def tearDown(self):
        for alarm in (self.watch() or {"alarms": []})["alarms"]:
            if alarm["action"] == "stopped":
                self.ask("kill", alarm["pid"])
        self.site.stop_agent("may")

    def start(self, mode):
        self.site.agent("may", f"ransom:\n  mode: '{mode}'\n  places: [{self.disk}/home]\n  canary_places: [{self.disk}/home/*/Documents]\nscan:\n  first: []\n  daily: []\n")
        khien.wait_for(self.watch if mode != "off" else lambda: self.site.status_json("may"), 30, what="the agent")

    def ask(self, verb, *words, check=False):
        return self.site.run("khien", "ransom", verb, *words, "--run", self.site.state("may") / "run", check=check)

    def watch(self):
        done = self.ask("status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def attack(self, strategy):
        """Starts it as nobody's child, and waits for the alarm."""
        tree = self.documents / strategy
        subprocess.run([ENCRYPTOR, "make", tree, str(FOLDERS), str(FILES)], check=True)
        before = {alarm["id"] for alarm in self.watch()["alarms"]}
        subprocess.run(["setsid", "--fork", ENCRYPTOR, "run", strategy, tree, "3"], check=True)
        return tree, khien.wait_for(lambda: [a for a in self.watch()["alarms"] if a["id"] not in before], 60, what="an alarm")[0]

    def good(self, tree):
        return int(subprocess.run([ENCRYPTOR, "count", tree], capture_output=True, text=True, check=True).stdout)

    def canaries(self):
        return {path.name for path in self.documents.iterdir()} & CANARIES

    def test_stopped_reported_and_ended(self):
        tree, alarm = self.attack("copy-delete")
        self.assertEqual((alarm["action"], alarm["rule"], alarm["program"]), ("stopped", "Ransom_Mass_Change", str(ENCRYPTOR)))
        self.assertGreater(self.good(tree), FOLDERS * FILES // 2)
        self.assertTrue(alarm["folders"] and all(folder.startswith(str(tree)) for folder in alarm["folders"]))
        rows = khien.wait_for(lambda: self.site.query("SELECT rule, path, member, verdict FROM detection WHERE engine = 'ransom' AND member LIKE ?", f"pid {alarm['pid']},%"), 30, what="the detection on the server")
        self.assertEqual(rows[0][:2] + rows[0][3:], ("Ransom_Mass_Change", str(ENCRYPTOR), "infected"))
        self.assertNotIn(str(tree), rows[0][2])  # which files it was stays on the machine
        said = khien.wait_for(lambda: (j := self.site.status_json("may"))["guard"]["ransom"].get("stopped") and j, 10, what="the agent's status")  # told once a second
        self.assertTrue(said["health"]["ransom"]["last_alarm_s"])
        self.assertNotIn(str(tree), json.dumps(said))
        self.assertEqual(self.ask("kill", alarm["pid"]).returncode, 0)
        self.assertFalse(pathlib.Path(f"/proc/{alarm['pid']}").exists() and b"encryptor" in pathlib.Path(f"/proc/{alarm['pid']}/cmdline").read_bytes())
        self.assertEqual(self.ask("kill", alarm["pid"]).returncode, 2)

    def test_released_by_a_person_even_after_the_agent_was_killed(self):
        tree, alarm = self.attack("in-place")
        guard = self.site.status_json("may")["guard"]["pid"]
        os.kill(guard, 9)
        khien.wait_for(lambda: self.watch() and self.site.status_json("may")["guard"]["pid"] not in (0, guard), 60, what="another guard")
        self.assertEqual(self.watch()["alarms"][0]["action"], "stopped")
        self.assertEqual(self.ask("release", alarm["pid"]).returncode, 0)
        khien.wait_for(lambda: self.good(tree) == 0, 30, what="the end of its work")
        self.assertEqual(self.watch()["alarms"][0]["action"], "released")

    def test_canaries_belong_to_the_user_and_go_with_the_watch(self):
        self.assertEqual(self.canaries(), CANARIES)
        self.assertTrue(all((self.documents / name).stat().st_uid == 12345 for name in CANARIES))
        self.assertEqual(self.watch()["canaries"], 3)
        self.site.stop_agent("may")
        self.start("off")
        self.assertEqual(self.canaries(), set())
        self.assertEqual(self.ask("status").returncode, 3)

    def test_wrong_questions(self):
        self.assertEqual(self.ask("release", 1).returncode, 2)
        self.assertEqual(self.ask("release", "x").returncode, 2)
        self.assertEqual(self.ask("release", os.getpid()).returncode, 2)
        self.assertEqual((self.site.state("may") / "run/ransom.sock").stat().st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
