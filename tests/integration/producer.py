"""A program of a machine that hands events in to its agent (events.sock, docs/protocol.md)."""

import json
import socket
import struct
import time

RECORD, DURABLE = 1, 2
DETECTION_CLASS, EVENT_CLASS = 0, 2


class Producer:
    """Counts its events 1, 2, 3…; `durable` is the last that the agent has said to be on its disk."""

    def __init__(self, path, number=1):
        self.path, self.number, self.durable = str(path), number, 0

    def connect(self, timeout=20, patience=10):
        """An agent that was just started (again) may need a moment to listen."""
        until = time.monotonic() + patience
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            connection.settimeout(timeout)
            try:
                connection.connect(self.path)
                return connection
            except (ConnectionRefusedError, FileNotFoundError):
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def send(self, connection, count, filling=""):
        """The next `count` events go out, each with its number and the filling; the number of the last."""
        for n in range(self.durable + 1, self.durable + count + 1):
            connection.send(self.message(n, filling))
        return self.durable + count

    def hand_in(self, count, filling=""):
        """Sends events and waits until all are durable."""
        with self.connect() as connection:
            last = self.send(connection, count, filling)
            while self.durable < last:
                self.durable = max(self.durable, self.answer(connection))

    def message(self, n, filling=""):
        return self.packed(n, EVENT_CLASS, {"kind": "event", "event": {"category": "test", "action": "counted"}, "khien": {"n": n, "filling": filling}})

    def detect(self, **fields):
        """Hands in one detection."""
        with self.connect() as connection:
            connection.send(self.packed(self.durable + 1, DETECTION_CLASS, {"kind": "detection", **fields}))
            self.durable = self.answer(connection)

    def packed(self, n, record_class, body):
        payload = struct.pack("<QQI", self.number, n, record_class) + json.dumps(body, separators=(",", ":")).encode()
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
