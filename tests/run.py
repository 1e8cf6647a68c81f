"""Runs the stages of the test suite one after the other and adds up their single cases. See tools/check."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "out"


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed=0, failed=0, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped


def shell(script, **keywords):
    """A piece of bash with the steps of tools/lib.sh at hand."""
    return subprocess.run(["bash", "-euo", "pipefail", "-c", f". tools/lib.sh; {script}"], cwd=ROOT, **keywords)


def build(tally, name, directory, options, env=None):
    """A build that must succeed is a case of its own."""
    done = shell(f"configure {directory} {options} && compile {directory} {directory}/bin", env={**os.environ, **(env or {})})
    tally.add(passed=done.returncode == 0, failed=done.returncode != 0)
    print(f"  {'built' if done.returncode == 0 else 'BUILD FAILED'}: {name}", flush=True)
    return done.returncode == 0


def unittests(tally, *paths):
    """Python's unittest files, by its own counts."""
    for path in paths:
        done = subprocess.run([sys.executable, "-B", path], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ran = re.search(r"^Ran (\d+) tests?", done.stdout, re.M)
        counts = {k: int(v) for k, v in re.findall(r"(failures|errors|skipped)=(\d+)", done.stdout)}
        bad = counts.get("failures", 0) + counts.get("errors", 0)
        total = int(ran.group(1)) if ran else 0
        if done.returncode and not bad:
            bad, total = 1, max(total, 1)
        skipped = counts.get("skipped", 0)
        passed = max(total - bad - skipped, 0)  # a class that is skipped whole ran no test
        tally.add(passed, bad, skipped)
        print(f"  {path}: {passed} passed, {bad} failed, {skipped} skipped", flush=True)
        for line in re.findall(r"skipped ['\"](.*)['\"]", done.stdout) + ([done.stdout[-6000:]] if bad else []):
            print(f"    {line}")


def stage_tree(tally):
    """The layers, the words of errors, the generator, the packs: what stands in the tree."""
    unittests(tally, *sorted(str(p.relative_to(ROOT)) for p in [ROOT / "tests/layers.py", ROOT / "tests/words.py", *ROOT.glob("tests/generator/test_*.py"), *ROOT.glob("tests/packs/test_*.py")]))


def cases_of(report):
    """(passed, failed, skipped) of meson's JUnit report: every TAP case counts, a program without TAP counts as one."""
    passed = failed = skipped = 0
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        failed += bool(kinds & {"failure", "error"})
        skipped += "skipped" in kinds
        passed += not kinds & {"failure", "error", "skipped"}
    return passed, failed, skipped


def meson_test(tally, directory):
    subprocess.run(["meson", "test", "-C", directory, "--no-rebuild", "--print-errorlogs", "--timeout-multiplier", "4", "-q"], cwd=ROOT, check=False)
    report = ROOT / directory / "meson-logs/testlog.junit.xml"
    passed, failed, skipped = cases_of(report)
    # A program that dies before its first case, or after its last, fails without a failing case.
    for line in (ROOT / directory / "meson-logs/testlog.json").read_text().splitlines():
        test = json.loads(line)
        for why in re.findall(r"^# SKIP (.*)$", test.get("stdout", ""), re.M):  # KH_SKIP of base/test.h: cmocka counts such a case as passed
            print(f"    skipped: {test['name']}: {why}")
            passed, skipped = passed - 1, skipped + 1
        if test["result"] in ("FAIL", "ERROR", "TIMEOUT"):
            print(f"    {test['result']}: {test['name']}")
            failed = max(failed, 1)
    tally.add(passed, failed, skipped)
    print(f"  unit tests: {passed} passed, {failed} failed, {skipped} skipped", flush=True)


def stage_unit(tally):
    """cmocka tests and the replay of fuzz corpora, under ASan and UBSan (gcc)."""
    if build(tally, "gcc, address and undefined-behaviour sanitizers", "out/check", "-Db_sanitize=address,undefined -Dbuildtype=debug"):
        meson_test(tally, "out/check")


def stage_web(tally):
    """The console's component and contract tests (vitest)."""
    done = shell("build_web && cd web && npm test", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "NO_COLOR": "1"})
    counts = re.search(r"^\s*Tests\s+(.*)$", done.stdout, re.M)
    passed, failed, skipped = (int(m.group(1)) if counts and (m := re.search(rf"(\d+) {word}", counts.group(1))) else 0 for word in ("passed", "failed", "skipped"))
    if done.returncode and not failed:
        failed = 1
    tally.add(passed, failed, skipped)
    print(f"  vitest: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    if failed:
        print(done.stdout[-6000:])


def stage_clang(tally):
    """Warnings are errors with clang too."""
    build(tally, "clang", "out/clang", "-Dbuildtype=debug", {"CC": "clang"})


def stage_windows(tally):
    """The Windows half of src/os compiles."""
    compiler = "x86_64-w64-mingw32-gcc"
    generated = OUT / "windows/gen"
    generated.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-B", "-m", "gen", "errors", ROOT / "spec", generated], cwd=ROOT / "tools", check=True)
    for source in sorted(ROOT.glob("src/os/windows/*.c")):
        done = subprocess.run([compiler, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-Wno-format", "-fsyntax-only", "-Isrc", "-Iout/windows", str(source)], cwd=ROOT, check=False)
        tally.add(passed=done.returncode == 0, failed=done.returncode != 0)
        print(f"  {'compiles' if done.returncode == 0 else 'DOES NOT COMPILE'}: {source.relative_to(ROOT)} ({compiler})", flush=True)


def release(tally):
    """The programs as they are shipped, and the console: what the integration and browser tests run."""
    done = subprocess.run(["tools/build"], cwd=ROOT, check=False)
    tally.add(passed=done.returncode == 0, failed=done.returncode != 0)
    return done.returncode == 0


def stage_integration(tally):
    """Real server, real agent, real TLS, real packages."""
    if release(tally):
        unittests(tally, *sorted(str(p.relative_to(ROOT)) for folder in ("integration", "secrecy") for p in ROOT.glob(f"tests/{folder}/test_*.py")))


def stage_browser(tally):
    """The console in Debian's Chromium, against a real server."""
    if release(tally):
        unittests(tally, "tests/browser/test_console.py")


STAGES = {name[6:]: function for name, function in list(globals().items()) if name.startswith("stage_")}


def main(names):
    unknown = set(names) - set(STAGES)
    if unknown:
        sys.exit(f"unknown stage {', '.join(unknown)}; there are: {', '.join(STAGES)}")
    tally = Tally()
    for name in names or STAGES:
        start = time.monotonic()
        print(f"== {name}: {STAGES[name].__doc__}", flush=True)
        STAGES[name](tally)
        print(f"   {time.monotonic() - start:.0f} s", flush=True)
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed or not tally.passed else 0


sys.exit(main(sys.argv[1:]))
