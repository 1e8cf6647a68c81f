"""Vietnamese as it really is, on whole texts: the laws and decrees of vn-law-text.tar.zst (in the folder named by KHIEN_TEST_DATA, or in ../shared/data), where they are there.

What is in Unicode is not changed by a letter, line by line and as a whole, composed and decomposed; what is put into a legacy charset is read back without a word of its charset. Conversions
are compared with those of the npm package vietnamese-conversion, where web/node_modules has it."""

import gettext
import io
import itertools
import json
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import unicodedata
import unittest

import khien

DATA = pathlib.Path(os.environ.get("KHIEN_TEST_DATA", khien.ROOT.parent / "shared/data")) / "vn-law-text.tar.zst"
BUILD = khien.ROOT / "out/build"
TOOL = BUILD / "src/document/read/khien-lines"
PACKAGE = khien.ROOT / "web/node_modules/vietnamese-conversion"
LEGACY = ("tcvn3", "vni", "vps", "viscii", "cp1258")
WITHOUT_QUOTES = ("vps", "viscii")  # their letters stand where Windows has quotes and dashes
LANGUAGES = "af ca cs da de en_GB es et eu fi fr ga gl hr hu id is it lt lv ms nb nl nn pl pt pt_BR ro sk sl sq sv tr".split()
LETTERS = {unicodedata.normalize("NFC", c + tone) for c in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")} - set("ỷỹỶỸ") | set("đĐ“”–…")
MESSAGES = 1500  # of each language
NODE = """
const c = require(process.argv[1]);
const text = require("fs").readFileSync(0, "utf8");
const to = { vni: c.toVNI, tcvn3: c.toTCVN3 };
process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(to).map(([name, f]) => [name, f(text, "unicode")]))));
"""


def run(*args, **keywords):
    return subprocess.run([str(a) for a in args], check=True, stdout=subprocess.PIPE, **keywords).stdout


def convert(direction, charset, data):
    return run(TOOL, f"--{direction}", charset, input=data)


def as_given(line):
    """A line of a file as lines.h gives it out."""
    line = unicodedata.normalize("NFC", re.sub(" {4,}", "\t", line.strip(" \t")))
    line = "".join(" " if unicodedata.category(c) == "Zs" else c for c in line if c == "\t" or unicodedata.category(c) not in ("Cc", "Cf"))
    return re.sub(r"([\t ]) +", r"\1", line).strip(" \t")


def is_utf8(data):
    try:
        return bool(data.decode())
    except UnicodeDecodeError:
        return False


def lines_of(path):
    """[(charset, text)] of a document."""
    told = run(TOOL, path).decode().split("\n")
    return [(m[1], m[2]) for m in (re.match(r"\w+ \d+(?: \w+)*? (\w+)\?? [\d.]+: (.*)$", line) for line in told) if m]


@unittest.skipUnless(DATA.exists(), f"{DATA} is not there")
class Charsets(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        run("ninja", "-C", BUILD, "src/document/read/khien-lines")
        cls.dir = tempfile.TemporaryDirectory(prefix="khien-charsets-")
        run("tar", "--zstd", "-xf", DATA, "-C", cls.dir.name)
        cls.texts = {p: p.read_text() for p in sorted(pathlib.Path(cls.dir.name).rglob("*.md"))}

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def file(self, name, data):
        path = pathlib.Path(self.dir.name) / name
        path.write_bytes(data)
        return path

    def wanted(self, text):
        return [line for line in map(as_given, text.splitlines()) if line]

    def given(self, path):
        """The lines, those that were given in pieces put together again."""
        return [text for _, text in lines_of(path)]

    def check(self, path, text):
        given, wanted = "\n".join(self.given(path)), self.wanted(text)
        self.assertEqual(given.replace("\n", ""), "".join(wanted), path.name)

    def test_unicode_is_not_changed(self):
        self.assertGreater(len(self.texts), 20)
        for path, text in self.texts.items():
            for form in ("NFC", "NFD"):
                for encoding in ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16"):
                    with self.subTest(path.name, form=form, encoding=encoding):
                        self.check(self.file("unicode", unicodedata.normalize(form, text).encode(encoding)), text)


    def test_legacy_charsets_are_read_back(self):
        for charset in LEGACY:
            wrong, total = [], 0
            for text in self.texts.values():
                short = "\n".join(line for line in unicodedata.normalize("NFC", text).splitlines() if len(line.encode()) < 4000)  # what is longer is given in pieces
                data = convert("encode", charset, short.encode())
                wanted, told = self.wanted(convert("decode", charset, data).decode()), lines_of(self.file("legacy.txt", data))
                self.assertEqual(len(wanted), len(told))
                total += len(wanted)
                wrong += [(line, given, kind) for line, (kind, given) in zip(wanted, told) if line != given]
            with self.subTest(charset):
                print(f"  {charset}: {total} lines, {len(wrong)} not read back")
                self.assertLess(len(wrong), total / 1000, wrong)  # what was misread on the way into the texts: "ChươngIL", "Imethylmorphinan-6ơœ-ol"

    @unittest.skipUnless(PACKAGE.exists(), f"{PACKAGE} is not there")
    def test_conversions_are_those_of_the_package(self):
        """What it makes of whole texts is what we make of them, and we read it back. (It does not itself: of "sự" in VNI it makes "sưï". Nor has it ỷ and ỹ as VNI's fonts have them.)"""
        for path, text in self.texts.items():
            text = "".join(c if c.isascii() or c in LETTERS else " " for c in unicodedata.normalize("NFC", text))
            text = re.sub(r"(?<=[^\x00-\x7f])\d+", "", text)  # misread words of the source, on which it stumbles
            for charset, theirs in json.loads(run("node", "-e", NODE, PACKAGE, input=text.encode())).items():
                with self.subTest(path.name, charset=charset):
                    ours, theirs = convert("encode", charset, text.encode()), theirs.encode("cp1252", "replace")
                    self.assertTrue(ours == theirs)
                    self.assertTrue(convert("decode", charset, theirs).decode() == text)

    def alone(self, lines, encoding="utf-8"):
        """Each line as a document of its own → {line: (charset, text) of it}"""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for number, line in enumerate(lines):
                data = line.encode(encoding)
                member = tarfile.TarInfo(str(number))
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        given = {}
        for told in run(TOOL, self.file("lines.tar", packed.getvalue())).decode().split("\nbegin text ")[1:]:
            head, *rest = told.split("\n")
            given[head] = [m.groups() for m in (re.match(r"\w+ \d+(?: \w+)*? (\w+)\?? [\d.]+: (.*)$", line) for line in rest) if m]
        return {line: given[str(number)] for number, line in enumerate(lines)}

    def check_alone(self, lines, encoding="utf-8"):
        changed = []
        for line, given in self.alone(lines, encoding).items():
            if "".join(text for _, text in given) != as_given(line) or {charset for charset, _ in given} - {"unicode", "cp1252"}:
                changed.append((line, given))
        self.assertEqual(changed, [])

    def test_a_line_alone_is_not_changed(self):
        lines = sorted({line for text in self.texts.values() for line in text.splitlines() if as_given(line)})
        for some in itertools.zip_longest(*[iter(lines)] * 50000):
            self.check_alone([line for line in some if line])

    def test_other_languages_are_not_changed(self):
        """The messages of the programs of this machine, one by one and each language as a text; as UTF-8, and as bytes nobody named the charset of."""
        seen = 0
        for language in LANGUAGES:
            lines = set()
            for path in sorted(pathlib.Path("/usr/share/locale").glob(f"{language}/LC_MESSAGES/*.mo")):
                try:
                    messages = gettext.GNUTranslations(io.BytesIO(path.read_bytes()))._catalog.values()
                except (OSError, ValueError, IndexError):  # one that Python cannot read
                    continue
                lines |= {line for message in messages if isinstance(message, str) for line in message.splitlines() if line and not line.isascii()}
            lines = sorted(line for line in lines if as_given(line) and "<" not in line and not re.search(r"[^\u0000-\u024f\u2010-\u2122]|[\x00-\x08\x0e-\x1f]", line))[:MESSAGES]
            seen += len(lines)
            with self.subTest(language):
                self.check_alone(lines)
                self.check(self.file("unicode", "\n".join(lines).encode()), "\n".join(lines))
            western = [line for line in lines if all(ord(c) < 0x80 or 0xa0 <= ord(c) < 0x100 for c in line) and not is_utf8(line.encode("cp1252"))]
            with self.subTest(language, encoding="cp1252"):
                self.check_alone(western, "cp1252")
                self.check(self.file("western", "\n".join(western).encode("cp1252")), "\n".join(western))
        print(f"  {seen} lines of {len(LANGUAGES)} languages")
        if seen < 1000:
            self.skipTest("this machine has few programs that speak other languages")

if __name__ == "__main__":
    unittest.main()
