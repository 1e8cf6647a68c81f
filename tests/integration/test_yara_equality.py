"""khien scan against yara: the same matches, line by line, of public rule sets over those sets' own texts (which hold what their rules look for) and over this machine's programs. Needs
the sets (yara-*.tar.zst in the folder named by KHIEN_TEST_DATA, or in ../shared/data) and the program yara."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import khien
import public_sets

NAMES = ("filename", "filepath", "extension", "filetype", "owner")
DEFINED = [word for name in NAMES for word in ("-d", f"{name}=something")]


class YaraEquality(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("yara"):
            raise unittest.SkipTest("yara is not installed")
        missing = public_sets.missing("yara-signature-base", "yara-reversinglabs")
        if missing:
            raise unittest.SkipTest(f"{public_sets.FOLDER} has no {missing}.tar.zst")
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-yara-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        for name in ("yara-signature-base", "yara-reversinglabs"):
            public_sets.unpack(name, cls.dir / "sets")
        programs = cls.dir / "programs"
        programs.mkdir()
        for path in sorted(p for p in pathlib.Path("/usr/bin").iterdir() if p.is_file() and not p.is_symlink() and p.stat().st_size < 2**20)[:150]:
            shutil.copy(path, programs)

    def theirs(self, rules):
        """yara has one namespace for all files unless told; khien scan gives each its own."""
        files = sorted(p for p in rules.rglob("*") if p.suffix in (".yar", ".yara"))
        compiled = self.dir / "compiled"
        subprocess.run(["yarac", *DEFINED, *(f"n{i}:{p}" for i, p in enumerate(files)), compiled], check=True, capture_output=True)
        said = subprocess.run(["yara", "-C", "-N", "-r", *DEFINED, compiled, self.dir / "sets"], check=True, capture_output=True, text=True).stdout
        said += subprocess.run(["yara", "-C", "-N", "-r", *DEFINED, compiled, self.dir / "programs"], check=True, capture_output=True, text=True).stdout
        return sorted(said.splitlines())

    def ours(self, rules):
        command = [khien.BIN / "khien", "scan", "--json", "--no-cache", "--no-archives", "--rules", rules, *DEFINED, self.dir / "sets", self.dir / "programs"]
        done = subprocess.run(command, env=khien.ENV | {"XDG_CACHE_HOME": str(self.dir)}, capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[-1]["summary"]["rules_left_out"], [])
        return sorted(f"{d['rule']} {line['path']}" for line in lines[:-1] for d in line["detections"])

    def test_signature_base(self):
        rules = self.dir / "sets/yara-signature-base/yara"
        theirs = self.theirs(rules)
        self.assertGreater(len(theirs), 1000)
        self.assertEqual(self.ours(rules), theirs)

    def test_reversinglabs(self):
        rules = self.dir / "sets/yara-reversinglabs"
        self.assertEqual(self.ours(rules), self.theirs(rules))


if __name__ == "__main__":
    unittest.main()
