"""Trees that want to stop a scan, hide from it or lead it astray. Each time: it comes to its end, with the right verdict for every file and the right reason for what it could not look at,
the right exit status, and every line JSON."""

import base64
import contextlib
import errno
import gzip
import json
import os
import pathlib
import random
import socket
import subprocess
import tempfile
import threading
import unicodedata
import unittest
import zipfile

import khien
import stale

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"
ROOT = os.geteuid() == 0
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
needs_root = unittest.skipIf(not ROOT, "needs root")


def in_mounts(script):
    """A command run where the script has mounted things first; $1: the tree."""
    return lambda tree: ["unshare", "-m", "sh", "-ec", script + '\nshift\nexec "$@"', "sh", str(tree)]


class Answer:
    def __init__(self, status, ndjson):
        self.status = status
        lines = [json.loads(line) for line in ndjson.decode("utf-8", "strict").splitlines()]
        self.summary = lines[-1]["summary"]
        self.files = {base64.b64decode(line["path_bytes"]) if "path_bytes" in line else line["path"].encode(): line for line in lines[:-1]}
        self.count = len(lines) - 1

    def infected(self):
        return {path for path, line in self.files.items() if line["verdict"] == "infected"}

    def of(self, path):
        line = self.files[os.fsencode(path)]
        return line["verdict"], line["reason"]


class HostileTree(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-hostile-"))
        self.dir.chmod(0o755)
        self.tree = self.dir / "tree"
        self.tree.mkdir()
        self.addCleanup(subprocess.run, ["rm", "-rf", self.dir], check=False)

    def scan(self, *words, prefix=(), timeout=300):
        """Words: options, and paths instead of the tree."""
        command = [*prefix, str(khien.BIN / "khien"), "scan", "--json", "--no-cache", "--rules", str(khien.ROOT / "packs/rules"), *map(str, words)]
        env = {**khien.ENV, "HOME": str(self.dir / "home"), "XDG_CACHE_HOME": str(self.dir / "cache"), "XDG_DATA_HOME": str(self.dir / "data")}
        with open(self.dir / "out", "w+b") as out, open(self.dir / "err", "w+b") as err:  # no pipes: a worker that waits for a dead server holds its end of them
            status = subprocess.run(command, stdout=out, stderr=err, env=env, timeout=timeout, check=False).returncode
            self.assertIn(status, (0, 1, 3), (self.dir / "err").read_text(errors="replace"))
            answer = Answer(status, (self.dir / "out").read_bytes())
        self.assertEqual(answer.summary["replaced_workers"], 0 if "--max-time" not in words else answer.summary["replaced_workers"])
        return answer

    # --- in words

    def test_why_files_are_scanned_in_part_is_summed_up(self):
        """Each reason once a file, and once in the summary: two compressed files that are cut short, and an archive with two members that are."""
        for n in range(2):
            (self.tree / f"{n}.gz").write_bytes(gzip.compress(random.Random(n).randbytes(3000))[:1500])
        with zipfile.ZipFile(self.tree / "a.zip", "w") as z:
            for n in range(2):
                z.writestr(f"{n}.gz", gzip.compress(random.Random(n).randbytes(3000))[:1500])
        done = subprocess.run([khien.BIN / "khien", "scan", "--no-cache", "--rules", khien.ROOT / "packs/rules", self.tree], env=khien.ENV, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("a.zip  damaged, or of an unknown kind (in 0.gz and 1 more places)", done.stdout)
        self.assertIn("Why files were scanned in part, how many: damaged, or of an unknown kind: 3.", done.stdout)

    # --- many, and strange names

    def test_a_hundred_thousand_files_in_one_folder(self):
        for n in range(100_000):
            os.close(os.open(self.tree / f"{n:06}", os.O_CREAT | os.O_WRONLY))
        (self.tree / "049999").write_bytes(EICAR)
        answer = self.scan(self.tree)
        self.assertEqual((answer.status, answer.summary["files"], answer.count), (1, 100_000, 100_000))
        self.assertEqual(answer.infected(), {os.fsencode(self.tree / "049999")})

    def test_names_are_bytes(self):
        nfc, nfd = (unicodedata.normalize(form, "Đường Nguyễn Huệ").encode() for form in ("NFC", "NFD"))
        names = [b"line\nend", b"\xff\xfe not UTF-8", b"cut \xe1\xbb", nfc, nfd, b"x" * 255, b" ", b"-rf", b'"quoted\\"', b"\x1b[31mred", b"tab\t\x01\x7f", "\u202egnp.exe".encode()]
        for name in names:
            with open(os.fsencode(self.tree) + b"/" + name, "wb") as file:
                file.write(EICAR)
        answer = self.scan(self.tree)
        self.assertEqual((answer.status, answer.infected()), (1, {os.fsencode(self.tree) + b"/" + name for name in names}))
        plain = subprocess.run([khien.BIN / "khien", "scan", "--rules", khien.ROOT / "packs/rules", self.tree], capture_output=True, env={**khien.ENV, "HOME": str(self.dir)}, check=False)
        self.assertNotIn(b"\x1b", plain.stdout)
        self.assertEqual(len(plain.stdout.decode("utf-8", "strict").splitlines()), len(names) + 1)  # one line each, and the sum

    # --- depth and loops

    def dig(self, depth, name):
        """Folders inside each other, longer together than a path may be, with EICAR at the bottom; a descriptor of the last."""
        here = os.open(self.tree, os.O_RDONLY)
        for _ in range(depth):
            os.mkdir(name, dir_fd=here)
            below = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        with open(os.open("eicar.com", os.O_CREAT | os.O_WRONLY, dir_fd=here), "wb") as file:
            file.write(EICAR)
        os.close(here)

    def test_paths_longer_than_path_max(self):
        self.dig(60, "d" * 200)
        answer = self.scan(self.tree)
        self.assertEqual((answer.status, answer.summary["errors"]), (1, 0))
        path, = answer.infected()
        self.assertEqual(len(path), len(os.fsencode(self.tree)) + 60 * 201 + len("/eicar.com"))

    def test_a_long_path_goes_into_quarantine_and_back(self):
        self.dig(60, "d" * 200)
        if ROOT:
            subprocess.run(["chown", "-R", "65534:65534", self.dir], check=True)
        prefix = NOBODY if ROOT else []
        taken = self.scan("--quarantine", self.tree, prefix=prefix)
        self.assertEqual((taken.summary["quarantined"], taken.summary["not_quarantined"]), (1, 0), taken.files)
        self.assertEqual(self.scan(self.tree, prefix=prefix).count, 0)
        env = {**khien.ENV, "HOME": str(self.dir / "home"), "XDG_DATA_HOME": str(self.dir / "data")}
        entry = json.loads(subprocess.run([*prefix, khien.BIN / "khien", "quarantine", "list", "--json"], capture_output=True, env=env, check=True).stdout)
        subprocess.run([*prefix, khien.BIN / "khien", "quarantine", "restore", entry["id"]], env=env, check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(self.scan(self.tree, prefix=prefix).summary["infected"], 1)

    def test_too_deep_is_said(self):
        self.dig(300, "d")
        answer = self.scan(self.tree)
        reason, = (line["reason"] for line in answer.files.values() if line["verdict"] == "error")
        self.assertEqual((answer.status, reason), (3, "too many folders inside each other"))

    def test_links_lead_nowhere(self):
        (self.dir / "outside").mkdir()
        (self.dir / "outside/eicar.com").write_bytes(EICAR)
        (self.tree / "clean").write_text("clean")
        for name, target in {"self": "self", "here": ".", "up": "..", "root": "/", "outside": "../outside", "file": "../outside/eicar.com", "nowhere": "nowhere-at-all"}.items():
            (self.tree / name).symlink_to(target)
        answer = self.scan(self.tree)
        self.assertEqual((answer.status, set(answer.files)), (0, {os.fsencode(self.tree / "clean")}))
        self.assertEqual(self.scan(self.tree / "file").status, 1)  # asked for by name, it is followed
        gone = self.scan(self.tree / "nowhere")
        self.assertEqual((gone.status, gone.of(self.tree / "nowhere")), (3, ("error", "no such file or folder")))

    @needs_root
    def test_bind_mounts_make_no_loop(self):
        (self.tree / "loop").mkdir()
        (self.tree / "eicar.com").write_bytes(EICAR)
        answer = self.scan(self.tree, prefix=in_mounts('mount --bind "$1" "$1/loop"')(self.tree))
        self.assertEqual((answer.status, answer.summary["infected"]), (1, 1))
        self.assertEqual(answer.of(self.tree / "loop"), ("skipped", "on another file system"))

    # --- what is no file

    def test_what_holds_no_content_is_passed_over(self):
        os.mkfifo(self.tree / "fifo")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(self.tree / "socket"))
        if ROOT:
            for name, device in {"zero": (1, 5), "tty": (5, 0), "nobody-there": (250, 250)}.items():
                os.mknod(self.tree / name, 0o666 | 0o020000, os.makedev(*device))
            os.mknod(self.tree / "block", 0o666 | 0o060000, os.makedev(7, 250))
        answer = self.scan(self.tree, timeout=60)
        self.assertEqual((answer.status, answer.count), (0, 0))
        for name in os.listdir(self.tree):
            asked = self.scan(self.tree / name, timeout=60)
            self.assertEqual((asked.status, asked.of(self.tree / name)), (3, ("skipped", "holds no file content")), name)

    @needs_root
    def test_file_systems_of_the_kernel_are_passed_over(self):
        for name in ("proc", "sys", "within"):
            (self.tree / name).mkdir()
        (self.tree / "within/eicar.com").write_bytes(EICAR)
        answer = self.scan(self.tree, prefix=in_mounts('mount -t proc proc "$1/proc"; mount -t sysfs sysfs "$1/sys"')(self.tree), timeout=60)
        self.assertEqual((answer.status, set(answer.files)), (1, {os.fsencode(self.tree / "within/eicar.com")}))
        self.assertEqual(self.scan("/proc/self/mem", "/proc/kmsg").summary["skipped"], 2)

    # --- what changes meanwhile

    def churn(self, stop):
        """Files and folders that appear, grow, shrink, become others and vanish. Nothing is written through the links: they lead out of the tree."""
        places = [self.tree / f"{n:03}" for n in range(50)]
        elsewhere = self.dir / "elsewhere"
        elsewhere.write_text("not in the tree\n")

        def change(path, content=None, size=None):
            fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | (os.O_CREAT | os.O_TRUNC if content is not None else 0), 0o644)
            try:
                os.write(fd, content) if content is not None else os.ftruncate(fd, size)
            finally:
                os.close(fd)

        ways = [
            lambda p: change(p, content=random.randbytes(random.randrange(200_000))),
            lambda p: change(p, size=random.randrange(100)),
            lambda p: change(p, size=50_000_000),
            lambda p: p.unlink(),
            lambda p: p.rename(random.choice(places)),
            lambda p: p.mkdir(),
            lambda p: p.rmdir(),
            lambda p: p.symlink_to(elsewhere),
            lambda p: os.mkfifo(p),
            lambda p: change(p, content=EICAR),
        ]
        while not stop.is_set():
            place = random.choice(places)
            if place.is_fifo():
                place.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                random.choice(ways)(place)

    def test_files_that_change_grow_shrink_and_vanish(self):
        stop = threading.Event()
        steady = self.tree / "steady.com"
        steady.write_bytes(EICAR)
        churning = threading.Thread(target=self.churn, args=(stop,))
        churning.start()
        try:
            for _ in range(30):
                answer = self.scan(self.tree, timeout=60)
                self.assertIn(os.fsencode(steady), answer.infected())
                self.assertEqual(answer.status, 1)
                self.assertEqual({line["verdict"] for line in answer.files.values()} - {"clean", "infected", "error"}, set())
                self.assertEqual({line["reason"] for line in answer.files.values() if line["verdict"] == "error"} - {"no such file or folder"}, set())
        finally:
            stop.set()
            churning.join()
        self.assertEqual((self.dir / "elsewhere").read_text(), "not in the tree\n")

    def test_a_mapped_file_that_is_cut_short(self):
        """Above 64 MiB files are mapped: what is cut off under the scan is a signal in the worker, not the end of it."""
        big = self.tree / "big"
        stop = threading.Event()

        def cut():
            while not stop.is_set():
                os.truncate(big, 200 << 20)
                os.truncate(big, 1 << 20)

        big.write_bytes(b"")
        cutting = threading.Thread(target=cut)
        cutting.start()
        try:
            verdicts = set()
            for _ in range(10):
                line, = self.scan("--max-time", 20, self.tree, timeout=120).files.values()
                verdicts.add((line["verdict"], line["reason"] is not None))
        finally:
            stop.set()
            cutting.join()
        self.assertLessEqual(verdicts, {("clean", False), ("error", True)})

    # --- what cannot be read

    def test_no_right_to_read(self):
        for name in ("file", "folder/inside"):
            (self.tree / name).parent.mkdir(exist_ok=True)
            (self.tree / name).write_bytes(EICAR)
        (self.tree / "readable").write_text("clean")
        (self.tree / "file").chmod(0)
        (self.tree / "folder").chmod(0)
        answer = self.scan(self.tree, prefix=NOBODY if ROOT else [])
        self.assertEqual((answer.status, answer.summary["errors"]), (3, 2))
        for name in ("file", "folder"):
            self.assertEqual(answer.of(self.tree / name), ("error", "permission denied"))
        self.assertEqual(answer.of(self.tree / "readable"), ("clean", None))
        (self.tree / "folder").chmod(0o700)

    @needs_root
    def test_a_share_whose_server_has_trouble(self):
        files = {"good.com": EICAR, "stale": errno.ESTALE, "broken": errno.EIO, "short": (100_000, EICAR), "last.com": EICAR}
        with stale.Mount(self.tree, files):
            answer = self.scan(self.tree, timeout=60)
        self.assertEqual((answer.status, answer.infected()), (1, {os.fsencode(self.tree / name) for name in ("good.com", "last.com", "short")}))
        self.assertEqual(answer.of(self.tree / "stale"), ("error", os.strerror(errno.ESTALE)))
        self.assertEqual(answer.of(self.tree / "broken"), ("error", os.strerror(errno.EIO)))

    @needs_root
    def test_a_share_whose_server_is_dead(self):
        """Whoever reads waits for ever: the worker is given up, the scan goes on."""
        with stale.Mount(self.tree, {"a.com": EICAR, "dead": stale.NO_ANSWER, "z.com": EICAR}):
            answer = self.scan("--max-time", 1, self.tree, timeout=60)
        self.assertEqual((answer.status, answer.summary["infected"], answer.summary["errors"]), (1, 2, 1))
        verdict, reason = answer.of(self.tree / "dead")
        self.assertEqual(verdict, "error")
        self.assertIn("took longer than", reason)

    # --- sizes

    def test_a_terabyte_of_nothing(self):
        os.truncate(os.open(self.tree / "sparse", os.O_CREAT | os.O_WRONLY), 1 << 40)
        answer = self.scan(self.tree, timeout=60)
        self.assertEqual((answer.status, answer.of(self.tree / "sparse")), (3, ("skipped", "larger than the size limit")))
        wanted = self.scan("--max-size", "2048G", "--max-time", 1, self.tree, timeout=120)
        self.assertEqual(wanted.status, 3)
        verdict, reason = wanted.of(self.tree / "sparse")
        self.assertTrue(verdict == "error" or "time limit" in (reason or ""), (verdict, reason))

    # --- file systems that take nothing

    def flagged(self, name, flag):
        (self.tree / name).write_bytes(EICAR)
        if subprocess.run(["chattr", f"+{flag}", self.tree / name], check=False, capture_output=True).returncode:
            self.skipTest("this file system keeps no such flags")
        self.addCleanup(subprocess.run, ["chattr", f"-{flag}", self.tree / name], check=False, capture_output=True)

    @needs_root
    def test_immutable_and_append_only_files(self):
        """Root takes them away all the same; the quarantine is one of the tree's own here, by a mount over root's."""
        self.flagged("immutable", "i")
        self.flagged("append-only", "a")
        over = in_mounts("mkdir -p /var/lib/khien; mount -t tmpfs none /var/lib/khien")(self.tree)
        answer = self.scan("--quarantine", self.tree, prefix=over)
        self.assertEqual((answer.status, answer.summary["quarantined"], os.listdir(self.tree)), (1, 2, []))

    @needs_root
    def test_a_read_only_file_system(self):
        script = 'mkdir -p /var/lib/khien; mount -t tmpfs none /var/lib/khien; mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"'
        (self.tree / "eicar.com").write_bytes(EICAR)
        answer = self.scan("--quarantine", self.tree, prefix=in_mounts(script)(self.tree))
        verdict, reason = answer.of(self.tree / "eicar.com")
        self.assertEqual((answer.status, verdict, answer.summary["not_quarantined"]), (1, "infected", 1))
        self.assertIn("Read-only file system", reason)
        self.assertTrue((self.tree / "eicar.com").exists())

    @needs_root
    def test_a_full_file_system(self):
        """The quarantine's own is full: what was found stays, and is said to."""
        script = """mkdir -p /var/lib/khien; mount -t tmpfs -o size=16k none /var/lib/khien; mkdir -m 700 /var/lib/khien/quarantine
            head -c 32 /dev/urandom >/var/lib/khien/quarantine/key; chmod 600 /var/lib/khien/quarantine/key; head -c 100000 /dev/zero >/var/lib/khien/filling || true"""
        (self.tree / "eicar.com").write_bytes(EICAR)
        answer = self.scan("--quarantine", self.tree, prefix=in_mounts(script)(self.tree))
        verdict, reason = answer.of(self.tree / "eicar.com")
        self.assertEqual((verdict, answer.summary["not_quarantined"]), ("infected", 1))
        self.assertIn("No space left on device", reason)
        self.assertTrue((self.tree / "eicar.com").exists())


if __name__ == "__main__":
    unittest.main()
