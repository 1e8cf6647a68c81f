"""Runs the Playwright walks (*.spec.mjs) in Debian's Chromium against a real server with a real, reviewed machine; each walk counts."""

import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
import khien  # noqa: E402
import office  # noqa: E402


def add_sighted(site):
    """A machine that must never be linked and was seen on the network: this one has one fingerprint only, so the rows are written by hand; the start asks the controls."""
    site.stop_server()
    connection = khien.sqlite3.connect(site.data / "khien.db")
    connection.execute("INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, offline_key, enrolled_s, seen_s, clock_offset_s, linked_s)"
                       " SELECT '0f9d4c1e-0000-4000-8000-000000000001', id, 'SOAN-THAO-01', 'soan-thao-01', 'secret', 'Debian GNU/Linux 12 (bookworm)', 'active', 'f', '', '', 'k', ?1, ?1, 0, ?1"
                       " FROM unit WHERE code = 'truong-hoc'", (int(time.time()) - 90000,))
    add_detections(connection)
    connection.commit()
    connection.close()
    site.start_server()


def add_detections(connection):
    """On that machine, one for each clock: two hours old, 13 hours old, two days old and verified, dealt with, cleaned and come back."""
    machine, now, hour = connection.execute("SELECT id FROM endpoint WHERE hostname = 'SOAN-THAO-01'").fetchone()[0], int(time.time()), 3600
    for rule, age, state, times in (("Thu_Moi", 2, "found", {}), ("Thu_Cu", 13, "found", {}), ("Thu_De_Lau", 48, "verified", {"verified_s": 47}), ("Thu_Xong", 80, "quarantined", {"handled_s": 70}),
                                    ("Thu_Quay_Lai", 300, "cleaned", {"handled_s": 290, "cleaned_s": 280}), ("Thu_Quay_Lai", 1, "found", {"again_of": None})):
        values = {"endpoint_id": machine, "found_s": now - age * hour, "seen_s": now - age * hour, "engine": "yara", "rule": rule, "path": f"/home/can-bo/Tải về/{rule}.bin", "verdict": "infected",
                  "state": state, "changed_s": now - age * hour, **{name: now - hours * hour for name, hours in times.items() if hours}}
        if "again_of" in times:
            values["again_of"] = connection.execute("SELECT MAX(id) FROM detection").fetchone()[0]
        row = connection.execute(f"INSERT INTO detection({', '.join(values)}) VALUES({', '.join('?' * len(values))})", list(values.values())).lastrowid
        connection.execute("INSERT INTO detection_change(detection_id, at_s, state) VALUES(?, ?, 'found')", (row, now - age * hour))


SECRET_NAME = "phuong-an-kingfisher"  # of a document: in no page of the console
SECRET = "{}\nỦY BAN NHÂN DÂN\nTỈNH X\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 12/BC-UBND\nX, ngày 3 tháng 4 năm 2026\nBÁO CÁO\nvề việc {}\n"


def put_secrets(site):
    """Two documents marked secret on the machine, and the same once more."""
    for place, name, mark in (("Documents", "a", "TUYỆT MẬT"), ("Desktop", "b", "TỐI MẬT"), ("Downloads", "a", "TUYỆT MẬT")):
        folder = site.dir / "people" / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{SECRET_NAME}-{name}.txt").write_text(SECRET.format(mark, name))


def prepare(site):
    office.Office(site).fill()
    add_sighted(site)
    put_secrets(site)
    site.enrol("may", unit="van-phong")
    site.agent("may", f"secret:\n  every: 7d\n  places: [{site.dir}/people]\n  cpu: 100\n")
    shown = lambda: site.server_json("endpoint", "show", site.uid("may"))
    khien.wait_for(lambda: shown().get("last_scan") and len(shown()["facts"]) == shown()["facts_total"], 240, 1, "facts and first scan")
    khien.wait_for(lambda: site.query("SELECT COUNT(*) FROM fact_secret_documents") == [(3,)], 120, 1, "the cases")


def environment(site):
    """The walks log in as the first administrator, whose password must be changed, or as one of the office."""
    return {**os.environ, "KHIEN_URL": site.url, "KHIEN_USER": "admin", "KHIEN_PASSWORD": (site.data / "first-password").read_text().strip(),
            "KHIEN_OFFICE_PASSWORD": office.PASSWORD, "KHIEN_SECRET_NAME": SECRET_NAME, "NODE_PATH": str(khien.ROOT / "web/node_modules")}


def walk():
    with khien.Site() as site:
        prepare(site)
        files = sorted(str(p) for p in HERE.glob("*.spec.mjs"))
        done = subprocess.run(["node", "--test", "--test-reporter=tap", "--test-concurrency=1", *files], cwd=khien.ROOT / "web", env=environment(site), capture_output=True, text=True, timeout=1500)
    return done.stdout + done.stderr


def leaves(tap):
    """(name, outcome) of the innermost cases of node's TAP."""
    found = []
    for indent, verdict, name in re.findall(r"^( *)(ok|not ok) \d+ - (.*)$", tap, re.M):
        outcome = "skip" if "# SKIP" in name else verdict
        found.append((len(indent), name.split(" # ")[0], outcome))
    deepest = max((i for i, _, _ in found), default=0)
    return [(n, o) for i, n, o in found if i == deepest]


def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite()
    try:
        output = walk()
        cases = leaves(output) or [("the walks ran", "not ok")]
    except Exception as error:  # the suite must say so, not vanish
        output, cases = repr(error), [("the walks ran", "not ok")]

    for name, outcome in cases:
        def check(self, name=name, outcome=outcome):
            if outcome == "skip":
                self.skipTest(name)
            self.assertEqual(outcome, "ok", f"{name}\n{output[-8000:]}")
        case = type("Console", (unittest.TestCase,), {"runTest": check, "__doc__": name})
        suite.addTest(case())
    return suite


if __name__ == "__main__":
    unittest.main()
