"""Scanning on access with a real agent: what is infected is refused and reported, what is clean costs nothing, and whatever happens to the guard, nobody waits for it for long.

All of it is in a mount namespace of its own, on file systems made for it: no other file of this machine is watched."""

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

import khien

PATTERN = b"KHIEN-HARMLESS-" + b"TEST-INFECTED"
DEADLINE_MS = 400
SILENT_S = 5  # KH_GUARD_SILENT_MS


def own_mounts():
    if os.geteuid() != 0:
        raise unittest.SkipTest("fanotify's answers need root")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000) != 0:  # CLONE_NEWNS
        raise unittest.SkipTest("this system allows no mount namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def mount(kind, source, target, *options):
    pathlib.Path(target).mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", kind, *options, str(source), str(target)], check=True)


class Guarded:
    """An agent with a guard, on a disk in memory; no server."""

    def __init__(self, site, name, mode, more=""):
        self.site, self.name = site, name
        self.disk = site.dir / f"disk-{name}"
        mount("tmpfs", "none", self.disk)
        self.place = self.disk / "place"
        self.place.mkdir()
        self.settings = f"onaccess:\n  mode: {mode}\n  exec: places\n  places: [{self.place}]\n  deadline_ms: {DEADLINE_MS}\n{more}"

    def start(self, rules=True):
        self.site.agent(self.name, self.settings)
        if not rules:
            self.site.stop_agent(self.name)
            config = self.site.dir / f"agent-{self.name}.yaml"
            config.write_text("".join(line for line in config.read_text().splitlines(True) if not line.startswith("rules:")))
            with self.site.log_file(f"agent-{self.name}.log") as log:
                self.site.agents[self.name] = subprocess.Popen([khien.BIN / "khien-agent", "run", "--config", config], stdout=log, stderr=log, env=khien.ENV)
        self.wait_ready()
        return self

    def wait_ready(self):
        khien.wait_for(lambda: self.status().get("file_systems"), 60, what="the guard")

    def guard(self):
        done = self.site.run("khien", "onaccess", "status", "--json", "--run", self.site.state(self.name) / "run", check=False)
        return json.loads(done.stdout) if done.stdout else {}

    def status(self):
        return self.guard().get("onaccess", {})

    def settled(self):
        """The status when nothing is under way."""
        time.sleep(1.2)  # it is told once a second
        return khien.wait_for(lambda: (s := self.status()).get("under_way") == 0 and s, 30, what="an idle guard")

    def pids(self):
        """The guard, and its workers."""
        guard = self.guard()["pid"]
        children = [int(child) for task in pathlib.Path(f"/proc/{guard}/task").glob("*/children") for child in task.read_text().split()]
        return guard, children

    def write(self, name, content, below=None):
        path = (below or self.place) / name
        path.write_bytes(content)
        time.sleep(0.05)  # what has only just changed is not remembered
        return path


def opened(path):
    """None, or the errno."""
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError as error:
        return error.errno
    return None


def seconds(run):
    start = time.monotonic()
    run()
    return time.monotonic() - start


class OnAccess(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        own_mounts()
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.end)
        shutil.copy("/bin/cat", cls.site.dir / "backup")
        cls.deny = Guarded(cls.site, "deny", "deny", f"  excludes: [{cls.site.dir}/disk-deny/place/not-here]\n  programs: [{cls.site.dir}/backup]\n")
        cls.site.enrol("deny", unit="goc")
        cls.deny.start()

    @classmethod
    def end(cls):
        cls.site.__exit__()
        for line in reversed(pathlib.Path("/proc/self/mounts").read_text().splitlines()):
            if str(cls.site.dir) in line:
                subprocess.run(["umount", "-l", line.split()[1]], check=False)

    def detections(self, path):
        return self.site.query("SELECT rule, verdict FROM detection WHERE path=?", str(path))

    def test_an_infected_file_is_refused_and_reported(self):
        bad = self.deny.write("bad.bin", PATTERN)
        self.assertEqual([opened(bad) for _ in range(3)], [errno.EPERM] * 3)
        khien.wait_for(lambda: self.detections(bad), 60, what="the detection on the server")
        self.assertEqual(set(self.detections(bad)), {("Khien_Test_Infected", "infected")})
        told = lambda: [event for (body,) in self.site.query("SELECT body FROM event WHERE category='malware'") if (event := json.loads(body))["file"]["path"] == str(bad)]
        (event,) = khien.wait_for(told, 60, what="the event on the server")[:1]
        self.assertEqual((event["process"]["pid"], event["process"]["executable"], event["user"]["id"], event["user"]["name"]), (os.getpid(), os.readlink("/proc/self/exe"), "0", "root"))
        self.assertGreaterEqual(self.deny.settled()["refused"], 3)

    def test_clean_files_reach_the_guard_once(self):
        folder = self.deny.place / "many"
        folder.mkdir()
        files = [folder / str(i) for i in range(10000)]
        for file in files:
            file.write_bytes(b"clean %d" % id(file))
        time.sleep(0.1)
        self.deny.settled()
        for file in files:
            self.assertIsNone(opened(file))
        first = self.deny.settled()
        for file in files:
            self.assertIsNone(opened(file))
        second = self.deny.settled()
        self.assertLess(second["events"] - first["events"], 20)
        self.assertEqual((second["late"], second["overflows"]), (first["late"], 0))

    def test_folders_outside_reach_the_guard_once(self):
        outside = self.deny.disk / "outside"
        outside.mkdir()
        for i in range(1000):
            (outside / str(i)).write_bytes(PATTERN)
        before = self.deny.settled()["events"]
        for i in range(1000):
            self.assertIsNone(opened(outside / str(i)))
        self.assertLess(self.deny.settled()["events"] - before, 20)

    def test_what_comes_from_outside_is_scanned(self):
        outside = self.deny.disk / "elsewhere"
        outside.mkdir()
        bad = self.deny.write("moved", PATTERN, outside)
        self.assertIsNone(opened(bad))
        bad.rename(self.deny.place / "moved")
        self.assertEqual(opened(self.deny.place / "moved"), errno.EPERM)
        bad = self.deny.write("linked", PATTERN, outside)
        self.assertIsNone(opened(bad))
        os.link(bad, self.deny.place / "linked")
        self.assertEqual(opened(self.deny.place / "linked"), errno.EPERM)

    def test_a_clean_file_that_is_changed_is_scanned_again(self):
        file = self.deny.write("changing", b"clean")
        for _ in range(3):
            self.assertIsNone(opened(file))
        with open(file, "ab", 0) as writer:
            writer.write(PATTERN)
            self.assertEqual(opened(file), errno.EPERM)
        self.assertEqual(opened(file), errno.EPERM)

    def test_what_is_written_is_scanned_without_being_opened(self):
        bad = self.deny.write("written", PATTERN)
        khien.wait_for(lambda: self.detections(bad), 60, what="the detection on the server")

    def test_an_infected_program_is_not_executed(self):
        good = self.deny.place / "good"
        shutil.copy("/bin/true", good)
        self.assertEqual(subprocess.run([good]).returncode, 0)
        bad = self.deny.write("bad", pathlib.Path("/bin/true").read_bytes() + PATTERN)
        bad.chmod(0o755)
        with self.assertRaises(PermissionError):
            subprocess.run([bad])

    def test_excluded_places_and_programs(self):
        folder = self.deny.place / "not-here"
        folder.mkdir()
        self.assertIsNone(opened(self.deny.write("bad", PATTERN, folder)))
        bad = self.deny.write("kept", PATTERN)
        self.assertEqual(subprocess.run([self.site.dir / "backup", bad], capture_output=True).stdout, PATTERN)
        self.assertEqual(opened(bad), errno.EPERM)
        self.assertGreaterEqual(self.deny.settled()["excluded"], 1)

    def test_file_systems_mounted_later(self):
        image = self.site.dir / "image"
        with open(image, "wb") as file:
            file.truncate(64 << 20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        lower, upper, work = (self.site.dir / name for name in ("lower", "upper", "work"))
        mount("tmpfs", "none", upper)
        (upper / "up").mkdir()
        (upper / "work").mkdir()
        lower.mkdir()
        (lower / "below").write_bytes(PATTERN)
        mounts = {
            "tmpfs": lambda at: mount("tmpfs", "none", at),
            "ext4": lambda at: mount("ext4", image, at, "-o", "loop"),
            "overlay": lambda at: mount("overlay", "none", at, "-o", f"lowerdir={lower},upperdir={upper}/up,workdir={upper}/work"),
        }
        for kind, add in mounts.items():
            with self.subTest(kind):
                at = self.deny.place / f"stick-{kind}"
                add(at)
                khien.wait_for(lambda: str(at) in self.deny.status()["file_systems"], 10, what=f"the mark on {kind}")
                self.assertEqual(opened(self.deny.write("bad", PATTERN, at)), errno.EPERM)
                good = self.deny.write("good", b"clean", at)
                self.assertEqual([opened(good) for _ in range(3)], [None] * 3)
        self.assertEqual(opened(self.deny.place / "stick-overlay/below"), errno.EPERM)

    def test_a_deadline_lets_through_and_the_scan_goes_on(self):
        outside = self.deny.disk / "late"
        outside.mkdir()
        bad = self.deny.write("late-bad", PATTERN, outside)
        others = [self.deny.write(f"late-{i}", b"late %d" % i, outside) for i in range(3)]
        _, workers = self.deny.pids()
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        try:
            bad, *others = (file.rename(self.deny.place / file.name) for file in (bad, *others))
            took = seconds(lambda: self.assertIsNone(opened(bad)))
            self.assertGreater(took, DEADLINE_MS / 1000 * 0.8)
            self.assertLess(took, DEADLINE_MS / 1000 + 1)
            for file in others:  # nobody else waits in vain
                self.assertLess(seconds(lambda: self.assertIsNone(opened(file))), 0.2)
        finally:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)
        self.assertGreaterEqual(self.deny.settled()["late"], 1)
        self.assertFalse(self.deny.status()["stalled"])
        self.assertEqual(opened(bad), errno.EPERM)
        khien.wait_for(lambda: self.detections(bad), 60, what="the detection on the server")

    def test_a_killed_worker_is_replaced(self):
        _, workers = self.deny.pids()
        before = self.deny.settled()["replaced_workers"]
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        for i in range(20):
            self.assertIsNone(opened(self.deny.write(f"after-{i}", b"after %d" % i)))
        self.assertEqual(opened(self.deny.write("after-bad", PATTERN)), errno.EPERM)
        khien.wait_for(lambda: self.deny.status()["replaced_workers"] > before, 10, what="new workers")

    def test_a_killed_guard_holds_nobody_up(self):
        guard, workers = self.deny.pids()
        file = self.deny.write("killed", b"waits")
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        file.write_bytes(b"waits more")
        reader = subprocess.Popen(["cat", file], stdout=subprocess.DEVNULL)
        time.sleep(DEADLINE_MS / 4000)
        os.kill(guard, signal.SIGKILL)
        self.assertEqual(reader.wait(5), 0)
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)  # a stopped one does not see that it is alone
        khien.wait_for(lambda: self.deny.guard()["pid"] not in (0, guard), 30, what="another guard")
        self.deny.wait_ready()
        self.assertEqual(opened(self.deny.write("killed-bad", PATTERN)), errno.EPERM)

    def test_a_guard_that_hangs_is_killed(self):
        guard, _ = self.deny.pids()
        file = self.deny.write("hangs", b"hangs")
        os.kill(guard, signal.SIGSTOP)
        took = seconds(lambda: self.assertIsNone(opened(file)))
        self.assertLess(took, SILENT_S + 3)
        khien.wait_for(lambda: self.deny.guard().get("pid") not in (None, 0, guard), 30, what="another guard")
        self.deny.wait_ready()

    def test_a_lease_holds_up_nobody_else(self):
        """Anybody may hold one on a file of theirs; the kernel would wait for it as it opens the file for the guard."""
        leased, other = self.deny.write("leased", b"somebody's own"), self.deny.place / "not-leased"
        script = ("import fcntl, os, signal, sys, time; signal.signal(signal.SIGIO, signal.SIG_IGN); fd = os.open(sys.argv[1], os.O_RDWR); os.write(fd, b'S'); time.sleep(1)\n"
                  "fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK); print('held', flush=True); time.sleep(60)")
        holder = subprocess.Popen([sys.executable, "-c", script, leased], stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.addCleanup(holder.stdout.close)
        self.assertEqual(holder.stdout.readline(), "held\n")
        guard = self.deny.guard()
        opener = subprocess.Popen(["/bin/cat", leased], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(opener.wait)
        self.addCleanup(opener.kill)
        time.sleep(0.5)
        self.assertLess(seconds(lambda: other.write_bytes(b"somebody else's") and opened(other)), 2)
        self.assertEqual((self.deny.guard()["pid"], self.deny.guard()["failures"]), (guard["pid"], guard["failures"]))

    def test_switched_off_and_on(self):
        bad = self.deny.write("switched", PATTERN)
        self.assertEqual(opened(bad), errno.EPERM)
        state = self.site.state("deny")
        self.site.run("khien", "onaccess", "off", "--state", state)
        khien.wait_for(lambda: self.deny.guard()["state"] == "switched_off", 10, what="the guard's end")
        khien.wait_for(lambda: self.site.query("SELECT 1 FROM event WHERE action='onaccess-off'"), 60, what="the event on the server")
        self.assertIsNone(opened(bad))
        self.assertEqual(self.site.run("khien", "onaccess", "status", "--run", state / "run", check=False).returncode, 3)
        self.site.run("khien", "onaccess", "on", "--state", state)
        self.deny.wait_ready()
        self.assertEqual(opened(bad), errno.EPERM)
        self.assertEqual(self.site.run("khien", "onaccess", "status", "--run", state / "run").returncode, 0)

    def test_rights_of_the_guard(self):
        guard, _ = self.deny.pids()
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{guard}/status").read_text().splitlines() if ":\t" in line)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        self.assertEqual(int(status["CapEff"], 16).bit_count(), 9)
        self.assertEqual(status["CapEff"], status["CapBnd"])

    def test_an_idle_guard_takes_no_time(self):
        guard, _ = self.deny.pids()
        ticks = lambda: sum(map(int, pathlib.Path(f"/proc/{guard}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
        self.deny.settled()
        before = ticks()
        time.sleep(5)
        self.assertLessEqual(ticks() - before, 1)


class Taking(unittest.TestCase):
    """With the setting for it, what is infected goes into quarantine."""

    @classmethod
    def setUpClass(cls):
        own_mounts()
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(OnAccess.end.__func__, cls)
        cls.site.enrol("take", unit="goc")
        cls.take = Guarded(cls.site, "take", "watch", "  quarantine: true\n").start()

    def test_it_is_taken_away(self):
        names = ["mau", "mẫu có dấu", "x" * 200]
        for name in names:
            (self.take.place / name).write_bytes(PATTERN)
        (self.take.place / "clean").write_bytes(b"clean")
        khien.wait_for(lambda: os.listdir(self.take.place) == ["clean"], 30, what="the quarantine")
        state = "SELECT path FROM detection WHERE state='quarantined'"
        khien.wait_for(lambda: {path for (path,) in self.site.query(state)} == {str(self.take.place / name) for name in names}, 60, what="their state on the server")
        kept = [json.loads(path.read_text()) for path in (self.site.state("take") / "quarantine").glob("*.json")]
        self.assertEqual({manifest["path"] for manifest in kept}, {str(self.take.place / name) for name in names})


class Watching(unittest.TestCase):
    """Mode `watch`, with the content of a store."""

    @classmethod
    def setUpClass(cls):
        own_mounts()
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(OnAccess.end.__func__, cls)
        cls.content("import", khien.ROOT / "packs/rules")
        limit = pathlib.Path("/proc/sys/fs/fanotify/max_queued_events")
        cls.watch = Guarded(cls.site, "watch", "watch")
        usual = limit.read_text()
        limit.write_text("100")
        try:
            cls.watch.start(rules=False)
        finally:
            limit.write_text(usual)

    @classmethod
    def content(cls, verb, what):
        """In the store of this agent, not in the usual one."""
        cls.site.run("khien", "db", verb, what, "--store", cls.site.state("watch") / "content")

    def test_a_found_file_is_opened_all_the_same(self):
        bad = self.watch.write("bad", PATTERN)
        before = self.watch.settled()
        self.assertGreaterEqual(before["infected"], 1)
        self.assertIsNone(opened(bad))
        self.assertEqual(self.watch.settled()["refused"], before["refused"])

    def test_a_bad_hash_is_not_executed_and_new_content_is_used(self):
        program = self.watch.place / "program"
        program.write_bytes(pathlib.Path("/bin/true").read_bytes() + b"one of a kind")
        program.chmod(0o755)
        for _ in range(3):
            self.assertEqual(subprocess.run([program]).returncode, 0)
        hashes = self.site.dir / "bad.sha256"
        hashes.write_text(hashlib.sha256(program.read_bytes()).hexdigest() + "  bad-program\n")
        self.content("import", hashes)

        def refused():
            try:
                subprocess.run([program])
            except PermissionError:
                return True
            return False

        khien.wait_for(refused, 30, what="the new content")
        self.assertIsNone(opened(program))
        allowed = self.site.dir / "good.allow"
        allowed.write_text(hashlib.sha256(program.read_bytes()).hexdigest() + "\n")
        self.content("import", allowed)
        khien.wait_for(lambda: not refused(), 30, what="the allow-list")

    def test_clamav_signatures_have_their_worker(self):
        database = self.site.dir / "own.ndb"
        word = b"KHIEN-HARMLESS-" + b"IN-AN-NDB"
        database.write_text(f"Khien.Test.Ndb:0:*:{word.hex()}\n")
        self.content("import", database)
        before = self.watch.settled()["infected"]
        khien.wait_for(lambda: self.watch.write("ndb", word) and self.watch.settled()["infected"] > before, 90, what="the new content")

    def test_an_overflow_lets_through_and_is_counted(self):
        guard, _ = self.watch.pids()
        folder = self.watch.place / "flood"
        folder.mkdir()
        os.kill(guard, signal.SIGSTOP)
        try:
            took = seconds(lambda: [(folder / str(i)).write_bytes(b"x") for i in range(1000)])
        finally:
            os.kill(guard, signal.SIGCONT)
        self.assertLess(took, SILENT_S - 1)
        self.assertGreaterEqual(self.watch.settled()["overflows"], 1)
        self.assertEqual(self.watch.guard()["pid"], guard)


if __name__ == "__main__":
    unittest.main()
