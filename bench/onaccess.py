"""What it costs to open a file: with no scanner, with Khiên's guard, with clamonacc; again and again, and for the first time."""

import ctypes
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import machine
import khien

ROUNDS = 200  # opens of each known file
FILES = 100
FIRST = 200   # files of 100 KB that nobody has opened yet
HELPER = machine.ROOT / "out/build/bench/opens/khien-bench-opens"
RULES = os.environ.get("KHIEN_BENCH_RULES", machine.ROOT / "packs/rules")
CLAMDB = os.environ.get("KHIEN_BENCH_CLAMDB")  # a folder with ClamAV databases, for both
BUILD = ["ninja", "-C", machine.ROOT / "out/build", "bench/opens/khien-bench-opens"]


def run(*words, **keywords):
    return subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True, **keywords).stdout


def own_mounts():
    """Nothing but the bench's own disk is watched."""
    if ctypes.CDLL(None, use_errno=True).unshare(0x00020000) != 0:
        sys.exit("   needs root: for a mount namespace and fanotify")
    run("mount", "--make-rprivate", "/")


def disk(at):
    at.mkdir()
    run("mount", "-t", "tmpfs", "none", at)
    place = at / "place"
    place.mkdir()
    place.chmod(0o755)
    return place


def fill(place):
    """Files outside first, so that a scanner of closes after writing has nothing to do with them; then moved in."""
    outside = place.parent / "new"
    outside.mkdir(exist_ok=True)
    words = pathlib.Path("/usr/bin/bash").read_bytes()[:100_000]
    for kind, count, bytes in (("known", FILES, 2000), ("first", FIRST, 100_000)):
        for i in range(count):
            (outside / f"{kind}-{i}").write_bytes(b"%06d" % i + words[:bytes])
    time.sleep(0.1)
    for file in outside.iterdir():
        file.rename(place / file.name)


def delays(place, kind, rounds):
    """Of the first round and of the later ones, µs."""
    names = "".join(f"{file}\n" for file in sorted(place.glob(f"{kind}-*")))
    first, _, later = run(HELPER, rounds, input=names).partition("\n\n")
    figures = [[int(n) / 1000 for n in text.split()] for text in (first, later)]
    assert all(n >= 0 for part in figures for n in part), "a file could not be opened"
    return figures


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def measure(name, place):
    for _ in range(3):
        delays(place, "known", 2)  # now it is known
        time.sleep(0.2)
    _, again = delays(place, "known", ROUNDS)
    first, _ = delays(place, "first", 1)
    print(f"   {name}: open() of a known file: median {statistics.median(again):.2f} µs, p99 {p99(again):.2f} µs; first open of 100 KB: median {statistics.median(first):.0f} µs, p99 {p99(first):.0f} µs")
    return statistics.median(again), p99(again), statistics.median(first)


def database(work):
    """One signature of our own, and what KHIEN_BENCH_CLAMDB holds."""
    at = work / "db"
    if not at.exists():
        shutil.copytree(CLAMDB, at) if CLAMDB else at.mkdir()
        (at / "bench.hdb").write_text("44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n")
    return at


def onaccess(run):
    done = subprocess.run([khien.BIN / "khien", "onaccess", "status", "--json", "--run", run], capture_output=True, text=True, env=khien.ENV)
    return json.loads(done.stdout).get("onaccess", {}) if done.stdout else {}


def with_khien(work):
    place = disk(work / "khien")
    config = work / "agent.yaml"
    rules = f"rules: {RULES}\n"
    if CLAMDB:  # the same for both; the store is the bench's own
        pathlib.Path("/var/lib/khien").mkdir(exist_ok=True)
        run("mount", "-t", "tmpfs", "none", "/var/lib/khien")
        run(khien.BIN / "khien", "db", "import", database(work), env=khien.ENV)
        rules = ""
    config.write_text(f"state: {work}/state\nrun: {work}/run\n{rules}onaccess:\n  mode: deny\n  exec: places\n  places: [{place}]\n")
    agent = subprocess.Popen([khien.BIN / "khien-agent", "run", "--config", config], stderr=subprocess.DEVNULL, env=khien.ENV)
    try:
        khien.wait_for(lambda: onaccess(work / "run").get("file_systems"), 300, what="the guard")
        fill(place)
        figures = measure("khien, mode deny", place)
        pids = machine.tree(agent.pid)
        print(f"      memory of the agent, its guard and workers: {machine.memory_kib(pids)[1] / 1024:.0f} MiB (Pss)")
        return figures
    finally:
        agent.terminate()
        agent.wait(20)


def with_clamonacc(work):
    """As Debian starts it."""
    if not shutil.which("clamonacc") or not shutil.which("clamd"):
        print("   clamonacc: not installed (clamav-daemon): not compared")
        return None
    place = disk(work / "clam")
    config = work / "clamd.conf"
    config.write_text(f"LocalSocket {work}/clamd.sock\nDatabaseDirectory {database(work)}\nUser clamav\nForeground yes\nOnAccessIncludePath {place}\nOnAccessPrevention yes\n"
                      f"OnAccessExcludeUname clamav\nOnAccessMaxFileSize 64M\nLogFile {work}/clamd.log\n")
    work.chmod(0o777)
    clamd = subprocess.Popen(["clamd", "--foreground", f"--config-file={config}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    onacc = None
    try:
        khien.wait_for(lambda: (work / "clamd.sock").exists() or clamd.poll() is not None, 120, what="clamd")
        if clamd.poll() is not None:
            print("   clamonacc: clamd does not start here: not compared")
            return None
        onacc = subprocess.Popen(["clamonacc", "--foreground", "--fdpass", f"--config-file={config}", f"--log={work}/onacc.log"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(5)
        fill(place)
        time.sleep(2)
        (place / "eicar").write_bytes(b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
        refused = subprocess.run(["cat", place / "eicar"], capture_output=True).returncode != 0
        if not refused:
            print("   clamonacc: does not refuse EICAR here: not compared")
            return None
        return measure("clamonacc", place)
    finally:
        for process in (onacc, clamd):
            if process:
                process.terminate()
                process.wait(30)


def main():
    machine.describe()
    own_mounts()
    run(*BUILD)
    work = pathlib.Path(tempfile.mkdtemp(prefix="khien-bench-onaccess-"))
    try:
        place = disk(work / "none")
        fill(place)
        none = measure("no scanner", place)
        ours = with_khien(work)
        theirs = with_clamonacc(work)
        print(f"   khien over no scanner: median {ours[0] - none[0]:+.2f} µs, p99 {ours[1] - none[1]:+.2f} µs; first open {ours[2] - none[2]:+.0f} µs")
        if theirs:
            print(f"   delays of clamonacc over khien's: known file {(theirs[0] - none[0]) / max(ours[0] - none[0], 0.01):.0f} times, first open {(theirs[2] - none[2]) / (ours[2] - none[2]):.1f} times")
    finally:
        for line in reversed(pathlib.Path("/proc/self/mounts").read_text().splitlines()):
            if str(work) in line:
                subprocess.run(["umount", "-l", line.split()[1]], check=False)
        shutil.rmtree(work, ignore_errors=True)


main()
