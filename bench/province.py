"""The demonstration province, at 10,000 machines and 200 units and at ten times that: every page and report, an import of 10,000 rows, a register of 100,000, what holds the writer, memory, growth."""

import json
import os
import statistics
import subprocess
import time

import machine
import khien
from page import Client

SIZES = [tuple(map(int, size.split("x"))) for size in os.environ.get("KHIEN_BENCH_PROVINCE", "200x10000 2000x100000").split()]
PAGE_AIM_MS, REPORT_AIM_MS = 300, 5000
RUNS = 15
IMPORT_ROWS, LONG_ROWS = 10000, 100000

# What the console asks, page by page; {…} is filled from what the province has.
PAGES = """/api/v1/me
/api/v1/about
/api/v1/units
/api/v1/units/{unit}/standing
/api/v1/units/{unit}
/api/v1/units/{unit}/figures
/api/v1/units/{unit}/figures/K01/history
/api/v1/units/{unit}/posture
/api/v1/units/{unit}/comparison
/api/v1/units/{unit}/detection-weeks
/api/v1/units/{unit}/controls/av_running/rows
/api/v1/units/{unit}/controls/device_checked/rows
/api/v1/units/{unit}/controls/person_trained/rows
/api/v1/units/{unit}/posture/av_running/history
/api/v1/units/{ward}/figures
/api/v1/units/{ward}/posture
/api/v1/controls
/api/v1/directives
/api/v1/directives/thai-hoa-2025
/api/v1/directives/thai-hoa-2025?evidence=20
/api/v1/directives/thai-hoa-2025/units
/api/v1/endpoints
/api/v1/endpoints?sort=fail&desc=true
/api/v1/endpoints?text=999
/api/v1/endpoints/{endpoint}
/api/v1/endpoints/{endpoint}/facts/packages
/api/v1/endpoints/{endpoint}/detections
/api/v1/endpoints/{endpoint}/orders
/api/v1/detections
/api/v1/detections/{detection}
/api/v1/campaigns
/api/v1/content
/api/v1/law
/api/v1/audit
/api/v1/users
/api/v1/tokens
/api/v1/portals
/api/v1/registers
/api/v1/registers/counts
/api/v1/registers/device/records?sort=name
/api/v1/registers/device/records?text=mau
/api/v1/registers/device/choices?field=holder
/api/v1/registers/device/records/{device}
/api/v1/registers/device/records/{device}/history
/api/v1/report/templates""".split("\n")
REPORTS = """/api/v1/report/preview?directive=thai-hoa-2025
/api/v1/report?directive=thai-hoa-2025&format=docx
/api/v1/report?directive=thai-hoa-2025&format=pdf
/api/v1/report?directive=thai-hoa-2025&format=xlsx
/api/v1/report?format=pdf
/api/v1/directives/thai-hoa-2025/report""".split("\n")


class Province(khien.Site):
    """A site whose data directory `khien-server demo` makes."""

    def __init__(self, units, endpoints):
        super().__init__()
        self.units, self.endpoints = units, endpoints

    def __enter__(self):
        took, _ = machine.timed(lambda: subprocess.run(
            self.command(None, "khien-server", "demo", "--units", self.units, "--endpoints", self.endpoints, "--config", self.config), check=True, stdout=subprocess.DEVNULL))
        size = sum(f.stat().st_size for f in self.data.rglob("*") if f.is_file())
        print(f"   {self.endpoints} machines, {self.units} units: made in {took:.0f} s, {size / 1048576:.0f} MiB")
        self.start_server()
        return self


def settle(pids):
    """Waits until what the server does by itself at start is done."""
    start, used = time.monotonic(), machine.cpu_seconds(pids)
    while True:
        time.sleep(3)
        now = machine.cpu_seconds(pids)
        if now - used < 0.1:
            return time.monotonic() - start, now
        used = now


class Meter:
    """Asks for pages and prints what each took: wall time, and the server's processor time, which other work on the machine disturbs less."""

    def __init__(self, client, pids, known):
        self.client, self.pids, self.known = client, pids, known
        self.results = {}

    def page(self, path):
        times, used = [], machine.cpu_seconds(self.pids)
        for _ in range(RUNS):
            start = time.monotonic()
            _, data = self.client.call("GET", path.format(**self.known))
            times.append(1000 * (time.monotonic() - start))
        times.sort()
        return statistics.median(times), times[int(len(times) * 0.95)], 1000 * (machine.cpu_seconds(self.pids) - used) / RUNS, len(data) / 1024

    def pages(self, paths, aim):
        for path in paths:
            p50, p95, cpu, kib = self.page(path)
            self.results[path] = p50
            print(f"   {path:62} p50 {p50:7.1f} ms, p95 {p95:7.1f} ms, processor {cpu:6.1f} ms, {kib:5.0f} KiB{'   OVER THE AIM' if p95 > aim else ''}", flush=True)


def registers(client):
    """The list of each register, as its page asks for it."""
    return [f"/api/v1/registers/{r['name']}/records" for r in client.get("/api/v1/registers")["items"]]


def known_of(client):
    units = client.get("/api/v1/units")["items"]
    return {"unit": client.get("/api/v1/me")["unit"]["code"], "ward": next(u["code"] for u in units if u["kind"] == "ward"),
            "endpoint": client.get("/api/v1/endpoints?limit=1")["items"][0]["id"], "detection": client.get("/api/v1/detections?limit=1")["items"][0]["id"],
            "device": client.get("/api/v1/registers/device/records?limit=1")["items"][0]["id"]}


def import_rows(client, first):
    lines = ["Họ và tên,Vị trí,Ngày sinh"] + [f"Mẫu Nhập {i},officer,1990-01-01" for i in range(first, first + IMPORT_ROWS)]
    start = time.monotonic()
    client.connection.request("POST", "/api/v1/registers/staff/import?dry_run=false", "\n".join(lines).encode(), {**client.headers, "Content-Type": "text/csv"})
    reply = json.loads(client.connection.getresponse().read())
    assert reply["created"] == IMPORT_ROWS, reply
    return time.monotonic() - start


def long_register(meter):
    """All in one unit."""
    print(f"   import of {IMPORT_ROWS} rows: {import_rows(meter.client, 0):.1f} s")
    for first in range(IMPORT_ROWS, LONG_ROWS, IMPORT_ROWS):
        import_rows(meter.client, first)
    print(f"   a register with {LONG_ROWS} records of one unit:")
    meter.pages([f"/api/v1/registers/staff/records{query}" for query in ("", "?sort=full_name", "?text=nhap", "?unit={unit}&own=true", f"?sort=full_name&offset={LONG_ROWS // 2}")]
                + ["/api/v1/registers/counts"], PAGE_AIM_MS)
    record = meter.client.get("/api/v1/registers/staff/records?limit=1")["items"][0]
    took, _ = meter.client.send("PUT", f"/api/v1/registers/staff/records/{record['id']}", {"version": record["version"], "fields": {"phone": "0000 000 001"}})
    print(f"   one of them changed, its postures included: {took:.0f} ms")


def wide_writes(client, known):
    """Changes that concern a whole province: nobody else writes meanwhile, so agents wait as long."""
    machines = {c["name"] for c in client.get("/api/v1/controls")["items"] if c["over"] == "endpoint"}
    worst = max((p for p in client.get(f"/api/v1/units/{known['unit']}/posture")["items"] if p["control"] in machines), key=lambda p: p["counts"]["fail"])
    fields = {"control": worst["control"], "reason": "đo", "compensating": "đo", "owner": "đo", "until_on": "2099-12-31"}
    _, reply = client.send("POST", "/api/v1/registers/exception/records", {"fields": fields})
    record = reply.get("record", reply)
    took, _ = client.send("POST", f"/api/v1/registers/exception/records/{record['id']}/moves", {"move": "approve", "version": record["version"]})
    print(f"   an exception for the whole province ({worst['counts']['fail']} machines change): {took:.0f} ms")
    wards = [u["code"] for u in client.get("/api/v1/units")["items"] if u["kind"] == "ward" and u["children"]]
    version = client.get(f"/api/v1/units/{wards[0]}")["unit"]["version"]
    took, _ = client.send("PUT", f"/api/v1/units/{wards[0]}/parent", {"parent": wards[1], "version": version, "decision": decide(client, wards[0])})
    print(f"   a ward with what is below it moved: {took:.0f} ms")
    took, _ = client.send("POST", f"/api/v1/units/{wards[0]}/merge", {"into": wards[1], "version": version + 1, "decision": decide(client, wards[0])})
    print(f"   and merged into the other: {took:.0f} ms")
    split(client, wards[1])


def decide(client, unit):
    _, data = client.call("POST", f"/api/v1/units/{unit}/decisions?number=1&decided_on=2026-01-02&name=qd.pdf", "do")
    return json.loads(data)["id"]


def split(client, unit):
    """Every second thing that the ward holds goes to a new one."""
    held = client.get(f"/api/v1/units/{unit}/holdings")["items"]
    part = {"name": "Phường tách ra", "kind": "ward", "items": [{"what": one["what"], "id": one["id"]} for one in held[::2]]}
    took, _ = client.send("POST", f"/api/v1/units/{unit}/split", {"parts": [part], "version": client.get(f"/api/v1/units/{unit}")["unit"]["version"], "decision": decide(client, unit)})
    print(f"   and {len(part['items'])} of {len(held)} things of it split off: {took:.0f} ms")


def run(units, endpoints):
    with Province(units, endpoints) as site:
        pids = machine.tree(site.server_process.pid)
        took, used = settle(pids)
        print(f"   at its start the server asked everything anew: within {took:.0f} s, {used:.1f} s of processor")
        print(f"   memory of the server at start: {machine.memory_kib(pids)[0] / 1024:.0f} MiB", flush=True)
        client = Client(site)
        meter = Meter(client, pids, known_of(client))
        meter.pages(PAGES + registers(client), PAGE_AIM_MS)
        meter.pages(REPORTS, REPORT_AIM_MS)
        print(f"   memory of the server after all of it: {machine.memory_kib(pids)[0] / 1024:.0f} MiB")
        wide_writes(client, meter.known)
        long_register(meter)
        print(f"   memory of the server after that: {machine.memory_kib(pids)[0] / 1024:.0f} MiB", flush=True)
        return meter.results


def main():
    machine.describe()
    print(f"   aim: p95 of a page under {PAGE_AIM_MS} ms, of a report under {REPORT_AIM_MS} ms")
    results = [run(*size) for size in SIZES]
    if len(results) > 1:
        print("   growth of p50 from the first size to the last:")
        for path, p50 in sorted(results[0].items(), key=lambda item: -results[-1][item[0]] / item[1])[:15]:
            print(f"   {path:62} × {results[-1][path] / p50:.1f}")


if __name__ == "__main__":
    main()
