"""Certificates that end: near their end they are renewed by the agent itself, also for some time after it; past that, or withdrawn, the agent says what a person has to do, and keeps what
it has to send. A withdrawn machine is cut off at once, in the middle of a request too."""

import http.client
import json
import ssl
import threading
import time
import unittest

import khien
import machine

SETTINGS = "scan:\n  first: []\n  daily: []\n"


class Caller:
    """Asks the agents' routes with the certificate that stands in a state directory now."""

    def __init__(self, site, state):
        self.site = site
        self.context = ssl.create_default_context(cafile=str(site.data / "ca.pem"))
        self.context.load_cert_chain(state / "cert.pem", state / "key.pem")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.site.port, context=self.context, timeout=60)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers={"Content-Type": "application/json"})
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def code(self, method, path, body=None):
        return self.ask(method, path, body)[1].get("error", {}).get("code")


class Certificates(unittest.TestCase):
    def site_that_enrolled(self, days_ago):
        """A site whose server, and one machine's certificate, were made so many days ago; and who calls with that certificate."""
        directory = khien.pathlib.Path(khien.tempfile.mkdtemp(prefix="khien-past-"))
        self.addCleanup(khien.shutil.rmtree, directory, ignore_errors=True)
        past = machine.Machine(directory, "past")
        past.set_clock(days=-days_ago)
        site = khien.Site(server_on=past)
        self.addCleanup(site.__exit__)
        site.server("init", "--unit-code", "goc", "--unit-name", "Đơn vị gốc")
        site.start_server()
        site.enrol("may", "goc", on=past)
        site.stop_server()
        past.set_clock()
        former = Caller(site, site.state("may"))
        site.start_server()
        (former.serial,) = self.serials(site)
        site.agent("may", SETTINGS, on=past)
        return site, past, former

    def serials(self, site):
        return {c["serial"]: c for c in site.server_json("endpoint", "show", site.uid("may"))["certificates"]}

    def renews_by_itself(self, days_ago):
        site, _, former = self.site_that_enrolled(days_ago)
        old = former.serial
        producer, uid = site.producer("may"), site.uid("may")
        khien.wait_for(lambda: (site.state("may") / "run/events.sock").exists(), what="the agent's socket")
        for _ in range(20):
            producer.hand_in(5)
            time.sleep(0.05)
        khien.wait_for(lambda: self.serials(site)[old]["revoked_s"], 30, what="the end of the old certificate")
        now = self.serials(site)
        self.assertEqual((len(now), now[old]["reason"]), (2, "renewed"))
        khien.wait_for(lambda: site.status_json("may")["link"] == "online", 30, what="the link")
        producer.hand_in(5)
        khien.wait_for(lambda: len(site.events()) >= 105, 30, what="the events")
        self.assertEqual(sorted(site.events()), list(range(1, 106)))
        self.assertEqual(site.uid("may"), uid)
        for method, path in (("POST", "/agent/v1/hello"), ("POST", "/agent/v1/batch"), ("GET", "/agent/v1/orders")):
            self.assertEqual(former.code(method, path), "certificate_expired", path)
        return site

    def test_near_its_end_it_is_renewed(self):
        site = self.renews_by_itself(200)
        self.assertNotIn("certificate_expired", site.agent_log("may"))

    def test_a_few_days_after_its_end_it_is_renewed(self):
        site = self.renews_by_itself(280)
        self.assertIn("certificate_expired", site.agent_log("may"))

    def test_long_after_its_end_the_machine_is_enrolled_again(self):
        site, on, _ = self.site_that_enrolled(320)
        khien.wait_for(lambda: (site.status_json("may") or {}).get("error") == "certificate_expired", 30, what="the agent's word that its certificate has ended")
        said = site.status("may")
        self.assertIn("The machine's certificate has expired", said)
        self.assertIn("khien enroll --force", said)
        site.producer("may").hand_in(20)
        self.assertEqual(site.events(), [])
        uid = site.uid("may")
        site.enrol("may", "goc", "--force", on=on)
        self.assertEqual(site.uid("may"), uid)
        khien.wait_for(lambda: len(site.events("may")) >= 20, 30, what="what was kept")
        self.assertEqual(sorted(site.events("may")), list(range(1, 21)))

    def test_a_revoked_machine_is_cut_off_at_once(self):
        site = khien.Site().__enter__()
        self.addCleanup(site.__exit__)
        site.enrol("may", "goc")
        site.agent("may", SETTINGS)
        khien.wait_for(lambda: (site.status_json("may") or {}).get("link") == "online", 30, what="the link")
        time.sleep(1)
        site.server("endpoint", "revoke", site.uid("may"))
        khien.wait_for(lambda: site.status_json("may")["link"] == "stopped", 4, what="the end of the link")
        said = site.status("may")
        self.assertIn("has been revoked", said)
        self.assertIn("khien enroll --force", said)
        site.producer("may").hand_in(20)  # is kept

        former = site.uid("may")
        site.enrol("may", "goc", "--force")
        self.assertNotEqual(site.uid("may"), former)
        khien.wait_for(lambda: len(site.events("may")) >= 20, 30, what="what was kept")
        self.assertEqual(sorted(site.events()), list(range(1, 21)))

    def test_an_open_request_of_a_revoked_machine_ends(self):
        site = khien.Site().__enter__()
        self.addCleanup(site.__exit__)
        site.enrol("may", "goc")
        answers = []
        waits = threading.Thread(target=lambda: answers.append(Caller(site, site.state("may")).ask("GET", "/agent/v1/orders?after=0&wait=60")))
        waits.start()
        time.sleep(2)
        self.assertEqual(answers, [])
        site.server("endpoint", "revoke", site.uid("may"))
        end = time.monotonic()
        waits.join(30)
        self.assertLess(time.monotonic() - end, 2)
        self.assertEqual((answers[0][0], answers[0][1]["error"]["code"]), (401, "certificate_revoked"))


if __name__ == "__main__":
    unittest.main()
