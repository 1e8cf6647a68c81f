"""Nothing lost, nothing doubled: 10,000 events on their way from a local producer through the agent's spool to the server, while agent and server are killed (SIGKILL) in turn, 20 times
each, at moments of chance. Every event that the agent said was durable is on the server exactly once, and so is every one that was sent.

Chance picks a number of events for each kill, not a time: so every kill falls into the run, on a slow machine and on a fast one. KHIEN_SEED repeats a run."""

import json
import os
import random
import signal
import threading
import time
import unittest

import khien
import producer

EVENTS = 10_000
KILLS = 20
SHARES = 2 * KILLS + 1  # one for each kill, and one that is handed in after the last


class Steady(threading.Thread):
    """Hands in events 1…EVENTS, for the time being only up to `until`; after a lost connection it goes on behind the last one that was answered."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.producer, self.until, self.failure = producer.Producer(path), 0, None

    @property
    def durable(self):
        return self.producer.durable

    def run(self):
        try:
            while self.durable < EVENTS:
                self.hand_in_until_cut_off()
        except BaseException as error:  # whatever it is, the test is to say it
            self.failure = error

    def hand_in_until_cut_off(self):
        try:
            with self.producer.connect() as connection:
                while self.durable < EVENTS:
                    self.hand_in_some(connection)
        except OSError:
            time.sleep(0.05)

    def hand_in_some(self, connection):
        count = min(random.randint(1, 40), self.until - self.durable)
        last = self.producer.send(connection, count)
        while self.durable < last:
            self.producer.durable = max(self.durable, self.producer.answer(connection))
        time.sleep(0.01)

    def reaches(self, number):
        """True when that many are durable; what stopped the thread is raised here."""
        if self.failure:
            raise self.failure
        return self.durable >= number


class Kill(unittest.TestCase):
    def test_nothing_is_lost_or_doubled(self):
        seed = int(os.environ.get("KHIEN_SEED", random.randrange(2**32)))
        random.seed(seed)
        print(f"KHIEN_SEED={seed}", flush=True)
        with khien.Site() as site:
            site.unit("don-vi")
            site.enrol("may", "don-vi")
            self.agent_again(site)
            steady = Steady(site.state("may") / "run/events.sock")
            steady.start()
            waiting = [self.kill_at_chance(site, steady, kill) for kill in range(2 * KILLS)]
            self.assertTrue(any(waiting[0::2]) and any(waiting[1::2]), f"no kill found anything on its way: {waiting}")
            steady.until = EVENTS
            khien.wait_for(lambda: steady.reaches(EVENTS), 120, 0.1, "all events with the agent")
            khien.wait_for(lambda: self.stored(site) >= EVENTS, 120, 0.5, "all events on the server")
            time.sleep(2)  # a doubled one would come now
            numbers = [json.loads(body)["khien"]["n"] for (body,) in site.query("SELECT body FROM event WHERE category='test'")]
            self.assertEqual(sorted(numbers), list(range(1, EVENTS + 1)))

    def kill_at_chance(self, site, steady, kill):
        """Kills the agent (even numbers) or the server while this kill's share of the events is handed in. How many were on their way."""
        first, steady.until = EVENTS * kill // SHARES, EVENTS * (kill + 1) // SHARES
        moment = random.randrange(first, steady.until)
        khien.wait_for(lambda: steady.reaches(moment), 60, 0.001, f"event {moment}")
        self.assertLess(steady.durable, EVENTS)
        if kill % 2 == 0:
            site.stop_agent("may", signal.SIGKILL)
        else:
            site.stop_server(signal.SIGKILL)
        waiting = steady.durable - self.stored(site)
        if kill % 2 == 0:
            self.agent_again(site)
        else:
            site.start_server()
        return waiting

    @staticmethod
    def agent_again(site):
        site.agent("may", "scan:\n  first: []\n  daily: []\n")

    @staticmethod
    def stored(site):
        return site.query("SELECT count(*) FROM event WHERE category='test'")[0][0]


if __name__ == "__main__":
    unittest.main()
