"""Portals watched by the server: ordinary days, attacks, and sites made to hurt who reads them. A real nginx with TLS on loopback."""

import gzip
import json
import pathlib
import unittest

import khien
import portal_site
from portal_site import Portal, Rogue, home, section

BETTING = '<div style="position:absolute;left:-9999px"><a href="https://nha-cai-so-mot.example/">Nhà cái uy tín</a> <a href="https://no-hu.example/">nổ hũ đổi thưởng</a></div>'
HACKED = "<html><head><title>Hacked by NoOne</title></head><body bgcolor=black><center><h1>Hacked by NoOne</h1><img src=x.jpg><p>greetz to all</p></center></body></html>"


@unittest.skipUnless(portal_site.NGINX, "nginx is not installed")
class Watched(unittest.TestCase):
    """Each test has a portal of its own at one server."""

    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(khien.tempfile.mkdtemp(prefix="khien-portal-"))
        cls.addClassCleanup(khien.shutil.rmtree, cls.base, True)
        cls.base.chmod(0o755)
        cls.count = 0
        cls.authority = Portal(cls.base / "authority")
        cls.site = khien.Site(f"portal: {{loopback: true, confirm: 0s, every: 1d, authorities: {cls.base}/authority/ca.pem}}\n").__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.admin = cls.site.user("quan-tri", "goc", role="admin")

    def setUp(self):
        type(self).count += 1
        self.portal = Portal(self.base / f"p{self.count}")
        for name in ("ca.pem", "ca.key"):
            khien.shutil.copy(self.authority.dir / name, self.portal.dir / name)
        self.portal.certificate("ca", 90)
        self.portal.start()
        self.addCleanup(self.portal.stop)
        self.id = self.register(self.portal.url)
        self.assertEqual(self.fetch()["status"], "up")

    def tearDown(self):
        detail = self.admin.get(f"/api/v1/registers/portal/records/{self.id}").json()["record"]
        self.admin.call("POST", f"/api/v1/registers/portal/records/{self.id}/moves", {"move": "end", "version": detail["version"]})

    def register(self, url):
        made = self.admin.call("POST", "/api/v1/registers/portal/records", {"unit": "goc", "fields": {"name": f"Trang {url}", "url": url, "label": "none"}})
        self.assertEqual(made.status, 200, made.body)
        return made.json()["record"]["id"]

    def state(self, portal=None):
        shown = self.admin.get(f"/api/v1/portals/{portal or self.id}")
        self.assertEqual(shown.status, 200, shown.body)
        return shown.json()["portal"]

    def rounds(self, portal):
        return self.site.query("SELECT COUNT(*), MAX(id) FROM portal_fetch WHERE portal_id = ?", portal)[0]

    def fetch(self, portal=None, seconds=90):
        """One more round of fetches; the state after it."""
        portal = portal or self.id
        before = self.rounds(portal)
        asked = self.admin.call("POST", f"/api/v1/portals/{portal}/fetch")
        self.assertEqual(asked.status, 204, asked.body)
        khien.wait_for(lambda: self.rounds(portal) != before, seconds, what="a round at the portal")
        return self.state(portal)

    def alarms(self, portal=None):
        items = self.admin.get(f"/api/v1/portals/{portal or self.id}").json()["alarms"]
        return {a["kind"]: a for a in items if a["state"] == "open"}

    def close(self, alarm, move):
        path = f"/api/v1/registers/portal_alarm/records/{alarm['id']}"
        version = self.admin.get(path).json()["record"]["version"]
        moved = self.admin.call("POST", path + "/moves", {"move": move, "version": version, "fields": {"conclusion": "Đã xem"}})
        self.assertEqual(moved.status, 200, moved.body)

    def assert_alarm(self, kind, *words):
        """One round brings the alarm: its two fetches. With the page before and after as files."""
        self.fetch()
        alarm = self.alarms().get(kind)
        self.assertIsNotNone(alarm, f"no alarm {kind}: {self.alarms()} {self.log()}")
        for word in words:
            self.assertIn(word, alarm["detail"])
        record = self.admin.get(f"/api/v1/registers/portal_alarm/records/{alarm['id']}").json()
        self.assertLessEqual(record["record"]["fields"]["since_s"], record["record"]["fields"]["seen_s"])
        self.assertGreaterEqual(record["record"]["fields"]["confirmed_s"], record["record"]["fields"]["seen_s"])
        self.fetch()
        self.assertEqual(self.alarms()[kind]["id"], alarm["id"])  # there is one alarm, however often it is seen
        return alarm, {f["name"]: f for f in record["files"]}

    def log(self):
        return (self.site.dir / "server.log").read_text()[-1500:]

    def file(self, alarm, file):
        return self.admin.get(f"/api/v1/registers/portal_alarm/records/{alarm['id']}/files/{file['id']}").body


class OrdinaryDays(Watched):
    def test_news_of_forty_days_are_no_alarm(self):
        for day in range(1, 41):
            self.portal.put("/", home(day))
            if day == 20:
                self.portal.put("gioi-thieu", section("Giới thiệu", "<p>Phường vừa sắp xếp lại khu phố ba và khu phố bốn.</p>"))
            self.assertEqual(self.fetch()["alarms"], 0, f"day {day}: {self.alarms()}")
        state = self.state()
        self.assertEqual((state["status"], state["uptime"]), ("up", 100.0))
        self.assertGreater(state["certificate"]["days"], 80)
        self.assertTrue(state["certificate"]["trusted"] and state["certificate"]["name_fits"])
        self.assertEqual({h["name"] for h in state["headers"] if h["there"]}, {"Strict-Transport-Security", "X-Frame-Options", "X-Content-Type-Options"})
        self.portal.put("/", HACKED)  # what was learned of changing parts does not hide an attack
        self.fetch()
        self.assertIn("deface", self.alarms())


class Attacks(Watched):
    def test_a_defaced_page(self):
        self.portal.put("/", home(1))
        self.fetch()
        self.portal.put("/", HACKED)
        alarm, files = self.assert_alarm("deface", "Hacked by NoOne")
        before, after = gzip.decompress(self.file(alarm, files["truoc.html.gz"])), gzip.decompress(self.file(alarm, files["sau.html.gz"]))
        self.assertEqual((before.decode(), after.decode()), (home(1), HACKED))
        self.assertIn("Hacked by NoOne", gzip.decompress(self.file(alarm, files["sau.txt.gz"])).decode())
        self.assertEqual(json.loads(self.file(alarm, files["lan-tai.json"]))["second"]["status"], "up")
        shown = self.admin.get(f"/api/v1/portals/alarms/{alarm['id']}").json()
        self.assertIn("Hacked by NoOne", [line["text"] for line in shown["after"] if line["alone"]])
        self.assertIn("Tin tức – sự kiện", [line["text"] for line in shown["before"] if line["alone"]])

    def test_a_page_replaced_without_a_boast(self):
        self.portal.put("/", "<html><head><title>Trang thông tin điện tử phường Hoa Mai</title></head><body><table><tr><td><p>" + "Nội dung hoàn toàn khác. " * 30 + "</p></td></tr></table></body></html>")
        self.assert_alarm("deface", "%")

    def test_an_inner_page(self):
        self.portal.put("gioi-thieu", HACKED)
        alarm, _ = self.assert_alarm("deface", "Hacked by")
        self.assertTrue(alarm["page"].endswith("/gioi-thieu"), alarm)

    def test_hidden_betting_links(self):
        self.portal.put("/", home(0, BETTING))
        alarm, _ = self.assert_alarm("injected", "Nhà cái uy tín")
        self.close(alarm, "fix")
        self.fetch()
        self.assertIn("injected", self.alarms())  # closed, and still there
        self.portal.put("/", home(0))
        self.close(self.alarms()["injected"], "fix")
        self.assertEqual(self.fetch()["alarms"], 0)

    def test_links_in_number(self):
        self.portal.put("/", home(0, "<div>" + "".join(f'<a href="https://trang-{i}.example/">bài viết {i}</a> ' for i in range(12)) + "</div>"))
        alarm, _ = self.assert_alarm("injected", "12")
        self.close(alarm, "dismiss")  # they are the ward's own
        self.assertEqual(self.fetch()["alarms"], 0)
        self.assertEqual(self.fetch()["alarms"], 0)

    def test_a_hidden_frame_and_a_miner(self):
        self.portal.put("/", home(0, '<iframe src="https://la.example/x" width="1" height="1"></iframe><script src="https://coinhive.example/lib/coinhive.min.js"></script>'))
        self.assert_alarm("hidden_frame", "la.example")
        self.assertIn("malware", self.alarms())

    def test_what_only_a_search_engine_is_shown(self):
        spam = self.portal.dir / "spam"
        self.portal.put("/", home(0, '<div><a href="https://keo-nha-cai.example/">kèo nhà cái</a> soi kèo, tài xỉu online, nổ hũ</div>'), spam)
        self.portal.search = 'map $http_user_agent $khoi { default ""; "~*(googlebot|bingbot)" spam; }'
        self.portal.locations = f"location = / {{ if ($khoi) {{ rewrite ^ /spam/index.html last; }} try_files /index.html =404; }} location /spam/ {{ root {self.portal.dir}; }}"
        self.portal.restart()
        self.assert_alarm("injected", "search engines")

    def test_redirects_elsewhere(self):
        self.portal.locations = "location = / { if ($http_referer ~* google) { return 302 https://198.51.100.7/; } try_files /index.html =404; }"
        self.portal.put("/", home(0, '<script>window.location.href = "https://la-khac.example/vao";</script>'))
        self.portal.restart()
        self.assert_alarm("redirect", "la-khac.example")

    def test_a_redirect_to_an_internal_address(self):
        other = Rogue(lambda c: portal_site.reply(c, b"inside"))
        self.addCleanup(other.close)
        self.portal.locations = f"location = / {{ return 302 {other.url}; }}"
        self.portal.restart()
        self.assert_alarm("redirect", other.url)

    def test_headers_that_are_gone(self):
        self.portal.headers = False
        self.portal.restart()
        self.assert_alarm("headers", "Strict-Transport-Security")

    def test_certificates(self):
        self.portal.certificate("ca", 5)
        self.portal.restart()
        alarm, _ = self.assert_alarm("certificate", "expires soon")
        self.portal.authority("other", "Noi khac")
        self.portal.certificate("other", 90)
        self.portal.restart()
        self.close(alarm, "fix")
        self.fetch()
        self.assertIn("Noi khac", self.alarms()["certificate"]["detail"])
        self.portal.certificate("ca", 90, "DNS:khac.example")
        self.portal.restart()
        self.close(self.alarms()["certificate"], "fix")
        self.fetch()
        self.assertIn("another name", self.alarms()["certificate"]["detail"])

    def test_down_and_up_again(self):
        self.portal.stop()
        alarm, _ = self.assert_alarm("down")
        self.assertEqual(self.state()["status"], "no_connection")
        self.portal.start()
        self.assertEqual(self.fetch()["alarms"], 0)
        record = self.admin.get(f"/api/v1/registers/portal_alarm/records/{alarm['id']}").json()["record"]
        self.assertEqual(record["state"], "fixed")
        self.assertLess(self.state()["uptime"], 100)


class Hostile(Watched):
    def hostile(self, serve, status, seconds=90):
        rogue = Rogue(serve)
        self.addCleanup(rogue.close)
        portal = self.register(rogue.url)
        state = self.fetch(portal, seconds)
        self.assertEqual(state["status"], status)
        self.assertEqual(self.fetch()["status"], "up")  # and the others are watched as before
        return portal

    def test_50_mb(self):
        portal = self.hostile(portal_site.huge, "too_large")
        self.assertIn("down", self.alarms(portal))

    def test_a_gzip_bomb(self):
        self.hostile(portal_site.bomb, "too_large")

    def test_endless_redirects(self):
        self.hostile(portal_site.endless, "redirects")

    def test_a_slow_loris(self):
        self.hostile(portal_site.loris, "timeout", 120)

    def test_malformed_html(self):
        self.hostile(portal_site.malformed, "up")

    def test_a_million_elements(self):
        self.hostile(portal_site.many, "up")


del Watched  # its subclasses are the tests

if __name__ == "__main__":
    unittest.main()
