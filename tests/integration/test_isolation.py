"""A unit never sees another's rows: walks every route of the OpenAPI document as a user of the second unit, asking for the first unit's objects by their real
names, and looks for any trace of the first unit in what comes back."""

import json
import re
import unittest

import khien

FOREIGN = re.compile(r"\{(unit|endpoint|user|token|detection|campaign|decision)\}")  # paths that name an object of a unit
SECRET = "bi-mat-cua-xa-a"  # stands in the first unit's names, host name, user, token and detection


NOTHING = "999999"  # the id of nothing
# One record of A in each register whose records have routes of their own.
RECORDS = {
    "repair_slip": {"number": SECRET, "device": SECRET, "shop": SECRET, "disk": "removed", "out_on": "2026-01-05"},
    "incident": {"title": SECRET, "group_of": "malware", "severity": "low", "t0_s": 1767600000},
    "portal": {"name": SECRET, "url": "https://a.example.vn/", "label": "none"},
}
QUERY = {"field": "machine", "kind": "handover", "name": "x", "device": NOTHING, "number": "1", "decided_on": "2026-01-02"}  # what a route must be asked with
EACH = {"record_move_many"}  # tells of each record what came of it
OWN = {"incident_report"}  # acts in the unit of whoever asks, and names nothing of another


def fill(site):
    """Rows in every table that holds units' rows, for both units; written as the server itself writes them where a command exists."""
    site.unit("xa-a", name=f"Xã A {SECRET}")
    site.unit("xa-b", name="Xã B")
    site.enrol("a", unit="xa-a")
    site.enrol("b", unit="xa-b")
    for name in ("a", "b"):
        site.agent(name)
    for name in ("a", "b"):
        khien.wait_for(lambda: site.query("SELECT count(*) FROM fact_state s JOIN endpoint e ON e.id=s.endpoint_id WHERE e.uid=?", site.uid(name))[0][0] > 10,
                       60, what=f"facts of {name}")
        site.stop_agent(name)
    site.stop_server()
    connection = khien.sqlite3.connect(site.data / "khien.db")
    row = connection.execute("SELECT id FROM endpoint WHERE uid=?", (site.uid("a"),)).fetchone()
    connection.execute("UPDATE endpoint SET hostname=?, hostname_fold=? WHERE id=?", (SECRET, SECRET, row[0]))
    connection.execute("INSERT INTO detection(endpoint_id,found_s,engine,rule,path,verdict,state,changed_s) VALUES(?,1,'yara',?,?,'infected','found',1)",
                       (row[0], SECRET, f"/home/{SECRET}"))
    detection = connection.execute("SELECT MAX(id) FROM detection").fetchone()[0]
    connection.execute("INSERT INTO detection_change(detection_id,at_s,actor,state,note) VALUES(?,1,?,'found',?)", (detection, SECRET, SECRET))
    connection.execute("INSERT INTO fact_secret_documents(endpoint_id,case_id,level,sha256,place,state,found_s,since_s) VALUES(?,?,'mat',?,'desktop','found',1,1)", (row[0], SECRET, SECRET))
    connection.execute("INSERT INTO content_state(endpoint_id,newest_s,error,said_s) VALUES(?,1,?,1)", (row[0], SECRET))
    connection.execute("INSERT INTO event(endpoint_id,at_ms,category,action,body) VALUES(?,1,'file','x',?)", (row[0], json.dumps({"m": SECRET})))
    connection.execute("INSERT INTO unit_given(from_id,to_id,at_s,what,item_id,name) SELECT id,id,1,'endpoint',1,? FROM unit WHERE code='xa-a'", (SECRET,))
    connection.execute("INSERT INTO unit_decision(unit_id,number,decided_on,file_name,size,sha256,added_s,added_by) SELECT id,?,'2026-01-02',?,1,?,1,? FROM unit WHERE code='xa-a'", (SECRET,) * 4)
    connection.commit()
    connection.close()
    site.start_server()
    officer = site.user("nguoi-a", "xa-a", role="officer")
    assert officer.call("POST", "/api/v1/campaigns", {"unit": "xa-a", "name": f"Quét {SECRET}", "scan": "quick", "hours": 1}).status == 200
    site.server("token", "create", "--unit", "xa-a", "--json")
    for register, fields in RECORDS.items():
        reply = officer.call("POST", f"/api/v1/registers/{register}/records", {"fields": fields})
        assert reply.status == 200, reply.body


class Isolation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site().__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        fill(cls.site)
        cls.admin_a = cls.site.user("quan-tri-a", "xa-a", role="admin")
        cls.intruder = {role: cls.site.user(f"{role}-b", "xa-b", role=role) for role in ("admin", "officer", "leader", "police", "viewer")}
        cls.document = khien.Browser(cls.site).get("/api/openapi.json").json()
        cls.traces = [SECRET, cls.site.uid("a"), "nguoi-a", "quan-tri-a"]
        cls.foreign = cls.objects_of_a()
        cls.rights = {role: browser.get("/api/v1/me").json()["rights"] for role, browser in cls.intruder.items()}

    @classmethod
    def objects_of_a(cls):
        """Path parameter → the first unit's object of that name."""
        query = cls.site.query
        endpoint = query("SELECT id FROM endpoint WHERE uid=?", cls.site.uid("a"))[0][0]
        unit = query("SELECT id FROM unit WHERE code='xa-a'")[0][0]
        return {
            "uid": cls.site.uid("a"), "endpoint": cls.site.uid("a"), "unit": "xa-a", "code": "xa-a", "table": "packages", "directive": "thai-hoa-2025",
            "control": "av_running", "figure": "K01", "user": "nguoi-a", "name": "nguoi-a",
            "token": str(query("SELECT id FROM enrol_token WHERE unit_id=?", unit)[0][0]),
            "detection": str(query("SELECT id FROM detection WHERE endpoint_id=?", endpoint)[0][0]),
            "campaign": str(query("SELECT id FROM campaign WHERE unit_id=?", unit)[0][0]),
            "decision": str(query("SELECT id FROM unit_decision WHERE unit_id=?", unit)[0][0]),
            "secret_case": SECRET, "id": "1", "register": "repair_slip", **{name: NOTHING for name in ("file", "alarm")},
            **{name: str(query(f"SELECT MAX(id) FROM reg_{register} WHERE unit_id=?", unit)[0][0])
               for name, register in (("record", "repair_slip"), ("incident", "incident"), ("portal", "portal"))},
        }

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method.upper(), operation

    def url(self, path, operation, narrow=True):
        filled = re.sub(r"\{(\w+)\}", lambda m: self.foreign[m.group(1)], path)
        wanted = [f"{p['name']}={self.foreign.get(p['name'], 'xa-a')}" for p in operation["parameters"] if narrow and p["in"] == "query" and p["name"] in ("unit", "endpoint", "parent")]
        wanted += [f"{p['name']}={QUERY[p['name']]}" for p in operation["parameters"] if p["in"] == "query" and p["required"]]
        return filled + ("?" + "&".join(wanted) if wanted else "")

    def assert_nothing_of_a(self, reply, where):
        text = reply.body.decode("utf-8", "replace")
        for trace in self.traces:
            self.assertNotIn(trace, text, where)

    def test_reading_every_route(self):
        walked = 0
        for path, method, operation in self.operations():
            if method != "GET":
                continue
            for role, browser in self.intruder.items():
                for url in {self.url(path, operation), self.url(path, operation, narrow=False)}:
                    with self.subTest(url=url, role=role):
                        reply = browser.get(url)
                        if FOREIGN.search(path):
                            self.assertEqual(reply.status, 404 if operation["x-right"] in {"session", *self.rights[role]} else 403, reply.body)
                        self.assertIn(reply.status, (200, 403, 404), reply.body)
                        self.assert_nothing_of_a(reply, f"{role}: GET {url}")
                        walked += 1
        self.assertGreater(walked, 60)

    def test_writing_every_route_changes_nothing_of_a(self):
        before, walked = self.snapshot(), set()
        for path, method, operation in self.operations():
            if method == "GET" or path.endswith("/session") or "/me" in path or operation["operationId"] in OWN:
                continue
            for role, browser in self.intruder.items():
                url = self.url(path, operation)
                with self.subTest(url=url, method=method, role=role):
                    reply = browser.call(method, url, self.body_of(operation))
                    # 403: the role may not; 404: it may, and sees no such object. Nothing else: a body that is refused as such would hide what the route does.
                    may = 200 if operation["operationId"] in EACH else 404
                    self.assertEqual(reply.status, may if operation["x-right"] in {"session", *self.rights[role]} else 403, reply.body)
                    self.assert_nothing_of_a(reply, f"{role}: {method} {url}")
                    walked.add((operation["operationId"], reply.status))
        self.assertEqual(before, self.snapshot())
        everybody = {"session", *set.intersection(*map(set, self.rights.values()))}
        open_to_all = {o["operationId"] for _, _, o in self.operations() if o["x-right"] in everybody}  # what the record's own register asks for is asked later
        self.assertEqual({name for name, status in walked if status == 404} - open_to_all, {name for name, status in walked if status == 403}, "each route met a role that may and one that may not")
        self.assertGreater(len(walked), 20)

    def body_of(self, operation):
        """A body that the schema accepts, with every reference pointing at the first unit."""
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if not schema:
            return None
        body = {}
        for name, kind in schema["properties"].items():
            if name == "records":
                body[name] = [{"id": int(self.foreign["record"]), "version": 1}]
            elif name in self.foreign:
                body[name] = int(self.foreign[name]) if kind.get("type") == "integer" else self.foreign[name]
            elif name in ("parent", "into", "to"):
                body[name] = "xa-a"
            elif "enum" in kind:
                body[name] = kind["enum"][0]
            elif kind.get("type") == "integer":
                body[name] = kind.get("minimum", 1)
            elif kind.get("type") == "boolean":
                body[name] = True
            elif kind.get("type") == "string":
                body[name] = "x" * max(1, kind.get("minLength", 1))
            elif name in schema.get("required", []):
                body[name] = {}
        return body

    def snapshot(self):
        tables = ["unit", "unit_edge", "unit_decision", "unit_given", "app_user", "enrol_token", "endpoint", "certificate", "detection", "endpoint_order", "fact_state", "content_state", "campaign_machine", "campaign"]
        owned = {"unit": "code='xa-a'", "unit_edge": "child_id=(SELECT id FROM unit WHERE code='xa-a')", "unit_given": "(SELECT id FROM unit WHERE code='xa-a') IN (from_id, to_id)"}
        by_unit = "unit_id=(SELECT id FROM unit WHERE code='xa-a')"
        by_endpoint = "endpoint_id=(SELECT id FROM endpoint WHERE uid=?)"
        rows = {}
        for table in tables:
            condition = owned.get(table) or (by_unit if table in ("app_user", "enrol_token", "endpoint", "campaign", "unit_decision") else by_endpoint)
            values = (self.site.uid("a"),) if "?" in condition else ()
            rows[table] = self.site.query(f"SELECT * FROM {table} WHERE {condition}", *values)
        return rows

    def test_the_first_unit_does_see_its_own(self):
        """Else the walk above would prove nothing."""
        text = self.admin_a.get("/api/v1/endpoints").body.decode()
        self.assertIn(SECRET, text)

    def test_without_login_there_is_nothing(self):
        stranger = khien.Browser(self.site)
        for path, method, operation in self.operations():
            if operation["x-right"] != "public":
                with self.subTest(path=path, method=method):
                    self.assertEqual(stranger.call(method, self.url(path, operation), self.body_of(operation)).status, 401)


class Split(unittest.TestCase):
    """A unit is split: from that moment each side sees what it has, and the machine that went does what its new unit orders."""

    def test_what_is_given_changes_sides(self):
        with khien.Site() as site:
            site.unit("xa-c", name="Xã C")
            site.enrol("di", unit="xa-c")  # the one that goes; and one that stays, enrolled elsewhere: this machine is one machine to each unit
            site.enrol("o", unit="goc")
            site.agent("di")
            khien.wait_for(lambda: site.query("SELECT 1 FROM fact_state s JOIN endpoint e ON e.id=s.endpoint_id WHERE e.uid=?", site.uid("di")), 60, what="facts")
            admin, old = site.user("quan-tri", "goc", role="admin"), site.user("cu", "xa-c")
            self.assertEqual(admin.call("PUT", f"/api/v1/endpoints/{site.uid('o')}/unit", {"unit": "xa-c", "version": 1}).status, 200)
            slip = old.call("POST", "/api/v1/registers/repair_slip/records", {"fields": RECORDS["repair_slip"]}).json()["record"]["id"]
            counted = lambda: {item["control"]: sum(item["counts"].values()) for item in admin.get("/api/v1/units/goc/posture").json()["items"] if item["control"] == "agent_heard"}
            before = counted()
            parts = [{"name": "Xã Mới", "kind": "ward", "items": [{"what": "endpoint", "id": site.uid("di")}, {"what": "repair_slip", "id": slip}]}]
            self.split(site, "xa-c", parts)
            new = site.user("moi", "xa-moi")
            machines = lambda who: [m["id"] for m in who.get("/api/v1/endpoints").json()["items"]]
            self.assertEqual((machines(old), machines(new)), ([site.uid("o")], [site.uid("di")]))
            for path, sees in ((f"/api/v1/endpoints/{site.uid('di')}", new), (f"/api/v1/endpoints/{site.uid('o')}", old), (f"/api/v1/registers/repair_slip/records/{slip}", new)):
                self.assertEqual([who.get(path).status for who in (old, new)], [404 if sees is new else 200, 200 if sees is new else 404], path)
            self.assertNotIn(site.uid("o"), "".join(new.get(path).body.decode() for path in ("/api/v1/units/xa-moi", "/api/v1/detections", "/api/v1/campaigns", "/api/v1/registers/repair_slip/records")))
            self.assertEqual((counted(), before["agent_heard"]), (before, 2), "the superior counts the machines that it counted")
            self.assertEqual(old.call("POST", f"/api/v1/endpoints/{site.uid('di')}/orders", {"kind": "collect"}).status, 404)
            order = new.call("POST", f"/api/v1/endpoints/{site.uid('di')}/orders", {"kind": "collect"})
            self.assertEqual(order.status, 200, order.body)
            khien.wait_for(lambda: site.query("SELECT state FROM endpoint_order WHERE id=?", order.json()["id"]) == [("done",)], 60, what="the order of the new unit")
            self.assertEqual(admin.get("/api/v1/units/xa-moi").json()["changes"][0]["decision"]["number"], "7/QĐ-UBND")

    def split(self, site, unit, parts):
        plan, paper = site.dir / "tach.json", site.dir / "quyet-dinh.pdf"
        plan.write_text(json.dumps(parts))
        paper.write_bytes(b"%PDF-1.4")
        would = site.server_json("unit", "split", unit, "--parts", plan, "--dry-run")
        done = site.server_json("unit", "split", unit, "--parts", plan, "--decision", "7/QĐ-UBND", "--decided-on", "2026-01-02", "--proof", paper)
        self.assertEqual((would["parts"], would["stays"]), (done["parts"], done["stays"]))


if __name__ == "__main__":
    unittest.main()
