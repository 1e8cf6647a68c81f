"""The services as systemd runs them, under every restriction of their unit files: what they must be able to do they can, what they must not they cannot."""

import json
import pathlib
import re
import unittest

import debian
import khien

PATTERN = "KHIEN-HARMLESS-" + "TEST-INFECTED"
# Everywhere a file can be infected, also where other services may not look. Mode, owner.
SAMPLES = {
    "/home/lan/Downloads/mau.bin": (0o000, 1000),
    "/root/mau.bin": (0o600, 0),
    "/usr/local/bin/mau": (0o4755, 0),
    "/usr/lib/modules/mau.ko": (0o644, 0),
    "/etc/mau.conf": (0o400, 0),
    "/boot/mau.bin": (0o644, 0),
    "/opt/mau.bin": (0o644, 0),
    "/srv/mau.bin": (0o644, 33),
    "/var/tmp/mau.bin": (0o644, 1000),
    "/tmp/mau.bin": (0o644, 1000),
    "/run/mau.bin": (0o644, 0),
}
SEARCHED = {"secret_documents", "secret_search"}  # measured by the first search, which is not due so soon
# Of the facts, what moves between two measurements.
MOVES = {"logs": {"oldest_s"}, "time_sync": {"offset_ms", "last_sync_s"}, "hardware": {"memory_free_bytes"}, "disks": {"free_bytes"}}
# The exposure that `systemd-analyze security` gives, 0 (sealed) to 10.
EXPOSURE = {"khien-agent": 4.9, "khien-server": 1.5}


class Units(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = debian.Root("units")
        cls.addClassCleanup(cls.root.close)
        cls.root.install(*debian.packages().values())
        etc = cls.root.path / "etc/khien"
        (etc / "server.yaml").write_text("listen: 127.0.0.1:8443\nnames: [127.0.0.1]\n")
        (etc / "agent.yaml").write_text("scan:\n  first: [/, /tmp, /run]\n  quarantine: true\nonaccess:\n  mode: deny\n  exec: places\n  places: [/srv/watched]\n")
        cls.root.boot()
        for path, (mode, owner) in SAMPLES.items():
            file = cls.root.inside(path)
            cls.root.run("mkdir", "-p", pathlib.Path(path).parent)
            file.write_text(PATTERN)
            cls.root.run("chown", str(owner), path)
            file.chmod(mode)
        cls.root.run("chmod", "0700", "/home/lan")
        cls.said = cls.root.server("init", "--unit-code", "goc", "--unit-name", "Phường Hoa Mai")
        cls.root.start_server()
        cls.root.run("khien", "enroll", json.loads(cls.root.server("token", "create", "--unit", "goc", "--json"))["url"])
        khien.wait_for(lambda: cls.root.query("SELECT 1 FROM fact_state") and cls.root.query("SELECT 1 FROM scan"), 300, 1, "facts and the first scan")

    def main_pid(self, unit):
        return int(self.root.run("systemctl", "show", "-P", "MainPID", unit).stdout)

    def status(self, unit):
        """/proc/…/status of the service's first process."""
        text = self.root.inside(f"/proc/{self.main_pid(unit)}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def test_facts_are_those_of_an_unrestricted_process(self):
        free = {}
        for line in self.root.run("khien", "facts", "--json").stdout.splitlines():
            row = json.loads(line)
            rows = free.setdefault(row.pop("table"), [])
            if "rows" not in row:  # the line that says how many come
                rows.append(row)
        for table, state in self.root.query("SELECT fact_table, state FROM fact_state"):
            if table in SEARCHED:
                continue
            with self.subTest(table):
                self.assertEqual(state, "measured")
                rows = free[table]
                columns = sorted(set(rows[0]) - MOVES.get(table, set())) if rows else ["count(*)"]
                stored = self.root.query(f"SELECT {', '.join(columns)} FROM fact_{table}")
                expected = [tuple(row[c] for c in columns) for row in rows] or [(0,)]
                self.assertEqual(sorted(stored, key=repr), sorted([tuple(int(v) if isinstance(v, bool) else v for v in row) for row in expected], key=repr))

    def test_facts_that_need_rights_are_there(self):
        self.assertIn(("none",), self.root.query("SELECT password FROM fact_accounts WHERE name='root'"))  # /etc/shadow
        self.assertEqual(self.root.query("SELECT program, service, account FROM fact_ports WHERE port=8443"), [("/usr/sbin/khien-server", "khien-server.service", "khien-server")])  # /proc of another user's process

    def test_samples_all_over_the_disk_are_found_and_quarantined(self):
        found = {path for (path,) in self.root.query("SELECT path FROM detection")}
        self.assertEqual(found & set(SAMPLES), set(SAMPLES))
        self.assertEqual([path for path in SAMPLES if self.root.inside(path).exists()], [])
        manifests = [json.loads(file.read_text()) for file in (self.root.path / "var/lib/khien/quarantine").rglob("*.json")]
        self.assertEqual({m["path"] for m in manifests} & set(SAMPLES), set(SAMPLES))

    def test_clauses_are_answered(self):
        report = json.loads(self.root.server("report", "--format", "json"))
        values = [figure["value"] for directive in report["directives"] for clause in directive["clauses"] for figure in clause["figures"]]
        self.assertTrue(any(value is not None for value in values))

    def test_names_and_mounts_of_the_machine_are_seen(self):
        names = lambda pid: self.root.run("readlink", f"/proc/{pid}/ns/uts").stdout
        agent = self.main_pid("khien-agent")
        self.assertEqual(names(agent), names(1))
        self.root.run("mount", "-t", "tmpfs", "stick", "/mnt")
        self.assertIn(" /mnt ", self.root.inside(f"/proc/{agent}/mountinfo").read_text())

    def test_restrictions_hold(self):
        agent, server = self.status("khien-agent"), self.status("khien-server")
        for status in (agent, server):
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        bounding = re.search(r"^CapabilityBoundingSet=(.*)$", (khien.ROOT / "packaging/agent/khien-agent.service").read_text(), re.M).group(1).split()
        self.assertEqual(int(agent["CapBnd"], 16).bit_count(), len(bounding))
        self.assertEqual((server["CapBnd"], server["CapEff"]), ("0" * 16, "0" * 16))
        self.assertNotIn("0", server["Uid"].split())

    def test_a_table_is_read_by_its_worker(self):
        """The server may start its worker, and the worker may shut itself in, under the unit's filter of system calls. Asked from here, in the container's network."""
        script = """
import http.client, json, ssl, sys
context = ssl._create_unverified_context()
def call(method, path, body, cookie=None):
    connection = http.client.HTTPSConnection("127.0.0.1", 8443, context=context)
    connection.request(method, path, body, {"X-Khien": "1", **({"Cookie": cookie} if cookie else {})})
    reply = connection.getresponse()
    return reply.status, reply.headers, reply.read().decode()
first, own = sys.argv[1], "Mat-khau-thu-2026!"
def login(password):
    return call("POST", "/api/v1/session", json.dumps({"name": "admin", "password": password}))[1]["Set-Cookie"].split(";")[0]
call("PUT", "/api/v1/me/password", json.dumps({"old_password": first, "new_password": own}), login(first))
print(call("POST", "/api/v1/registers/contact/import?dry_run=false", "name,phone\\nTruc ban,113\\n", login(own)))
"""
        password = self.root.inside("/var/lib/khien-server/first-password").read_text().split()[-1]
        done = debian.here("nsenter", "-t", self.root.leader, "-n", "python3", "-c", script, password)
        self.assertIn('"created":1', done.stdout.replace(" ", ""), done.stdout + done.stderr)

    def test_files_are_watched(self):
        self.root.run("mkdir", "-p", "/srv/watched")
        self.root.run("mount", "-t", "tmpfs", "own", "/srv/watched")  # of the container alone: its root is on a disk of this machine
        onaccess = lambda: json.loads(self.root.run("khien", "onaccess", "status", "--json", check=False).stdout).get("onaccess", {})
        khien.wait_for(lambda: "/srv/watched" in onaccess().get("file_systems", []), 60, 0.5, "the mark")
        self.assertEqual(onaccess()["file_systems"], ["/srv/watched"])
        self.root.run("sh", "-c", f"printf {PATTERN} > /srv/watched/mau; sleep 0.1")
        self.assertNotEqual(self.root.run("cat", "/srv/watched/mau", check=False).returncode, 0)
        self.root.run("sh", "-c", "echo sach > /srv/watched/sach; cat /srv/watched/sach")

    def test_exposure(self):
        for unit, most in EXPOSURE.items():
            last = self.root.run("systemd-analyze", "security", "--no-pager", f"{unit}.service").stdout.strip().splitlines()[-1]
            value = float(re.search(r"(\d+\.\d+)", last).group(1))
            print(f"{unit}: exposure {value}", flush=True)
            self.assertLessEqual(value, most)

    def test_an_isolation_is_there_before_the_network(self):
        """At boot nothing runs between: the rules come by a unit of their own, from what the agent wrote down, with the unit's few rights."""
        show = lambda name, unit="khien-isolation.service": self.root.run("systemctl", "show", "-P", name, unit).stdout.strip()
        self.assertLessEqual({"network-pre.target", "khien-agent.service"}, set(show("Before").split()))
        self.assertEqual((show("WantedBy"), show("ConditionResult")), ("sysinit.target", "no"))  # this machine booted without an isolation
        self.assertNotIn("ordering cycle", self.root.run("journalctl", "-b", "--no-pager").stdout)
        self.root.run("systemctl", "stop", "khien-agent")
        told = self.root.inside("/var/lib/khien/agent/isolation.json")
        try:
            told.write_text(json.dumps({"order": 7, "since_s": 1795000000, "peers": [{"address": "198.51.100.1", "port": 8443}]}))
            self.root.run("systemctl", "start", "khien-isolation")
            said = self.root.run("khien", "isolation", "status", "--json", check=False)
            self.assertEqual((said.returncode, json.loads(said.stdout)["order"], json.loads(said.stdout)["stands"]), (3, 7, True), said.stderr)
            self.root.run("khien", "isolation", "release", "--reason", "thu xong")
            self.root.run("systemctl", "start", "khien-isolation")  # what has its end is not put again
            self.assertFalse(json.loads(self.root.run("khien", "isolation", "status", "--json", check=False).stdout)["stands"])
        finally:
            told.unlink(missing_ok=True)
            self.root.run("systemctl", "start", "khien-agent")

    def test_init_says_how_the_installed_server_is_started(self):
        self.assertIn("systemctl start khien-server", self.said)

    def test_started_means_answering(self):
        for _ in range(2):  # systemd refuses a unit that is started too often
            self.root.run("systemctl", "restart", "khien-server")
            self.assertTrue(self.root.is_listening())
            self.root.run("systemctl", "restart", "khien-agent")
            self.root.run("khien", "status")
        for unit in EXPOSURE:
            self.assertEqual(self.root.run("systemctl", "show", "-P", "Type", unit).stdout.strip(), "notify")

    def test_killed_services_come_back(self):
        for unit in EXPOSURE:
            before = self.main_pid(unit)
            self.root.run("systemctl", "kill", "-s", "KILL", unit)
            khien.wait_for(lambda: self.main_pid(unit) not in (0, before) and self.root.is_active(unit), 30, 0.5, f"{unit} again")


if __name__ == "__main__":
    unittest.main()
