"""What the bench scripts share: what machine this is, medians, and reading the memory of processes."""

import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/integration"))


def describe():
    model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    print(f"   machine: {os.cpu_count()} × {model}, Linux {os.uname().release}")


def tree(pid):
    """pid and everything below it."""
    pids = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            pids += tree(int(child))
    return pids


def memory_kib(pids):
    """(Rss, Pss) summed; Pss counts a shared page once over all who share it."""
    rss = pss = 0
    for pid in pids:
        for line in open(f"/proc/{pid}/smaps_rollup"):
            if line.startswith("Rss:"):
                rss += int(line.split()[1])
            elif line.startswith("Pss:"):
                pss += int(line.split()[1])
    return rss, pss


def peak_kib(command, program=None, env=None):
    """The most that a command and all its processes had at a time (Pss), seen every 20 ms; with `program`, the most that one process of that name had."""
    peak, ended = 0, threading.Event()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    threading.Thread(target=lambda: (process.wait(), ended.set())).start()
    while not ended.wait(0.02):
        try:
            pids = tree(process.pid)
            sets = [[pid] for pid in pids if program.startswith(pathlib.Path(f"/proc/{pid}/comm").read_text().strip())] if program else [pids]
            peak = max([peak, *(memory_kib(one)[1] for one in sets)])
        except (FileNotFoundError, ProcessLookupError):
            pass  # one of them ended between the list and the look
    return peak


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def timed(run):
    start = time.monotonic()
    result = run()
    return time.monotonic() - start, result


def median_of_pairs(ours, peer, runs=5):
    """Runs the two in turn; medians of each and of the ratio peer ÷ ours pair by pair (how many times faster we are)."""
    pairs = []
    ours(), peer()
    for _ in range(runs):
        pairs.append((timed(ours)[0], timed(peer)[0]))
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), statistics.median(b / a for a, b in pairs)
