"""A Debian 12 of its own in a directory: made by debootstrap once and kept in out/ for the next run, copied for every test, and booted with its systemd in a container.

    root = debian.Root("packages")
    root.run("apt-get", "update")        # as in an image that is being made: nothing runs in it
    root.boot()
    root.run("systemctl", "start", …)    # as on a machine; it has a network of its own with nobody else in it
    root.close()
"""

import glob
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import unittest

import khien

BASE = khien.ROOT / "out/debian-root"
ENVIRONMENT = ["env", "DEBIAN_FRONTEND=noninteractive", "KHIEN_LANG=en", "LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]


def here(*words, **keywords):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, **keywords)


def mirror():
    """The mirror this machine uses."""
    lines = [line for path in ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*")] if os.path.exists(path) for line in open(path)]
    return next((word for line in lines if line.startswith(("deb ", "URIs:")) for word in line.split() if word.startswith("http")), "http://deb.debian.org/debian")


def make_base():
    if (BASE / "made").exists():
        return
    shutil.rmtree(BASE, ignore_errors=True)
    done = here("debootstrap", "--variant=minbase", "--include=ca-certificates,systemd", "bookworm", BASE, mirror())
    if done.returncode != 0:
        raise unittest.SkipTest("debootstrap could not reach a Debian mirror: " + done.stdout[-300:])
    (BASE / "made").touch()


def packages():
    """What `make deb` makes, by name."""
    done = here(khien.ROOT / "tools/deb")
    assert done.returncode == 0, done.stdout + done.stderr
    return {pathlib.Path(path).name.split("_")[0]: khien.ROOT / path for path in done.stdout.split() if path.endswith(".deb")}


class Root:
    def __init__(self, name):
        if os.geteuid() != 0:
            raise unittest.SkipTest("a Debian root is made by root")
        make_base()
        self.name = f"khien-{name}-{os.getpid()}"
        self.path = khien.ROOT / f"out/debian-{name}"
        self.container = self.leader = None
        here("umount", "-R", self.path / "proc")
        shutil.rmtree(self.path, ignore_errors=True)
        here("cp", "-a", "--reflink=auto", BASE, self.path)
        for file in ("/etc/apt/sources.list", "/etc/apt/apt.conf.d", "/etc/apt/sources.list.d", "/etc/resolv.conf"):
            if pathlib.Path(file).exists():
                here("cp", "-aL", file, self.path / pathlib.Path(file).parent.relative_to("/"))
        here("mount", "-t", "proc", "proc", self.path / "proc")

    def close(self):
        if self.container:
            if self.leader:
                os.kill(self.leader, signal.SIGRTMIN + 4)  # systemd: power off
            else:
                self.container.terminate()
            self.container.wait(60)
        here("umount", "-R", self.path / "proc")

    def boot(self):
        """From here on run() runs on the booted system. SkipTest when this machine allows no container."""
        here("umount", "-R", self.path / "proc")
        # The container is there for its systemd: what it would take away itself (capabilities, system calls) stays, so that only the units' own restrictions count.
        own = {**os.environ, "SYSTEMD_SECCOMP": "0", "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "1"}
        words = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--capability=all", "--console=pipe", f"--machine={self.name}", "-D", self.path, "--boot"]
        log = self.path.parent / f"{self.path.name}.log"
        with open(log, "wb") as out:
            self.container = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=own)
        try:
            khien.wait_for(self.is_up, 60, 0.5, "systemd in the container")
        except AssertionError as error:
            self.container.terminate()
            raise unittest.SkipTest(f"no system can be booted in a container here: {log.read_text()[-500:]}") from error

    def is_up(self):
        if self.container.poll() is not None:
            raise AssertionError("the container ended")
        children = pathlib.Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children").read_text().split()
        if not children:
            return False
        self.leader = int(children[0])
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    # --- commands in it

    def run(self, *words, check=True, input=None):
        into = ["nsenter", "-t", str(self.leader), "-a"] if self.leader else ["chroot", str(self.path)]
        done = here(*into, *ENVIRONMENT, *words, input=input, timeout=600)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def install(self, *debs, options=()):
        """With everything they depend on, from the mirror; only before boot(), since a booted one has no network."""
        for deb in debs:
            shutil.copy(deb, self.path / "root")
        self.run("apt-get", "update", "-qq")
        self.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *options, *(f"/root/{pathlib.Path(deb).name}" for deb in debs))

    def inside(self, path):
        """A path of the running system, mounts included, as seen from here."""
        return pathlib.Path(f"/proc/{self.leader}/root" if self.leader else self.path) / path.lstrip("/")

    # --- Khiên in it

    def server(self, *words, input=None):
        return self.run("runuser", "-u", "khien-server", "--", "khien-server", *words, input=input).stdout

    def start_server(self):
        """Returns when it listens, as the unit promises."""
        self.run("systemctl", "start", "khien-server")

    def is_listening(self):
        """Whether somebody does, at port 8443 (in hexadecimal), state LISTEN."""
        return re.search(r":20FB \S+ 0A ", pathlib.Path(f"/proc/{self.leader}/net/tcp").read_text()) is not None

    def is_active(self, unit):
        return self.run("systemctl", "is-active", unit, check=False).stdout.strip() == "active"

    def query(self, sql):
        connection = sqlite3.connect(f"file:{self.path}/var/lib/khien-server/khien.db?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
