"""A machine whose clock is wrong: it is told so in one sentence, nothing of it is lost, what it sends stands in the right time; and with the clock right again it goes on by itself."""

import tempfile
import time
import unittest

import khien
import machine

SETTINGS = "scan:\n  first: []\n  daily: []\n"
NEAR_MS = 10 * 60 * 1000


class WrongClock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.site.unit("don-vi")

    def machine(self, name):
        return machine.Machine(self.site.dir, name)

    def wait_for_events(self, name, count):
        khien.wait_for(lambda: len(self.site.events(name)) >= count, 60, what=f"{count} events of {name}")
        self.assertEqual(sorted(self.site.events(name)), list(range(1, count + 1)))

    def furthest_ms(self, name):
        """How far the stamps of the machine's events are from the time at which this test ran."""
        stamps = [at for (at,) in self.site.query("SELECT v.at_ms FROM event v JOIN endpoint e ON e.id = v.endpoint_id WHERE e.uid = ?", self.site.uid(name))]
        return max(abs(at - time.time() * 1000) for at in stamps)

    def offset_s(self, name):
        return self.site.query("SELECT clock_offset_s FROM endpoint WHERE uid = ?", self.site.uid(name))[0][0]

    def test_enrolling_with_a_clock_before_the_servers_certificate(self):
        on, url = self.machine("ghi-danh"), self.site.token("don-vi")
        on.set_clock(days=-5)
        done = self.site.enrol("ghi-danh", None, check=False, url=url, on=on)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("clock", done.stderr)
        self.assertIn("set this machine's date and time right", done.stderr)
        self.assertFalse((self.site.state("ghi-danh") / "identity.json").exists())
        on.set_clock()
        self.site.enrol("ghi-danh", None, url=url, on=on)  # the token has its use yet

    def goes_on_with_a_clock_off_by(self, days, name):
        on = self.machine(name)
        self.site.enrol(name, "don-vi", on=on)
        on.set_clock(days=days)
        self.site.agent(name, SETTINGS, on=on)
        self.addCleanup(self.site.stop_agent, name)
        khien.wait_for(lambda: (self.site.status_json(name) or {}).get("link") == "online", 60, what="the link")
        self.assertIn("wrong_clock", self.site.agent_log(name))
        producer = self.site.producer(name)
        producer.hand_in(20)
        self.wait_for_events(name, 20)
        self.assertLess(self.furthest_ms(name), NEAR_MS)
        self.assertAlmostEqual(self.offset_s(name), -days * 86400, delta=60)
        said = self.site.status(name)
        self.assertIn("This machine's clock is wrong", said)
        self.assertIn("set this machine's date and time right", said)

        self.site.stop_server()  # nobody says that the clock is right now
        on.set_clock()
        time.sleep(2)  # the agent looks at its clock every second
        producer.hand_in(20)
        self.site.start_server()
        self.wait_for_events(name, 40)
        self.assertLess(self.furthest_ms(name), NEAR_MS)
        khien.wait_for(lambda: abs(self.site.status_json(name)["health"]["clock_offset_ms"]) < 5000, 30, what="a clock that is right again")
        khien.wait_for(lambda: self.site.status_json(name)["link"] == "online" and abs(self.offset_s(name)) < 60, 90, what="the server's word that it is")
        self.assertNotIn("clock is wrong", self.site.status(name))

    def test_a_clock_five_days_ahead(self):
        self.goes_on_with_a_clock_off_by(5, "nhanh")

    def test_a_clock_before_the_servers_certificate(self):
        self.goes_on_with_a_clock_off_by(-400, "cham")

    def test_a_clock_behind_the_end_of_the_servers_certificate(self):
        self.goes_on_with_a_clock_off_by(500, "qua-xa")


class Paused(unittest.TestCase):
    """A virtual machine that was paused: its boot time stood still too, and then its clock is set right. To the machine that looks as if a right clock were set wrong; the server knows."""

    def test_a_machine_that_was_paused(self):
        with tempfile.TemporaryDirectory() as directory:
            both = machine.Machine(directory, "tam-dung")
            site = khien.Site(server_on=both)
            self.addCleanup(site.__exit__)
            site.__enter__()
            site.unit("don-vi")
            site.enrol("tam-dung", "don-vi", on=both)
            site.agent("tam-dung", SETTINGS, on=both)
            khien.wait_for(lambda: (site.status_json("tam-dung") or {}).get("link") == "online", 60, what="the link")
            both.set_clock(days=1)  # the server's clock too: so it is the right time, and what stood still is the machine
            khien.wait_for(lambda: "clock was set" in site.agent_log("tam-dung"), 30, what="the agent to notice")
            khien.wait_for(lambda: abs(site.status_json("tam-dung")["health"]["clock_offset_ms"]) < 5000, 60, what="the server's word that the clock is right")


if __name__ == "__main__":
    unittest.main()
