"""Pages of the console at 10,000 machines: a made-up province of 30 communes and 270 units, every control answered for every machine."""

import http.client
import json
import os
import ssl
import statistics
import subprocess
import time

import machine
import khien

MACHINES = int(os.environ.get("KHIEN_BENCH_MACHINES", "10000"))
AIM_MS = 300
PAGES = [
    ("floor: who am I", "/api/v1/me"),  # TLS, HTTP and a session, and hardly a question behind them
    ("list of directives", "/api/v1/directives"),
    ("directive page, province", "/api/v1/directives/thai-hoa-2025"),
    ("directive page, 20 rows a figure", "/api/v1/directives/thai-hoa-2025?evidence=20"),
    ("directive page, commune", "/api/v1/directives/thai-hoa-2025?unit=xa-3"),
    ("directive, communes compared", "/api/v1/directives/thai-hoa-2025/units"),
    ("tree of 301 units", "/api/v1/units"),
    ("heat table of 30 communes", "/api/v1/units/{top}/comparison"),
    ("figures K01–K40", "/api/v1/units/{top}/figures"),
    ("rows behind a figure, first page", "/api/v1/units/{top}/controls/av_running/rows"),
    ("rows behind a figure, last page", "/api/v1/units/{top}/controls/av_running/rows?offset=9950"),
    ("machines, first page", "/api/v1/endpoints"),
    ("machines, most failing first", "/api/v1/endpoints?sort=fail&desc=true"),
    ("machines, searched", "/api/v1/endpoints?text=999"),
    ("one machine", "/api/v1/endpoints/{endpoint}"),
    ("report as CSV", "/api/v1/directives/thai-hoa-2025/report"),
]
REPORT_AIM_MS = 5000
REPORTS = [
    ("report to a directive, preview", "/api/v1/report/preview?directive=thai-hoa-2025"),
    ("report to a directive, DOCX", "/api/v1/report?directive=thai-hoa-2025&format=docx"),
    ("report to a directive, PDF", "/api/v1/report?directive=thai-hoa-2025&format=pdf"),
    ("report to a directive, XLSX", "/api/v1/report?directive=thai-hoa-2025&format=xlsx"),
    ("report of a month, PDF", "/api/v1/report?format=pdf"),
]


class Client:
    """One kept connection with a session, as a browser has."""

    def __init__(self, site):
        context = ssl.create_default_context(cafile=str(site.data / "ca.pem"))
        self.connection = http.client.HTTPSConnection("127.0.0.1", site.port, context=context, timeout=120)
        self.headers = {"X-Khien": "1", "Content-Type": "application/json"}
        first, own = (site.data / "first-password").read_text().strip(), "Do-toc-do-2026!"
        reply, _ = self.call("POST", "/api/v1/session", {"name": "admin", "password": first})
        self.headers["Cookie"] = reply.headers["Set-Cookie"].split(";")[0]
        self.call("PUT", "/api/v1/me/password", {"old_password": first, "new_password": own})

    def send(self, method, path, body):
        """(milliseconds, answer)"""
        start = time.monotonic()
        _, data = self.call(method, path, body)
        return 1000 * (time.monotonic() - start), json.loads(data)

    def call(self, method, path, body=None):
        self.connection.request(method, path, json.dumps(body) if body else None, self.headers)
        reply = self.connection.getresponse()
        data = reply.read()
        assert reply.status == 200, (path, reply.status, data[:500])
        return reply, data

    def get(self, path):
        return json.loads(self.call("GET", path)[1])


def fill(site):
    build = machine.ROOT / "out/build"
    subprocess.run(["ninja", "-C", build, "src/server/khien-synthetic"], check=True, stdout=subprocess.DEVNULL)
    site.stop_server()
    took, _ = machine.timed(lambda: subprocess.run([build / "src/server/khien-synthetic", site.data, str(MACHINES)], check=True))
    print(f"   {MACHINES} machines with all controls answered one by one and summed up the tree: {took:.1f} s")
    site.start_server()


def measure(client, name, path, aim=AIM_MS):
    times = []
    for _ in range(9):
        start = time.monotonic()
        _, data = client.call("GET", path)
        times.append(1000 * (time.monotonic() - start))
    median = statistics.median(times)
    print(f"   {name:36} median {median:6.1f} ms, worst {max(times):6.1f} ms, {len(data) / 1024:6.0f} KiB{'   OVER THE AIM' if median > aim else ''}")


def main():
    machine.describe()
    with khien.Site() as site:
        fill(site)
        client = Client(site)
        known = {"top": client.get("/api/v1/me")["unit"]["code"], "endpoint": client.get("/api/v1/endpoints?limit=1")["items"][0]["id"]}
        print(f"   aim: every page under {AIM_MS} ms")
        for name, path in PAGES:
            measure(client, name, path.format(**known))
        print(f"   aim: every document under {REPORT_AIM_MS} ms")
        for name, path in REPORTS:
            measure(client, name, path, REPORT_AIM_MS)
        start = time.monotonic()
        site.server("report", "--format", "json")
        print(f"   khien-server report, five directives, with what time changed asked first: {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
