"""Copied and restored disks: every record reaches the server once and under the machine that measured it; a copy of a machine becomes a machine of its own by itself."""

import hashlib
import json
import shutil
import signal
import unittest

import khien
import machine

SETTINGS = "scan:\n  first: []\n  daily: []\n"


class Copies(unittest.TestCase):
    def setUp(self):
        self.site = khien.Site().__enter__()
        self.addCleanup(self.site.__exit__)

    def machine(self, name):
        return machine.Machine(self.site.dir, name)

    def wait_for_link(self, name):
        khien.wait_for(lambda: (self.site.status_json(name) or {}).get("link") == "online", 60, what=f"the link of {name}")

    def wait_for_socket(self, name):
        khien.wait_for(lambda: self.site.status_json(name), 30, what=f"the agent {name}")

    def events_of(self, uid, filling):
        rows = self.site.query("SELECT v.body FROM event v JOIN endpoint e ON e.id = v.endpoint_id WHERE v.category = 'test' AND e.uid = ?", uid)
        return sorted(e["n"] for e in (json.loads(body)["khien"] for (body,) in rows) if e["filling"] == filling)

    def wait_for_events(self, uid, filling, count):
        khien.wait_for(lambda: len(self.events_of(uid, filling)) >= count, 60, what=f"{count} events {filling}")
        self.assertEqual(self.events_of(uid, filling), list(range(1, count + 1)))

    # --- a cloned disk

    def copied(self):
        """An original with ten events in its spool, stopped, and its copy for another machine; no server. The original's id, the machines."""
        here, there = self.machine("goc"), self.machine("ban-sao")
        self.site.enrol("goc", "goc", on=here)
        uid = self.site.uid("goc")
        self.site.stop_server()
        self.site.agent("goc", SETTINGS, on=here)
        self.wait_for_socket("goc")
        self.site.producer("goc").hand_in(10, "original")
        self.site.stop_agent("goc")
        shutil.copytree(self.site.state("goc"), self.site.state("ban-sao"))
        return uid, here, there

    def clone(self, change=None):
        """The same with both running, the copy become a machine of its own. The two machines' ids."""
        uid, here, there = self.copied()
        if change:
            change(self.site.state("ban-sao") / "identity.json", there)
        self.site.start_server()
        self.site.agent("ban-sao", SETTINGS, on=there)
        khien.wait_for(lambda: self.site.uid("ban-sao") != uid, 60, what="an identity of its own")
        self.wait_for_link("ban-sao")
        self.site.agent("goc", SETTINGS, on=here)
        self.wait_for_link("goc")
        return uid, self.site.uid("ban-sao")

    def each_has_its_own(self, original, copy):
        self.wait_for_events(original, "original", 10)
        self.assertEqual(self.site.uid("goc"), original)
        self.site.producer("ban-sao", 2).hand_in(5, "copy")
        self.site.producer("goc", 2).hand_in(5, "original, later")
        self.wait_for_events(copy, "copy", 5)
        self.wait_for_events(original, "original, later", 5)
        self.assertEqual(self.events_of(copy, "original"), [])
        dropped = self.site.status_json("ban-sao")["health"]["dropped"]
        self.assertGreaterEqual(dropped["events"], 10)
        khien.wait_for(lambda: (self.site.server_json("endpoint", "show", copy)["health"] or {}).get("dropped") == dropped, 30, what="the copy's word that it dropped them")
        self.assertEqual(self.site.status_json("goc")["health"]["dropped"]["events"], 0)

    def test_a_cloned_machine_sends_nothing_of_the_original(self):
        self.each_has_its_own(*self.clone())
        self.assertIn("this machine is a copy of another", self.site.agent_log("ban-sao"))

    def test_a_clone_that_does_not_know_it_is_told_by_the_server(self):
        def say_it_is_the_machine_of_now(path, there):
            said = json.loads(path.read_text())
            said["fingerprint_parts"] = there.fingerprint_parts
            said["fingerprint"] = hashlib.sha256(there.fingerprint_parts.encode()).hexdigest()
            path.write_text(json.dumps(said))
            (path.parent / "memory.json").unlink()

        self.each_has_its_own(*self.clone(say_it_is_the_machine_of_now))
        self.assertIn("duplicate_identity", self.site.agent_log("ban-sao"))
        for word in ("copy of another", "copied with the disk"):
            self.assertNotIn(word, self.site.agent_log("ban-sao"))

    def test_a_clone_keeps_what_it_measured_before_it_reached_the_server(self):
        uid, _, there = self.copied()
        self.site.agent("ban-sao", SETTINGS, on=there)
        self.wait_for_socket("ban-sao")
        self.site.producer("ban-sao", 2).hand_in(5, "copy")
        self.site.stop_agent("ban-sao", signal.SIGKILL)
        self.site.start_server()
        self.site.agent("ban-sao", SETTINGS, on=there)
        self.wait_for_link("ban-sao")
        self.assertNotEqual(self.site.uid("ban-sao"), uid)
        self.wait_for_events(self.site.uid("ban-sao"), "copy", 5)
        self.assertEqual(self.events_of(self.site.uid("ban-sao"), "original"), [])

    def test_a_clone_that_is_enrolled_by_hand_sends_nothing_of_the_original(self):
        uid, _, there = self.copied()
        self.site.start_server()
        self.site.enrol("ban-sao", "goc", "--force", on=there)
        copy = self.site.uid("ban-sao")
        self.assertNotEqual(copy, uid)
        self.site.agent("ban-sao", SETTINGS, on=there)
        self.wait_for_link("ban-sao")
        self.site.producer("ban-sao", 2).hand_in(5, "copy")
        self.wait_for_events(copy, "copy", 5)
        self.assertEqual(self.events_of(copy, "original"), [])
        self.assertGreaterEqual(self.site.status_json("ban-sao")["health"]["dropped"]["events"], 10)

    # --- a restored disk

    def restore(self, name, older):
        shutil.rmtree(self.site.state(name))
        shutil.copytree(older, self.site.state(name))

    def test_an_older_disk_goes_on_where_it_stands(self):
        self.site.enrol("may", "goc")
        uid, older = self.site.uid("may"), self.site.dir / "older"
        self.site.stop_server()
        self.site.agent("may", SETTINGS)
        self.wait_for_socket("may")
        self.site.producer("may").hand_in(10, "before")
        self.site.stop_agent("may")
        shutil.copytree(self.site.state("may"), older)

        self.site.start_server()
        self.site.agent("may", SETTINGS)
        self.wait_for_link("may")
        self.site.producer("may", 2).hand_in(10, "after")
        self.wait_for_events(uid, "before", 10)
        self.wait_for_events(uid, "after", 10)
        self.site.stop_agent("may")

        self.restore("may", older)
        self.site.agent("may", SETTINGS)
        self.wait_for_link("may")
        self.site.producer("may", 2).hand_in(10, "restored")
        self.wait_for_events(uid, "restored", 10)
        khien.wait_for(lambda: self.site.status_json("may")["health"]["spool_records"] == 0, 30, what="an empty spool")
        for filling in ("before", "after", "restored"):
            self.wait_for_events(uid, filling, 10)

    def test_other_records_under_a_name_that_the_server_knows(self):
        """A machine restored with its memory goes on in its epoch, and gives names to records that others had. Here: what a second life wrote gets the epoch of the first."""
        self.site.enrol("may", "goc")
        uid, older = self.site.uid("may"), self.site.dir / "older"
        shutil.copytree(self.site.state("may"), older)
        self.site.agent("may", SETTINGS)
        self.wait_for_link("may")
        self.site.producer("may").hand_in(10, "first life")
        self.wait_for_events(uid, "first life", 10)
        self.site.stop_agent("may")
        (first,) = {epoch for (epoch,) in self.site.query("SELECT epoch FROM stream")}

        self.restore("may", older)
        self.site.stop_server()
        self.site.agent("may", SETTINGS)
        self.wait_for_socket("may")
        self.site.producer("may").hand_in(200, "second life")
        self.site.stop_agent("may", signal.SIGKILL)
        spool = self.site.state("may") / "spool"
        for path in spool.glob("*-*-*.*"):
            ordinal, _, rest = path.name.split("-", 2)
            path.rename(spool / f"{ordinal}-{first}-{rest}")

        self.site.start_server()
        self.site.agent("may", SETTINGS)
        self.wait_for_events(uid, "second life", 200)
        self.wait_for_events(uid, "first life", 10)
        self.assertIn("sequence_conflict", self.site.agent_log("may"))
        khien.wait_for(lambda: self.site.status_json("may")["health"]["spool_records"] == 0, 30, what="an empty spool")
        self.wait_for_events(uid, "second life", 200)


if __name__ == "__main__":
    unittest.main()
