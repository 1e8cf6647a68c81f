"""The main job on the machine this runs on: serve, enrol, measure, scan, answer every clause; then off line, backup, revocation."""

import csv
import fcntl
import io
import json
import os
import pathlib
import pty
import re
import socket
import struct
import subprocess
import tempfile
import termios
import unicodedata
import unittest

import khien

STATES = {"met", "not_met", "partly", "not_measured", "not_applicable"}
CLAUSES = {"binh-chanh-2024": 13, "bien-hoa-2024": 15, "thai-hoa-2025": 45, "minh-long-2024": 19, "thua-thien-hue": 13}
PATTERN = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-" + "TEST-FILE!$H+H*"  # EICAR, in two parts so that this file is not one


class MainJob(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.site.unit("van-phong", name="Văn phòng")
        cls.site.unit("truong-hoc", name="Trường học")
        cls.site.enrol("may", unit="van-phong")
        cls.site.agent("may")
        khien.wait_for(lambda: cls.shown().get("last_scan") and len(cls.shown()["facts"]) == cls.shown()["facts_total"], 240, 1, "facts and first scan")

    @classmethod
    def shown(cls):
        return cls.site.server_json("endpoint", "show", cls.site.uid("may"))

    def report(self, *words):
        return json.loads(self.site.server("report", "--format", "json", *words).stdout)

    def test_all_five_directives_are_answered_clause_by_clause(self):
        report = self.report()
        self.assertEqual({d["id"]: len(d["clauses"]) for d in report["directives"]}, CLAUSES)
        for directive in report["directives"]:
            for clause in directive["clauses"]:
                self.assertIn(clause["state"], STATES)
                self.assertTrue(clause["quote"])
                for figure in clause["figures"]:
                    self.assertRegex(figure["id"], r"^K\d\d$")
                    self.assertLessEqual({"id", "value", "target", "evidence"}, set(figure))

    def test_figures_come_from_this_machine(self):
        clause = {c["id"]: c for d in self.report()["directives"] for c in d["clauses"]}["0-5"]
        k01 = {f["id"]: f for f in clause["figures"]}["K01"]
        self.assertIsNotNone(k01["value"])
        self.assertTrue(k01["evidence"])
        host = os.uname().nodename
        self.assertIn(host, json.dumps(k01["evidence"]))

    def test_nothing_is_guessed(self):
        for directive in self.report()["directives"]:
            for clause in directive["clauses"]:
                if clause["state"] == "met":
                    self.assertTrue(any(f["value"] is not None for f in clause["figures"]), clause["id"])
                if clause["kind"] == "W (human)":
                    self.assertIn(clause["state"], {"not_measured", "not_applicable"}, clause["id"])

    def test_a_unit_without_machines_has_nothing_measured(self):
        for directive in self.report("--unit", "truong-hoc")["directives"]:
            for clause in directive["clauses"]:
                if clause["kind"] == "A":  # what registers answer is answered for a unit without machines too
                    self.assertIn(clause["state"], {"not_measured", "not_applicable"}, clause["id"])

    def test_text_and_csv(self):
        text = self.site.server("report", "--directive", "thai-hoa-2025").stdout
        for number in ("2-1a", "2-6a", "2-9"):
            self.assertIn(number, text)
        table = self.site.server("report", "--format", "csv").stdout
        self.assertTrue(table.startswith("\ufeff"))
        rows = list(csv.reader(io.StringIO(table[1:])))
        self.assertGreater(len(rows), 105)
        self.assertEqual(len({len(r) for r in rows}), 1)

    def test_wrong_questions_have_clear_answers(self):
        for words, code in ((["--directive", "khong-co"], 2), (["--unit", "khong-co"], 2), (["--at", "hom-qua"], 2), (["--format", "xml"], 2)):
            done = self.site.server("report", *words, check=False)
            self.assertEqual(done.returncode, code, words)
            self.assertTrue(done.stderr.strip())

    def test_yesterday_is_a_day_without_figures(self):
        report = self.report("--at", "2020-01-01")
        self.assertEqual({c["state"] for d in report["directives"] for c in d["clauses"]}, {"not_measured"})
        self.assertEqual((report["machines"], self.report()["machines"]), (0, 1))  # each day its own number

    def test_facts_on_the_command_line(self):
        done = self.site.run("khien", "facts", "os", "packages", "--json")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual({r["table"] for r in rows}, {"os", "packages"})
        states = {r["table"]: r for r in rows if "rows" in r}
        for table, state in states.items():
            self.assertEqual(state["state"], "measured")
            self.assertEqual(state["rows"], sum(r["table"] == table and "rows" not in r for r in rows))
        installed = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n"], capture_output=True, text=True).stdout
        expected = {line.split()[1] for line in installed.splitlines() if line.startswith("installed ")}
        self.assertEqual({r["name"] for r in rows if r["table"] == "packages" and r.get("name") in expected}, expected)
        self.assertEqual(self.site.run("khien", "facts", "khong-co", check=False).returncode, 2)

    def test_scan_shape_and_exit_status(self):
        clean, bad = self.site.dir / "sach", self.site.dir / "ban"
        for directory in (clean, bad):
            directory.mkdir()
            (directory / "a.txt").write_text("sạch")
        (bad / "mẫu.com").write_text(PATTERN)
        rules = khien.ROOT / "packs/rules"
        done = self.site.run("khien", "scan", "--json", "--rules", rules, clean, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.site.run("khien", "scan", "--json", "--rules", rules, bad, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertIn("summary", lines[-1])
        found = [l for l in lines[:-1] if l["verdict"] == "infected"]
        self.assertEqual(len(found), 1)
        self.assertLessEqual({"path", "sha256", "size", "verdict", "detections", "reason"}, set(found[0]))
        self.assertLessEqual({"engine", "rule", "member"}, set(found[0]["detections"][0]))
        self.assertEqual(self.site.run("khien", "scan", "--odd", clean, check=False).returncode, 2)
        self.assertEqual(self.site.run("khien", "scan", "--json", "--rules", rules, "/khong/co", check=False).returncode, 3)

    def test_backup_restores_elsewhere(self):
        backup = self.site.dir / "sao-luu"
        self.site.server("backup", backup)
        other = khien.Site()
        self.addCleanup(other.__exit__)
        other.server("restore", backup)
        self.assertEqual(other.query("SELECT uid FROM endpoint ORDER BY uid"), self.site.query("SELECT uid FROM endpoint ORDER BY uid"))
        self.assertEqual(other.server("restore", backup, check=False).returncode, 2)
        other.start_server()

    def test_audit_log_is_intact_and_shows_a_change(self):
        self.assertEqual(self.site.server("audit", "verify").returncode, 0)
        backup, other = self.site.dir / "sao-luu-2", khien.Site()
        self.addCleanup(other.__exit__)
        self.site.server("backup", backup)
        other.server("restore", backup)
        connection = khien.sqlite3.connect(other.data / "khien.db")
        connection.execute("UPDATE audit SET detail='khác' WHERE id=(SELECT min(id) FROM audit)")
        connection.commit()
        connection.close()
        self.assertEqual(other.server("audit", "verify", check=False).returncode, 1)

    def test_service_routes(self):
        browser = khien.Browser(self.site)
        self.assertEqual(browser.get("/healthz").status, 200)
        self.assertEqual(browser.get("/readyz").status, 200)
        self.assertIn("khien_", browser.get("/metrics").body.decode())
        self.assertEqual(browser.get("/api/openapi.json").json()["openapi"][:2], "3.")
        self.assertEqual(browser.get("/").status, 200)
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../../etc/passwd"):
            self.assertNotIn(b"root:", browser.get(path).body)


class CommandLine(unittest.TestCase):
    """What a person sees who types khien."""

    def khien(self, *words, **options):
        return subprocess.run([str(khien.BIN / "khien"), *words], capture_output=True, text=True, env=khien.ENV, **options)

    def on_terminal(self, columns, *words):
        """The output as a terminal of this width gets it, line by line, without its codes."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        program = subprocess.Popen([str(khien.BIN / "khien"), *words], stdout=slave, stderr=subprocess.DEVNULL, env=khien.ENV)
        os.close(slave)
        text = bytearray()
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # Linux says so when the other side is closed
                break
            if not part:
                break
            text += part
        os.close(master)
        self.assertEqual(program.wait(), 0)
        return re.sub(r"\x1b\[[0-9;]*m", "", text.decode()).splitlines()

    def test_tables_fit_the_terminal(self):
        tree = str(khien.ROOT / "src/facts/testdata/debian")
        tables = "accounts", "packages", "disks", "protection", "services", "ports", "usb", "firewall", "logs", "updates"
        for columns in (80, 100):
            lines = self.on_terminal(columns, "facts", "--root", tree, *tables)
            widest = max(lines, key=lambda line: sum(not unicodedata.combining(c) for c in line))
            self.assertLessEqual(sum(not unicodedata.combining(c) for c in widest), columns, widest)
            self.assertTrue(any(line.startswith("vanthu ") for line in lines))
            self.assertTrue(any("238.4 GiB" in line for line in lines))
        self.assertIn("14 more columns: add --json", self.on_terminal(80, "facts", "--root", tree, "accounts"))

    def test_few_files_are_not_a_system(self):
        with tempfile.TemporaryDirectory() as root:
            (pathlib.Path(root) / "etc").mkdir()
            done = self.khien("facts", "--json", "--root", root, "wifi", "firewall", "backups", "time_sync", "protection")
        states = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([(s["state"], s["reason"], s["rows"]) for s in states], [("not_measured", "source_missing", 0)] * 5)

    def test_scan_without_a_rule_says_so(self):
        with tempfile.TemporaryDirectory() as folder:
            rules = pathlib.Path(folder) / "rong.yar"
            rules.write_text("")
            done = self.khien("scan", "--rules", str(rules), folder)
        self.assertIn("no rules", done.stdout)
        self.assertNotIn("1970", done.stdout)

    def test_scan_hands_over_where_it_is_told(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as agent:
            bad = pathlib.Path(folder) / "ban.com"
            bad.write_text(PATTERN)
            agent.bind(f"{folder}/events.sock")
            agent.listen()
            agent.settimeout(30)
            scan = subprocess.Popen([str(khien.BIN / "khien"), "scan", "--run", folder, str(bad)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=khien.ENV)
            connection, _ = agent.accept()
            self.assertIn(b'"rule"', connection.recv(65536))
            connection.close()  # before it has said that the detection is on disk
            _, said = scan.communicate(timeout=60)
        self.assertEqual(scan.returncode, 1)
        self.assertIn("handed over", said)

    def test_a_missing_review_file_is_named_once(self):
        done = subprocess.run([str(khien.BIN / "khien-server"), "import", "/khong/co.khien", "--unit", "x"], capture_output=True, text=True, env=khien.ENV)
        self.assertEqual(done.stderr.count("/khong/co.khien"), 1, done.stderr)


class OrdinaryUser(unittest.TestCase):
    """Without root everything runs; what needs root is said to be not measured."""

    def test_privileged_facts_say_so(self):
        if os.geteuid() != 0:
            self.skipTest("this test takes root's rights away; it is run without them")
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(khien.BIN / "khien"), "facts", "--json"]
        done = subprocess.run(words, capture_output=True, text=True, env=khien.ENV, cwd="/")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertTrue(any(r["table"] == "os" and "name" in r for r in rows))
        unmeasured = {r["table"]: r["reason"] for r in rows if "rows" in r and r["state"] == "not_measured"}
        self.assertEqual(unmeasured.get("accounts"), "needs_root")
        self.assertNotIn("packages", unmeasured)

    def test_review_says_what_sudo_would_change(self):
        if os.geteuid() != 0:
            self.skipTest("this test takes root's rights away; it is run without them")
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(khien.BIN / "khien"), "review", "--no-scan", "--offline"]
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            done = subprocess.run([*become, f"{folder}/a.khien", "--state", f"{folder}/khoa"], capture_output=True, text=True, env=khien.ENV, cwd="/")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("sudo", done.stderr)
            os.mkdir(f"{folder}/root", 0o700)
            done = subprocess.run([*become, f"{folder}/b.khien", "--state", f"{folder}/root/khoa"], capture_output=True, text=True, env=khien.ENV, cwd="/")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("sudo", done.stderr)
            self.assertFalse(os.path.exists(f"{folder}/b.khien"))


if __name__ == "__main__":
    unittest.main()
