"""khien scan --clamdb against clamscan: the same names for the same files, line by line. Signatures are public ones, EICAR's, and ones of every form, each planted in files, at borders and in containers
(src/malware/clamav/test_equal.py makes these); files are what they are planted in, ClamAV's own test files and a sample of this machine's /usr. Needs clamscan; the public signatures
(clamav-signatures.tar.zst in the folder named by KHIEN_TEST_DATA, or in ../shared/data) where they are there."""

import bz2
import gzip
import hashlib
import json
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import containers
import khien

sys.path.insert(0, str(khien.ROOT / "src/malware/clamav"))

import equal_files  # noqa: E402
import test_equal as forms  # noqa: E402

DATA = pathlib.Path(os.environ.get("KHIEN_TEST_DATA", khien.ROOT.parent / "shared/data"))
TESTFILES = pathlib.Path("/usr/share/clamav-testfiles")
EICAR = equal_files.EICAR
WRAPPED = {
    **equal_files.CONTAINERS,
    "7z": lambda d: containers.archived("7zip", [("a.bin", d)]),
    "stored.7z": lambda d: containers.archived("7zip", [("a.bin", d)], b"compression=store"),
    "iso": lambda d: containers.archived("iso9660", [("a.bin", d)]),
    "cpio": lambda d: containers.archived("newc", [("a.bin", d)]),
    "old.cpio": lambda d: containers.archived("cpio", [("a.bin", d)]),
    "ar": lambda d: containers.archived("arbsd", [("a.bin", d)]),
    "xar": lambda d: containers.archived("xar", [("a.bin", d)]),
    "cab": lambda d: containers.cab("a.bin", d),
    "rpm": lambda d: containers.rpm("a.bin", d),
    "deb": lambda d: containers.deb("a.bin", d, equal_files.tarred),
    "doc": lambda d: containers.ole2("Contents", d),
    "pdf": containers.pdf,
    "html": containers.html,
    "7z.in.eml": lambda d: equal_files.mail(containers.archived("7zip", [("a.bin", d)]), "a.7z"),
    "eml.in.zip": lambda d: equal_files.zipped(("a.eml", equal_files.mail(d))),
    "two.members.gz": lambda d: gzip.compress(b"nothing in the first", mtime=0) + gzip.compress(d, mtime=0),
    "trailing.gz": lambda d: gzip.compress(d, mtime=0) + b"\0" * 600,
    "garbage.gz": lambda d: gzip.compress(d, mtime=0) + d,
    "wrong.sum.gz": lambda d: gzip.compress(d, mtime=0)[:-8] + bytes(8),
    "named.gz": lambda d: gzip.compress(d, mtime=0)[:3] + b"\x08" + gzip.compress(d, mtime=0)[4:10] + b"a.bin\0" + gzip.compress(d, mtime=0)[10:],
    "cut.gz": lambda d: gzip.compress(d + containers.noise(60000, 7), mtime=0)[:-9000],
    "gz.gz": lambda d: gzip.compress(gzip.compress(d, mtime=0), mtime=0),
    "deep.gz": lambda d: _repeated(lambda x: gzip.compress(x, mtime=0), d, 20),
    "cut.bz2": lambda d: bz2.compress(d + containers.noise(2000000, 8))[:-100],
    "two.bz2": lambda d: bz2.compress(b"nothing in the first") + bz2.compress(d),
    "cut.xz": lambda d: lzma.compress(d + containers.noise(2000000, 8))[:-100],
    "two.xz": lambda d: lzma.compress(b"nothing in the first") + lzma.compress(d),
    "lzma": lambda d: lzma.compress(d, lzma.FORMAT_ALONE),
}


def _repeated(wrap, data, times):
    for _ in range(times):
        data = wrap(data)
    return data


def found(text):
    return sorted(re.findall(r"^(.*: \S+) FOUND$", text, re.M))


class ClamavEquality(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("clamscan"):
            raise unittest.SkipTest("clamscan is not installed")
        cls.maxDiff = 5000
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-clamav-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)

    def folder(self, name):
        path = self.dir / name
        path.mkdir()
        return path

    def theirs(self, databases, files):
        """In the order in which khien scan takes them; of a folder clamscan takes any."""
        named = [word for path in databases for word in ("-d", path)]
        done = subprocess.run(["clamscan", "--no-summary", "-r", *named, files], capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return found(done.stdout)

    def ours(self, databases, files, *options, engines=("clamav",)):
        command = [khien.BIN / "khien", "scan", "--json", "--no-cache", *(word for path in databases for word in ("--clamdb", path)), *options, files]
        done = subprocess.run(command, env=khien.ENV | {"XDG_CACHE_HOME": str(self.dir)}, capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[-1]["summary"]["rules_left_out"], [])
        self.assertEqual(lines[-1]["summary"]["replaced_workers"], 0)
        self.assertEqual([line["path"] for line in lines[:-1] if "failure of ClamAV" in (line["reason"] or "")], [])
        return sorted(f"{line['path']}: {d['rule']}" for line in lines[:-1] for d in line["detections"] if d["engine"] in engines)

    def equal(self, databases, files, at_least, **how):
        theirs = self.theirs(databases, files)
        self.assertGreaterEqual(len(theirs), at_least)
        self.assertEqual(self.ours(databases, files, **how), theirs)

    def database(self, place, name, *lines):
        path = place / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def test_every_form(self):
        place = self.folder("forms")
        cases = forms.all_cases(place)
        databases, files = forms.write(cases, place)
        ordered = sorted(databases.iterdir(), key=lambda p: (p.suffix != ".ign2", p.name))
        self.equal(ordered, files, 200)

    def test_a_large_file_is_explained(self):
        place = self.folder("explained")
        large = place / "large"
        large.write_bytes(b"here it is")
        os.truncate(large, 65 * 2**20)
        database = self.database(place, "large.ndb", f"Large:0:*:{b'here it is'.hex()}")
        command = [khien.BIN / "khien", "scan", "--clamdb", database, "--explain", large]
        done = subprocess.run(command, env=khien.ENV | {"XDG_CACHE_HOME": str(self.dir)}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("clamav  Large.UNOFFICIAL", done.stdout)

    def test_eicar_in_every_container(self):
        place = self.folder("eicar")
        files = self.folder("eicar/files")
        databases = [self.database(place, "eicar.ndb", f"Eicar-Test-Signature:0:0:{EICAR.hex()}", f"Eicar-Anywhere:0:*:{EICAR[10:60].hex()}"),
                     self.database(place, "eicar.hdb", f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Eicar-By-Hash"),
                     self.database(place, "text.ndb", f"Text-Inside:7:*:{b'an evil text of its own'.hex()}"),
                     self.database(place, "inside.ldb", f"In-A-Gzip;Engine:81-255,Container:CL_TYPE_GZ,Target:0;0;{b'only inside a gzip'.hex()}")]
        contents = {"eicar": EICAR, "eicar.later": containers.noise(3000, 1) + EICAR, "text": b"some text\nAN  EVIL text of its\n own\n" * 2, "inside": containers.noise(700, 2) + b"only inside a gzip",
                    "mixed": b"only inside a gzip\n" + EICAR, "clean": containers.noise(900, 3), "program": equal_files.elf(b"\x90" * 40 + EICAR), "page": b"<html><body>" + EICAR + b"</body></html>"}
        for kind, wrap in WRAPPED.items():
            for name, data in contents.items():
                (files / f"{name}.{kind}").write_bytes(wrap(data))
        self.equal(databases, files, 190)

    def test_one_name_of_a_file_that_lists_and_signatures_have(self):
        """clamscan tells one name a file: that of a body before that of the whole file's hash, and of a member before that of what it is in."""
        place = self.folder("both")
        files = self.folder("both/files")
        body, listed = b"some bytes and an evil body " + containers.noise(500, 5), containers.noise(700, 6)
        program = equal_files.elf(body)
        for name, data in {"body": body, "listed": listed, "program": program}.items():
            for kind, wrap in WRAPPED.items():
                (files / f"{name}.{kind}").write_bytes(wrap(data))
        databases = [self.database(place, "body.ndb", f"Body:0:*:{b'an evil body'.hex()}"),
                     self.database(place, "listed.hdb", *(f"{hashlib.md5(d).hexdigest()}:{len(d)}:Listed-{i}" for i, d in enumerate((body, listed, program)))),
                     self.database(place, "outer.hsb", *(f"{hashlib.sha256(p.read_bytes()).hexdigest()}:{p.stat().st_size}:Outer" for p in sorted(files.iterdir())))]
        self.equal(databases, files, 3 * len(WRAPPED), engines=("clamav", "hash"))

    @unittest.skipUnless(shutil.which("sigtool"), "sigtool is not installed")
    def test_databases_without_a_signature(self):
        """libclamav reads a .cud that nobody signed, and refuses the same bytes as .cvd or .cld: so do we, and say so."""
        place = self.folder("unsigned")
        files = self.folder("unsigned/files")
        (files / "body").write_bytes(b"here is an evil body in it")
        (files / "listed").write_bytes(b"a listed file")
        self.database(place, "own.ndb", f"Body:0:*:{b'an evil body'.hex()}")
        self.database(place, "own.hdb", f"{hashlib.md5(b'a listed file').hexdigest()}:13:Listed")
        (place / "COPYING").write_text("free\n")
        subprocess.run(["sigtool", "--unsigned", "--build=own.cud", "--cvd-version=1", f"--datadir={place}"], input="builder\n", text=True, cwd=place, capture_output=True, check=True)
        self.equal([place / "own.cud"], files, 2, engines=("clamav", "hash"))
        for kind in ("cvd", "cld"):
            copy = place / f"copy.{kind}"
            copy.write_bytes((place / "own.cud").read_bytes())
            refused = subprocess.run(["clamscan", "--no-summary", "-d", copy, files], capture_output=True, text=True)
            self.assertEqual((refused.returncode, "FOUND" in refused.stdout), (2, False))
            done = subprocess.run([khien.BIN / "khien", "db", "import", "--store", self.dir / f"store-{kind}", copy], env=khien.ENV, capture_output=True, text=True)
            self.assertEqual(done.returncode, 3)
            self.assertIn("signature", done.stderr)
            self.assertIn("0 ClamAV signatures, 0 hashes", done.stdout)
        store = ["--store", self.dir / "store-cud"]
        for verb, more, status in (("import", [place / "own.cud"], 0), ("status", ["--max-age", "7d"], 0), ("verify", [], 0)):
            done = subprocess.run([khien.BIN / "khien", "db", verb, *store, *more], env=khien.ENV, capture_output=True, text=True)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn("Signature not verified: 1 ClamAV databases", done.stdout)

    def test_zip_files(self):
        """Of all kinds, alone and where members are known by name (.cdb), or types by a list of its own (.ftm), with and without ZIP."""
        place = self.folder("zips")
        databases, files = forms.write_zips(place)
        many, token = [equal_files.Member(f"m{i}", b"%08d" % i, 0) for i in range(10050)], equal_files.Member("a.bin", equal_files.ZIP_CONTENTS["anywhere"])
        for name, members in {"first": [token, *many], "last": [*many, token], "none": many}.items():  # libclamav looks at 10,000
            (files / f"many.{name}").write_bytes(equal_files.made_zip(*members))
        self.equal(databases, files, 300)
        by_name = self.database(place, "names.cdb", r"Named:CL_TYPE_ZIP:*:^plain3\.bin$:*:*:*:*:*:*")
        self.equal([*databases, by_name], files, 400)
        for number, marks in enumerate((["0:0:504b0304:ZIP:CL_TYPE_ANY:CL_TYPE_ZIP", "1:*:504b0304:ZIP-SFX:CL_TYPE_ANY:CL_TYPE_ZIPSFX"], ["0:0:4d5a:MS-EXE:CL_TYPE_ANY:CL_TYPE_MSEXE"])):
            types = self.database(place, f"types{number}.ftm", *marks)
            self.equal([*databases, types], files, 50)

    def test_embedded_far_inside(self):
        """What is found by a mark in the middle of a large file, at the borders of the blocks that libclamav looks at and elsewhere; and marks behind which there is nothing."""
        place = self.folder("far")
        files = self.folder("far/files")
        databases = [self.database(place, "eicar.ndb", f"Eicar-Test-Signature:0:0:{EICAR.hex()}", f"Elf-Only:6:*:{b'only in an elf'.hex()}")]
        embedded = {"zip": WRAPPED["zip"](EICAR), "cab": containers.cab("a.bin", EICAR), "7z": WRAPPED["7z"](EICAR), "pdf": containers.pdf(EICAR), "marks": b"PK\3\4 Rar!\x1a\x07\0 MSCF\0\0\0\0 \x60\xea",
                    "elf": b"only in an elf"}
        places = [200, 131072 - 2, 131072 + 1, 262144 - 3, 3 * 131072 - 40, 500000, 524288 - 1, 786432 - 5]
        before = {"elf": lambda n: equal_files.elf(b"\x90" * 64) + containers.noise(n, 9), "other": lambda n: containers.noise(n, 9), "text": lambda n: b"some words and more \n" * (n // 21 + 1)}
        for name, data in embedded.items():
            for kind, make in before.items():
                for at in places:
                    (files / f"{name}.{kind}.{at}").write_bytes(make(at)[:at] + data + containers.noise(300000, 11))
        (files / "several").write_bytes(before["elf"](150000) + embedded["marks"] + containers.noise(200000, 4) + embedded["zip"] + containers.noise(200000, 5) + embedded["cab"])
        self.equal(databases, files, 50)

    def test_without_archives(self):
        place = self.folder("closed")
        databases = [self.database(place, "eicar.ndb", f"Eicar-Test-Signature:0:0:{EICAR.hex()}")]
        files = self.folder("closed/files")
        (files / "eicar.zip").write_bytes(WRAPPED["zip"](EICAR))
        (files / "eicar").write_bytes(EICAR)
        self.assertEqual(self.ours(databases, files, "--no-archives"), [f"{files}/eicar: Eicar-Test-Signature.UNOFFICIAL"])

    @unittest.skipUnless(TESTFILES.is_dir(), "clamav-testfiles is not installed")
    def test_files_of_clamav(self):
        place = self.folder("own")
        program = (TESTFILES / "clam.exe").read_bytes()
        databases = [self.database(place, "clamav.hdb", f"{hashlib.md5(program).hexdigest()}:{len(program)}:ClamAV-Test-File")]
        self.equal(databases, TESTFILES, 30)

    def sample_of_usr(self, place, every):
        """Copies, by links where it can: files that do not change meanwhile."""
        files = self.folder(f"{place.name}/files")
        paths = []
        for top in ("/usr/bin", "/usr/share/doc", "/usr/share/man", "/usr/share/perl", "/usr/lib/python3", "/usr/lib/x86_64-linux-gnu", "/usr/include"):
            paths += sorted(p for p in pathlib.Path(top).rglob("*") if p.is_file() and not p.is_symlink() and p.stat().st_size < 2**20)[::every]
        for i, path in enumerate(paths):
            shutil.copy(path, files / f"{i}-{path.name}")
        return files

    def test_sample_of_usr(self):
        """Signatures for what is common there."""
        place = self.folder("usr")
        texts = {"gnu": "gnu general public license", "copyright": "copyright (c)", "import": "import sys", "debian": "debian", "return": "return null", "href": "<a href"}
        lines = [f"Text-{k}:7:*:{v.encode().hex()}" for k, v in texts.items()] + [f"Html-{k}:3:*:{v.encode().hex()}" for k, v in texts.items()]
        lines += [f"Elf-libc:6:*:{b'libc.so.6'.hex()}", f"Any-main:0:*:{b'__libc_start_main'.hex()}", f"Elf-ep:6:EP+0:f30f1efa31ed", f"Png:5:*:{b'IDAT'.hex()}"]
        logical = [f"Ldb-both;Engine:81-255,Target:0;0&1;{b'GLIBC_2.34'.hex()};{b'stack_chk'.hex()}", f"Ldb-some;Engine:81-255,Target:7;0&1>2;{b'version'.hex()};{b'software'.hex()}",
                   f"Ldb-gz;Engine:81-255,Container:CL_TYPE_GZ,Target:0;0;{b'upstream'.hex()}::i"]
        self.equal([self.database(place, "usr.ndb", *lines), self.database(place, "usr.ldb", *logical)], self.sample_of_usr(place, 40), 100)

    def test_public_signatures(self):
        """Some hundred of them planted by their own bytes, as they are and in containers, and a sample of /usr."""
        if not DATA.joinpath("clamav-signatures.tar.zst").exists():
            self.skipTest(f"{DATA} has no clamav-signatures.tar.zst")
        place = self.folder("public")
        signatures = self.folder("public/signatures")
        subprocess.run(f"zstd -dc '{DATA}/clamav-signatures.tar.zst' | tar x -C '{signatures}'", shell=True, check=True)
        files = self.sample_of_usr(place, 40)
        bodies = [line.split(":")[3] for line in (signatures / "daily.ndb").read_text(errors="replace").splitlines() if line.count(":") >= 3]
        bodies += [";".join(line.split(";")[3:]) for line in (signatures / "main.ldb").read_text(errors="replace").splitlines()[::40]]
        for i, body in enumerate(bodies):
            planted = containers.noise(20, i) + b"".join(bytes.fromhex(run) + b"\x90\x90" for run in re.findall(r"(?:[0-9a-fA-F]{2}){4,}", body))
            wrap = list(WRAPPED.values())[i % len(WRAPPED)] if i % 4 == 0 else (equal_files.pe, lambda d: d, lambda d: b"<html>" + d + b"</html>")[i % 4 - 1]
            (files / f"planted.{i}").write_bytes(wrap(planted))
        self.equal(sorted(p for p in signatures.rglob("*") if p.is_file()), files, 100)


class Licences(unittest.TestCase):
    """libclamav is GPL-2.0-only: one program links it, and never together with Tesseract, whose licence (Apache-2.0) that excludes."""

    def test_one_program_links_libclamav(self):
        linked = {p.name: subprocess.run(["ldd", p], capture_output=True, text=True).stdout for p in khien.BIN.iterdir() if p.name.startswith("khien")}
        self.assertEqual([name for name, libraries in linked.items() if "libclamav" in libraries], ["khien-clamav-worker"])
        self.assertNotIn("tesseract", linked["khien-clamav-worker"])


if __name__ == "__main__":
    unittest.main()
