"""tools/run, which `make run` and `make review` are: prints, goes on with the same data, and leaves nothing behind when it is stopped."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import khien

STATES = {"met", "not_met", "partly", "not_measured", "not_applicable"}


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

    def test_review_and_again(self):
        said = self.review()
        self.assertIn(f"https://127.0.0.1:{self.port}", said)
        self.assertIn((self.var / "server/first-password").read_text().strip(), said)
        report = json.loads((self.var / "review.json").read_text())
        clauses = [c for d in report["directives"] for c in d["clauses"]]
        self.assertEqual((len(report["directives"]), len(clauses)), (5, 105))
        self.assertLessEqual({c["state"] for c in clauses}, STATES)
        first = self.endpoint()
        self.review()
        self.assertEqual(self.endpoint(), first)

    def test_stopping_stops_everything(self):
        process = subprocess.Popen([str(khien.ROOT / "tools/run")], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(20), 0)
        process.stdout.close()
        left = subprocess.run(["pgrep", "-f", str(self.var)], capture_output=True, text=True).stdout
        self.assertEqual(left, "")


if __name__ == "__main__":
    unittest.main()
