"""An office whose only way out is an HTTP proxy: enrolment and every request of the agent go through it; a wrong proxy is named."""

import unittest

import khien
import proxy

SETTINGS = "scan:\n  first: []\n  daily: []\n"


class ThroughAProxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)

    def proxy(self, user=None):
        p = proxy.Proxy(user)
        self.addCleanup(p.stop)
        return p

    def goes_through(self, p, name):
        target = f"127.0.0.1:{self.site.port}"
        self.site.unit(name)  # in one unit it would be the same machine set up anew
        self.site.enrol(name, name, "--proxy", p.url)
        enrolling = len(p.tunnels)
        self.assertGreater(enrolling, 0)
        self.site.agent(name, SETTINGS)
        self.addCleanup(self.site.stop_agent, name)
        khien.wait_for(lambda: (self.site.status_json(name) or {}).get("link") == "online", 30, what="the link")
        self.site.producer(name).hand_in(10)
        khien.wait_for(lambda: len(self.site.events(name)) == 10, 30, what="the events")
        khien.wait_for(lambda: len(p.tunnels) >= enrolling + 2, 30, what="both connections of the agent")  # records, and orders
        self.assertEqual(set(p.tunnels), {target})

    def test_enrolment_and_records_go_through_it(self):
        self.goes_through(self.proxy(), "mot")

    def test_with_name_and_password(self):
        self.goes_through(self.proxy("ten:mat-khau"), "hai")

    def test_what_waits_is_kept_while_the_proxy_is_away(self):
        p = self.proxy()
        self.goes_through(p, "ba")
        p.stop()
        self.site.producer("ba", 2).hand_in(10)
        khien.wait_for(lambda: self.site.status_json("ba")["error"] == "unreachable", 30, what="the agent's word that it has no link")
        self.assertIn("proxy", self.site.agent_log("ba"))
        self.assertIn("kept and sent later", self.site.status("ba"))
        self.assertGreaterEqual(self.site.status_json("ba")["health"]["spool_records"], 10)
        self.assertEqual(len(self.site.events("ba")), 10)

    def test_a_wrong_proxy_is_named(self):
        refusing, nobody = self.proxy("ten:mat-khau"), f"http://127.0.0.1:{khien.free_port()}"
        wrong_password = refusing.url.replace("mat-khau", "doan-mo")
        for wrong, status, words in ((nobody, 3, "through the proxy " + nobody[7:]), (wrong_password, 3, "407"), ("khong phai proxy", 2, "expected a proxy as http://HOST:PORT")):
            done = self.site.enrol("sai", "goc", "--proxy", wrong, check=False)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(words, done.stderr)
            self.assertIn("proxy", done.stderr)
            self.assertNotIn("doan-mo", done.stderr)
        self.assertFalse((self.site.state("sai") / "identity.json").exists())


if __name__ == "__main__":
    unittest.main()
