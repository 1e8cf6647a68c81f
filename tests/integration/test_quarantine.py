"""khien quarantine as a person uses it: taken away, listed, shown, restored to the last attribute, found again, exported, deleted; and what was done reaches the server."""

import json
import os
import pathlib
import pty
import shutil
import stat
import subprocess
import tempfile
import unittest
import zipfile

import khien

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"
RULES = khien.ROOT / "packs/rules"


class Quarantine(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-quarantine-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.folder = self.dir / "data/khien/quarantine"
        self.infected = self.dir / "infected"
        self.infected.mkdir()
        self.env = {**khien.ENV, "HOME": str(self.dir), "XDG_DATA_HOME": str(self.dir / "data"), "XDG_CACHE_HOME": str(self.dir / "cache")}
        # As an ordinary user, so that the quarantine is one of its own also where root runs the tests.
        self.prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []

    def give(self):
        if self.prefix:
            for path in (self.dir, *self.dir.rglob("*")):
                os.chown(path, 65534, 65534, follow_symlinks=False)

    def khien(self, *words, status=0, input=None):
        self.give()
        command = [*self.prefix, str(khien.BIN / "khien"), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.env, input=input, timeout=120, cwd=self.dir)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def scan(self, *more, status=1):
        lines = [json.loads(line) for line in self.khien("scan", "--json", "--rules", RULES, *more, self.infected, status=status).splitlines()]
        return {pathlib.Path(line["path"]).name: line for line in lines[:-1]}

    def listed(self, status=0):
        return [json.loads(line) for line in self.khien("quarantine", "list", "--json", status=status).splitlines()]

    def test_who_may_not_give_a_file_back_is_told_who_may(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make a file of a group that a user is not in")
        words = [*self.prefix, str(khien.BIN / "khien"), "quarantine", "restore"]
        for owner, group, said in ((65534, 12, "sudo -u '#65534' -g man khien quarantine restore"), (65534, 54321, "-g '#54321' khien"), (54321, 65534, "khien quarantine export")):
            path = self.infected / f"{owner}-{group}.com"
            path.write_bytes(EICAR)
            self.give()
            os.chown(path, owner, group)
            self.give = lambda: None
            quarantined = self.scan("--quarantine")[path.name]
            self.assertFalse(path.exists(), quarantined)
            del self.give
            entry = next(e["id"] for e in self.listed() if e["path"] == str(path))
            done = subprocess.run([*words, entry[:8]], capture_output=True, text=True, env=self.env, timeout=120, check=False)
            self.assertEqual((done.returncode, said in done.stderr), (3, True), done.stderr)
            if owner == 65534:  # what was said works
                subprocess.run(["setpriv", "--reuid=65534", f"--regid={group}", "--clear-groups", *words[-3:], entry[:8]], env=self.env, timeout=120, check=True, capture_output=True)
                self.assertEqual((path.stat().st_uid, path.stat().st_gid), (owner, group))
                path.unlink()

    def test_away_and_back_and_found_again(self):
        path = self.infected / "tệp lạ\n.com"
        path.write_bytes(EICAR)
        os.setxattr(path, "user.from", b"https://example.org/\xff")
        path.chmod(0o751)
        os.utime(path, ns=(1234567890123456789, 987654321987654321))
        self.give()
        before = path.stat()
        found = self.scan("--quarantine")[path.name]
        self.assertFalse(path.exists())
        entry, = self.listed()
        self.assertEqual(found["reason"], f"quarantined as {entry['id']}")
        self.assertEqual((entry["path"], entry["size"], entry["mode"], entry["detections"][0]["rule"]), (str(path), len(EICAR), 0o751, "EICAR_Test_File"))
        self.assertIn(entry["sha256"], self.khien("quarantine", "show", entry["id"][:8]))
        self.assertNotIn(EICAR[10:40], b"".join(file.read_bytes() for file in self.folder.iterdir()))

        path.write_text("something new")
        self.khien("quarantine", "restore", entry["id"][:8], status=2)
        self.assertEqual(path.read_text(), "something new")
        path.unlink()
        self.khien("quarantine", "restore", entry["id"][:8])
        after = path.stat()
        for field in ("st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_atime_ns", "st_size"):
            self.assertEqual(getattr(after, field), getattr(before, field), field)
        self.assertEqual(os.getxattr(path, "user.from"), b"https://example.org/\xff")
        self.assertEqual(path.read_bytes(), EICAR)
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.scan()[path.name]["verdict"], "infected")

    def test_an_archive_goes_as_a_whole_and_the_member_is_named(self):
        with zipfile.ZipFile(self.infected / "a.zip", "w") as archive:
            archive.writestr("in/eicar.com", EICAR)
            archive.writestr("letter.txt", "clean")
        found = self.scan("--quarantine")["a.zip"]
        self.assertEqual(found["detections"][0]["member"], "in/eicar.com")
        self.assertFalse((self.infected / "a.zip").exists())

    def test_nothing_goes_back_through_a_link(self):
        (self.infected / "eicar.com").write_bytes(EICAR)
        self.scan("--quarantine")
        entry, = self.listed()
        elsewhere = self.dir / "elsewhere"
        self.infected.rename(elsewhere)
        self.infected.symlink_to(elsewhere)
        self.khien("quarantine", "restore", entry["id"], status=3)
        self.assertEqual(list(elsewhere.iterdir()), [])
        self.khien("quarantine", "restore", entry["id"], "--to", "back.com")
        self.assertEqual((self.dir / "back.com").read_bytes(), EICAR)

    def test_exported_and_deleted(self):
        for name in ("one", "two"):
            (self.infected / name).write_bytes(EICAR)
        self.scan("--quarantine")
        one, two = (entry["id"] for entry in self.listed())
        self.khien("quarantine", "export", one, self.dir / "out.zip")
        self.khien("quarantine", "export", one, self.dir / "out.zip", status=2)
        self.assertEqual(stat.S_IMODE((self.dir / "out.zip").stat().st_mode), 0o600)
        with zipfile.ZipFile(self.dir / "out.zip") as archive:
            self.assertEqual([info.flag_bits & 1 for info in archive.infolist()], [1, 1])
        self.khien("quarantine", "delete", one, status=2)  # nobody can be asked
        self.assertEqual(len(self.listed()), 2)
        self.khien("quarantine", "delete", "--yes", one, "nothing-like-it", two, status=2)
        self.assertEqual(self.listed(), [])
        self.khien("quarantine", "show", one, status=2)

    def test_on_a_terminal_deleting_asks(self):
        (self.infected / "eicar.com").write_bytes(EICAR)
        self.scan("--quarantine")
        entry, = self.listed()
        for answer, left in ((b"n\n", 1), (b"y\n", 0)):
            terminal, end = pty.openpty()
            os.write(terminal, answer)
            subprocess.run([*self.prefix, khien.BIN / "khien", "quarantine", "delete", entry["id"]], stdin=end, capture_output=True, env=self.env, timeout=60, check=True)
            os.close(terminal)
            os.close(end)
            self.assertEqual(len(self.listed()), left)

    def test_damage_is_said(self):
        (self.infected / "eicar.com").write_bytes(EICAR)
        self.scan("--quarantine")
        manifest, = self.folder.glob("*.json")
        manifest.write_text("{")
        self.assertEqual(self.listed(status=3), [])
        self.khien("quarantine", "restore", manifest.stem, status=2)
        self.khien("quarantine", "delete", "--yes", manifest.stem)
        self.assertEqual([file.name for file in self.folder.iterdir()], ["key"])

    def test_a_process_that_runs_it_is_named_or_stopped(self):
        for policy, words in (("warn", "still running as process"), ("stop", "stopped process")):
            program = self.infected / "program"
            program.write_bytes(pathlib.Path("/bin/sleep").read_bytes() + b"KHIEN-HARMLESS-" + b"TEST-INFECTED")
            program.chmod(0o755)
            self.give()
            running = subprocess.Popen([*self.prefix, str(program), "100"])
            self.addCleanup(running.kill)
            khien.wait_for(lambda: os.readlink(f"/proc/{running.pid}/exe") == str(program), 10, what="the program")
            reason = self.scan("--quarantine", "--processes", policy)["program"]["reason"]
            self.assertIn(f"{words} {running.pid}", reason)
            if policy == "warn":
                self.assertIsNone(running.poll())
                running.kill()
            self.assertEqual(running.wait(10), -9)

    def test_what_the_system_itself_uses_is_left(self):
        """As a wrong detection in a library of the system: here one that khien itself was started with."""
        library = self.infected / "library.so"
        source = next(line.split()[2] for line in subprocess.run(["ldd", khien.BIN / "khien"], capture_output=True, text=True, check=True).stdout.splitlines() if "libz.so" in line)
        library.write_bytes(pathlib.Path(source).read_bytes() + b"KHIEN-HARMLESS-" + b"TEST-INFECTED")
        self.env["LD_PRELOAD"] = str(library)
        reason = self.scan("--quarantine", "--processes", "stop")["library.so"]["reason"]
        self.assertIn("is a part of the running system", reason)
        self.assertIn("nothing stopped", reason)
        self.assertTrue(library.exists())

    @unittest.skipIf(os.geteuid() != 0, "needs root to mount over the system's folder")
    def test_the_earlier_folder_is_shown_too(self):
        script = """set -e; mkdir -p /var/lib/khien; mount -t tmpfs none /var/lib/khien; mkdir /var/lib/khien/agent
            printf '%s' "$EICAR" >"$1/one"; "$2" scan --quarantine --rules "$3" "$1" >&2 || true
            mv /var/lib/khien/quarantine /var/lib/khien/agent/quarantine
            printf '%s' "$EICAR" >"$1/two"; "$2" scan --quarantine --rules "$3" "$1" >&2 || true
            "$2" quarantine list --json"""
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", self.infected, khien.BIN / "khien", RULES], capture_output=True, text=True, env={**self.env, "EICAR": EICAR.decode()}, check=True)
        entries = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual({(pathlib.Path(e["path"]).name, e["folder"]) for e in entries}, {("two", "/var/lib/khien/quarantine"), ("one", "/var/lib/khien/agent/quarantine")})


class ToTheServer(unittest.TestCase):
    """The agent takes a running program away and stops it; a person gives it back and deletes it; the server hears of it all."""

    def test_what_was_done_is_told(self):
        with khien.Site() as site:
            place = site.dir / "looked-at"
            place.mkdir()
            program = place / "program"
            program.write_bytes(pathlib.Path("/bin/sleep").read_bytes() + b"KHIEN-HARMLESS-" + b"TEST-INFECTED")
            program.chmod(0o755)
            running = subprocess.Popen([str(program), "1000"])
            self.addCleanup(running.kill)
            site.enrol("may", "goc")
            site.agent("may", f"scan:\n  first: [{place}]\n  daily: []\n  quarantine: true\n  processes: stop\n")
            self.assertEqual(running.wait(60), -9)
            stopped = self.event(site, "process_stopped")
            self.assertEqual((stopped["process"]["pid"], stopped["file"]["path"]), ([running.pid], str(program)))
            khien.wait_for(lambda: site.query("SELECT 1 FROM detection WHERE state = 'quarantined'"), 30, what="the detection")

            where = ("--folder", site.state("may") / "quarantine", "--run", site.state("may") / "run")
            entry = json.loads(site.run("khien", "quarantine", "list", "--json", *where[:2]).stdout)
            site.run("khien", "quarantine", "export", entry["id"], site.dir / "out.zip", *where)
            site.run("khien", "quarantine", "restore", entry["id"], *where)
            self.assertTrue(program.exists())
            restored = self.event(site, "quarantine_restored")
            self.assertEqual((restored["file"]["path"], restored["rule"]["name"], restored["khien"]["quarantine"]), (str(program), "Khien_Test_Infected", entry["id"]))
            self.assertIsNotNone(restored["user"]["name"])
            open_again = "SELECT d.state FROM detection d JOIN detection_change h ON h.detection_id = d.id AND h.state = 'restored'"
            self.assertEqual(khien.wait_for(lambda: site.query(open_again), 30, what="the restored file's detection"), [("verified",)])
            self.event(site, "quarantine_exported")

    @staticmethod
    def event(site, action):
        return json.loads(khien.wait_for(lambda: site.query("SELECT body FROM event WHERE action = ?", action), 30, what=action)[0][0])


if __name__ == "__main__":
    unittest.main()
