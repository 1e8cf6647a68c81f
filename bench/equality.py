"""khien scan's answers beside those of yara and clamscan, for every file of a tree: by the public sets, and by rules and signatures made of what is common there, so that many thousand files match. Prints how many lines are equal, and each that is not.

equality.py [PART…]      yara-signature-base yara-reversinglabs yara-common clamav-public clamav-common (all)
KHIEN_BENCH_TREE         folder (/usr)
KHIEN_EQUALITY_KEEP      folder for content and answers. What is there is not made again: clamscan takes an hour for ten GiB, and its answer is the same whatever we change
KHIEN_EQUALITY_SAMPLE    every so manieth file of the tree is read for what is common (40)
"""

import atexit
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import machine
import khien
import public_sets
import test_clamav_equality as clamav

TREE = pathlib.Path(os.environ.get("KHIEN_BENCH_TREE", "/usr"))
STEP = int(os.environ.get("KHIEN_EQUALITY_SAMPLE", "40"))
KEEP = pathlib.Path(os.environ.get("KHIEN_EQUALITY_KEEP") or tempfile.mkdtemp(prefix="equality-", dir=khien.ROOT / "out"))
JOBS = 2
CLAMAV_MAX = 100 * 2**20  # libclamav looks at no file above that unless told
TIME_MAX = 600            # seconds for a file, on both sides; yara has a limit for all files together, so none
PRINTED = 40
NAMES = ("filename", "filepath", "extension", "filetype", "owner")
DEFINED = [word for name in NAMES for word in ("-d", f"{name}=something")]
if "KHIEN_EQUALITY_KEEP" not in os.environ:
    atexit.register(shutil.rmtree, KEEP)


# ---- what is kept ----


def kept(name, make):
    """The folder KEEP/name, made by make(folder) unless it is there whole."""
    folder = KEEP / name
    if not folder.exists():
        making = KEEP / f"{name}.making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        make(making)
        making.rename(folder)
    return folder


def answer(name, command, statuses):
    """What the command prints, line by line; bytes, for names are bytes."""
    def make(folder):
        start = time.monotonic()
        with open(folder / "said", "wb") as said, open(folder / "errors", "wb") as errors:
            status = subprocess.run(list(map(str, command)), stdout=said, stderr=errors).returncode
        assert status in statuses, (command, status, (folder / "errors").read_bytes()[-1000:])
        folder.joinpath("seconds").write_text(f"{time.monotonic() - start:.0f}\n")
    folder = kept(name, make)
    print(f"   {command[0]}: {folder.joinpath('seconds').read_text().strip()} s", flush=True)
    return folder.joinpath("said").read_bytes().splitlines()


def ours(*words):
    """Each file's line, by its path, and the summary."""
    command = [khien.BIN / "khien", "scan", "--json", "--no-cache", "-j", JOBS, "--max-time", TIME_MAX, *words]
    start = time.monotonic()
    done = subprocess.run(list(map(str, command)), env=khien.ENV | {"XDG_CACHE_HOME": str(KEEP / "cache")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode in (0, 1, 3), (command, done.returncode, done.stderr[-1000:])
    print(f"   khien scan: {time.monotonic() - start:.0f} s", flush=True)
    (KEEP / f"ours-{os.getpid()}.ndjson").write_bytes(done.stdout)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["path"]: line for line in lines[:-1]}, lines[-1]["summary"]


def compare(lines, mine, theirs):
    """Sets of (name, path)."""
    print(f"   {len(lines)} files; {len(mine & theirs)} equal in {len({path for _, path in mine & theirs})} files by {len({name for name, _ in mine & theirs})} names; only ours {len(mine - theirs)}, only theirs {len(theirs - mine)}")
    for who, only in (("ours", mine - theirs), ("theirs", theirs - mine)):
        for name, path in sorted(only)[:PRINTED]:
            line = lines.get(path, {"reason": "no such line"})
            print(f"     only {who}: {name} {path} ({line.get('size')} bytes; {line['reason']})")
    return mine == theirs


def told(summary):
    """What could make an answer worth less."""
    print("   " + ", ".join(f"{what} {summary[what]}" for what in ("files", "infected", "suspicious", "partly", "errors", "skipped", "replaced_workers")) + f", rules left out {len(summary['rules_left_out'])}")


# ---- YARA ----


def yara(name, rules):
    """The file's own bytes, one namespace for each file of rules."""
    files = sorted(p for p in rules.rglob("*") if p.suffix in (".yar", ".yara"))
    compiled = KEEP / f"{name}.yarac"
    subprocess.run(["yarac", "-w", *DEFINED, *(f"n{i}:{p}" for i, p in enumerate(files)), compiled], check=True, capture_output=True)
    said = answer(f"{name}.theirs", ["yara", "-C", "-w", "-N", "-r", "-p", JOBS, *DEFINED, compiled, TREE], (0, 1))
    theirs = {tuple(line.decode(errors="replace").split(" ", 1)) for line in said}
    lines, summary = ours("--no-archives", "--rules", rules, *DEFINED, TREE)
    told(summary)
    return compare(lines, {(d["rule"], path) for path, line in lines.items() for d in line["detections"]}, theirs)


# ---- ClamAV ----


def eicar_everywhere(folder):
    """EICAR, a text and noise around it, as they are and in every container."""
    contents = {"eicar": clamav.EICAR, "later": clamav.containers.noise(3000, 1) + clamav.EICAR, "text": b"some text\nAN  EVIL text of its\n own\n" * 2, "clean": clamav.containers.noise(900, 3),
                "program": clamav.forms.elf(b"\x90" * 40 + clamav.EICAR), "page": b"<html><body>" + clamav.EICAR + b"</body></html>"}
    for kind, wrap in {"plain": lambda d: d, **clamav.WRAPPED}.items():
        for name, data in contents.items():
            (folder / f"{name}.{kind}").write_bytes(wrap(data))


def and_eicar(folder):
    """The public signatures, EICAR's and ClamAV's own test file's."""
    shutil.copytree(public_sets.unpack("clamav-signatures", KEEP / "sets"), folder, dirs_exist_ok=True)
    program = (clamav.TESTFILES / "clam.exe").read_bytes()
    folder.joinpath("eicar.ndb").write_text(f"Eicar-Test-Signature:0:0:{clamav.EICAR.hex()}\nEicar-Anywhere:0:*:{clamav.EICAR[10:60].hex()}\nText-Inside:7:*:{b'an evil text of its own'.hex()}\n")
    folder.joinpath("test.hdb").write_text(f"{hashlib.md5(program).hexdigest()}:{len(program)}:ClamAV-Test-File\n{hashlib.md5(clamav.EICAR).hexdigest()}:{len(clamav.EICAR)}:Eicar-By-Hash\n")


def clamscan(name, signatures):
    """One name a file: the one of the database that is loaded first, in the order of their names."""
    databases = [word for path in sorted(signatures.iterdir()) for word in ("-d", path)]
    trees = [TREE, kept("containers", eicar_everywhere)]
    with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:  # a disk that is told of every block given up (mount -o discard) makes clamscan wait most of the time
        said = answer(f"{name}.theirs", ["clamscan", "-r", "-i", "--no-summary", "--max-dir-recursion=1000", f"--tempdir={scratch}", f"--max-scantime={TIME_MAX * 1000}", *databases, *trees], (0, 1, 2))
    theirs = {tuple(line.decode(errors="replace").removesuffix(" FOUND").rsplit(": ", 1)[::-1]) for line in said if line.endswith(b" FOUND")}
    lines, summary = ours("--rules", KEEP / "none.yar", *(w if w != "-d" else "--clamdb" for w in databases), *trees)
    told(summary)
    by_hash = [path for path, line in lines.items() for d in line["detections"] if d["engine"] == "hash"]
    print(f"   by the hash lists besides, as only we look for them: {len(by_hash)}, {len(set(by_hash) - {path for _, path in theirs})} of them in files that clamscan says nothing of")
    return compare(lines, {(d["rule"], path) for path, line in lines.items() for d in line["detections"] if d["engine"] == "clamav"}, theirs)


# ---- what is common ----


def runs_of(path):
    """Runs of printable bytes in the beginning and the end of a file, each once."""
    with open(path, "rb") as file:
        data = file.read(2**18)
        if len(data) == 2**18:
            file.seek(-(2**16), os.SEEK_END)
            data += b"\0" + file.read()
    runs = dict.fromkeys(re.findall(rb"[ -!#-\[\]-~]{7,40}", data))
    return [r for r in runs if re.search(rb"[A-Za-z]{4}", r) and len(normal(r)) >= 7 and not re.search(rb"(.)\1\1", r)]  # the same byte again and again: yara takes minutes for a file


def sampled():
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(TREE) for name in names)
    return [p for p in files[::STEP] if os.path.isfile(p) and not os.path.islink(p)]


def common_pairs():
    """Six hundred texts that stand in more than one of the sampled files and in at most one of forty, each with another of the same file."""
    files = sampled()
    counts, where = collections.Counter(), {}
    for path in files:
        for text in runs_of(path):
            counts[text] += 1
            where.setdefault(text, path)
    chosen = [t for t in sorted(where, key=lambda t: hashlib.md5(t).digest()) if 3 <= counts[t] <= max(4, len(files) // 40)]
    for text in chosen[:600]:
        runs = runs_of(where[text])
        yield text, runs[(runs.index(text) + 3) % len(runs)]


def regex(text):
    return "".join(c if c.isalnum() else f"\\x{ord(c):02x}" for c in text.decode())


def spaced(text):
    return " ".join(f"{b:02x}" for b in text)


YARA_STRINGS = [
    lambda t: f'"{t.decode()}"',
    lambda t: f'"{t.decode().swapcase()}" nocase',
    lambda t: f'"{t.decode()}" fullword',
    lambda t: f'"{t.decode()}" ascii wide',
    lambda t: f'"{t.decode()}" wide',
    lambda t: f'"{t[:12].decode()}" xor(0-3)',
    lambda t: f'"{t.decode()}" base64',
    lambda t: f'"{t[:4].decode()}"',
    lambda t: f"/{regex(t[:5])}.{{0,9}}{regex(t[-2:])}/",
    lambda t: f"/\\b{regex(t[:-1])}[{regex(t[-1:])}0-9]+/i",
    lambda t: f"/({regex(t)}|{regex(t[::-1])})/",
    lambda t: f"/^{regex(t)}/",
    lambda t: f"{{ {spaced(t[:4])} ?? {spaced(t[5:])} }}",
    lambda t: f"{{ {spaced(t[:3])} [0-8] {spaced(t[4:7])} }}",
    lambda t: f"{{ {spaced(t[:3])} ( {spaced(t[3:5])} | 00 ) {spaced(t[5:])} }}",
    lambda t: f"{{ {spaced(t[:5])} {t[5] >> 4:x}? {spaced(t[6:])} }}",
]
YARA_CONDITIONS = [
    "any of them", "$a and $b", "#a > 1 and $b", "$a in (0..4096) or #b > 9", "$a and filesize < 20KB and #b < 5", "all of them", "2 of them", "$a and not $b", "for any i in (1..#a) : (@a[i] % 4 == 0 and $b)",
    "uint32be(0) == 0x7f454c46 and any of them", "any of them and filesize > 100KB", "for all of them : (# >= 2)", "$a and @b[1] - @a[1] < 2000", "$a at @a[1] and #b < 3", "not $a and $b", "$a and $b and uint16(0) != 0x457f",
    "1 of them and #a == #b", "$a in (filesize - 2000..filesize) or $b at 0", "elf.type == elf.ET_DYN and any of them", "any of them and math.entropy(0, filesize) < 5.0", "for any i in (1, 3) : (#a == i) and not $b", "!a[1] > 8 and $b",
    "for any of ($a, $b) : ($ in (100..900))",
]


def yara_common(folder):
    strings, conditions = len(YARA_STRINGS), len(YARA_CONDITIONS)
    rules = [f"rule common_{i} {{ strings: $a = {YARA_STRINGS[i % strings](a)} $b = {YARA_STRINGS[i // strings % strings](b)} condition: {YARA_CONDITIONS[i % conditions]} }}\n" for i, (a, b) in enumerate(common_pairs())]
    folder.joinpath("common.yar").write_text('import "elf"\nimport "math"\n' + "".join(rules))


def normal(text):
    """About what libclamav makes of a text."""
    return re.sub(rb"\s+", b" ", text.lower()).strip()


CLAMAV_BODIES = [
    lambda t: t.hex(),
    lambda t: f"{t[:4].hex()}??{t[5:].hex()}",
    lambda t: f"{t[:3].hex()}{{-12}}{t[4:].hex()}",
    lambda t: f"{t[:4].hex()}*{t[4:].hex()}",
    lambda t: f"{t[:2].hex()}({t[2]:02x}|ff){t[3:].hex()}",
    lambda t: f"{t[:5].hex()}{t[5] >> 4:x}?{t[6:].hex()}",
    lambda t: f"{t[:3].hex()}{{1}}{t[4:].hex()}",
    lambda t: f"{t[:3].hex()}!({t[3] ^ 1:02x}){t[4:].hex()}",
    lambda t: f"{t[:6].hex()}[0-3]{t[6]:02x}",
]
ANYWHERE = ["*", "0,65536", "EOF-3000,2500", "100,1000000"]
IN_PROGRAMS = ANYWHERE + ["EP+0,4096", "S0+0,8000", "SL+0,9000"]
CLAMAV_TARGETS = [(0, ANYWHERE), (7, ["*"]), (6, IN_PROGRAMS), (0, ["*"]), (3, ["*"]), (0, ANYWHERE), (4, ["*"])]
CLAMAV_LOGIC = [("0", 1), ("0&1", 2), ("0|1", 2), ("0>1", 1), ("0&1>1", 2), ("(0|1)&1", 2), ("0=1", 1), ("(0|1)>1,2", 2), ("0<3&1", 2), ("0&2&1", 3)]
CLAMAV_HEADS = ["Target:0", "Target:7", "Target:6", "Target:3", "Container:CL_TYPE_GZ,Target:0", "FileSize:1000-90000,Target:0", "Container:CL_TYPE_ZIP,Target:0", "Target:4", "Target:9", "NumberOfSections:10-60,Target:6", "Target:5"]
CLAMAV_MORE = ["", "::i", "::w", "::f", "::a", "::iw"]


def body_signature(i, a):
    target, offsets = CLAMAV_TARGETS[i % len(CLAMAV_TARGETS)]
    text = normal(a) if target in (3, 7) else a
    return f"Body-{i}:{target}:{offsets[i % len(offsets)]}:{CLAMAV_BODIES[i % len(CLAMAV_BODIES)](text)}\n"


def logical_signature(i, a, b):
    head, (logic, parts) = CLAMAV_HEADS[i % len(CLAMAV_HEADS)], CLAMAV_LOGIC[i % len(CLAMAV_LOGIC)]
    if head in ("Target:3", "Target:7"):
        a, b = normal(a), normal(b)
    first = CLAMAV_BODIES[i // 20 % len(CLAMAV_BODIES)](a)
    every = [first + CLAMAV_MORE[0 if set(first) & set("![") else i % len(CLAMAV_MORE)], b.hex(), f"1/{regex(b[:6])}[ -~]+/"]
    return f"Logical-{i};Engine:81-255,{head};{logic};{';'.join(every[:parts])}\n"


def clamav_common(folder):
    pairs = list(common_pairs())
    folder.joinpath("common.ndb").write_text("".join(body_signature(i, a) for i, (a, _) in enumerate(pairs[::2])))
    folder.joinpath("common.ldb").write_text("".join(logical_signature(i, a, b) for i, (a, b) in enumerate(pairs[1::2])))
    leave_out_too_common(folder)


def leave_out_too_common(folder):
    """clamscan tells one name a file: what matches one of fifty files hides the others."""
    files = sampled()[::4]
    with tempfile.NamedTemporaryFile("w", errors="surrogateescape") as listed:
        listed.write("".join(f"{path}\n" for path in files))
        listed.flush()
        said = subprocess.run(["clamscan", "-z", "-i", "--no-summary", "--tempdir=/dev/shm", "-d", folder, "-f", listed.name], capture_output=True).stdout
    counts = collections.Counter(re.findall(rb": (\S+)\.UNOFFICIAL FOUND", said))
    for path in folder.iterdir():
        path.write_text("".join(line for line in path.read_text().splitlines(True) if counts[re.split("[:;]", line)[0].encode()] <= len(files) / 50))


# ---- parts ----

PARTS = {
    "yara-signature-base": lambda name: yara(name, public_sets.unpack(name, KEEP / "sets") / "yara"),
    "yara-reversinglabs": lambda name: yara(name, public_sets.unpack(name, KEEP / "sets")),
    "yara-common": lambda name: yara(name, kept(f"{name}.rules", yara_common)),
    "clamav-public": lambda name: clamscan(name, kept(f"{name}.signatures", and_eicar)),
    "clamav-common": lambda name: clamscan(name, kept(f"{name}.signatures", clamav_common)),
}


def main():
    machine.describe()
    KEEP.mkdir(parents=True, exist_ok=True)
    KEEP.joinpath("none.yar").write_text("rule never { condition: false }\n")
    results = []
    for name in sys.argv[1:] or PARTS:
        print(f"   -- {name}, {TREE}", flush=True)
        results.append(PARTS[name](name))
    return 0 if all(results) else 1


sys.exit(main())
