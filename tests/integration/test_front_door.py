"""tools/run, which `make run` and `make review` are: prints, goes on with the same data, and leaves nothing behind when it is stopped."""

import contextlib
import json
import os
import pathlib
import pty
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import unittest

import khien

STATES = {"met", "not_met", "partly", "not_measured", "not_applicable"}


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

    def review(self):
        done = subprocess.run([str(khien.ROOT / "tools/run"), "--once"], env=self.env, capture_output=True, text=True, timeout=300)
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


if __name__ == "__main__":
    unittest.main()
