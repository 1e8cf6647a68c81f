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


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.site.unit("don-vi")

    def assert_refused(self, done, status, *words):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertLess(len(done.stderr.splitlines()), 6, done.stderr)

    # --- enrolment

    def test_wrong_token(self):
        url = self.site.token("don-vi")
        head, pin = url.split("#")
        wrong = head[:-4] + "AAAA#" + pin
        self.assert_refused(self.site.enrol("sai-ma", None, check=False, url=wrong), 2, "token")
        self.assertFalse((self.site.state("sai-ma") / "identity.json").exists())

    def test_token_of_another_server(self):
        url = self.site.token("don-vi")
        head, pin = url.split("#")
        self.assert_refused(self.site.enrol("sai-ghim", None, check=False, url=f"{head}#{'A' * len(pin)}"), 2)

    def test_token_is_used_once(self):
        url = self.site.token("don-vi")
        self.site.enrol("lan-1", None, url=url)
        self.assert_refused(self.site.enrol("lan-2", None, check=False, url=url), 2)

    def test_expired_token(self):
        url = self.site.token("don-vi", "--expires", "1m")
        connection = khien.sqlite3.connect(self.site.data / "khien.db", timeout=30)
        connection.execute("UPDATE enrol_token SET expires_s=1 WHERE id=(SELECT max(id) FROM enrol_token)")
        connection.commit()
        connection.close()
        self.assert_refused(self.site.enrol("het-han", None, check=False, url=url), 2, "expired")

    def test_not_a_link(self):
        for url in ("http://127.0.0.1/e/x#y", "https://127.0.0.1/", "khien", "https://127.0.0.1:1/e/" + "A" * 32 + "#" + "A" * 43):
            done = self.site.enrol("sai-duong-dan", None, check=False, url=url)
            self.assertIn(done.returncode, (2, 3), url)
            self.assertTrue(done.stderr.strip())

    def test_a_revoked_machine_is_told_so(self):
        self.site.enrol("thu-hoi", "don-vi")
        self.site.server("endpoint", "revoke", self.site.uid("thu-hoi"))
        self.site.agent("thu-hoi")
        self.addCleanup(self.site.stop_agent, "thu-hoi")
        khien.wait_for(lambda: "certificate_revoked" in self.site.agent_log("thu-hoi"), 30, what="the agent's word that it was revoked")

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
        for text, place in (("listen: [a\n", ":2:1"), ("listne: x\n", ":1:9"), ("http:\n  threads: many\n", ":2:12")):
            config = self.site.dir / "sai.yaml"
            config.write_text(text)
            for words in (["check-config"], ["--check-config"], ["serve"]):
                self.assert_refused(self.site.run("khien-server", *words, "--config", config, check=False), 2, f"sai.yaml{place}")

    def test_people_are_told_in_their_language(self):
        vi = {"KHIEN_LANG": "vi"}
        for program, words, status, said in (
                ("khien", ["scan", "-j", "0", "/tmp"], 2, "-j 0: cần một số nguyên từ 1 đến 64, ví dụ -j 2"),
                ("khien", ["enroll", "https://127.0.0.1:1/e/" + "A" * 32 + "#" + "A" * 43, "--state", self.site.dir / "vi"], 3, "không có gì trả lời ở địa chỉ này"),
                ("khien", ["facts", "os", "--root", "/nowhere"], 2, "--root /nowhere: không có tệp hoặc thư mục này"),
                ("khien-server", ["endpoint"], 2, "khien-server endpoint: cần một trong: list, show, revoke"),
                ("khien-agent", ["--check-config", "--set", "log_level=loud"], 2, 'log_level: "loud": cần một trong: error, warning, info, debug')):
            with self.subTest(words=words):
                self.assert_refused(self.site.run(program, *words, check=False, env=vi), status, said)

    def test_the_server_answers_an_agent_in_its_language(self):
        """The sentence behind a refused enrolment comes from the server, which itself speaks English here."""
        head, pin = self.site.token("don-vi").split("#")
        done = self.site.run("khien", "enroll", head[:-4] + "AAAA#" + pin, "--state", self.site.dir / "vi", check=False, env={"KHIEN_LANG": "vi"})
        self.assert_refused(done, 2, "Mã ghi danh không đúng: không có mã ghi danh này, hoặc mã đã bị hủy")

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
        self.assert_refused(self.site.run("khien-server", "restore", bad, "--data", target, check=False), 2, "no complete backup")
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
            self.site.run("khien-server", "init", "--config", config)
            self.assert_refused(self.site.run("khien-server", "serve", "--config", config, check=False), 2, "in use")

    def test_unknown_things(self):
        for words in (["token", "create", "--unit", "khong-co"], ["endpoint", "show", "khong-co"], ["unit", "move", "khong-co", "--under", "goc"], ["user", "disable", "khong-co"],
                      ["import", "/khong/co"], ["bay"], ["user", "add"], ["user", "list", "--odd"]):
            done = self.site.server(*words, check=False)
            self.assertIn(done.returncode, (2, 3), words)
            self.assertTrue(done.stderr.strip(), words)

    def test_a_database_of_another_version(self):
        data = self.site.dir / "phien-ban"
        config = self.site.dir / "phien-ban.yaml"
        config.write_text(f"data: {data}\nlisten: 127.0.0.1:{khien.free_port()}\npacks: {khien.ROOT}/packs\n")
        self.site.run("khien-server", "init", "--config", config)
        connection = khien.sqlite3.connect(data / "khien.db")
        connection.execute("UPDATE meta SET value='9999' WHERE key LIKE '%schema%' OR key LIKE '%version%'")
        connection.commit()
        connection.close()
        self.assert_refused(self.site.run("khien-server", "user", "list", "--config", config, check=False), 2)

    @unittest.skipIf(os.geteuid() != 0, "needs root to mount a small file system")
    def test_full_disk_and_read_only_directory(self):
        small = self.site.dir / "nho"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", small], check=True)
        self.addCleanup(subprocess.run, ["umount", small])
        config = self.site.dir / "nho.yaml"
        config.write_text(f"data: {small}/d\nlisten: 127.0.0.1:{khien.free_port()}\npacks: {khien.ROOT}/packs\n")
        self.assert_refused(self.site.run("khien-server", "init", "--config", config, check=False), 3)
        subprocess.run(["mount", "-o", "remount,ro", small], check=True)
        config.write_text(f"data: {small}/e\nlisten: 127.0.0.1:{khien.free_port()}\npacks: {khien.ROOT}/packs\n")
        self.assert_refused(self.site.run("khien-server", "init", "--config", config, check=False), 3, "read-only")


if __name__ == "__main__":
    unittest.main()
