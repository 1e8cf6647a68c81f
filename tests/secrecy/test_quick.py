"""PDF pages that are not laid out (src/document/read/pdf/quick.h): the same is said of every file as when all of its pages are."""

import json
import subprocess
import unittest

import test_marks
from test_marks import BUILD, ENV, MISSING, ROOT, SEED, SIZE

import generate  # noqa: E402
import office  # noqa: E402


def said_of(paths, *options):
    done = subprocess.run([BUILD / "tests/secrecy/khien-test-marks", *options, *paths], env=ENV, stdout=subprocess.PIPE, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {t["path"]: (t["level"], t["confidence"], t["marks"], t["gaps"]) for t in told}, sum(t["us"] for t in told)


@unittest.skipIf(MISSING, f"{MISSING} is not there")
@unittest.skipUnless(office.there(), "LibreOffice is not there")
class Quick(unittest.TestCase):
    def test_the_same_is_found(self):
        test_marks.build("tests/secrecy/khien-test-marks", "tests/secrecy/khien-test-scan")
        folder = ROOT / f"out/secrecy/{SIZE}-{SEED}"
        paths = [folder / row["path"] for row in generate.generate(folder, SIZE, SEED) if row["format"] == "pdf"]
        quick, quick_us = said_of(paths)
        whole, whole_us = said_of(paths, "--laid-out")
        print(f"\n{len(paths)} PDF: {quick_us / 1e3:.0f} ms, all of them laid out {whole_us / 1e3:.0f} ms", flush=True)
        self.assertGreater(len(paths), 40)
        self.assertGreater(len({level for level, *_ in whole.values()}), 3)
        self.assertEqual(quick, whole)


if __name__ == "__main__":
    unittest.main()
