"""The malware scan beside yara, clamscan and clamd with the same content on the same files, and beside reading, hashing and listing them (the floor).

KHIEN_BENCH_TREE   folder whose files are taken (/usr)
KHIEN_BENCH_MIB    how much of it, evenly drawn (2048); a tenth of that for clamscan and clamd, which are slow
KHIEN_BENCH_COLD   1: empty the page cache before each run (needs root)
KHIEN_BENCH_RUNS   pairs of runs (3)
"""

import atexit
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time

import machine
import khien
import public_sets

TREE = pathlib.Path(os.environ.get("KHIEN_BENCH_TREE", "/usr"))
MIB = int(os.environ.get("KHIEN_BENCH_MIB", "2048"))
COLD = os.environ.get("KHIEN_BENCH_COLD") == "1"
RUNS = int(os.environ.get("KHIEN_BENCH_RUNS", "3"))
JOBS = 2
FILE_MAX = 20 * 2**20  # clamscan looks at no more of a file unless told
YARA_NAMES = ("filename", "filepath", "extension", "filetype", "owner")
TESTFILES = pathlib.Path("/usr/share/clamav-testfiles")

WORK = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=khien.ROOT / "out"))
atexit.register(shutil.rmtree, WORK)
EMPTY = WORK / "none.yar"
EMPTY.write_text("rule never { condition: false }\n")


# ---- the tree ----


def sample(folder, mib):
    """About so many MiB of TREE's files, every n-th in the order of their paths, as links."""
    found = []
    for at, names, files in os.walk(TREE):
        names.sort()
        for name in sorted(files):
            path = os.path.join(at, name)
            if os.path.isfile(path) and not os.path.islink(path) and 0 < os.path.getsize(path) <= FILE_MAX and os.stat(path).st_dev == os.stat(TREE).st_dev:
                found.append(path)
    step = max(1.0, sum(map(os.path.getsize, found)) / (mib * 2**20))
    chosen = [found[int(i * step)] for i in range(int(len(found) / step))]
    for path in chosen:
        to = folder / path.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, to)
        except OSError:
            shutil.copy2(path, to)
    if TESTFILES.is_dir():
        shutil.copytree(TESTFILES, folder / "testfiles")
    files = [p for p in folder.rglob("*") if p.is_file()]
    return len(files), sum(p.stat().st_size for p in files) / 2**20


# ---- content ----


def yara_compiled(rules, to):
    """One namespace for each file, as khien scan has it."""
    files = sorted(p for p in rules.rglob("*") if p.suffix in (".yar", ".yara"))
    defined = [word for name in YARA_NAMES for word in ("-d", f"{name}=something")]
    subprocess.run(["yarac", "-w", *defined, *(f"n{i}:{p}" for i, p in enumerate(files)), to], check=True, capture_output=True)
    return defined


def many_signatures(folder, text, count):
    """The public set's signatures, and made ones up to the count: body signatures of two literals, and hashes."""
    shutil.copytree(text, folder)
    lines = sum(1 for p in folder.iterdir() for _ in p.open("rb"))
    made = random.Random(1)
    bodies, hashes = [], []
    for i in range(max(0, count - lines)):
        if i % 3:
            hashes.append(f"{made.randbytes(16).hex()}:{made.randrange(1000, 10**6)}:Made.Hash-{i}\n")
        else:
            bodies.append(f"Made.Body-{i}:0:*:{made.randbytes(12).hex()}*{made.randbytes(8).hex()}\n")
    folder.joinpath("made.ndb").write_text("".join(bodies))
    folder.joinpath("made.hdb").write_text("".join(hashes))
    return max(lines, count)


# ---- running ----


OUR_ENV = khien.ENV | {"XDG_CACHE_HOME": str(WORK / "cache")}


def run(*words, statuses=(0, 1)):
    """What it printed. 1: something was found."""
    if COLD:
        os.sync()
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
    done = subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=OUR_ENV)
    assert done.returncode in statuses, (words, done.returncode, done.stderr[-1000:])
    return done.stdout


def khien_scan(*words):
    return run(khien.BIN / "khien", "scan", "--json", "-j", JOBS, *words, statuses=(0, 1, 3))  # 3: nothing found, but an encrypted archive, say, not seen whole


def matches(ndjson):
    """(rule, path) of each detection in the file itself."""
    lines = [json.loads(line) for line in ndjson.splitlines()]
    return {(d["rule"], line["path"]) for line in lines if "path" in line for d in line["detections"]}


def row(work, peer, aim, mine, theirs, times):
    print(f"   {work}: {mine}; {peer}: {theirs}; {times} (aim: {aim})", flush=True)


def pair(work, peer, aim, ours, other, runs=RUNS):
    """How many times as fast as the peer."""
    mine, theirs, ratio = machine.median_of_pairs(ours, other, runs)
    row(work, peer, aim, f"{mine:.2f} s", f"{theirs:.2f} s", f"{ratio:.2f} times as fast")


def share(work, peer, aim, ours, floor, runs=RUNS):
    """What multiple of the floor's time."""
    mine, theirs, ratio = machine.median_of_pairs(ours, floor, runs)
    row(work, peer, aim, f"{mine:.2f} s", f"{theirs:.2f} s", f"{1 / ratio:.2f} times its time")


def equal(mine, theirs):
    only_mine, only_theirs = len(mine - theirs), len(theirs - mine)
    return f"{len(mine & theirs)} equal" + (f", ONLY OURS {only_mine}, ONLY THEIRS {only_theirs}" if only_mine or only_theirs else "")


# ---- rows ----


def yara_rows(tree, rules):
    compiled = WORK / "compiled.yarac"
    defined = yara_compiled(rules, compiled)
    ours = lambda: khien_scan("--no-cache", "--no-archives", "--rules", rules, *defined, tree)
    theirs = lambda: run("yara", "-C", "-w", "-N", "-r", "-p", JOBS, *defined, compiled, tree)
    said = {tuple(line.split(" ", 1)) for line in theirs().decode().splitlines()}
    print(f"   matches: {equal(matches(ours()), said)}")
    pair("YARA rules, archives not opened", f"yara -r -p {JOBS}", "≥ 10", ours, theirs)


def clamd(signatures):
    """A clamd of its own with these signatures; its configuration and how to end it."""
    config = WORK / "clamd.conf"
    config.write_text(f"LocalSocket {WORK}/clamd.sock\nDatabaseDirectory {signatures}\nForeground yes\nMaxThreads {JOBS}\nUser root\nOfficialDatabaseOnly no\nDisableCache yes\nLogFile {WORK}/clamd.log\n")
    process = subprocess.Popen(["clamd", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    khien.wait_for(WORK.joinpath("clamd.sock").exists, seconds=300)
    return config, process


def clamav_rows(tree, signatures):
    ours = lambda: khien_scan("--no-cache", "--rules", EMPTY, "--clamdb", signatures, tree)
    theirs = lambda: run("clamscan", "-r", "-i", "--no-summary", "-d", signatures, tree)
    found = {tuple(reversed(line.removesuffix(" FOUND").rsplit(": ", 1))) for line in theirs().decode().splitlines() if line.endswith(" FOUND")}
    print(f"   detections, with clamscan: {equal(matches(ours()), found)}")
    pair("ClamAV signatures", "clamscan", "≥ 20", ours, theirs, runs=1)
    config, daemon = clamd(signatures)
    try:
        pair("ClamAV signatures", "clamdscan --multiscan --fdpass", "≥ 15", ours, lambda: run("clamdscan", "-c", config, "--multiscan", "--fdpass", tree), runs=1)
    finally:
        daemon.terminate()
        daemon.wait()


def whole_rows(tree, rules, signatures):
    content = ("--rules", rules, "--clamdb", signatures)
    hashing = lambda: run("sh", "-c", f"find '{tree}' -type f -print0 | xargs -0 -n 500 -P {JOBS} openssl dgst -sha256")
    share("all content together, archives opened, first scan", "openssl dgst -sha256, two processes", "≤ 8", lambda: khien_scan("--no-cache", *content, tree), hashing)
    usual = tree / str(TREE).lstrip("/")  # without the test files: what is partly scanned or found is looked at each time
    again = lambda: khien_scan(*content, usual)
    again()
    share("unchanged tree again", "find -printf", "≤ 1.5", again, lambda: run("find", usual, "-printf", r"%s %T@ %C@\n"), runs=2 * RUNS + 1)


def start_rows(text):
    signatures = WORK / "many"
    count = many_signatures(signatures, text, 300_000)
    one = WORK / "one.txt"
    one.write_text("one small file\n")
    ours = (khien.BIN / "khien", "scan", "--no-cache", "--rules", EMPTY, "--clamdb", signatures, one)
    theirs = ("clamscan", "--no-summary", "-d", signatures, one)
    pair(f"start to first verdict, {count} signatures", "clamscan", "≥ 20", lambda: run(*ours, statuses=(0,)), lambda: run(*theirs, statuses=(0,)), runs=RUNS)


def memory_rows(tree, signatures):
    """Which of our processes has a large file while another has one is chance: the highest peak of some runs."""
    ours = (khien.BIN / "khien", "scan", "--json", "-j", JOBS, "--no-cache", "--rules", EMPTY, "--clamdb", signatures, tree)
    peaks = [machine.peak_kib(ours, env=OUR_ENV) / 1024 for _ in range(2 * RUNS)]
    theirs = machine.peak_kib(("clamscan", "-r", "-i", "-d", signatures, tree), env=OUR_ENV) / 1024
    row("memory, all processes (Pss)", "clamscan", "≤ 0.5", f"{max(peaks):.0f} MiB (of {2 * RUNS} runs; median {statistics.median(peaks):.0f})", f"{theirs:.0f} MiB", f"{max(peaks) / theirs:.2f} times its peak")


def main():
    machine.describe()
    missing = public_sets.missing("yara-signature-base", "clamav-signatures")
    if missing:
        print(f"   not measured: {public_sets.FOLDER} has no {missing}.tar.zst")
        return
    rules, signatures = public_sets.unpack("yara-signature-base", WORK) / "yara", public_sets.unpack("clamav-signatures", WORK)
    large, small = WORK / "large", WORK / "small"
    for tree, mib in ((large, MIB), (small, MIB / 10)):
        files, size = sample(tree, mib)
        print(f"   {tree.name}: {files} files of {TREE}, {size:.0f} MiB, {'not' if COLD else 'mostly'} in the page cache")
    yara_rows(large, rules)
    whole_rows(large, rules, signatures)
    clamav_rows(small, signatures)
    memory_rows(small, signatures)
    start_rows(signatures)


main()
