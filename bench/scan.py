"""The malware scan beside yara with the same rules on the same files, and beside reading and hashing them (the floor)."""

import os
import pathlib
import subprocess

import machine
import khien

TREE = os.environ.get("KHIEN_BENCH_TREE", "/usr/share")
RULES = machine.ROOT / "packs/rules"


def run(*words):
    return subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=khien.ENV)


def main():
    machine.describe()
    files = [p for p in pathlib.Path(TREE).rglob("*") if p.is_file() and not p.is_symlink()]
    mib = sum(p.stat().st_size for p in files) / 2**20
    print(f"   {TREE}: {len(files)} files, {mib:.0f} MiB, in the page cache")
    jobs = os.cpu_count()
    ours = lambda: run(khien.BIN / "khien", "scan", "--json", "--rules", RULES, "-j", jobs, TREE)
    # yara 4.2 takes one rule file on the command line; an index file includes the rest.
    index = pathlib.Path("/tmp/khien-bench-index.yar")
    index.write_text("".join(f'include "{p}"\n' for p in sorted(RULES.glob("*.yar"))))
    yara = lambda: run("yara", "-r", "-p", jobs, "-N", "-w", index, TREE)
    mine, theirs, ratio = machine.median_of_pairs(ours, yara, 3)
    print(f"   khien scan -j {jobs} (opens archives, hashes each file): {mine:.2f} s, {mib / mine:.0f} MiB/s; yara -r -p {jobs}: {theirs:.2f} s; {ratio:.2f} times as fast as yara")
    sha = lambda: subprocess.run(f"find {TREE} -type f -print0 | xargs -0 -n 500 -P {jobs} openssl dgst -sha256 >/dev/null", shell=True)
    _, floor, share = machine.median_of_pairs(ours, sha, 3)
    print(f"   floor, SHA-256 of every file by {jobs} openssl: {floor:.2f} s; we take {1 / share:.2f} times that")
    one = pathlib.Path("/tmp/khien-bench-one.txt")
    one.write_text("x")
    start, yara_start, ratio = machine.median_of_pairs(lambda: run(khien.BIN / "khien", "scan", "--rules", RULES, one), lambda: run("yara", "-w", index, one), 5)
    print(f"   one small file: {1000 * start:.0f} ms; yara: {1000 * yara_start:.0f} ms; {ratio:.2f} times as fast as yara")


main()
