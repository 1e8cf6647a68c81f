"""What the watcher says of a portal's name: a real name server (dnsmasq) that is the only one the server knows."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import unittest

import khien
import portal_site
from portal_site import Portal

DNSMASQ = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin:/sbin:/bin")
SERVES_AT = f"127.53.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"  # nobody else's: neither another run's nor what one left behind may answer in its place
ZONE = "khien.test"
INSIDE = 'set -e; mount --bind "$1" /etc/resolv.conf; shift; exec "$@"'


def wire(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")).hex() + "00"


class Names:
    """dnsmasq with the records that it is told; nothing else exists for it."""

    def __init__(self, directory):
        self.dir, self.process, self.name = pathlib.Path(directory), None, None

    def serve(self, *addresses, ttl=300, servers=("ns1.khien.test", "ns2.khien.test")):
        self.stop()
        records = "".join(f"host-record={self.name},{address},{ttl}\n" for address in addresses) + "".join(f"dns-rr={ZONE},2,{wire(server)}\n" for server in servers)
        (self.dir / "dnsmasq.conf").write_text(f"listen-address={SERVES_AT}\nbind-interfaces\nno-resolv\nno-hosts\nno-daemon\nlocal=/test/\nlocal-ttl=0\nuser=root\n{records}")
        self.process = subprocess.Popen([DNSMASQ, f"--conf-file={self.dir}/dnsmasq.conf", "--pid-file"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        khien.wait_for(self.answers, what="dnsmasq")

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.3)
            s.sendto(b"\0\x01\x01\0\0\x01\0\0\0\0\0\0" + bytes.fromhex(wire(self.name)) + b"\0\x01\0\x01", (SERVES_AT, 53))
            try:
                return s.recv(512)
            except OSError:
                return None

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait(20)


@unittest.skipUnless(portal_site.NGINX and DNSMASQ and os.geteuid() == 0, "needs nginx, dnsmasq and root")
class PortalNames(unittest.TestCase):
    """Each test has a name of its own."""

    count = 0

    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(khien.tempfile.mkdtemp(prefix="khien-names-"))
        cls.addClassCleanup(shutil.rmtree, cls.base, True)
        cls.base.chmod(0o755)
        (cls.base / "resolv.conf").write_text(f"nameserver {SERVES_AT}\noptions timeout:1 attempts:1\n")
        (cls.base / "resolv.conf").chmod(0o644)
        cls.portal = Portal(cls.base / "portal")
        cls.portal.certificate("ca", 90, f"DNS:*.{ZONE}")
        cls.portal.listen = "*"
        cls.portal.start()
        cls.addClassCleanup(cls.portal.stop)
        cls.names = Names(cls.base)
        cls.addClassCleanup(cls.names.stop)
        knows_no_other = type("Machine", (), {"prefix": ["unshare", "-m", "sh", "-c", INSIDE, "sh", str(cls.base / "resolv.conf")]})
        settings = f"portal: {{loopback: true, confirm: 0s, every: 1d, authorities: {cls.base}/portal/ca.pem}}\n"
        cls.site = khien.Site(settings, server_on=knows_no_other).__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.admin = cls.site.user("quan-tri", "goc", role="admin")

    def setUp(self):
        type(self).count += 1
        self.names.name = f"phuong-{self.count}.{ZONE}"
        self.names.serve("127.0.0.1", "127.0.0.2")
        fields = {"name": "Trang phường", "url": f"https://{self.names.name}:{self.portal.port}/", "label": "none"}
        made = self.admin.call("POST", "/api/v1/registers/portal/records", {"unit": "goc", "fields": fields})
        self.assertEqual(made.status, 200, made.body)
        self.id = made.json()["record"]["id"]
        self.addCleanup(self.end)
        self.assertEqual(self.fetch(), {})
        self.assertEqual(self.fetch(), {})

    def end(self):
        version = self.admin.get(f"/api/v1/registers/portal/records/{self.id}").json()["record"]["version"]
        self.admin.call("POST", f"/api/v1/registers/portal/records/{self.id}/moves", {"move": "end", "version": version})

    def fetch(self):
        """One more round; the open alarms after it, by kind."""
        rounds = lambda: self.site.query("SELECT COUNT(*), MAX(id) FROM portal_fetch WHERE portal_id = ?", self.id)[0]
        before = rounds()
        self.assertEqual(self.admin.call("POST", f"/api/v1/portals/{self.id}/fetch").status, 204)
        khien.wait_for(lambda: rounds() != before, 90, what="a round at the portal")
        return {a["kind"]: a for a in self.admin.get(f"/api/v1/portals/{self.id}").json()["alarms"] if a["state"] == "open"}

    def test_another_address(self):
        self.names.serve("127.0.0.3")
        alarms = self.fetch()
        self.assertEqual(set(alarms), {"dns"})
        self.assertIn("127.0.0.1, 127.0.0.2", alarms["dns"]["detail"])
        self.assertIn("127.0.0.3", alarms["dns"]["detail"])
        record = self.admin.get(f"/api/v1/registers/portal_alarm/records/{alarms['dns']['id']}").json()["record"]
        self.assertGreaterEqual(record["fields"]["confirmed_s"], record["fields"]["seen_s"])
        self.assertEqual(self.fetch()["dns"]["id"], alarms["dns"]["id"])  # it is told once

    def test_other_name_servers(self):
        self.names.serve("127.0.0.1", "127.0.0.2", servers=("ns.ke-gian.test",))
        alarms = self.fetch()
        self.assertEqual(set(alarms), {"dns"})
        self.assertIn("ns.ke-gian.test", alarms["dns"]["detail"])

    def test_a_name_that_is_not_there_any_more(self):
        self.names.serve()
        alarms = self.fetch()
        self.assertEqual(set(alarms), {"dns", "down"})
        self.assertIn("127.0.0.1, 127.0.0.2", alarms["dns"]["detail"])

    def test_a_name_without_an_address(self):
        self.names.serve()
        with open(self.names.dir / "dnsmasq.conf", "a", encoding="utf-8") as file:
            file.write(f'txt-record={self.names.name},"con ten, khong con dia chi"\n')
        self.names.stop()
        self.names.process = subprocess.Popen([DNSMASQ, f"--conf-file={self.names.dir}/dnsmasq.conf", "--pid-file"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        khien.wait_for(self.names.answers, what="dnsmasq")
        self.assertEqual(set(self.fetch()), {"dns", "down"})

    def test_a_name_server_that_does_not_answer_says_nothing_of_the_name(self):
        self.names.hang()
        self.addCleanup(self.names.go_on)
        self.assertEqual(set(self.fetch()), {"down"})
        self.names.go_on()
        self.assertEqual(self.fetch(), {})

    def test_what_name_servers_do_every_day_is_no_alarm(self):
        for ttl, addresses in ((1, ("127.0.0.2", "127.0.0.1")), (86400, ("127.0.0.1", "127.0.0.2")), (0, ("127.0.0.2",)), (60, ("127.0.0.2", "127.0.0.3")), (7, ("127.0.0.3", "127.0.0.1"))):
            self.names.serve(*addresses, ttl=ttl, servers=("ns2.khien.test", "ns1.khien.test"))
            self.assertEqual(self.fetch(), {}, addresses)
        self.names.serve("127.0.0.1", "127.0.0.2", servers=("ns2.khien.test",))
        self.assertEqual(self.fetch(), {})


if __name__ == "__main__":
    unittest.main()
