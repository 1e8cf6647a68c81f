"""The Debian packages in a clean Debian root: install, run, upgrade, remove, purge. The root is made by debootstrap once and kept in out/ for the next run."""

import glob
import os
import pathlib
import shutil
import subprocess
import unittest

import khien

BASE = khien.ROOT / "out/debian-root"


def run(*words, **keywords):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, **keywords)


@unittest.skipIf(os.geteuid() != 0, "a Debian root is made by root")
class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = run(khien.ROOT / "tools/deb")
        assert done.returncode == 0, done.stdout + done.stderr
        cls.debs = {name: sorted(glob.glob(str(khien.ROOT / f"out/deb/{name}_*.deb")))[-1] for name in ("khien-agent", "khien-server")}
        if not (BASE / "made").exists():
            shutil.rmtree(BASE, ignore_errors=True)
            mirror = next((line.split()[1] for line in cls.sources() if line.startswith("deb ")), "http://deb.debian.org/debian")
            done = run("debootstrap", "--variant=minbase", "--include=ca-certificates,systemd", "bookworm", BASE, mirror)
            if done.returncode != 0:
                raise unittest.SkipTest("debootstrap could not reach a Debian mirror: " + done.stdout[-300:])
            (BASE / "made").touch()
        cls.root = khien.ROOT / "out/debian-test"
        run("umount", "-R", cls.root / "proc")
        shutil.rmtree(cls.root, ignore_errors=True)
        run("cp", "-a", "--reflink=auto", BASE, cls.root)
        for file in ("/etc/apt/sources.list", "/etc/apt/apt.conf.d", "/etc/apt/sources.list.d", "/etc/resolv.conf"):
            if pathlib.Path(file).exists():
                run("cp", "-aL", file, cls.root / pathlib.Path(file).parent.relative_to("/"))
        for deb in cls.debs.values():
            shutil.copy(deb, cls.root / "root")
        run("mount", "-t", "proc", "proc", cls.root / "proc")
        cls.addClassCleanup(run, "umount", "-R", cls.root / "proc")

    @staticmethod
    def sources():
        lines = []
        for path in ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*.list")]:
            if os.path.exists(path):
                lines += pathlib.Path(path).read_text().splitlines()
        for path in glob.glob("/etc/apt/sources.list.d/*.sources"):
            for line in pathlib.Path(path).read_text().splitlines():
                if line.startswith("URIs:"):
                    lines.append("deb " + line.split()[1])
        return lines

    def inside(self, *words, check=True):
        done = run("chroot", self.root, "env", "DEBIAN_FRONTEND=noninteractive", "KHIEN_LANG=en", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *words)
        if check:
            self.assertEqual(done.returncode, 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def test_life_of_the_packages(self):
        self.inside("apt-get", "update", "-qq")
        self.inside("apt-get", "install", "-y", "-qq", "--no-install-recommends", "/root/" + os.path.basename(self.debs["khien-server"]), "/root/" + os.path.basename(self.debs["khien-agent"]))
        self.installed_files_work()
        self.upgrade_keeps_data()
        self.remove_keeps_and_purge_removes()

    def installed_files_work(self):
        for program in ("khien", "khien-agent", "khien-server"):
            self.assertIn(program, self.inside(program, "--version").stdout)
        self.assertTrue(self.inside("getent", "passwd", "khien", "khien-server").stdout.count("\n") == 2)
        self.inside("runuser", "-u", "khien-server", "--", "khien-server", "init", "--unit-name", "Phường Hoa Mai")
        self.inside("khien", "facts", "packages", "--json")
        scanned = self.inside("khien", "scan", "--json", "/usr/share/khien", check=False)
        self.assertIn('"summary"', scanned.stdout)
        for unit in ("khien-agent", "khien-server"):
            self.assertTrue((self.root / f"etc/systemd/system/multi-user.target.wants/{unit}.service").is_symlink())
            verified = self.inside("systemd-analyze", "verify", f"/usr/lib/systemd/system/{unit}.service", check=False)
            self.assertNotIn("Unknown", verified.stderr)
        for page in ("man1/khien.1.gz", "man8/khien-agent.8.gz", "man8/khien-server.8.gz"):
            self.assertTrue((self.root / "usr/share/man" / page).exists())
        self.assertTrue((self.root / "usr/share/bash-completion/completions/khien").exists())

    def upgrade_keeps_data(self):
        settings = self.root / "etc/khien/server.yaml"
        settings.write_text(settings.read_text() + "\n# changed by the administrator\n")
        before = self.inside("khien-server", "unit", "list", "--json").stdout
        self.inside("apt-get", "install", "-y", "-qq", "--reinstall", "-o", "Dpkg::Options::=--force-confold", "/root/" + os.path.basename(self.debs["khien-server"]),
                    "/root/" + os.path.basename(self.debs["khien-agent"]))
        self.assertIn("changed by the administrator", settings.read_text())
        self.assertEqual(before, self.inside("khien-server", "unit", "list", "--json").stdout)

    def remove_keeps_and_purge_removes(self):
        self.inside("apt-get", "remove", "-y", "-qq", "khien-server", "khien-agent")
        self.assertFalse((self.root / "usr/sbin/khien-server").exists())
        self.assertTrue((self.root / "var/lib/khien-server/khien.db").exists())
        self.inside("apt-get", "purge", "-y", "-qq", "khien-server", "khien-agent")
        left = [p for p in ("var/lib/khien-server", "var/lib/khien", "etc/khien", "usr/share/khien", "usr/libexec/khien") if (self.root / p).exists()]
        self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
