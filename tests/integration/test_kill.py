"""Nothing lost, nothing doubled: 10,000 events on their way from a local producer through the agent's spool to the server, while agent and server are killed (SIGKILL) in turn, 20 times
each, at moments of chance. Every event that the agent said was durable is on the server exactly once, and so is every one that was sent."""

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


class Steady(threading.Thread):
    """Hands in events 1…EVENTS; after a lost connection it goes on behind the last one that was answered."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.producer = producer.Producer(path)

    def run(self):
        while self.producer.durable < EVENTS:
            try:
                self.hand_in()
            except OSError:
                time.sleep(0.05)

    def hand_in(self):
        with self.producer.connect() as connection:
            while self.producer.durable < EVENTS:
                last = self.producer.send(connection, min(random.randint(1, 40), EVENTS - self.producer.durable))
                while self.producer.durable < last:
                    self.producer.durable = max(self.producer.durable, self.producer.answer(connection))
                time.sleep(0.02)


class Kill(unittest.TestCase):
    def test_nothing_is_lost_or_doubled(self):
        seed = int(os.environ.get("KHIEN_SEED", random.randrange(2**32)))
        random.seed(seed)
        print(f"KHIEN_SEED={seed}", flush=True)
        with khien.Site() as site:
            site.unit("don-vi")
            site.enrol("may", "don-vi")
            settings = "scan:\n  first: []\n  daily: []\n"
            site.agent("may", settings)
            steady = Steady(site.state("may") / "run/events.sock")
            steady.start()
            for _ in range(KILLS):
                time.sleep(random.uniform(0.05, 0.5))
                site.stop_agent("may", signal.SIGKILL)
                site.agent("may", settings)
                time.sleep(random.uniform(0.05, 0.5))
                site.stop_server(signal.SIGKILL)
                site.start_server()
            steady.join(120)
            self.assertEqual(steady.producer.durable, EVENTS)
            count = lambda: site.query("SELECT count(*) FROM event WHERE category='test'")[0][0]
            khien.wait_for(lambda: count() >= EVENTS, 120, 0.5, "all events on the server")
            time.sleep(2)  # a doubled one would come now
            numbers = [json.loads(body)["khien"]["n"] for (body,) in site.query("SELECT body FROM event WHERE category='test'")]
            self.assertEqual(sorted(numbers), list(range(1, EVENTS + 1)))


if __name__ == "__main__":
    unittest.main()
