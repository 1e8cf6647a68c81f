"""A machine cut off from the network by an incident, and let go again: a real agent behind a network card of its own, with its own firewall rules and a name server."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import unittest

import khien

SERVER, OTHER, MACHINE = ("198.51.100.1", "2001:db8:4b48::1"), ("198.51.100.2", "2001:db8:4b48::2"), ("198.51.100.10", "2001:db8:4b48::10")
NAME = "may-chu.khien.test"
OWN_RULES = "table inet nha { chain ra { type filter hook output priority 0; policy accept; tcp dport 9 drop; }; }"
# A network card and a name server of its own; the rest of the machine is this one.
INSIDE = 'set -e; mount --bind "$1" /etc/resolv.conf; shift; exec "$@"'


def sh(*words, check=True):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: {done.stderr}")
    return done


class Names(threading.Thread):
    """A name server that knows one name."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((OTHER[0], 53))
        self.socket.settimeout(0.2)
        self.asked, self.over = 0, False

    def run(self):
        while not self.over:
            try:
                query, who = self.socket.recvfrom(512)
            except TimeoutError:
                continue
            self.asked += 1
            end = query.index(b"\0", 12) + 5
            family = {b"\0\x01": socket.AF_INET, b"\0\x1c": socket.AF_INET6}.get(query[end - 4 : end - 2])
            name = query[12 : end - 4]
            known = name == b"".join(bytes([len(p)]) + p.encode() for p in NAME.split(".")) + b"\0" and family
            answer = query[:2] + b"\x81\x80\0\x01" + (b"\0\x01" if known else b"\0\0") + b"\0\0\0\0" + query[12:end]
            if known:
                address = socket.inet_pton(family, SERVER[family == socket.AF_INET6])
                answer += b"\xc0\x0c" + query[end - 4 : end] + b"\0\0\0\x05" + len(address).to_bytes(2, "big") + address
            self.socket.sendto(answer, who)

    def close(self):
        self.over = True
        self.join()
        self.socket.close()


class Network:
    """A machine at the end of a cable: a network namespace. At our end of the cable are the server and another machine, each with its addresses."""

    def __init__(self, directory):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "infinity"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.card = f"khien{os.getpid() % 100000}"
        try:
            self.plug_in(directory)
        except BaseException:
            self.close()
            raise

    def plug_in(self, directory):
        pid = self.holder.pid
        khien.wait_for(lambda: os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net"), what="the namespace")
        resolv = pathlib.Path(directory) / "resolv.conf"
        resolv.write_text(f"nameserver {OTHER[0]}\noptions timeout:1 attempts:1\n")
        resolv.chmod(0o644)
        self.inside = ["nsenter", "-n", "-t", str(pid)]
        self.prefix = [*self.inside, "unshare", "-m", "sh", "-c", INSIDE, "sh", str(resolv)]
        sh("ip", "link", "add", self.card, "type", "veth", "peer", "name", "card0", "netns", pid)
        for address in (*SERVER, *OTHER):
            sh("ip", "address", "add", address + ("/64" if ":" in address else "/24"), "dev", self.card, *(["nodad"] if ":" in address else []))
        sh("ip", "link", "set", self.card, "up")
        for address in MACHINE:
            sh(*self.inside, "ip", "address", "add", address + ("/64" if ":" in address else "/24"), "dev", "card0", *(["nodad"] if ":" in address else []))
        for card in ("lo", "card0"):
            sh(*self.inside, "ip", "link", "set", card, "up")
        sh(*self.inside, "nft", OWN_RULES)

    def close(self):
        self.holder.kill()
        self.holder.wait()
        sh("ip", "link", "del", self.card, check=False)

    def rules(self, table):
        """None: there is no such table."""
        said = sh(*self.inside, "nft", "list", "table", "inet", table, check=False)
        return said.stdout if said.returncode == 0 else None

    def python(self, text):
        return sh(*self.inside, "python3", "-c", text, check=False).returncode == 0

    def reaches(self, address, port):
        return self.python(f"import socket; socket.create_connection(({address!r}, {port}), 1).close()")

    def sends(self, address, port):
        """Whether a datagram leaves the machine: what the rules drop, the sender is told."""
        family = "AF_INET6" if ":" in address else "AF_INET"
        return self.python(f"import socket; socket.socket(socket.{family}, socket.SOCK_DGRAM).sendto(b'x', ({address!r}, {port}))")

    def serves(self, address):
        """Whether a connection that is made to the machine from outside comes about."""
        family = "AF_INET6" if ":" in address else "AF_INET"
        listener = subprocess.Popen([*self.inside, "python3", "-c", f"import socket; s = socket.create_server(({address!r}, 7777), family=socket.{family}); print(flush=True); s.accept()"],
                                    stdout=subprocess.PIPE)
        listener.stdout.readline()
        try:
            socket.create_connection((address, 7777), 1).close()
            return True
        except OSError:
            return False
        finally:
            listener.kill()
            listener.wait()
            listener.stdout.close()


def usable():
    return os.geteuid() == 0 and sh("sh", "-c", "command -v nft && unshare -n sh -c 'nft add table inet x && ip link add v0 type veth peer name v1'", check=False).returncode == 0


@unittest.skipUnless(usable(), "needs root, network namespaces and nftables")
class NetworkIsolation(unittest.TestCase):
    def setUp(self):
        self.site = khien.Site("alert: {every: 1s}\n")  # so often it is looked what became of the orders, too
        self.network = Network(self.site.dir)
        self.addCleanup(self.network.close)
        self.names = Names()
        self.names.start()
        self.addCleanup(self.names.close)
        config = self.site.config.read_text().replace("listen: 127.0.0.1:", "listen: '[::]:", 1).replace(f":{self.site.port}\n", f":{self.site.port}'\n", 1)
        self.site.config.write_text(config.replace("names: [127.0.0.1, localhost]", f"names: [127.0.0.1, localhost, {NAME}]"))
        self.other = [socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) for address in OTHER]
        for listener in self.other:
            self.addCleanup(listener.close)
        self.site.__enter__()
        self.addCleanup(self.site.__exit__)
        self.site.unit("xa-a", kind="ward")
        self.officer = self.site.user("can-bo", "xa-a")
        url = self.site.token("xa-a").replace("127.0.0.1", NAME).replace("localhost", NAME)
        self.site.enrol("may", "xa-a", url=url, on=self.network)
        self.start_agent()

    # --- acting

    def start_agent(self, settings="", on=None):
        self.site.agent("may", "scan: {at_start: false}\n" + settings, on=on or self.network)
        khien.wait_for(self.is_online, what="the link")

    def is_online(self):
        said = self.site.status_json("may")
        return said and said["link"] == "online"

    def create(self, register, **fields):
        reply = self.officer.call("POST", f"/api/v1/registers/{register}/records", {"fields": fields})
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json()["record"]["id"]

    def suspend(self):
        self.device = self.create("device", name="Máy văn thư", kind="computer", purpose="office", endpoint=self.site.uid("may"))
        reply = self.officer.call("POST", "/api/v1/incidents/report", {"title": "Máy tự khóa tệp", "group": "malware", "severity": "serious", "machine": self.site.uid("may")})
        self.incident = reply.json()["id"]
        self.assertEqual(self.act("suspend"), 200)

    def act(self, what):
        return self.officer.call("POST", f"/api/v1/incidents/{self.incident}/{what}", {}).status

    def check_device(self):
        check = self.create("device_check", number="K-1", device=self.device, checked_on=time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600)), checker="Người kiểm tra", by_police=False)
        reply = self.officer.call("POST", f"/api/v1/registers/device_check/records/{check}/moves", {"move": "pass", "version": 1, "fields": {}})
        self.assertEqual(reply.status, 200, reply.body)

    # --- looking

    def isolation(self):
        return self.officer.get(f"/api/v1/registers/incident/records/{self.incident}").json()["record"]["fields"]["isolation"]

    def wait_for_isolation(self, code):
        khien.wait_for(lambda: self.isolation() == code, 90, what=f"the isolation {code}")

    def health(self):
        return self.officer.get(f"/api/v1/endpoints/{self.site.uid('may')}").json()["health"]["isolation"]

    def events(self):
        return [json.loads(body)["event"]["action"] for (body,) in self.site.query("SELECT body FROM event WHERE category = 'isolation' ORDER BY id")]

    def steps(self):
        return " | ".join(what for (what,) in self.site.query("SELECT what FROM reg_incident_step WHERE incident = ? ORDER BY id", self.incident))

    def is_cut_off(self):
        return self.network.rules("khien_isolation") is not None

    def at_boot(self):
        """What khien-isolation.service does before the network is there."""
        self.site.run("khien-agent", "isolate", "--config", self.site.dir / "agent-may.yaml", on=self.network)

    def wait_until_cut_off(self):
        khien.wait_for(self.is_cut_off, what="the rules")

    def assert_open(self):
        for listener, address in zip(self.other, OTHER):
            self.assertTrue(self.network.reaches(address, listener.getsockname()[1]), address)
            self.assertTrue(self.network.sends(address, 9999), address)
        for address in MACHINE:
            self.assertTrue(self.network.serves(address), address)

    def assert_cut_off(self):
        for listener, address in zip(self.other, OTHER):
            self.assertFalse(self.network.reaches(address, listener.getsockname()[1]), address)
            self.assertFalse(self.network.sends(address, 9999), address)
            self.assertFalse(self.network.sends(address, 53), address)
        for address in MACHINE:
            self.assertFalse(self.network.serves(address), address)
        for address in SERVER:
            self.assertTrue(self.network.reaches(address, self.site.port), address)
            self.assertFalse(self.network.sends(address, 9999), address)
        self.assertTrue(self.network.python("import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname(), 1)"))

    # --- the days of a machine

    def test_cut_off_by_an_incident_and_released_after_a_check(self):
        own = self.network.rules("nha")
        self.assert_open()
        self.suspend()
        self.wait_until_cut_off()
        self.assert_cut_off()
        self.assertEqual(self.network.rules("nha"), own)
        khien.wait_for(self.health, what="the health that says so")
        self.assertEqual({p["address"] for p in self.health()["peers"]}, set(SERVER))
        self.wait_for_isolation("isolated")
        khien.wait_for(self.is_online, what="the link under isolation")
        self.assertEqual(self.act("release"), 400)
        self.assertTrue(self.is_cut_off())
        time.sleep(1.1)
        self.check_device()
        self.assertEqual(self.act("release"), 200)
        khien.wait_for(lambda: not self.is_cut_off(), what="the end of the rules")
        self.assert_open()
        self.assertEqual(self.network.rules("nha"), own)
        self.wait_for_isolation("released")
        khien.wait_for(lambda: self.health() is None, what="the health without it")
        self.assertEqual(self.events(), ["isolated", "released"])

    def test_it_outlives_kill_and_restart_and_reaches_the_server_without_a_name_server(self):
        self.suspend()
        self.wait_until_cut_off()
        self.site.stop_agent("may", signal.SIGKILL)
        self.assertTrue(self.is_cut_off())
        asked = self.names.asked
        self.start_agent()
        self.assert_cut_off()
        self.assertEqual(self.names.asked, asked)
        self.wait_for_isolation("isolated")
        # As after the machine was switched off: the kernel knows nothing, the agent's file does.
        self.site.stop_agent("may")
        sh(*self.network.inside, "nft", "delete", "table", "inet", "khien_isolation")
        self.assertFalse(self.is_cut_off())
        self.at_boot()
        self.assert_cut_off()
        self.start_agent()
        self.assert_cut_off()
        self.assertEqual(self.events(), ["isolated"])  # it was never away: nothing was put back

    def test_what_was_taken_away_is_put_back(self):
        self.suspend()
        self.wait_for_isolation("isolated")
        sh(*self.network.inside, "nft", "flush", "ruleset")
        self.wait_until_cut_off()
        self.assert_cut_off()
        sh(*self.network.inside, "nft", "insert", "rule", "inet", "khien_isolation", "output", "accept")
        khien.wait_for(lambda: "\t\taccept" not in self.network.rules("khien_isolation"), what="the rules without a hole")
        khien.wait_for(lambda: self.events() == ["isolated", "put_back", "put_back"], what="the events")

    def test_who_sits_at_the_machine_can_end_it_when_the_server_is_gone(self):
        self.suspend()
        self.wait_for_isolation("isolated")
        self.site.stop_server()
        release = ("khien", "isolation", "release", "--state", self.site.state("may"))
        self.assertEqual(self.site.run("khien", "isolation", "status", "--state", self.site.state("may"), check=False, on=self.network).returncode, 3)
        self.assertNotEqual(self.site.run(*release, check=False, on=self.network).returncode, 0)
        self.assertTrue(self.is_cut_off())
        self.site.run(*release, "--reason", "Máy chủ hỏng, biên bản 12", on=self.network)
        self.assertFalse(self.is_cut_off())
        self.assert_open()
        time.sleep(12)
        self.assertFalse(self.is_cut_off())
        self.assertEqual(self.site.run("khien", "isolation", "status", "--state", self.site.state("may"), on=self.network).returncode, 0)
        self.site.start_server()
        self.wait_for_isolation("released_there")
        self.assertIn("Máy chủ hỏng, biên bản 12", self.steps())
        [alert] = khien.wait_for(lambda: [row["fields"] for row in self.officer.get("/api/v1/registers/alert/records").json()["items"] if row["fields"]["kind"] == "isolation"], what="the alert")
        self.assertEqual((alert["severity"], alert["count"]), ("high", 1))

    def test_released_while_no_agent_runs(self):
        self.suspend()
        self.wait_for_isolation("isolated")
        self.site.stop_agent("may", signal.SIGKILL)
        self.site.run("khien", "isolation", "release", "--state", self.site.state("may"), "--reason", "Tác tử hỏng", on=self.network)
        self.assert_open()
        self.start_agent()
        self.assertFalse(self.is_cut_off())
        self.wait_for_isolation("released_there")
        self.assertIn("Tác tử hỏng", self.steps())

    def test_the_settings_of_the_machine_may_refuse_and_end_it(self):
        self.suspend()
        self.wait_for_isolation("isolated")
        self.site.stop_agent("may")
        sh(*self.network.inside, "nft", "delete", "table", "inet", "khien_isolation")
        (self.site.dir / "agent-may.conf.d/50-test.yaml").write_text("orders: {isolate: false}\n")
        self.at_boot()
        self.assertFalse(self.is_cut_off())
        self.start_agent("orders: {isolate: false}\n")
        khien.wait_for(lambda: not self.is_cut_off(), what="the end of the rules")
        self.wait_for_isolation("released_there")
        self.suspend()
        self.wait_for_isolation("failed")
        self.assertFalse(self.is_cut_off())
        self.assertIn("cấu hình của máy này không cho phép", self.steps())

    def test_without_the_means_the_order_fails_with_its_reason(self):
        self.site.stop_agent("may")
        without = type("Without", (), {"prefix": [*self.network.prefix, "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]})
        self.start_agent(on=without)
        self.suspend()
        self.wait_for_isolation("failed")
        self.assertIn("the right to change the rules of the network is missing", self.steps())
        self.assert_open()
        tasks = self.site.query("SELECT COUNT(*) FROM reg_task WHERE title LIKE 'Ngắt máy %'")
        self.assertEqual(tasks, [(1,)])


if __name__ == "__main__":
    unittest.main()
