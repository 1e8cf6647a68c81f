"""The Debian packages in a clean Debian: installed into an image, booted, filled with data, upgraded, downgraded, removed, purged."""

import json
import pathlib
import re
import shutil
import unittest

import debian
import khien
import producer

NEWER = "99.0"
KEPT = ("unit", "unit_edge", "app_user", "enrol_token", "certificate", "detection", "scan", "fact_accounts", "fact_packages WHERE name NOT LIKE 'khien-%'")
SETTINGS = "listen: 127.0.0.1:8443\nnames: [127.0.0.1]\n"
OLD_EVENTS, WAITING_EVENTS = 40, 60


def repacked(deb, to):
    """The same package as the next version would be: other number, other settings file."""
    tree = to / deb.stem
    shutil.rmtree(tree, ignore_errors=True)
    debian.here("dpkg-deb", "-R", deb, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {NEWER}", control.read_text(), flags=re.M))
    for file in (tree / "etc/khien").iterdir():
        file.write_text(file.read_text() + "# of the new version\n")
    new = to / re.sub(r"_[^_]*_", f"_{NEWER}_", deb.name)
    done = debian.here("dpkg-deb", "--build", "--root-owner-group", tree, new)
    assert done.returncode == 0, done.stderr
    return new


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.debs = debian.packages()
        cls.root = debian.Root("packages")
        cls.addClassCleanup(cls.root.close)
        cls.events = None

    def test_life_of_the_packages(self):
        self.root.install(*self.debs.values())
        self.installed_files_work()
        self.root.boot()
        self.a_working_site()
        self.upgrade_keeps_everything()
        self.disabled_stays_disabled()
        self.downgrade_keeps_everything()
        self.later_database_is_refused()
        self.remove_keeps_and_purge_removes()

    # --- steps

    def installed_files_work(self):
        for program in ("khien", "khien-agent", "khien-server"):
            self.assertIn(program, self.root.run(program, "--version").stdout)
        self.assertEqual(self.root.run("getent", "passwd", "khien", "khien-server").stdout.count("\n"), 2)
        self.root.run("khien", "facts", "packages", "--json")
        self.assertIn('"summary"', self.root.run("khien", "scan", "--json", "/usr/share/khien", check=False).stdout)
        for unit, target in {"khien-agent": "multi-user", "khien-server": "multi-user", "khien-isolation": "sysinit"}.items():
            self.assertTrue((self.root.path / f"etc/systemd/system/{target}.target.wants/{unit}.service").is_symlink())
            self.assertEqual(self.root.run("systemd-analyze", "verify", "--man=no", f"/usr/lib/systemd/system/{unit}.service").stderr, "")
        for page in ("man1/khien.1.gz", "man8/khien-agent.8.gz", "man8/khien-server.8.gz"):
            self.assertTrue((self.root.path / "usr/share/man" / page).exists())
        self.assertTrue((self.root.path / "usr/share/bash-completion/completions/khien").exists())

    def a_working_site(self):
        """Server, users, units, an enrolled agent with facts, a detection and events."""
        self.assertFalse(self.root.is_active("khien-server"))
        self.write_settings(SETTINGS)
        self.root.server("init", "--unit-code", "goc", "--unit-name", "Phường Hoa Mai")
        self.root.start_server()
        self.root.server("unit", "add", "Văn phòng", "--code", "van-phong", "--kind", "department", "--under", "goc")
        self.root.server("user", "add", "lan", "--unit", "van-phong", "--role", "officer", input="Mat-khau-thu-2026!\n")
        (self.root.path / "srv/mau.bin").write_text("KHIEN-HARMLESS-" + "TEST-INFECTED")
        self.enrol()
        khien.wait_for(lambda: self.root.query("SELECT 1 FROM detection") and self.root.query("SELECT 1 FROM scan") and self.measured(), 90, 0.5, "facts and a detection")
        self.hand_in(OLD_EVENTS)
        khien.wait_for(lambda: self.stored_events() == OLD_EVENTS, 60, 0.5, "the events")

    def upgrade_keeps_everything(self):
        """The agent first, while the server is down: what waits in its spool is there afterwards, too. Of the settings, only the package changes the agent's; the server's the administrator has, too."""
        self.write_settings(SETTINGS + "# of the administrator\n")
        new = [repacked(self.debs[name], self.root.path / "root") for name in ("khien-agent", "khien-server")]
        before, identity = self.data(), self.identity()
        self.root.run("systemctl", "stop", "khien-server")
        self.hand_in(WAITING_EVENTS)
        self.install(new[0])
        khien.wait_for(lambda: self.status().get("health", {}).get("spool_records", 0) >= WAITING_EVENTS, 30, 0.5, "the spool after the upgrade")
        self.assertEqual(self.identity(), identity)
        self.install(new[1])
        self.site_is_whole(before, identity)
        khien.wait_for(lambda: {v for (v,) in self.root.query("SELECT version FROM fact_packages WHERE name LIKE 'khien-%'")} == {NEWER}, 60, 0.5, "the new versions as facts")
        etc = self.root.path / "etc/khien"
        self.assertIn("# of the new version", (etc / "agent.yaml").read_text())  # nobody had changed it
        self.assertIn("# of the administrator", (etc / "server.yaml").read_text())
        self.assertNotIn("# of the new version", (etc / "server.yaml").read_text())
        self.assertIn("# of the new version", (etc / "server.yaml.dpkg-dist").read_text())

    def disabled_stays_disabled(self):
        self.root.run("systemctl", "disable", "khien-agent")
        self.install(self.root.path / "root" / self.newer("khien-agent"))
        self.assertEqual(self.root.run("systemctl", "is-enabled", "khien-agent", check=False).stdout.strip(), "disabled")
        self.root.run("systemctl", "enable", "--now", "khien-agent")

    def downgrade_keeps_everything(self):
        before, identity = self.data(), self.identity()
        self.install(self.debs["khien-agent"], self.debs["khien-server"])
        self.assertNotIn(NEWER, self.root.run("dpkg-query", "-W", "khien-agent", "khien-server").stdout)
        self.site_is_whole(before, identity)

    def later_database_is_refused(self):
        """A downgrade across a change of the database: the older server says so and leaves it as it is."""
        self.root.run("systemctl", "stop", "khien-server")
        ours = self.schema_version("9999")
        before = self.data()
        self.root.run("systemctl", "start", "khien-server", check=False)
        said = khien.wait_for(lambda: [line for line in self.journal("khien-server") if "9999" in line], 20, 0.5, "the refusal")
        self.assertIn("hãy dùng khien-server mới hơn", said[0])
        self.assertEqual(self.data(), before)
        self.root.run("systemctl", "stop", "khien-server")
        self.schema_version(ours)
        self.root.start_server()

    def remove_keeps_and_purge_removes(self):
        self.root.run("apt-get", "remove", "-y", "-qq", "khien-server", "khien-agent")
        for program in ("khien-server", "khien-agent"):
            self.assertFalse(self.root.is_active(program))
            self.assertFalse((self.root.path / "usr/sbin" / program).exists())
        self.assertTrue((self.root.path / "var/lib/khien-server/khien.db").exists())
        self.assertTrue((self.root.path / "var/lib/khien/agent/identity.json").exists())
        self.root.run("apt-get", "purge", "-y", "-qq", "khien-server", "khien-agent")
        left = [p for p in ("var/lib/khien-server", "var/lib/khien", "etc/khien", "usr/share/khien", "usr/libexec/khien") if (self.root.path / p).exists()]
        left += [str(p) for p in (self.root.path / "etc/systemd/system").rglob("khien*")]
        self.assertEqual(left, [])

    # --- what the steps are made of

    def write_settings(self, text):
        (self.root.path / "etc/khien/server.yaml").write_text(text)

    def install(self, *debs):
        """As unattended upgrades do: the administrator's settings stay, all others become the package's."""
        for deb in debs:
            shutil.copy(deb, self.root.path / "root/now.deb")
            self.root.run("dpkg", "--install", "--force-confdef", "--force-confold", "/root/now.deb")

    def newer(self, package):
        return re.sub(r"_[^_]*_", f"_{NEWER}_", self.debs[package].name)

    def enrol(self):
        link = json.loads(self.root.server("token", "create", "--unit", "van-phong", "--json"))["url"]
        self.root.run("khien", "enroll", link)

    def measured(self):
        states = self.root.query("SELECT state FROM fact_state")
        return states and all(state == "measured" for (state,) in states)

    def hand_in(self, count):
        if not self.events:
            self.events = producer.Producer(self.root.inside("/run/khien/events.sock"))
        self.events.path = str(self.root.inside("/run/khien/events.sock"))
        self.events.hand_in(count)

    def stored_events(self):
        return self.root.query("SELECT count(*) FROM event WHERE category='test'")[0][0]

    def status(self):
        said = self.root.run("khien", "status", "--json", check=False).stdout
        return json.loads(said) if said else {}

    def identity(self):
        return json.loads((self.root.path / "var/lib/khien/agent/identity.json").read_text())

    def data(self):
        return {table: sorted(self.root.query(f"SELECT * FROM {table}"), key=repr) for table in KEPT}

    def site_is_whole(self, before, identity):
        khien.wait_for(lambda: self.root.is_active("khien-server") and self.root.is_active("khien-agent"), 30, 0.5, "both services")
        since = self.root.query("SELECT max(seen_s) FROM endpoint")[0][0]
        khien.wait_for(lambda: self.stored_events() == OLD_EVENTS + WAITING_EVENTS, 60, 0.5, "every event")
        khien.wait_for(lambda: self.root.query("SELECT max(seen_s) FROM endpoint")[0][0] > since or self.status().get("link") == "online", 60, 0.5, "a word from the agent")
        after = self.data()
        for table in KEPT:
            if table != "scan":  # an agent that starts again may scan again
                self.assertEqual(after[table], before[table], table)
        self.assertLessEqual(set(before["scan"]), set(after["scan"]))
        self.assertEqual(self.identity(), identity)
        numbers = [json.loads(body)["khien"]["n"] for (body,) in self.root.query("SELECT body FROM event WHERE category='test'")]
        self.assertEqual(sorted(numbers), list(range(1, OLD_EVENTS + WAITING_EVENTS + 1)))

    def schema_version(self, number):
        """Sets it; returns what it was."""
        path = pathlib.Path(self.root.path / "var/lib/khien-server/khien.db")
        was = self.root.query("SELECT value FROM meta WHERE key='schema_version'")[0][0]
        done = debian.here("sqlite3", path, f"UPDATE meta SET value='{number}' WHERE key='schema_version'")
        self.assertEqual(done.returncode, 0, done.stderr)
        return was

    def journal(self, unit):
        return self.root.run("journalctl", "--no-pager", "-u", unit).stdout.splitlines()


if __name__ == "__main__":
    unittest.main()
