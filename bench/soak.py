"""A day's work in one go: as many files as a busy machine opens in 24 hours (ten a second) through the workers of one scan; the memory of every process at its first and last quarter.

KHIEN_SOAK_FILES   how many (864000)
KHIEN_BENCH_TREE   folder whose files are taken, again and again (/usr/share/doc)
"""

import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import machine
import khien

FILES = int(os.environ.get("KHIEN_SOAK_FILES", "864000"))
TREE = pathlib.Path(os.environ.get("KHIEN_BENCH_TREE", "/usr/share/doc"))


def names():
    return [os.path.join(at, name) for at, _, files in os.walk(TREE) for name in files]


def watch(process):
    """Pss of the scan and all its workers, once a second until it ends."""
    seen = []
    while process.poll() is None:
        try:
            seen.append(machine.memory_kib(machine.tree(process.pid))[1])
        except (FileNotFoundError, ProcessLookupError):
            pass  # one of them ended between the list and the look
        time.sleep(1)
    return seen


def main():
    machine.describe()
    found = names()
    with tempfile.NamedTemporaryFile("w", suffix=".list", errors="surrogateescape") as listed:
        for i in range(FILES):
            listed.write(found[i % len(found)] + "\n")
        listed.flush()
        command = [khien.BIN / "khien", "scan", "--json", "--no-cache", f"--file-list={listed.name}"]
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=khien.ENV)
        seen = watch(process)
        seconds = time.monotonic() - start
    assert process.returncode in (0, 1, 3), process.returncode
    quarter = max(1, len(seen) // 4)
    first, last = statistics.median(seen[:quarter]) / 1024, statistics.median(seen[-quarter:]) / 1024
    print(f"   {FILES} files of {TREE} in {seconds:.0f} s; memory (Pss, all processes): first quarter {first:.1f} MiB, last quarter {last:.1f} MiB, most {max(seen) / 1024:.1f} MiB; {last / first:.2f} times the first")


main()
