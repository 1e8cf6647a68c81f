"""A real server and real agents in a temporary directory, driven by their own commands. Used by the integration, browser and bench scripts.

    with Site() as site:
        site.unit("xa-a"); site.enrol("may-1", unit="xa-a"); site.agent("may-1")
"""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time

import producer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("KHIEN_BIN", ROOT / "out/bin"))
ENV = {**os.environ, "KHIEN_LANG": "en", "NO_COLOR": "1"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(question, seconds=30, every=0.1, what="the expected state"):
    """The first true answer of question(); AssertionError when it does not come in time."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds} s")
        time.sleep(every)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Browser:
    """A session at the REST API, as the console has one."""

    def __init__(self, site, name=None, password=None):
        self.site, self.cookie = site, None
        if name:
            reply = self.call("POST", "/api/v1/session", {"name": name, "password": password})
            assert reply.status == 200, reply.body
            self.cookie = reply.headers["Set-Cookie"].split(";")[0]

    def call(self, method, path, body=None, headers=None):
        context = ssl.create_default_context(cafile=str(self.site.data / "ca.pem"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.site.port, context=context, timeout=30)
        sent = {"X-Khien": "1", "Accept-Language": "en", **({"Cookie": self.cookie} if self.cookie else {}), **(headers or {})}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body=data, headers=sent)
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, path):
        return self.call("GET", path)


class Site:
    """`server_on`: the machine (machine.py) that the server runs on; None: this one. So is `on` of a command or agent."""

    def __init__(self, settings="", server_on=None):
        self.server_on = server_on
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-site-"))
        self.dir.chmod(0o755)
        self.data = self.dir / "server"
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.server_process, self.agents = None, {}
        self.config = self.dir / "server.yaml"
        self.config.write_text(f"data: {self.data}\nlisten: 127.0.0.1:{self.port}\nnames: [127.0.0.1, localhost]\npacks: {ROOT}/packs\nweb: {ROOT}/out/web\n{settings}")

    def __enter__(self):
        self.server("init", "--unit-code", "goc", "--unit-name", "Đơn vị gốc")
        self.start_server()
        return self

    def __exit__(self, *_):
        for name in list(self.agents):
            self.stop_agent(name)
        self.stop_server()
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- commands

    @staticmethod
    def command(on, program, *words):
        return [*(on.prefix if on else []), str(BIN / program), *map(str, words)]

    def run(self, program, *words, check=True, input=None, env=None, on=None):
        done = subprocess.run(self.command(on, program, *words), input=input, text=True, capture_output=True, env={**ENV, **(env or {})}, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"{program} {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def server(self, *words, check=True, input=None):
        return self.run("khien-server", *words, "--config", self.config, check=check, input=input, on=self.server_on)

    def server_json(self, *words):
        return json.loads(self.server(*words, "--json").stdout)

    def log_file(self, name):
        return open(self.dir / name, "ab")

    # --- the server

    def start_server(self):
        log = self.log_file("server.log")
        with log:
            self.server_process = subprocess.Popen(self.command(self.server_on, "khien-server", "serve", "--config", self.config), stderr=log, stdout=log, env=ENV)
        wait_for(self.is_ready, what="the server's /readyz")

    def is_ready(self):
        if self.server_process.poll() is not None:
            raise AssertionError("khien-server ended:\n" + (self.dir / "server.log").read_text()[-3000:])
        try:
            return Browser(self).get("/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop_server(self, how=signal.SIGTERM):
        if self.server_process and self.server_process.poll() is None:
            self.server_process.send_signal(how)
            self.server_process.wait(30)

    def database(self):
        return sqlite3.connect(f"file:{self.data}/khien.db?mode=ro", uri=True, timeout=30)

    def query(self, sql, *values):
        connection = self.database()
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    # --- people and units

    def unit(self, code, under="goc", name=None, kind="department"):
        self.server("unit", "add", name or f"Đơn vị {code}", "--code", code, "--kind", kind, "--under", under)

    def user(self, name, unit, role="officer", password="Mat-khau-thu-2026!"):
        """A user who has already changed the given password."""
        self.server("user", "add", name, "--unit", unit, "--role", role, input=password + "\n")
        browser = Browser(self, name, password)
        reply = browser.call("PUT", "/api/v1/me/password", {"old_password": password, "new_password": password + "2"})
        assert reply.status == 200, reply.body
        return Browser(self, name, password + "2")

    # --- machines

    def token(self, unit, *more):
        return self.server_json("token", "create", "--unit", unit, *more)["url"]

    def state(self, name):
        return self.dir / f"agent-{name}"

    def enrol(self, name, unit, *more, check=True, url=None, on=None):
        return self.run("khien", "enroll", url or self.token(unit), "--state", self.state(name), *more, check=check, on=on)

    def uid(self, name):
        return json.loads((self.state(name) / "identity.json").read_text())["endpoint"]

    def agent(self, name, settings="", on=None):
        """Of the scheduled scans it makes the first and the daily one, at once, unless the settings say otherwise."""
        config, more = self.dir / f"agent-{name}.yaml", self.dir / f"agent-{name}.conf.d"
        config.write_text(f"state: {self.state(name)}\nrun: {self.state(name)}/run\nrules: {ROOT}/packs/rules\nsecret: {{every: 0s}}\nscan: {{spread: 0s, quick_every: 0s, full_every: 0s}}\n"
                          f"content: {{store: {self.state(name)}/content, keys: {self.state(name)}/content.pub, spread: 0s}}\n")
        more.mkdir(exist_ok=True)
        (more / "50-test.yaml").write_text(settings)
        log = self.log_file(f"agent-{name}.log")
        with log:
            self.agents[name] = subprocess.Popen(self.command(on, "khien-agent", "run", "--config", config), stdout=log, stderr=log, env=ENV)
        return self.agents[name]

    def stop_agent(self, name, how=signal.SIGTERM):
        process = self.agents.pop(name)
        if process.poll() is None:
            process.send_signal(how)
            process.wait(30)

    def status(self, name, *words, check=True):
        return self.run("khien", "status", "--run", self.state(name) / "run", *words, check=check).stdout

    def status_json(self, name):
        """None while no agent answers."""
        said = self.status(name, "--json", check=False)
        return json.loads(said) if said else None

    def producer(self, name, number=1):
        return producer.Producer(self.state(name) / "run/events.sock", number)

    def events(self, name=None):
        """Numbers of the events handed in by producers that are on the server, of one machine or of all, as they were stored."""
        rows = self.query("SELECT v.body, e.uid FROM event v JOIN endpoint e ON e.id = v.endpoint_id WHERE v.category = 'test' ORDER BY v.id")
        return [json.loads(body)["khien"]["n"] for body, uid in rows if name is None or uid == self.uid(name)]

    def agent_log(self, name):
        return (self.dir / f"agent-{name}.log").read_text()
