"""Ransomware watch: files lost until an encryptor stands still, what large honest programs do without an alarm, and what the watch costs a busy build and an idle machine."""

import ctypes
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import unittest

import machine
import debian
import khien

ENCRYPTOR = machine.ROOT / "out/build/src/guard/test-encryptor"
STRATEGIES = ["in-place", "start-only", "copy-delete", "random-name", "rename-first", "shred", "workers", "script"]
FOLDERS, FILES = 20, 50
SOURCES = 80
PAIRS = 3


def own_mounts():
    if os.geteuid() != 0:
        sys.exit("   needs root: fanotify reports file systems to nobody else")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000) != 0:  # CLONE_NEWNS
        sys.exit("   needs a mount namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def make_disk(site):
    image, disk = site.dir / "disk.img", site.dir / "disk"
    disk.mkdir()
    with open(image, "wb") as file:
        file.truncate(2 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, disk], check=True)
    return disk


class Watched:
    """An agent whose only work is the watch."""

    def __init__(self, site, disk, canaries):
        self.site = site
        site.agent("may", settings=f"ransom:\n  mode: stop\n  places: [{disk}/home]\n  canaries: {canaries}\n  programs: [/usr/bin/rm]\n  canary_places: [{disk}/home/an/Documents]\nscan:\n  first: []\n  daily: []\n")
        khien.wait_for(self.guard, 30, what="the watch")
        self.pid = site.agents["may"].pid

    def status(self):
        done = self.site.run("khien", "ransom", "status", "--json", "--run", self.site.state("may") / "run", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def guard(self):
        return self.status()

    def end(self, pid):
        self.site.run("khien", "ransom", "kill", pid, "--run", self.site.state("may") / "run")

    def cpu(self):
        return machine.cpu_seconds(machine.tree(self.pid))

    def close(self):
        self.site.stop_agent("may")


def lost(tree):
    return FOLDERS * FILES - int(subprocess.run([ENCRYPTOR, "count", tree], capture_output=True, text=True, check=True).stdout)


def clear(tree):
    """By a program that does not count: a thousand deleted documents would speak against this script."""
    subprocess.run(["/usr/bin/rm", "-r", tree], check=True)


def attack(watch, documents, strategy, pause_ms):
    tree = documents / "tree"
    subprocess.run([ENCRYPTOR, "make", tree, str(FOLDERS), str(FILES)], check=True)
    time.sleep(0.5)
    before = len(watch.status()["alarms"])
    start = time.monotonic()
    subprocess.run(["setsid", "--fork", ENCRYPTOR, "run", strategy, tree, str(pause_ms)], check=True)  # no child of ours: who starts such a thing is suspect, too
    khien.wait_for(lambda: len(watch.status()["alarms"]) > before, 120, 0.02, f"an alarm about {strategy}")
    took = time.monotonic() - start
    time.sleep(0.3)
    alarm, gone = watch.status()["alarms"][0], lost(tree)
    watch.end(alarm["pid"])
    time.sleep(0.3)
    clear(tree)
    return gone, took, alarm


def attacks(site, disk):
    documents = disk / "home/an/Documents"
    documents.mkdir(parents=True)
    for canaries in ["off", "hidden"]:
        watch = Watched(site, disk, canaries)
        print(f"   files lost of {FOLDERS * FILES}, canaries {canaries}: encryptor at full speed, median of 3 (least–most)")
        for strategy in STRATEGIES:
            runs = [attack(watch, documents, strategy, 0) for _ in range(3)]
            counts = [run[0] for run in runs]
            print(f"     {strategy:14} {statistics.median(counts):4.0f} ({min(counts)}–{max(counts)})   {runs[-1][2]['rule']}, signs {runs[-1][2]['signs']}")
        if canaries == "off":
            gone, took, _ = attack(watch, documents, "in-place", 1000)
            print(f"     one file a second, in place: {gone} lost, stopped after {took:.0f} s")
        watch.close()
        clear(documents)
        documents.mkdir()


def write_sources(folder):
    folder.mkdir(parents=True)
    for i in range(SOURCES):
        (folder / f"f{i}.c").write_text("".join(f"int f{i}_{k}(int a) {{ return a * {k} + {i}; }}\n" for k in range(60)))
    objects = " ".join(f"f{i}.o" for i in range(SOURCES))
    (folder / "Makefile").write_text(f"all: libf.a\nlibf.a: {objects}\n\tar rcs $@ $^\n%.o: %.c\n\tcc -O0 -g -c $< -o $@.tmp && mv $@.tmp $@\nclean:\n\trm -f *.o *.a\n")


def build(folder):
    env = {**os.environ, "PATH": "/usr/bin:/bin", "CCACHE_DISABLE": "1"}
    subprocess.run(["make", "-s", "-C", folder, "clean"], check=True, env=env)
    subprocess.run(["make", "-s", "-j2", "-C", folder, "all"], check=True, env=env)


def churn(folder):
    """Files made, written, renamed and deleted, without any work in between: the worst case."""
    for i in range(20000):
        path = f"{folder}/c{i % 100}.txt"
        with open(path + ".new", "w") as file:
            file.write("so lieu thang nay\n" * 40)
        os.rename(path + ".new", path)


def cost(site, disk):
    places = {"in a watched folder": disk / "home/an/du-an", "on the same disk, not watched": disk / "khac"}
    for folder in places.values():
        write_sources(folder)
    print(f"   overhead, {PAIRS} pairs in turn: without the agent, with it")
    for name, folder in places.items():
        for what, work in [(f"build of {SOURCES} C files, make -j2", build), ("20,000 files written and renamed", churn)]:
            without, with_it, spent = [], [], []
            work(folder)
            for _ in range(PAIRS):
                without.append(machine.timed(lambda: work(folder))[0])
                watch = Watched(site, disk, "off")
                before = watch.cpu()
                with_it.append(machine.timed(lambda: work(folder))[0])
                time.sleep(0.3)
                spent.append(watch.cpu() - before)
                state = watch.status()
                alarms, overflows = state["alarms"], state["overflows"]
                watch.close()
                assert not [a for a in alarms if a["program"] != str(ENCRYPTOR)], alarms
            ratio = statistics.median(b / a for a, b in zip(without, with_it))
            print(f"     {what}, {name}: {statistics.median(without):.2f} s, {statistics.median(with_it):.2f} s ({100 * (ratio - 1):+.1f} %); the agent's CPU {statistics.median(spent):.2f} s; queue overflows {overflows}")


# ---- honest work, of programs too large for the tests ----


def office(folder):
    """LibreOffice makes a text of each kind, a sheet and a PDF of every one of sixty files, then saves all of them anew in their places."""
    soffice = ["soffice", f"-env:UserInstallation=file://{folder}/.profile", "--headless", "--convert-to"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True, "cwd": folder}
    for i in range(60):
        (folder / f"cong-van-{i}.txt").write_text(f"Công văn số {i}\n" + "V/v bảo đảm an toàn thông tin mạng\n" * 40)
        (folder / f"bang-{i}.csv").write_text("".join(f"{k},{k * i},Phường {k}\n" for k in range(100)))
    for kind in ["odt", "docx", "doc", "rtf", "pdf"]:
        subprocess.run([*soffice, kind, *sorted(folder.glob("cong-van-*.txt"))], **quiet)
    for kind in ["ods", "xlsx", "xls"]:
        subprocess.run([*soffice, kind, *sorted(folder.glob("bang-*.csv"))], **quiet)
    for kind in ["odt", "docx", "doc", "ods", "xlsx", "xls"]:
        subprocess.run([*soffice, kind, *sorted(folder.glob(f"*.{kind}"))], **quiet)
    return len(list(folder.glob("*.*")))


def apt(folder):
    """A Debian in a folder: apt installs LibreOffice and git with all they need, takes every update, and removes them."""
    root = folder / "goc"
    debian.make_base()
    subprocess.run(["cp", "-a", debian.BASE, root], check=True)
    (root / "etc/apt/sources.list").write_text("".join(f"deb http://deb.debian.org/debian{part} main\n" for part in [" bookworm", " bookworm-updates", "-security bookworm-security"]))
    subprocess.run(["cp", "-L", "/etc/resolv.conf", root / "etc"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    for words in [["update"], ["install", "--no-install-recommends", "libreoffice-writer-nogui", "git", "python3-docx"], ["dist-upgrade"], ["install", "--reinstall", "git", "libreoffice-common"],
                  ["purge", "--auto-remove", "libreoffice-writer-nogui", "git"], ["clean"]]:
        subprocess.run(["chroot", root, *debian.ENVIRONMENT, "apt-get", "-y", "-qq", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    subprocess.run(["umount", root / "proc"], check=True)
    return (root / "var/log/dpkg.log").read_text().count(" installed ")


def honest(site, disk):
    print("   honest work in a watched folder, in mode stop, no program excepted: alarms")
    for name, work, unit in [("LibreOffice", office, "documents"), ("apt", apt, "packages")]:
        folder = disk / "home/an" / name
        folder.mkdir(parents=True)
        watch = Watched(site, disk, "hidden")
        try:
            took, done = machine.timed(lambda: work(folder))
        except (FileNotFoundError, subprocess.CalledProcessError, unittest.SkipTest) as error:
            print(f"     {name}: not run to its end: {error}")
            done = took = None
        time.sleep(1)
        state = watch.status()
        watch.close()
        if done:
            print(f"     {name}: {done} {unit} in {took:.0f} s, {state['events']} reports of the kernel, queue overflows {state['overflows']}: {len(state['alarms'])} alarms")
        assert not [a for a in state["alarms"] if a["program"] != str(ENCRYPTOR)], state["alarms"]
        clear(folder)


def idle(site, disk):
    watch = Watched(site, disk, "hidden")
    time.sleep(3)
    before = watch.cpu()
    time.sleep(30)
    rss, pss = machine.memory_kib([json.loads(site.run("khien", "status", "--json", "--run", site.state("may") / "run").stdout)["guard"]["pid"]])
    print(f"   idle: {1000 * (watch.cpu() - before):.0f} ms CPU of the whole agent in 30 s; the guard's RSS {rss / 1024:.1f} MiB, PSS {pss / 1024:.1f} MiB")
    watch.close()


def main():
    sys.stdout.reconfigure(line_buffering=True)
    machine.describe()
    own_mounts()
    with khien.Site() as site:
        site.enrol("may", unit="goc")
        disk = make_disk(site)
        try:
            for part in [attacks, honest, cost, idle]:
                if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
                    part(site, disk)
        finally:
            subprocess.run(["umount", "-l", disk], check=False)


main()
