"""Nothing lost, nothing doubled: 10,000 events on their way from a local producer through the agent's spool to the server, while agent and server are killed (SIGKILL) in turn, 20 times
each, at moments of chance. Every event that the agent said was durable is on the server exactly once, and so is every one that was sent."""

import json
import os
import random
import signal
import socket
import struct
import threading
import time
import unittest

import khien

EVENTS = 10_000
KILLS = 20
RECORD, DURABLE = 1, 2
EVENT_CLASS = 2
PRODUCER = 0x6B68_6965_6E00_0001


class Producer(threading.Thread):
    """Hands in events 1…EVENTS; after a lost connection it goes on behind the last one that was answered."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.durable, self.failure = path, 0, None

    def run(self):
        while self.durable < EVENTS and not self.failure:
            try:
                self.hand_in()
            except OSError:
                time.sleep(0.05)

    def hand_in(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.settimeout(20)
            connection.connect(self.path)
            while self.durable < EVENTS:
                last = min(self.durable + random.randint(1, 40), EVENTS)
                for n in range(self.durable + 1, last + 1):
                    connection.send(self.message(n))
                while self.durable < last:
                    self.durable = max(self.durable, self.answer(connection))
                time.sleep(0.02)

    @staticmethod
    def message(n):
        body = {"kind": "event", "event": {"category": "test", "action": "counted"}, "khien": {"n": n}}
        payload = struct.pack("<QQI", PRODUCER, n, EVENT_CLASS) + json.dumps(body, separators=(",", ":")).encode()
        return struct.pack("<HHI", RECORD, 0, len(payload)) + payload

    @staticmethod
    def answer(connection):
        reply = connection.recv(1024)
        if not reply:
            raise OSError("the agent went away")
        kind, _, length = struct.unpack("<HHI", reply[:8])
        if kind != DURABLE or length != 8:
            raise AssertionError(f"unexpected answer {reply!r}")
        return struct.unpack("<Q", reply[8:16])[0]


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
            producer = Producer(str(site.state("may") / "run/events.sock"))
            producer.start()
            for _ in range(KILLS):
                time.sleep(random.uniform(0.05, 0.5))
                site.stop_agent("may", signal.SIGKILL)
                site.agent("may", settings)
                time.sleep(random.uniform(0.05, 0.5))
                site.stop_server(signal.SIGKILL)
                site.start_server()
            producer.join(120)
            self.assertEqual(producer.durable, EVENTS)
            count = lambda: site.query("SELECT count(*) FROM event WHERE category='test'")[0][0]
            khien.wait_for(lambda: count() >= EVENTS, 120, 0.5, "all events on the server")
            time.sleep(2)  # a doubled one would come now
            numbers = [json.loads(body)["khien"]["n"] for (body,) in site.query("SELECT body FROM event WHERE category='test'")]
            self.assertEqual(sorted(numbers), list(range(1, EVENTS + 1)))


if __name__ == "__main__":
    unittest.main()
