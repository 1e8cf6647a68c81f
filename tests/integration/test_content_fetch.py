"""Bundles of content: from a server to its agents, by pieces and over interruptions; from a mirror; and what is not taken."""

import functools
import hashlib
import http.server
import json
import pathlib
import random
import threading
import time
import unittest

import khien

RULE = 'rule Khien_Test_Fetched { strings: $a = "KHIEN-FETCHED-%d" condition: $a }\n'
SCANS = "scan:\n  first: []\n  daily: []\n"


class Ranges(http.server.SimpleHTTPRequestHandler):
    """A web server that gives pieces, as any does but Python's; `wrong` changes a byte of each."""

    wrong, asked = False, []

    def do_GET(self):
        path = pathlib.Path(self.translate_path(self.path))
        if not path.exists():
            self.send_error(404)
            return
        whole = path.read_bytes()
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        piece = bytearray(whole[first : last + 1])
        if self.wrong:
            piece[0] ^= 1
        type(self).asked.append(first)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(whole)}")
        self.send_header("Content-Length", str(len(piece)))
        self.end_headers()
        self.wfile.write(piece)

    def log_message(self, *_):
        pass


class ContentFetch(unittest.TestCase):
    def setUp(self):
        self.site = khien.Site()
        self.key = self.site.dir / "content.key"
        self.site.run("khien", "db", "key", self.key)
        self.site.config.write_text(self.site.config.read_text() + f"content:\n  keys: {self.key}.pub\n")
        self.site.__enter__()
        self.addCleanup(self.site.__exit__)
        self.site.unit("a")
        self.site.enrol("may", unit="a")

    def bundle(self, number, key=None, more=b""):
        """A signed bundle with one rule of its own, made from a store of its own."""
        store, rules = self.site.dir / f"store-{number}", self.site.dir / f"rules-{number}"
        rules.mkdir()
        (rules / "fetched.yar").write_text(RULE % number)
        if more:
            (rules / "padding.sha256").write_bytes(more)
        self.site.run("khien", "db", "import", "--store", store, rules)
        out = self.site.dir / f"content-{number}.bundle"
        self.site.run("khien", "db", "export", "--store", store, "--sign", key or self.key, out)
        return out

    def content(self, name="may"):
        return ((self.site.status_json(name) or {}).get("health") or {}).get("content") or {}

    def wait_bundle(self, path, name="may", seconds=120):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        try:
            khien.wait_for(lambda: self.content(name).get("bundle") == digest, seconds)
        except AssertionError:
            self.fail(f"{self.content(name)}\n{self.site.agent_log(name)[-3000:]}")

    def events(self, action):
        rows = self.site.query("SELECT body FROM event WHERE category = 'package' AND action = ?", action)
        return [json.loads(row[0])["khien"]["content"] for row in rows]

    def test_a_machine_gets_what_its_server_has(self):
        path = self.bundle(1)
        self.site.server("content", "add", path)
        self.site.agent("may", SCANS)
        self.wait_bundle(path)
        state = json.loads((self.site.state("may") / "content/state").read_text())
        self.assertTrue(state["imported"])
        khien.wait_for(lambda: len(self.events("content_imported")) == 1, 30, what="the event")
        event = self.events("content_imported")[0]
        self.assertEqual((event["sha256"], event["reason"], event["rules"]), (hashlib.sha256(path.read_bytes()).hexdigest(), None, state["yara_rules"]))
        self.assertEqual(list(self.site.state("may").glob("*.part")), [])
        listed = self.site.run("khien", "db", "status", "--store", self.site.state("may") / "content", "--json", check=False)
        self.assertEqual([s["name"] for s in json.loads(listed.stdout)["sources"] if s["name"] == "bundle"], ["bundle"])

    def test_an_interrupted_fetch_goes_on(self):
        lines = "\n".join("%064x" % random.getrandbits(256) for _ in range(60000)).encode()
        path = self.bundle(2, more=lines)
        self.site.server("content", "add", path)
        self.site.agent("may", SCANS + f"content:\n  rate_kib: 256\n  store: {self.site.state('may')}/content\n")
        part = lambda: next(iter(self.site.state("may").glob("bundle-*.part")), None)
        khien.wait_for(lambda: part() and part().stat().st_size >= 256 * 1024, 60, what="a first piece")
        self.site.stop_agent("may")
        there = part().stat().st_size
        self.assertLess(there, path.stat().st_size)
        self.assertEqual(part().read_bytes(), path.read_bytes()[:there])
        self.site.agent("may", SCANS + f"content:\n  store: {self.site.state('may')}/content\n")
        self.wait_bundle(path)
        self.assertIn(f"from={there}", self.site.agent_log("may"))

    def test_what_no_trusted_key_has_signed_is_refused_once(self):
        """The server's keys changed after this machine was enrolled: it believes those of its enrolment."""
        other = self.site.dir / "other.key"
        self.site.run("khien", "db", "key", other)
        path = self.bundle(3, key=other)
        self.site.server("content", "add", path, "--keys", f"{other}.pub")
        self.site.agent("may", SCANS)
        khien.wait_for(lambda: self.events("content_refused"), 60, what="the refusal")
        self.assertEqual(len(self.events("content_refused")), 1)
        self.assertIsNone(self.content().get("bundle"))
        self.assertEqual(json.loads((self.site.state("may") / "memory.json").read_text())["refused_bundle"], hashlib.sha256(path.read_bytes()).hexdigest())
        self.site.stop_agent("may")
        self.site.agent("may", SCANS)
        khien.wait_for(lambda: (self.site.status_json("may") or {}).get("link") == "online", 30)
        time.sleep(2)
        self.assertEqual(self.site.agent_log("may").count("content is fetched"), 1)
        good = self.bundle(4)
        self.site.server("content", "add", good)
        self.site.stop_agent("may")
        self.site.agent("may", SCANS)
        self.wait_bundle(good)

    def mirror(self):
        handler = functools.partial(Ranges, directory=str(self.site.dir))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        Ranges.wrong, Ranges.asked = False, []
        return f"http://127.0.0.1:{server.server_port}"

    def test_a_mirror_gives_the_bytes_and_a_wrong_one_only_costs_time(self):
        url, path = self.mirror(), self.bundle(5)
        settings = SCANS + f"content:\n  mirror: {url}/{path.name}\n  store: {self.site.state('may')}/content\n"
        self.site.server("content", "add", path)
        self.site.agent("may", settings)
        self.wait_bundle(path)
        self.assertEqual(Ranges.asked, [0])
        self.site.stop_agent("may")
        Ranges.wrong, Ranges.asked = True, []
        newer = self.bundle(6)
        newer_there = self.site.dir / path.name
        newer_there.write_bytes(newer.read_bytes())
        self.site.server("content", "add", newer)
        self.site.agent("may", settings)
        khien.wait_for(lambda: "is not the one that was named" in self.site.agent_log("may"), 60, what="that it is damaged")
        self.assertEqual(Ranges.asked, [0])
        self.site.stop_agent("may")  # the next offer comes with the next answer of the server
        Ranges.wrong = False
        newer_there.unlink()  # now the mirror has nothing: the server is asked
        self.site.agent("may", settings)
        self.wait_bundle(newer)


if __name__ == "__main__":
    unittest.main()
