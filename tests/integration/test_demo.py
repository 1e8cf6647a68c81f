"""`khien-server demo` as a stranger meets it: whole or not at all, what a crash left is said, the next step works; and programs find what came with them wherever they stand."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import khien

SMALL = ("--units", "5", "--endpoints", "10")


def drained(terminal):
    """What was shown on it until its last writer left (Linux says so by EIO)."""
    shown = b""
    with open(terminal, "rb", buffering=0) as stream:
        try:
            while part := stream.read(65536):
                shown += part
        except OSError:
            pass
    return shown


class Demo(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-demo-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.data, self.beside = self.dir / "data", self.dir / "data.demo-unfinished"

    def run_server(self, *words, program=khien.BIN / "khien-server"):
        return subprocess.run([program, *map(str, words)], text=True, capture_output=True, env=khien.ENV, timeout=120)

    def break_off(self, how):
        """A large one, ended as soon as its database is there."""
        with subprocess.Popen([khien.BIN / "khien-server", "demo", "--data", self.data, "--endpoints", "100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=khien.ENV) as process:
            khien.wait_for(lambda: (self.beside / "first-password").exists(), what="the directory beside")
            process.send_signal(how)
            _, error = process.communicate(timeout=60)
            return process.returncode, error

    def test_broken_off_it_leaves_nothing(self):
        status, error = self.break_off(signal.SIGINT)
        self.assertEqual(status, 3)
        self.assertIn(f"{self.data}: nothing was made", error)
        self.assertEqual([*self.dir.iterdir()], [])

    def test_killed_it_is_said_and_made_anew(self):
        status, _ = self.break_off(signal.SIGKILL)
        self.assertEqual(status, -signal.SIGKILL)
        self.assertFalse(self.data.exists())
        self.assertIn("call it again", self.run_server("serve", "--data", self.data).stderr)
        done = self.run_server("demo", "--data", self.data, *SMALL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"An earlier run was broken off; what it had begun ({self.beside})", done.stdout)
        self.assertEqual([*self.dir.iterdir()], [self.data])

    def test_a_pack_with_mistakes_makes_nothing(self):
        packs = self.dir / "packs"
        shutil.copytree(khien.ROOT / "packs", packs)
        pack = packs / "demo" / "province.yaml"
        pack.write_text(pack.read_text().replace("register: staff", "register: staf", 1).replace("register: contact", "register: contac", 1))
        done = self.run_server("demo", "--data", self.data, "--set", f"packs={packs}", *SMALL)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"province\.yaml:\d+:\d+: there is no register staf\n")
        self.assertRegex(done.stderr, r"province\.yaml:\d+:\d+: there is no register contac\n")
        self.assertEqual([*self.dir.iterdir()], [packs])
        checked = self.run_server("check-config", "--set", f"packs={packs}")
        self.assertEqual((checked.returncode, checked.stdout), (2, ""))
        self.assertIn("2 mistakes in the packs", checked.stderr)

    def test_the_next_step_and_the_logins_work(self):
        with khien.Site() as site:
            site.stop_server()
            shutil.rmtree(site.data)
            made = site.server("demo", *SMALL).stdout
            self.assertIn(f"khien-server serve --config {site.config}, then open https://127.0.0.1:{site.port}", made)
            password = made.split("with the password ")[1].split()[0]
            site.start_server()
            for name, role in (("admin", "admin"), ("lanh-dao", "leader"), ("can-bo", "officer"), ("cong-an", "police"), ("xem", "viewer")):
                self.assertEqual(khien.Browser(site, name, password).get("/api/v1/me").json()["role"], role)
            self.assertEqual(self.run_server("demo", "--config", site.config).returncode, 2, "it holds data now")

    def test_an_unpacked_tree_finds_its_packs(self):
        program = self.dir / "usr" / "sbin" / "khien-server"
        program.parent.mkdir(parents=True)
        shutil.copy2(khien.BIN / "khien-server", program)
        shutil.copytree(khien.ROOT / "packs", self.dir / "usr/share/khien/packs")
        self.assertIn(f" files of packs in {self.dir}/usr/share/khien/packs", self.run_server("check-config", program=program).stdout)
        shutil.rmtree(self.dir / "usr/share")
        if not os.path.exists("/usr/share/khien/packs"):
            missing = self.run_server("check-config", program=program)
            self.assertEqual(missing.returncode, 2)
            self.assertIn("/usr/share/khien/packs: there are no packs", missing.stderr)

    def test_a_document_is_not_poured_into_a_terminal(self):
        with khien.Site() as site:
            for form, refused in (("docx", True), ("pdf", True), ("xlsx", True), ("text", False), ("json", False)):
                ours, theirs = os.openpty()
                done = subprocess.Popen([str(khien.BIN / "khien-server"), "report", "--config", site.config, "--period", "2026-11", "--format", form],
                                        stdout=theirs, stderr=subprocess.PIPE, text=True, env=khien.ENV)
                os.close(theirs)
                shown = drained(ours)
                error = done.communicate(timeout=60)[1]
                self.assertEqual((done.returncode, bool(shown), f"-o FILE.{form}" in error), (2, False, True) if refused else (0, True, False), error)

    @unittest.skipIf(os.path.exists("/etc/khien/server.yaml"), "this machine has a server's settings")
    def test_who_edits_another_file_than_the_one_that_is_read_is_told(self):
        absent = "There is no file /etc/khien/server.yaml: the defaults are used."
        self.assertIn(absent, self.run_server("check-config").stdout)
        config = self.dir / "khac.yaml"
        config.write_text(f"data: {self.data}\n")
        named = self.run_server("check-config", "--config", config)
        self.assertEqual((named.returncode, absent in named.stdout), (0, False), named.stderr)

    def test_a_checkout_finds_its_packs(self):
        self.assertIn(f" files of packs in {khien.ROOT}/packs", self.run_server("check-config").stdout)


if __name__ == "__main__":
    unittest.main()
