"""Full disks: on the server a batch is refused (507) and the agent keeps it; on the machine what is handed in is not said to be durable. With room again everything goes on; nothing is lost
or doubled."""

import os
import socket
import subprocess
import unittest

import khien

SETTINGS = "scan:\n  first: []\n  daily: []\n"


@unittest.skipIf(os.geteuid() != 0, "needs root to mount a small file system")
class FullDisks(unittest.TestCase):
    def small_disk(self, at, size):
        at.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", at])

    def fill(self, at, leave=0):
        """Takes the room of a disk but for `leave` bytes."""
        free = os.statvfs(at).f_bavail * os.statvfs(at).f_bsize
        with open(at / "filling", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, free - leave)

    def site(self, disk=None):
        site = khien.Site()
        self.addCleanup(site.__exit__)
        if disk:
            self.small_disk(site.data, disk)
        site.__enter__()
        site.enrol("may", "goc")
        return site

    def wait_for_link(self, site, **wanted):
        khien.wait_for(lambda: wanted.items() <= (site.status_json("may") or {}).items(), 60, what=f"{wanted}")

    def test_a_full_disk_of_the_server(self):
        site = self.site("64m")
        site.agent("may", SETTINGS)
        self.wait_for_link(site, link="online")
        site.producer("may").hand_in(10)
        khien.wait_for(lambda: len(site.events()) == 10, 30, what="the first events")
        self.fill(site.data, leave=2 << 20)
        producer = site.producer("may")
        producer.durable = 10
        for _ in range(20):
            producer.hand_in(500, "x" * 500)  # ten megabytes in all
        self.wait_for_link(site, error="disk_full")
        self.assertIn("server's disk is full", site.status("may"))
        kept = site.status_json("may")["health"]["spool_records"]
        self.assertGreater(kept, 0)
        self.assertGreaterEqual(kept + len(site.events()), 10010)
        self.assertEqual(site.status_json("may")["health"]["dropped"]["events"], 0)
        (site.data / "filling").unlink()
        khien.wait_for(lambda: len(site.events()) >= 10010, 120, 0.5, "all events")
        self.assertEqual(sorted(site.events()), list(range(1, 10011)))
        self.wait_for_link(site, link="online", error=None)

    def test_a_full_disk_of_the_machine(self):
        site = self.site()
        self.small_disk(site.dir / "agent-day", "8m")
        site.run("khien", "enroll", site.token("goc"), "--state", site.state("day"))
        site.stop_server()
        site.agent("day", SETTINGS)
        khien.wait_for(lambda: site.status_json("day"), 30, what="the agent")
        site.producer("day").hand_in(10)
        self.fill(site.state("day"))
        producer = site.producer("day")
        producer.durable = 10
        with producer.connect(timeout=3) as connection:
            last = producer.send(connection, 100, "x" * 1000)
            with self.assertRaises(socket.timeout):
                while producer.durable < last:
                    producer.durable = producer.answer(connection)
            self.assertLess(producer.durable, last)
            self.assertIn("disk_full", site.agent_log("day"))
            self.assertIsNotNone(site.status_json("day"))  # it goes on working
            (site.state("day") / "filling").unlink()
            connection.settimeout(20)
            while producer.durable < last:
                producer.durable = producer.answer(connection)
        site.stop_agent("day", khien.signal.SIGKILL)
        site.start_server()
        site.agent("day", SETTINGS)
        khien.wait_for(lambda: len(site.events("day")) >= 110, 60, what="all events")
        self.assertEqual(sorted(site.events("day")), list(range(1, 111)))
        self.assertEqual(site.status_json("day")["health"]["dropped"]["events"], 0)


if __name__ == "__main__":
    unittest.main()
