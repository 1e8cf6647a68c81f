"""Events made durable over TLS, the time of a batch, and memory with thousands of agents connected: khien-simulate and khien-server share this machine."""

import json
import os
import pathlib
import sqlite3
import subprocess
import time

import machine
import khien

AIM_EVENTS = 60000
PEER_EVENTS = 500_000  # as many of the stored rows as SQLite alone is given
SIMULATE = os.environ.get("KHIEN_SIMULATE")
FULL_SPEED = [  # endpoints, batches of each, events in a batch
    (100, 60, 500),
    (1000, 6, 500),
    (1000, 60, 50),
]


def program():
    if SIMULATE:
        return SIMULATE
    build = machine.ROOT / "out/build"
    subprocess.run(["ninja", "-C", build, "bench/simulate/khien-simulate"], check=True, stdout=subprocess.DEVNULL)
    return build / "bench/simulate/khien-simulate"


class Fleet:
    """Endpoints enrolled at a site's server."""

    def __init__(self, site, simulate, endpoints):
        self.site, self.simulate = site, simulate
        self.ca, self.identities = site.data / "ca.pem", site.dir / "identities"
        token = site.token("goc", "--uses", endpoints).split("/e/")[1].split("#")[0]
        self.enrolment = self.measure("enroll", token, endpoints, self.identities)

    def command(self, verb, *words):
        return [str(w) for w in (self.simulate, verb, self.site.url, self.ca, *words)]

    def measure(self, verb, *words):
        done = subprocess.run(self.command(verb, *words), capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"khien-simulate {verb}: {done.stderr}{done.stdout}")
        return json.loads(done.stdout)

    def events(self, endpoints, batches, records, rate=0):
        return self.measure("events", self.identities, endpoints, batches, records, rate)

    def memory_while_holding(self, endpoints, seconds):
        """(what the simulator says, MiB of the server while all hold a long poll)"""
        with subprocess.Popen(self.command("hold", self.identities, endpoints, seconds), stdout=subprocess.PIPE, text=True) as process:
            said = json.loads(process.stdout.readline())
            time.sleep(2)
            rss, _ = machine.memory_kib([self.site.server_process.pid])
            process.terminate()
        return said, rss / 1024


def sqlite_alone(site, batch):
    """Events a second when SQLite stores the very same rows with the same settings and does nothing else, one transaction a batch."""
    tables = [sql for (sql,) in site.query("SELECT sql FROM sqlite_master WHERE tbl_name='event' AND sql IS NOT NULL ORDER BY type DESC")]
    rows = site.query("SELECT endpoint_id, at_ms, category, action, body FROM event ORDER BY id LIMIT ?", PEER_EVENTS)
    db = sqlite3.connect(site.dir / "peer.db", isolation_level=None)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-32768;" + ";".join(tables))

    def store():
        for at in range(0, len(rows), batch):
            db.execute("BEGIN")
            db.executemany("INSERT INTO event(endpoint_id, at_ms, category, action, body) VALUES(?,?,?,?,?)", rows[at : at + batch])
            db.execute("COMMIT")

    took, _ = machine.timed(store)
    db.close()
    return len(rows) / took


def cpu_of(site):
    return machine.cpu_seconds([site.server_process.pid])


def check_nothing_lost(site, events):
    stored = site.query("SELECT COUNT(*) FROM event")[0][0]
    assert stored == events, f"{stored} of {events} events are stored"


def full_speed(simulate):
    for endpoints, batches, records in FULL_SPEED:
        with khien.Site() as site:
            fleet = Fleet(site, simulate, endpoints)
            before = cpu_of(site)
            r = fleet.events(endpoints, batches, records)
            used = cpu_of(site) - before
            check_nothing_lost(site, r["events"])
            mib = sum(p.stat().st_size for p in pathlib.Path(site.data).glob("khien.db*")) / 2**20
            print(f"   {endpoints} agents at once, {records} events of {r['bytes_per_event']} bytes a batch: {r['events_per_s']:,} events/s on disk and indexed (aim ≥ {AIM_EVENTS:,}), "
                  f"{r['batches_per_s']} batches/s, batch p50 {r['p50_ms']} ms, p99 {r['p99_ms']} ms; server {1e6 * used / r['events']:.1f} µs of CPU an event; {r['events']:,} events, {mib:,.0f} MiB")
            peer = sqlite_alone(site, records)
            print(f"     peer, SQLite alone with the same rows, one transaction a batch: {peer:,.0f} events/s; {r['events_per_s'] / peer:.2f} times as fast as SQLite alone")


def at_the_aim(simulate):
    with khien.Site() as site:
        fleet = Fleet(site, simulate, 1000)
        r = fleet.events(1000, 6, 200, AIM_EVENTS)
        check_nothing_lost(site, r["events"])
        print(f"   1000 agents, {AIM_EVENTS:,} events falling due in a second: {r['events_per_s']:,} events/s; batch of 200 p50 {r['p50_ms']} ms, p99 {r['p99_ms']} ms, longest {r['max_ms']} ms")


def held(simulate):
    with khien.Site("http:\n  connections: 20000\n") as site:
        fleet = Fleet(site, simulate, 10000)
        e = fleet.enrolment
        idle, _ = machine.memory_kib([site.server_process.pid])
        print(f"   enrolment: {e['per_second']} machines/s; the server then: {idle / 1024:.0f} MiB")
        for endpoints in (1000, 10000):
            said, mib = fleet.memory_while_holding(endpoints, 600)
            print(f"   {endpoints} agents connected and waiting for orders: {mib:.0f} MiB resident; {said['handshakes_per_s']} agents/s shake hands, say hello and wait")
            site.stop_server()
            site.start_server()


def main():
    machine.describe()
    simulate = program()
    full_speed(simulate)
    at_the_aim(simulate)
    held(simulate)


main()
