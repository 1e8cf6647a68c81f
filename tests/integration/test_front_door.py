"""tools/run, which `make run` and `make review` are: prints, goes on with the same data, and leaves nothing behind when it is stopped. On a terminal it shows how far it is, and so does
tools/packages, which says what to do where it may not install."""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import termios
import unittest

import khien

STATES = {"met", "not_met", "partly", "not_measured", "not_applicable"}
ROWS, COLUMNS = 24, 80


def on_terminal(words, env):
    """(exit status, what was written) of a command on a terminal of 24 lines of 80 characters."""
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execvpe(words[0], words, env)
    written = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            piece = b""
        if not piece:
            break
        written += piece
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode()


def last_screen(written):
    """What stands on the terminal in the end: long lines go on in the next one, the last line is the one the prompt comes to."""
    rows = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", written).replace("\r\n", "\n").split("\n"):
        shown = re.split(r"\r(?:\x1b\[K)?", line)[-1]
        rows += [shown[i:i + COLUMNS] for i in range(0, len(shown) or 1, COLUMNS)]
    return rows[-ROWS:]


def programs(test, scripts):
    """A directory with little programs of that content, to stand before others in PATH."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="khien-programs-"))
    test.addCleanup(shutil.rmtree, folder)
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def read_until(terminal, words):
    """What a program writes on its terminal until it says `words` (None: until it ends)."""
    said = ""
    while words is None or words not in said:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux: the other side is gone
            piece = b""
        if not piece:
            if words is None:
                break
            raise AssertionError(f"ended before it said {words}: {said[-2000:]}")
        said += piece.decode(errors="replace")
    return said


class FrontDoor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.var = pathlib.Path(tempfile.mkdtemp(prefix="khien-var-"))
        cls.addClassCleanup(shutil.rmtree, cls.var, True)
        cls.port = khien.free_port()
        cls.env = {**os.environ, "KHIEN_PORT": str(cls.port), "KHIEN_VAR": str(cls.var)}

    def review(self, instead=None):
        done = subprocess.run([str(khien.ROOT / "tools/run"), "--once"], env={**self.env, "PATH": programs(self, instead or {}) + ":" + os.environ["PATH"]}, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        return done.stdout

    def endpoint(self):
        return json.loads((self.var / "agent/identity.json").read_text())["endpoint"]

    def ports(self):
        with contextlib.closing(sqlite3.connect(self.var / "server/khien.db")) as store:
            return [port for (port,) in store.execute("SELECT port FROM fact_ports")]

    def test_review_and_again(self):
        said = self.review()
        self.assertIn(f"https://127.0.0.1:{self.port}", said)
        self.assertIn((self.var / "server/first-password").read_text().strip(), said)
        report = json.loads((self.var / "review.json").read_text())
        clauses = [c for d in report["directives"] for c in d["clauses"]]
        self.assertEqual((len(report["directives"]), len(clauses)), (5, 105))
        self.assertLessEqual({c["state"] for c in clauses}, STATES)
        first = self.endpoint()
        with socket.socket() as opened:  # what changed on the machine is in the next review
            opened.bind(("0.0.0.0", 0))
            opened.listen()
            self.review()
            self.assertIn(opened.getsockname()[1], self.ports())
        self.assertEqual(self.endpoint(), first)

    def test_a_terminal_and_nothing_to_build(self):
        password = None
        for _ in range(2):
            status, written = on_terminal([str(khien.ROOT / "tools/run"), "--once"], self.env)
            self.assertEqual(status, 0, written[-2000:])
            password = password or (self.var / "server/first-password").read_text().strip()
            screen = last_screen(written)
            for word in ("Cộng", f"https://127.0.0.1:{self.port}", "admin", password, "make run"):
                self.assertTrue(any(word in row for row in screen), (word, screen))

    def test_who_is_not_root_is_told_first_what_root_would_measure(self):
        said = self.review({"id": "echo 1000"}).splitlines()
        for language, line in (("vi", said[0]), ("en", said[1])):
            for table in (khien.ROOT / "spec/facts").glob("*.yaml"):
                text = table.read_text()
                name = re.search(rf"^{language}: (.*)$", text, re.M).group(1)
                self.assertEqual(name in line.split(": ", 1)[1].split(", "), "\nprivileged: true\n" in text, (name, line))

    def test_ctrl_c_on_a_terminal_stops_everything(self):
        """On a terminal, where progress is drawn; nothing is left to build, as on every second run."""
        run, terminal = pty.fork()
        if run == 0:
            os.execve(khien.ROOT / "tools/run", ["run"], self.env)
        said = read_until(terminal, "Ctrl-C")
        self.assertIn("\r\033[K", said)
        os.write(terminal, b"\x03")
        read_until(terminal, None)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]), 0)
        os.close(terminal)
        left = subprocess.run(["pgrep", "-f", str(self.var)], capture_output=True, text=True).stdout
        self.assertEqual(left, "")


class Packages(unittest.TestCase):
    """tools/packages where jq is missing, with an apt-get that installs nothing."""

    LACKING = {"dpkg-query": 'case "${@: -1}" in jq) exit 1;; *) echo "ii ";; esac'}
    APT = r"""case "$*" in
      *update*) echo dlstatus:1:50:Retrieving; exit;;
      *"install "*jq*) printf 'pmstatus:libjq1:20.5:Unpacking libjq1 (amd64)\nReading database\npmstatus:jq:80:Installing jq (amd64)\n'; exit ${APT_EXIT:-0};;
    esac; exit 9"""

    def packages(self, scripts, **variables):
        env = {**os.environ, **variables, "PATH": programs(self, {**self.LACKING, **scripts}) + ":" + variables.get("PATH", os.environ["PATH"])}
        return on_terminal([str(khien.ROOT / "tools/packages"), "run"], env)

    def test_progress_is_shown(self):
        status, written = self.packages({"id": "echo 0", "apt-get": self.APT})
        self.assertEqual(status, 0, written)
        for step in ("50 %", "20 % libjq1", "80 % jq"):
            self.assertIn(step, written)
        self.assertNotIn("Reading database", written)
        self.assertEqual("".join(last_screen(written)).count("%"), 0)  # wiped away in the end

    def test_a_failure_is_told(self):
        status, written = self.packages({"id": "echo 0", "apt-get": self.APT}, APT_EXIT="100")
        self.assertEqual(status, 3)
        self.assertIn("Reading database", written)
        self.assertIn("chưa cài được gói", written)
        self.assertIn("could not be installed", written)

    def test_without_sudo_three_steps_are_named(self):
        tools = tempfile.mkdtemp(prefix="khien-tools-")  # all that is in /usr/bin, but for sudo
        self.addCleanup(shutil.rmtree, tools)
        for program in os.scandir("/usr/bin"):
            if program.name != "sudo":
                os.symlink(program.path, os.path.join(tools, program.name))
        status, written = self.packages({"id": "echo 1000", "apt-get": "exit 9"}, PATH=tools)
        self.assertEqual(status, 2)
        self.assertEqual(re.findall(r"^  (\d)\. ", written, re.M), ["1", "2", "3"])
        for words in ("còn thiếu gói", "packages are missing", "su -", "apt-get install -y --no-install-recommends jq", "chạy lại lệnh make", "same make command again"):
            self.assertIn(words, written)


if __name__ == "__main__":
    unittest.main()
