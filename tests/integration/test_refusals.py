"""Bad input and bad circumstances: each gives a clear sentence, its own code, and changes nothing."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import unittest

import khien
import yaml

ERRORS = {error["name"]: error for error in yaml.safe_load((khien.ROOT / "spec/errors.yaml").read_text(encoding="utf-8"))}
LINK = "an enrolment link looks like https://HOST:PORT/e/TOKEN#PIN (quote it: the shell takes # for a comment)"

# khien-server's words → code of the error, what is said behind its sentence.
COMMANDS = [
    ("token create --unit khong-co", "unknown_unit", "khong-co"),
    ("token revoke 99", "not_found", "token 99"),
    ("endpoint show khong-co", "not_found", "machine khong-co; khien-server endpoint list names them"),
    ("endpoint revoke khong-co", "not_found", "machine khong-co; khien-server endpoint list names them"),
    ("unit add Mot --code don-vi --under goc", "exists", "unit don-vi"),
    ("unit add Mot --code moi --under khong-co", "unknown_unit", "khong-co"),
    ("unit move khong-co --under goc", "unknown_unit", "khong-co"),
    ("unit move goc --under don-vi --decision 1 --decided-on 2026-01-02 --proof /etc/os-release", "unit_place", "don-vi stands below it"),
    ("unit end goc --decision 1 --decided-on 2026-01-02 --proof /etc/os-release", "in_use", "goc still has 1 users"),
    ("user add", "usage", "expected: khien-server user add NAME"),
    ("user add 1nguoi --unit goc", "invalid_field", 'name "1nguoi": expected a letter, then up to 63 of a-z 0-9 . _ -'),
    ("user add nguoi --unit goc --role vua", "usage", "--role vua: expected one of admin, officer, leader, police, viewer"),
    ("user disable khong-co", "not_found", "user khong-co"),
    ("user list --odd", "usage", "unknown option --odd"),
    ("report --directive khong-co", "unknown_directive", "khong-co"),
    ("report --unit khong-co", "unknown_unit", "khong-co"),
    ("report --at hom-qua", "invalid_field", "at: expected a day from 2020-01-01 on, written YYYY-MM-DD"),
    ("report --at 2999-01-01", "invalid_field", "at: 2999-01-01 lies in the future"),
    ("report --directive a --period 2026", "usage", "--directive and --period are two reports: ask for one at a time"),
    ("report -o x.xml", "usage", "x.xml: the name does not say the format: end it with .docx .pdf .xlsx .txt .json or .csv, or add --format"),
    ("report --format pdf -o x.docx", "usage", "--format pdf and the name x.docx contradict each other"),
    ("report --format xml", "usage", "--format xml: expected one of text, json, csv, docx, pdf, xlsx"),
    ("import /khong/co", "not_found", "/khong/co: No such file or directory"),
    ("import /etc/hostname", "syntax", None),
    ("backup /khong/co/x", "not_found", "/khong/co/x: No such file or directory"),
    ("restore /khong/co", "not_found", "/khong/co: No such file or directory"),
    ("restore /etc/hostname", "in_use", "{data}: a khien-server runs on this directory"),
    ("user lits", "usage", "unknown command user lits; did you mean user list?"),
    ("unit list --jsn", "usage", "unknown option --jsn; did you mean --json?"),
    ("bay", "usage", "unknown command bay; khien-server --help lists them"),
]

# Links that lead nowhere → code, what is said behind its sentence.
LINKS = [
    ("http://127.0.0.1/e/x#y", "usage", f"it does not begin with https://; {LINK}"),
    ("khien", "usage", f"it does not begin with https://; {LINK}"),
    ("https://127.0.0.1/", "usage", f"it is no enrolment link; {LINK}"),
    ("https://127.0.0.1:1/e/" + "A" * 32 + "#" + "A" * 43, "unreachable", None),
]

# What an administrator's browser may ask in vain → code.
REQUESTS = [
    ("GET", "/api/v1/units/khong-co", None, "unknown_unit"),
    ("GET", "/api/v1/endpoints/khong-co", None, "not_found"),
    ("GET", "/api/v1/units/goc/posture?at=hom-qua", None, "invalid_field"),
    ("GET", "/api/v1/units/goc/posture?at=2999-01-01", None, "invalid_field"),
    ("GET", "/api/v1/directives/khong-co", None, "unknown_directive"),
    ("GET", "/api/v1/units/goc/controls/khong-co/rows", None, "not_found"),
    ("GET", "/api/v1/khong-co", None, "not_found"),
    ("PATCH", "/api/v1/endpoints", None, "method_not_allowed"),
    ("POST", "/api/v1/units", {"code": "don-vi", "name": "Một", "kind": "ward", "parent": "goc"}, "exists"),
    ("POST", "/api/v1/units", {"code": "moi", "name": "Một", "kind": "ward", "parent": "khong-co"}, "unknown_unit"),
    ("POST", "/api/v1/units", {"code": "moi"}, "invalid_field"),
    ("POST", "/api/v1/session", {"name": "admin", "password": "sai"}, "login_failed"),
]


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.site.unit("don-vi")

    def assert_refused(self, done, code, detail=None, language="en"):
        """Exit status and first line of the error `code`, exactly; behind "…", or without a detail, stands whatever the system's own libraries say."""
        first, *advice = done.stderr.splitlines() or [""]
        program, _, said = first.partition(": ")
        self.assertIn(program, ("khien", "khien-agent", "khien-server"))
        self.assertEqual(done.returncode, ERRORS[code]["exit"], done.stdout + done.stderr)
        if detail is None or detail.endswith("…"):
            self.assertTrue(said.startswith(f"{ERRORS[code][language]}: {(detail or '').removesuffix('…')}"), said)
        else:
            self.assertEqual(said, f"{ERRORS[code][language]}: {detail}")
        self.assertLess(len(advice), 2, done.stderr)

    def test_commands(self):
        before = self.site.query("SELECT count(*) FROM audit")
        for words, code, detail in COMMANDS:
            with self.subTest(words):
                self.assert_refused(self.site.server(*words.split(), check=False, input=""), code, detail and detail.replace("{data}", str(self.site.data)))
        self.assertEqual(self.site.query("SELECT count(*) FROM audit"), before)

    def test_requests(self):
        browser = self.site.user("nguoi-hoi", "goc", role="admin")
        for method, path, body, code in REQUESTS:
            with self.subTest(f"{method} {path}"):
                reply = browser.call(method, path, body)
                said = reply.json()["error"]
                self.assertEqual((reply.status, said["code"]), (ERRORS[code]["http"], code))
                self.assertIn(said["message"], (ERRORS[code]["vi"], ERRORS[code]["en"]))

    # --- enrolment

    def test_wrong_token(self):
        url = self.site.token("don-vi")
        head, pin = url.split("#")
        wrong = head[:-4] + "AAAA#" + pin
        self.assert_refused(self.site.enrol("sai-ma", None, check=False, url=wrong), "token_invalid", "no such token, or it was revoked")
        self.assertFalse((self.site.state("sai-ma") / "identity.json").exists())

    def test_token_of_another_server(self):
        url = self.site.token("don-vi")
        head, pin = url.split("#")
        self.assert_refused(self.site.enrol("sai-ghim", None, check=False, url=f"{head}#{'A' * len(pin)}"), "pin_mismatch",
                            f"{self.site.url} gives an authority that is not the one of the link")

    def test_token_is_used_once(self):
        url = self.site.token("don-vi")
        self.site.enrol("lan-1", None, url=url)
        number = self.site.query("SELECT max(id) FROM enrol_token")[0][0]
        self.assert_refused(self.site.enrol("lan-2", None, check=False, url=url), "token_used", f"token {number}")
        self.assert_refused(self.site.enrol("lan-1", None, check=False, url=url), "exists", str(self.site.state("lan-1") / "identity.json"))

    def test_expired_token(self):
        url = self.site.token("don-vi", "--expires", "1m")
        connection = khien.sqlite3.connect(self.site.data / "khien.db", timeout=30)
        connection.execute("UPDATE enrol_token SET expires_s=1 WHERE id=(SELECT max(id) FROM enrol_token)")
        connection.commit()
        connection.close()
        self.assert_refused(self.site.enrol("het-han", None, check=False, url=url), "token_expired")

    def test_not_a_link(self):
        for url, code, detail in LINKS:
            with self.subTest(url):
                self.assert_refused(self.site.enrol("sai-duong-dan", None, check=False, url=url), code, detail)

    def test_a_revoked_machine_is_told_so(self):
        self.site.enrol("thu-hoi", "don-vi")
        self.site.server("endpoint", "revoke", self.site.uid("thu-hoi"))
        self.site.agent("thu-hoi")
        self.addCleanup(self.site.stop_agent, "thu-hoi")
        khien.wait_for(lambda: "certificate_revoked" in self.site.agent_log("thu-hoi"), 30, what="the agent's word that it was revoked")

    def test_a_name_that_nobody_knows_leads_to_the_address(self):
        for host, advised in (("khong-co.invalid", True), ("127.0.0.1", False), ("[::1]", False)):
            done = self.site.enrol("lac", None, check=False, url=f"https://{host}:1/e/{'A' * 32}#{'A' * 43}")
            self.assertEqual("server's IP address" in done.stderr and host in done.stderr.splitlines()[-1], advised, done.stderr)

    def test_a_cloned_disk_gets_an_identity_of_its_own(self):
        self.site.enrol("goc", "don-vi")
        shutil.copytree(self.site.state("goc"), self.site.state("ban-sao"))
        identity = self.site.state("ban-sao") / "identity.json"
        said = json.loads(identity.read_text())
        first = said["endpoint"]
        parts = "machine=00000000000000000000000000000001\nmac=02:00:00:00:00:01\n"  # what the disk remembers of the machine it was copied from
        said["fingerprint"], said["fingerprint_parts"] = hashlib.sha256(parts.encode()).hexdigest(), parts
        identity.write_text(json.dumps(said))
        connection = khien.sqlite3.connect(self.site.data / "khien.db", timeout=30)
        connection.execute("UPDATE endpoint SET fingerprint=? WHERE uid=?", (said["fingerprint"], first))
        connection.commit()
        connection.close()
        self.site.agent("ban-sao")
        self.addCleanup(self.site.stop_agent, "ban-sao")
        khien.wait_for(lambda: self.site.uid("ban-sao") != first, 60, what="a new identity")
        self.assertEqual(self.site.query("SELECT count(*) FROM endpoint WHERE uid IN (?,?)", first, self.site.uid("ban-sao"))[0][0], 2)

    # --- settings, files, ports

    def test_bad_settings_name_file_line_and_column(self):
        for text, place in (("listen: [a\n", "2:1: did not find expected ',' or ']' while parsing a flow sequence"), ("listne: x\n", '1:9: unknown setting "listne": expected one of data, listen, …'),
                            ("http:\n  threads: many\n", "2:12: http.threads: expected a whole number from 0 to 256")):
            config = self.site.dir / "sai.yaml"
            config.write_text(text)
            for words in (["check-config"], ["--check-config"], ["serve"]):
                self.assert_refused(self.site.run("khien-server", *words, "--config", config, check=False), "invalid_config", f"{config}:{place}")

    def test_people_are_told_in_their_language(self):
        vi = {"KHIEN_LANG": "vi"}
        for program, words, code, said in (
                ("khien", ["scan", "-j", "0", "/tmp"], "usage", "-j 0: cần một số nguyên từ 1 đến 64, ví dụ -j 2"),
                ("khien", ["enroll", "https://127.0.0.1:1/e/" + "A" * 32 + "#" + "A" * 43, "--state", self.site.dir / "vi"], "unreachable", "https://127.0.0.1:1: không có gì trả lời ở địa chỉ này…"),
                ("khien", ["facts", "os", "--root", "/nowhere"], "not_found", "--root /nowhere: không có tệp hoặc thư mục này"),
                ("khien-server", ["endpoint"], "usage", "khien-server endpoint: cần một trong: list, show, revoke"),
                ("khien-agent", ["--check-config", "--set", "log_level=loud"], "invalid_config", 'log_level: "loud": cần một trong: error, warning, info, debug')):
            with self.subTest(words=words):
                self.assert_refused(self.site.run(program, *words, check=False, env=vi), code, said, "vi")

    def test_the_audit_log_speaks_the_language_of_who_reads(self):
        languages = (("vi", "dùng 3 lần, đến "), ("en", "3 uses, until "))
        for acting, _ in languages:
            self.site.run("khien-server", "token", "create", "--uses", "3", "--config", self.site.config, env={"KHIEN_LANG": acting})
            for reading, said in languages:
                latest = json.loads(self.site.run("khien-server", "audit", "list", "--json", "--limit", "1", "--config", self.site.config, env={"KHIEN_LANG": reading}).stdout)
                self.assertTrue(latest["detail"].startswith(said), latest)

    def test_the_server_answers_an_agent_in_its_language(self):
        """The sentence behind a refused enrolment comes from the server, which itself speaks English here."""
        head, pin = self.site.token("don-vi").split("#")
        done = self.site.run("khien", "enroll", head[:-4] + "AAAA#" + pin, "--state", self.site.dir / "vi", check=False, env={"KHIEN_LANG": "vi"})
        self.assert_refused(done, "token_invalid", "không có mã ghi danh này, hoặc mã đã bị hủy", "vi")

    def test_help_that_cannot_be_written_is_an_error(self):
        for program in ("khien", "khien-agent", "khien-server"):
            for word in ("--help", "--version"):
                with open("/dev/full", "w") as full:
                    done = subprocess.run([khien.BIN / program, word], stdout=full, stderr=subprocess.PIPE, text=True, env=khien.ENV)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn("standard output: No space left on device", done.stderr)

    def test_columns_of_help_stand_under_each_other(self):
        for language in ("vi", "en"):
            shown = self.site.run("khien-server", "--help", env={"KHIEN_LANG": language}).stdout
            lines = [line for line in shown.splitlines() if re.match(r"  (user|unit|token|report|backup)\b", line)]
            self.assertEqual(len({re.search(r"\S  +(?=\S)", line).end() for line in lines}), 1, shown)
            self.assertGreater(len(lines), 10)

    def test_a_failed_restore_leaves_nothing(self):
        bad = self.site.dir / "bad.tar.zst"
        bad.write_bytes(b"not a backup")
        target = self.site.dir / "restored"
        self.assert_refused(self.site.run("khien-server", "restore", bad, "--data", target, check=False), "syntax", f"{bad} is no complete backup of khien-server: Unrecognized archive format")
        self.assertFalse(target.exists())

    def test_good_settings_pass(self):
        self.assertEqual(self.site.server("--check-config").returncode, 0)

    def test_port_in_use(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            data = self.site.dir / "cong"
            config = self.site.dir / "cong.yaml"
            config.write_text(f"data: {data}\nlisten: 127.0.0.1:{s.getsockname()[1]}\npacks: {khien.ROOT}/packs\nweb: {khien.ROOT}/out/web\n")
            self.site.run("khien-server", "init", "--unit-name", "Đơn vị", "--config", config)
            self.assert_refused(self.site.run("khien-server", "serve", "--config", config, check=False), "port_in_use", None)

    def other_database(self, name, change):
        """A server's data of its own, changed by SQL behind its back; gives its settings file."""
        data, config = self.site.dir / name, self.site.dir / f"{name}.yaml"
        config.write_text(f"data: {data}\nlisten: 127.0.0.1:{khien.free_port()}\npacks: {khien.ROOT}/packs\n")
        self.site.run("khien-server", "init", "--unit-name", "Đơn vị", "--config", config)
        connection = khien.sqlite3.connect(data / "khien.db")
        connection.executescript(change)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return data / "khien.db", config

    def test_a_database_of_another_version(self):
        known = len(list((khien.ROOT / "src/server/schema").glob("*.sql")))
        newer = f"the database has schema version 9999; this program knows up to {known}: use a newer khien-server"
        for number, (version, detail) in enumerate((("9999", newer), ("x", f'schema version "x" is none that this program knows (1 to {known})'))):
            file, config = self.other_database(f"phien-ban-{number}", f"UPDATE meta SET value='{version}' WHERE key='schema_version'")
            before = hashlib.sha256(file.read_bytes()).digest()
            for words in ("user list", "serve", "init", "report", "backup {}/ra"):
                with self.subTest(version=version, words=words):
                    done = self.site.run("khien-server", *words.format(self.site.dir).split(), "--config", config, check=False)
                    self.assert_refused(done, "schema_old", detail)
                    self.assertEqual(hashlib.sha256(file.read_bytes()).digest(), before)

    def older_database(self, name, version):
        """The same, as a server of an earlier schema would have left it."""
        file, config = self.other_database(name, "")
        today = file.rename(file.with_suffix(".today"))
        connection = khien.sqlite3.connect(file)
        connection.execute("ATTACH ? AS today", (str(today),))
        for script in sorted((khien.ROOT / "src/server/schema").glob("*.sql"))[:version]:
            connection.executescript(script.read_text())
        tables = [row[0] for row in connection.execute("SELECT name FROM main.sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")]
        for table in tables:
            columns = ",".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"INSERT OR REPLACE INTO main.{table}({columns}) SELECT {columns} FROM today.{table}")
        connection.execute("UPDATE main.meta SET value=? WHERE key='schema_version'", (version,))
        connection.commit()
        connection.close()
        for suffix in ("-wal", "-shm"):
            pathlib.Path(f"{file}{suffix}").unlink(missing_ok=True)
        return file, config

    def test_an_older_database_is_brought_up(self):
        file, config = self.older_database("phien-ban-cu", 2)
        said = json.loads(self.site.run("khien-server", "user", "list", "--json", "--config", config).stdout)
        self.assertEqual(said["name"], "admin")
        connection = khien.sqlite3.connect(file)
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute("SELECT value FROM meta WHERE key='schema_version'").fetchone()[0], str(len(list((khien.ROOT / "src/server/schema").glob("*.sql")))))
        self.assertEqual(connection.execute("SELECT count(linked_s) FROM endpoint").fetchone()[0], 0)

    @unittest.skipIf(os.geteuid() != 0, "needs root to mount a small file system")
    def test_full_disk_and_read_only_directory(self):
        small = self.site.dir / "nho"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", small], check=True)
        self.addCleanup(subprocess.run, ["umount", small])
        config = self.site.dir / "nho.yaml"
        config.write_text(f"data: {small}/d\nlisten: 127.0.0.1:{khien.free_port()}\npacks: {khien.ROOT}/packs\n")
        self.assert_refused(self.site.run("khien-server", "init", "--unit-name", "Đơn vị", "--config", config, check=False), "disk_full")
        subprocess.run(["mount", "-o", "remount,ro", small], check=True)
        config.write_text(f"data: {small}/e\nlisten: 127.0.0.1:{khien.free_port()}\npacks: {khien.ROOT}/packs\n")
        self.assert_refused(self.site.run("khien-server", "init", "--unit-name", "Đơn vị", "--config", config, check=False), "read_only")


if __name__ == "__main__":
    unittest.main()
