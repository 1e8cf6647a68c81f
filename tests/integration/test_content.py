"""khien db: content imported from files, folders, URLs and bundles; killed at any moment; and what its state says."""

import functools
import hashlib
import http.server
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import khien

RULE = 'rule {name} {{ strings: $a = "{text}" condition: $a }}\n'


class Content(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-db-"))
        self.addCleanup(shutil.rmtree, self.dir)
        self.rules = self.dir / "rules"
        self.rules.mkdir()
        (self.rules / "a.yar").write_text(RULE.format(name="one", text="so rare that no program has it: 9f27"))

    def db(self, verb, *args, store="store", ok=True):
        # The system's settings are not this test's: the age is always given.
        more = ["--max-age", "7d"] if verb == "status" and "--max-age" not in args else []
        where = [] if verb == "key" else ["--store", str(self.dir / store)]
        done = subprocess.run([khien.BIN / "khien", "db", verb, *where, *more, *map(str, args)], env=khien.ENV, capture_output=True, text=True, timeout=300, check=False)
        if ok:
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done

    def status(self, store="store"):
        return json.loads(self.db("status", "--json", store=store, ok=False).stdout)

    def serve(self):
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=self.dir)
        handler.func.log_message = lambda *_: None
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def test_a_source_that_is_damaged_in_the_store_never_becomes_content(self):
        hashes, more = self.dir / "h.md5", self.dir / "more.md5"
        hashes.write_text("0" * 32 + "  a\n")
        more.write_text("1" * 32 + "  b\n")
        self.db("import", hashes)
        stored = self.dir / "store/sources" / hashlib.sha256(hashes.read_bytes()).hexdigest()
        stored.write_text("2" * 32 + "  a\n")
        damaged = self.db("verify", ok=False)
        self.assertEqual((damaged.returncode, damaged.stdout.count("h.md5")), (3, 1))
        without = self.db("import", more, ok=False)
        self.assertEqual(without.returncode, 3)  # the rest is used …
        self.assertIn("h.md5", without.stderr)   # … and what is not, is named
        self.assertEqual((self.status()["current"], self.status()["hashes"], self.status()["left_out"]), (2, 1, 1))
        self.db("import", hashes)  # mends it
        self.db("verify")
        self.assertEqual((self.status()["current"], self.status()["hashes"], self.status()["left_out"]), (3, 2, 0))

    def test_what_the_agent_is_set_to_counts_without_a_store_named(self):
        """content.store of /etc/khien/agent.yaml, for all that speaks of this machine's content."""
        over, script = self.dir / "over", (
            'mount -t tmpfs none "$1"; mkdir "$1/u" "$1/w" "$1/u/khien"; printf "content:\\n  store: %s\\n" "$2" >"$1/u/khien/agent.yaml"; '
            'mount -t overlay -o "lowerdir=/etc,upperdir=$1/u,workdir=$1/w" none /etc; shift 2; exec "$@"'
        )
        over.mkdir()
        here = ["unshare", "-m", "sh", "-ec", script, "sh", over, self.dir / "store"]
        if subprocess.run([*here, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this system allows no mount namespace with an overlay")
        run = lambda *words: subprocess.run([*here, khien.BIN / "khien", *words], env=khien.ENV, capture_output=True, text=True, timeout=300, check=False)
        self.says_that_nothing_was_imported(run)
        self.db("import", self.rules)
        status = json.loads(run("db", "status", "--json", "--max-age", "7d").stdout)
        self.assertEqual((status["current"], status["yara_rules"] > 0), (2, True))
        self.assertIn("one", run("scan", "--list-rules").stdout.split())
        (self.dir / "bad").write_text("so rare that no program has it: 9f27")
        self.assertEqual(run("scan", "--no-cache", self.dir / "bad").returncode, 1)
        self.assertEqual((run("scan", "--no-cache", self.dir / "clean").returncode, run("db", "status", "--max-age", "7d").returncode), (0, 0))

    def says_that_nothing_was_imported(self, run):
        (self.dir / "clean").write_text("a clean file")
        (self.dir / "eicar").write_text("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-" "FILE!$H+H*")
        for again in range(2):
            clean, found = run("scan", "--no-cache", self.dir / "clean"), run("scan", "--no-cache", self.dir / "eicar")
            self.assertEqual((clean.returncode, found.returncode, run("db", "status").returncode), (3, 1, 3))
            for done in clean, found:
                self.assertIn("NOTHING WAS IMPORTED YET", done.stderr)
                self.assertIn("khien db import", done.stderr)
                self.assertIn("test rules that come with it", done.stdout)
            summary = json.loads(run("scan", "--json", "--no-cache", self.dir / "clean").stdout.splitlines()[-1])["summary"]
            self.assertEqual((summary["complete"], summary["test_rules_only"]), (False, True))
            if not again:
                self.db("import")  # the shipped rules alone, compiled into the store

    def test_what_stands_in_whole_files_is_counted(self):
        (self.dir / "x.cdb").write_text("# a comment\nA:CL_TYPE_ZIP:*:a:*:*:*:*:*:*\nB:CL_TYPE_ZIP:*:b:*:*:*:*:*:*\n")
        (self.dir / "x.ign2").write_text("A\n")
        self.db("import", self.dir / "x.cdb", self.dir / "x.ign2")
        self.assertEqual(self.status()["clamav_signatures"], 2)

    @staticmethod
    def read_terminal(fd):
        try:
            return os.read(fd, 4096)
        except OSError:  # its other end is closed
            return b""

    def test_an_import_says_on_a_terminal_what_it_is_at(self):
        ours, theirs = os.openpty()
        said = []
        reader = threading.Thread(target=lambda: said.extend(iter(lambda: self.read_terminal(ours), b"")))
        reader.start()
        command = [khien.BIN / "khien", "db", "import", "--store", self.dir / "store", self.rules]
        done = subprocess.run(command, env=khien.ENV | {"TERM": "xterm"}, stdout=subprocess.PIPE, stderr=theirs, timeout=300, check=False)
        os.close(theirs)
        reader.join()
        os.close(ours)
        said = b"".join(said).decode()
        self.assertEqual(done.returncode, 0)
        for words in ("Reading: ", "Compiling ", "Trying it on clean files: "):
            self.assertIn(words, said)
        self.assertTrue(said.endswith("\r\033[K"))  # and wipes it away

    def test_what_is_left_out_is_said_in_vietnamese(self):
        (self.rules / "b.yar").write_text("rule x { condition: nothing_such }\nrule y { condition: x }\nrule z\n")
        (self.rules / "nul.yar").write_bytes(b"\0")
        (self.rules / "s.ndb").write_text("nonsense\nA:x:*:6162\n")
        (self.rules / "l.ldb").write_text("nonsense\n")
        (self.rules / "h.hdb").write_text("nonsense\n")
        command = [khien.BIN / "khien", "db", "import", "--store", self.dir / "store", self.rules]
        done = subprocess.run(command, env=khien.ENV | {"KHIEN_LANG": "vi"}, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 3)
        lines = [line for line in done.stderr.splitlines() if "undefined identifier" not in line]  # libyara's own words
        self.assertGreater(len(lines), 6)
        for line in lines:
            self.assertNotRegex(line.split(": ", 2)[-1], r"\b(the|not|no|is|it|nothing|does|fields|line|uses)\b", line)

    def test_a_store_is_empty_then_used_then_old(self):
        self.assertEqual(self.db("status", ok=False).returncode, 3)
        self.assertTrue(self.status()["empty"])
        self.db("import", self.rules)
        state = self.status()
        self.assertEqual((state["empty"], state["stale"], state["left_out"]), (False, False, 0))
        self.assertEqual([s["name"] for s in state["sources"]], ["khien", "rules"])
        self.assertEqual(self.db("status").returncode, 0)
        time.sleep(2.1)
        self.assertEqual(self.db("status", "--max-age", "1s", ok=False).returncode, 3)
        self.db("verify")
        self.assertIn("Nothing was imported yet", self.db("remove", "rules").stdout)
        self.assertEqual(self.db("status", ok=False).returncode, 3)
        self.assertEqual(self.db("remove", "rules", ok=False).returncode, 2)
        self.assertEqual(self.db("remove", "khien", ok=False).returncode, 2)
        self.assertNotIn("1970", self.db("status", ok=False).stdout)
        self.db("rollback")
        self.assertEqual(self.status()["sources"][1]["name"], "rules")
        again = self.db("rollback", ok=False)
        self.assertEqual((again.returncode, "no previous content" in again.stderr), (2, True))
        self.assertEqual(self.status()["sources"][1]["name"], "rules")

    def test_what_does_not_compile_is_named_and_left_out(self):
        (self.rules / "b.yar").write_text("rule broken { condition: nothing_such }\n" + RULE.format(name="good", text="also rare: 5b1c"))
        done = self.db("import", self.rules, ok=False)
        self.assertEqual(done.returncode, 0)
        self.assertIn("rules/b.yar", done.stderr)
        self.assertIn("broken", done.stderr)
        self.assertEqual(self.status()["left_out"], 1)
        self.assertEqual([(p["source"], p["item"]) for p in self.status()["problems"]], [("rules/b.yar", "broken")])
        self.assertIn("Left out: rules/b.yar: line 1, broken", self.db("status").stdout)

    def test_an_included_file_that_is_missing_is_named(self):
        (self.rules / "all.yar").write_text('include "parts/missing.yar"\ninclude "a.yar"\n' + RULE.format(name="own", text="as rare: 77aa"))
        for _ in range(2):
            done = self.db("import", self.rules / "all.yar", ok=False)
            self.assertEqual((done.returncode, done.stderr.count("parts/missing.yar")), (3, 1))
        (self.rules / "parts").mkdir()
        (self.rules / "parts/missing.yar").write_text(RULE.format(name="there", text="as rare: 88bb"))
        self.db("import", self.rules / "all.yar")
        self.assertEqual(self.status()["left_out"], 0)

    def test_an_import_says_what_is_wrong_with_it_once(self):
        (self.dir / "a.ndb").write_text("nonsense\n")
        (self.dir / "b.hdb").write_text("0" * 32 + ":5:B\n")
        done = self.db("import", self.dir / "a.ndb", ok=False)
        self.assertEqual((done.returncode, done.stderr.count("a.ndb")), (3, 1))
        self.assertIn("Nothing of a.ndb can be used: line 1: ", done.stderr)
        done = self.db("import", self.dir / "b.hdb", ok=False)  # what was wrong before is no fault of this one
        self.assertEqual((done.returncode, done.stderr.count("a.ndb")), (0, 0))
        self.assertIn("2 items of what was imported before", done.stderr)
        self.assertIn("Nothing of a.ndb can be used", self.db("status").stdout)
        done = self.db("import", "/etc/passwd", ok=False)
        self.assertEqual((done.returncode, done.stderr.count("passwd")), (2, 1))

    def test_rules_named_for_a_scan_come_with_what_they_include(self):
        (self.rules / "parts").mkdir()
        (self.rules / "all.yar").write_text('include "parts/b.yar"\n')
        (self.rules / "parts/b.yar").write_text('include "../a.yar"\n')
        (self.dir / "bad").write_text("so rare that no program has it: 9f27")
        scan = lambda: subprocess.run([khien.BIN / "khien", "scan", "-r", self.rules / "all.yar", self.dir / "bad"], env=khien.ENV | {"XDG_CACHE_HOME": str(self.dir)}, capture_output=True, text=True, timeout=300, check=False)
        done = scan()
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        (self.rules / "a.yar").write_text(RULE.format(name="one", text="something else altogether"))
        self.assertEqual(scan().returncode, 0)  # a change to what is included is seen
        (self.rules / "a.yar").unlink()
        done = scan()
        self.assertEqual((done.returncode, "../a.yar" in done.stderr), (3, True))

    def test_a_rule_that_takes_the_system_for_malware_is_not_used(self):
        self.db("import", self.rules)
        (self.rules / "b.yar").write_text("rule everything { condition: uint32(0) == 0x464c457f }\n")
        done = self.db("import", self.rules, ok=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("the rule everything of rules/b.yar reports", done.stderr)
        self.assertEqual(self.status()["current"], 1)

    def test_a_damaged_content_is_seen(self):
        self.db("import", self.rules)
        with open(self.dir / "store/1/content", "r+b") as f:
            f.write(b"#")
        done = self.db("verify", ok=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("content/1", done.stdout)
        self.db("import")  # compiled anew
        self.assertEqual(self.status()["current"], 2)

    def test_a_bundle_goes_from_machine_to_machine(self):
        self.db("import", self.rules)
        self.db("key", self.dir / "key")
        self.db("export", "--sign", self.dir / "key", self.dir / "content.bundle")
        self.assertEqual(self.db("import", self.dir / "content.bundle", store="agent", ok=False).returncode, 2)  # nobody is trusted
        keys = ["--keys", self.dir / "key.pub"]
        self.db("import", *keys, f"{self.serve()}/content.bundle", store="agent")
        state = self.status("agent")
        self.assertEqual([s["name"] for s in state["sources"]], ["bundle", "khien"])
        self.assertEqual(state["yara_rules"], self.status()["yara_rules"])
        content = bytearray((self.dir / "content.bundle").read_bytes())
        content[-1] ^= 1
        (self.dir / "content.bundle").write_bytes(content)
        self.assertEqual(self.db("import", *keys, self.dir / "content.bundle", store="agent", ok=False).returncode, 2)
        self.assertEqual(self.status("agent")["current"], state["current"])

    def test_over_plain_http_only_what_is_signed(self):
        done = self.db("import", f"{self.serve()}/rules/a.yar", ok=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("use https", done.stderr)
        self.assertTrue(self.status()["empty"])

    def test_killed_at_any_moment_it_has_the_old_or_the_new_content(self):
        self.db("import", self.rules)
        numbers = {1}
        for i in range(25):
            (self.rules / "a.yar").write_text(RULE.format(name=f"rule_{i}", text=f"rare as can be: {i}"))
            process = subprocess.Popen([khien.BIN / "khien", "db", "import", "--store", self.dir / "store", self.rules], env=khien.ENV,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(random.uniform(0, 0.6))
            process.kill()
            process.wait()
            self.db("verify")
            state = self.status()
            self.assertFalse(state["empty"])
            numbers.add(state["current"])
        self.assertEqual(sorted(numbers), list(range(1, max(numbers) + 1)))
        self.db("import", self.rules)
        self.assertLessEqual(len(list((self.dir / "store").iterdir())), 5)


if __name__ == "__main__":
    unittest.main()
