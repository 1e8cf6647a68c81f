"""The agent's scans and what becomes of what they find: left, quarantined, looked at again; ordered, plugged in, on battery; what runs without a name."""

import base64
import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
import unittest

import khien
import machine

BAD = "KHIEN-HARMLESS-" + "TEST-INFECTED"  # in two parts so that this file is not one
SCANS = "scan:\n  first: []\n  daily: []\n"


class ScanJobs(unittest.TestCase):
    def setUp(self):
        self.site = khien.Site().__enter__()
        self.addCleanup(self.site.__exit__)
        self.site.unit("a")
        self.site.enrol("may", unit="a")
        self.looked = self.site.dir / "looked"
        self.looked.mkdir(mode=0o755)

    def put(self, name, text=BAD):
        path = self.looked / name
        path.write_text(text)
        return path

    def changes(self, path):
        """Of each detection at the path: the states it went through, and what was noted."""
        found = {}
        rows = self.site.query("SELECT d.id, c.state, c.note FROM detection d JOIN detection_change c ON c.detection_id = d.id WHERE d.path = ? ORDER BY d.id, c.id", str(path))
        for number, state, note in rows:
            found.setdefault(number, []).append((state, note))
        return list(found.values())

    def states(self, path):
        return [[state for state, _ in one] for one in self.changes(path)]

    def wait_states(self, path, *expected, seconds=60):
        wanted = [list(one) for one in expected]
        try:
            khien.wait_for(lambda: self.states(path) == wanted, seconds)
        except AssertionError:
            self.fail(f"{path}: {self.changes(path)} instead of {wanted}\n{self.site.agent_log('may')[-2000:]}")

    def scans(self, *kinds):
        rows = self.site.query("SELECT kind, stopped, infected FROM scan ORDER BY id")
        return [row for row in rows if not kinds or row[0] in kinds]

    def order(self, **args):
        """As the server writes one down; it is signed when it is handed out."""
        now = int(time.time())
        with contextlib.closing(sqlite3.connect(self.site.data / "khien.db", timeout=30)) as connection, connection:
            row = connection.execute("SELECT id FROM endpoint WHERE uid = ?", (self.site.uid("may"),)).fetchone()
            insert = "INSERT INTO endpoint_order(endpoint_id, kind, args, created_s, created_by, expires_s, state) VALUES(?, 'scan', ?, ?, 'test', ?, 'waiting')"
            return connection.execute(insert, (row[0], json.dumps(args), now, now + 3600)).lastrowid

    def order_result(self, number):
        state, result = self.site.query("SELECT state, result FROM endpoint_order WHERE id = ?", number)[0]
        return state, json.loads(result) if result else None

    def wait_order(self, number, seconds=90):
        khien.wait_for(lambda: self.order_result(number)[0] not in ("waiting", "sent", "running"), seconds, 0.2, "the order's answer")
        return self.order_result(number)

    def running(self):
        return ((self.site.status_json("may") or {}).get("health") or {}).get("scan")

    # --- finds

    def test_what_is_left_is_looked_at_again_until_it_is_gone(self):
        path = self.put("virus.txt")
        self.site.agent("may", f"scan:\n  first: [{self.looked}]\n  daily: []\n  recheck: 2s\n")
        khien.wait_for(lambda: len(self.scans("recheck")) >= 2, 60, what="two more looks")
        self.assertEqual(self.states(path), [["found", "verified", "left"]])
        self.assertIn("quarantine is off", self.changes(path)[0][2][1])
        path.unlink()
        khien.wait_for(lambda: len(self.changes(path)[0]) == 4, 60, what="a look that finds nothing there")
        self.assertIn("gone", str(self.changes(path)[0][3]))

    def test_what_is_quarantined_is_looked_at_again_and_what_comes_back_is_another_find(self):
        path = self.put("virus.txt")
        self.site.agent("may", f"scan:\n  first: [{self.looked}]\n  daily: []\n  quarantine: true\n  recheck: 3s\n")
        khien.wait_for(lambda: self.changes(path) and len(self.changes(path)[0]) >= 4, 60, what="the way of a find")
        states = self.states(path)[0]
        self.assertEqual(states[:3], ["found", "verified", "quarantined"])
        self.assertFalse(path.exists())
        files = {p.stem for p in (self.site.state("may") / "quarantine").glob("*.khq")}
        self.assertEqual({row[0] for row in self.site.query("SELECT quarantine FROM detection")}, files)
        kept = lambda: json.loads((self.site.state("may") / "finds.json").read_text())["finds"]
        khien.wait_for(lambda: kept() == [], 30, what="the end of the find")
        self.put("virus.txt")
        number = self.order(scan="paths", paths=[str(self.looked)], campaign="thang-11")
        state, result = self.wait_order(number)
        self.assertEqual((state, result["campaign"], result["infected"], result["reason"]), ("done", "thang-11", 1, None))
        khien.wait_for(lambda: len(self.states(path)) == 2 and "quarantined" in self.states(path)[1], 60, what="a second find")
        self.assertEqual(self.states(path)[1][:3], ["found", "verified", "quarantined"])
        first, second = self.site.query("SELECT find_id FROM detection ORDER BY id")
        self.assertNotEqual(first, second)

    def test_a_find_that_nobody_looked_at_again_is_looked_at_after_the_start(self):
        """The agent was killed between the first look and the second."""
        path = self.put("virus.txt")
        number = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6"
        find = {"id": number, "path": base64.b64encode(str(path).encode()).decode(), "sha256": hashlib.sha256(BAD.encode()).hexdigest(), "state": "found", "next_s": 0, "wait_s": 0}
        (self.site.state("may") / "finds.json").write_text(json.dumps({"finds": [find], "of": self.site.uid("may")}))
        self.site.agent("may", SCANS)
        self.wait_states(path, ["found", "verified", "left"])
        self.assertEqual(self.site.query("SELECT find_id FROM detection"), [(number,)])
        khien.wait_for(lambda: [row[0] for row in self.scans()] == ["recheck"], 30, what="the scan's record")

    def test_orders_keep_to_the_places_that_the_machine_allows(self):
        self.put("virus.txt")
        self.site.agent("may", SCANS + f"orders:\n  scan_below: [{self.looked}]\n")
        refused = self.order(scan="paths", paths=["/etc"])
        self.assertEqual(self.wait_order(refused)[0], "refused")
        state, result = self.wait_order(self.order(scan="full", campaign="dot-1"))
        self.assertEqual((state, result["infected"], result["files"]), ("done", 1, 1))
        self.assertEqual(self.scans("full"), [("full", None, 1)])

    # --- kinds

    @unittest.skipIf(os.geteuid() != 0, "needs root to see the files of other processes")
    def test_a_program_that_runs_without_a_name_is_found_until_it_ends(self):
        program = self.looked / "program"
        shutil.copy("/bin/sleep", program)
        with open(program, "ab") as file:
            file.write(BAD.encode())
        process = subprocess.Popen([program, "600"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        khien.wait_for(lambda: os.readlink(f"/proc/{process.pid}/exe") == str(program), 10)
        program.unlink()
        path = f"{program} (deleted)"
        self.site.agent("may", SCANS + "  cpu: 400\n  quick: []\n")
        self.assertEqual(self.wait_order(self.order(scan="quick"), 180)[0], "done")
        self.wait_states(path, ["found", "left"])
        self.assertIn("running process", self.changes(path)[0][1][1])
        process.kill()
        process.wait()
        self.assertEqual(self.wait_order(self.order(scan="quick"), 180)[0], "done")
        khien.wait_for(lambda: len(self.changes(path)[0]) == 3, 30, what="the end of the find")

    def test_a_full_scan_makes_way_and_says_how_far_it_is(self):
        self.site.agent("may", "scan:\n  first: []\n  daily: []\n  removable: false\n  full_every: 7d\n  full_hours: []\n")
        khien.wait_for(lambda: (self.running() or {}).get("files", 0) > 0, 60, what="a full scan")
        self.assertEqual(self.running()["kind"], "full")
        self.assertIn("Full scan since", self.site.status("may"))
        state, result = self.wait_order(self.order(scan="paths", paths=[str(self.looked)]), 120)
        self.assertEqual(state, "done", result)
        khien.wait_for(lambda: len(self.scans()) >= 2, 30)
        self.assertEqual([row[:2] for row in self.scans()[:2]], [("full", "interrupted"), ("paths", None)])
        khien.wait_for(lambda: (self.running() or {}).get("kind") == "full", 30, what="that it goes on")

    def mounted(self, name, script):
        """Another machine, with more mounts made by a script before its programs start."""
        other = machine.Machine(self.site.dir, name)
        other.prefix = [*other.prefix, "sh", "-ec", script + '\nexec "$@"', "sh"]
        if subprocess.run([*other.prefix, "true"], check=False).returncode != 0:
            self.skipTest("this system does not let these file systems be mounted")
        return other

    def test_what_is_plugged_in_is_scanned(self):
        self.site.enrol("khac", unit="a")
        other = self.mounted("usb", "mount -t tmpfs none /sys/dev/block")
        self.site.agents["may"] = agent = self.site.agent("khac", SCANS, on=other)
        khien.wait_for(lambda: (self.site.status_json("khac") or {}).get("link") == "online", 60)
        inside = ["nsenter", "-m", "-t", str(agent.pid)]
        stick = self.looked / "USB một"
        stick.mkdir()
        # The kernel numbers the device of a file system in memory itself: the name that says it is on a USB bus is made when it is known, which the agent's look may not wait for.
        script = """set -e
mkdir -p /sys/dev/block/usb1
for n in $(seq 20 400); do [ -e /sys/dev/block/0:$n ] || ln -s usb1 /sys/dev/block/0:$n; done
mount -t tmpfs stick "$1"
echo "$2" >"$1/autorun.txt"
"""
        subprocess.run([*inside, "sh", "-c", script, "sh", str(stick), BAD], check=True)
        khien.wait_for(lambda: self.site.query("SELECT kind, infected FROM scan WHERE kind = 'removable'") == [("removable", 1)], 60, what="the scan of the stick")
        self.assertEqual(len(self.states(stick / "autorun.txt")), 1)
        self.site.agents.pop("may")

    def test_on_battery_scans_of_the_schedule_wait(self):
        battery = self.mounted("pin", """mount -t tmpfs none /sys/class/power_supply
mkdir /sys/class/power_supply/BAT0
echo Battery >/sys/class/power_supply/BAT0/type
echo Discharging >/sys/class/power_supply/BAT0/status""")
        self.put("virus.txt")
        self.site.enrol("xach-tay", unit="a")
        process = self.site.agent("xach-tay", f"scan:\n  first: []\n  daily: [{self.looked}]\n", on=battery)
        paused = lambda: (((self.site.status_json("xach-tay") or {}).get("health") or {}).get("scan") or {}).get("paused") == "battery"
        khien.wait_for(paused, 60, what="a scan that waits")
        self.assertIn("battery", self.site.status("xach-tay"))
        time.sleep(2)
        self.assertEqual(self.site.query("SELECT COUNT(*) FROM detection"), [(0,)])
        subprocess.run(["nsenter", "-m", "-t", str(process.pid), "sh", "-c", "echo Charging >/sys/class/power_supply/BAT0/status"], check=True)
        khien.wait_for(lambda: self.site.query("SELECT kind, infected FROM scan") == [("daily", 1)], 60, what="the scan, once the mains are back")


if __name__ == "__main__":
    unittest.main()
