"""A province's ward at work, for the walks and for looking at pages: units, a user for each role, and records of the registers they keep. All of it invented.

    office = Office(site); office.fill()
"""

import datetime
import sys
import pathlib
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))
import khien  # noqa: E402

PASSWORD = "Mat-khau-thu-2026!2"  # of every user of khien.Site.user()
HOUR, DAY = 3600, 86400


def day(days):
    """The date so many days from now, in Viet Nam."""
    return (datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def now(hours=0):
    return int(time.time() + hours * HOUR)


class Office:
    def __init__(self, site):
        self.site = site
        site.unit("van-phong", name="Văn phòng UBND phường")
        site.unit("truong-hoc", name="Trường học thuộc phường", kind="school")
        self.users = {name: site.user(name, unit, role) for name, unit, role in
                      (("canbo", "van-phong", "officer"), ("tructuyen", "goc", "officer"), ("lanhdao", "goc", "leader"), ("nguoixem", "truong-hoc", "viewer"))}

    def post(self, user, path, body):
        reply = self.users[user].call("POST", f"/api/v1/registers/{path}", body)
        assert reply.status == 200, f"{path} {body}: {reply.status} {reply.body.decode()}"
        return reply.json()["record"]

    def add(self, register, unit="van-phong", user="tructuyen", **fields):
        return self.post(user, f"{register}/records", {"unit": unit, "fields": fields})

    def move(self, register, record, move, user="tructuyen", **fields):
        return self.post(user, f"{register}/records/{record['id']}/moves", {"move": move, "version": record["version"], "fields": fields})

    def fill(self):
        people = self.staff()
        self.devices(people)
        self.directives(people)
        self.duty(people)
        self.incidents(people)
        self.quiz()
        self.add("own_address", range="192.0.2.20", line="Đường truyền chính")

    def staff(self):
        rows = (("Nguyễn Thị Mẫu", "Chuyên viên CNTT", "officer", "canbo"), ("Trần Văn Thử", "Chủ tịch", "leader", "lanhdao"), ("Lê Thị Ví Dụ", "Văn thư", "civil_servant", None),
                ("Phạm Văn Đặt", "Cán bộ trực", "civil_servant", "tructuyen"), ("Âu Thị Ăn", "Kế toán", "civil_servant", None), ("Đỗ Văn Ơn", "Bảo vệ", "worker", None))
        return [self.add("staff", "goc" if login in ("tructuyen", "lanhdao") else "van-phong", full_name=name, title=title, position=position, **({"login": login} if login else {}))
                for name, title, position, login in rows]

    def devices(self, people):
        kinds = (("Máy photocopy tầng 1", "photocopier", "PC-0001", "office"), ("Máy in phòng một cửa", "printer", "IN-0002", "service"), ("Bàn phím không dây", "wireless_keyboard", "BP-0003", "office"),
                 ("Máy tính soạn thảo", "computer", "MT-0004", "secret"), ("Bộ phát Wi-Fi hành lang", "access_point", "WF-0005", "internet"), ("Máy quét văn thư", "scanner", "MQ-0006", "office"))
        made = [self.add("device", name=name, kind=kind, serial=serial, purpose=purpose, place="Trụ sở UBND phường", holder=people[2]["id"], bought_on=day(-400)) for name, kind, serial, purpose in kinds]
        for number, device in enumerate(made[:3], 1):
            check = self.add("device_check", number=f"KT-{number:02}", device=device["id"], checked_on=day(-30), checker="Tổ kiểm tra", by_police=False, malware=True, defaults=True)
            self.move("device_check", check, "pass")
            self.move("device", device, "put_to_use")
        self.add("repair_slip", number="SC-01", device="Máy photocopy tầng 1", asset=made[0]["id"], shop="Cửa hàng sửa chữa Ví Dụ", disk="removed", serial_before="WD-123", out_on=day(-3))

    def directives(self, people):
        for number, (title, due, priority) in enumerate((("Cài phần mềm phòng chống mã độc cho máy còn thiếu", -4, "urgent"), ("Đổi mật khẩu mặc định của bộ phát Wi-Fi", 0, "high"),
                                                         ("Lập danh mục thiết bị ngoại vi", 3, "normal"), ("Gửi danh sách đầu mối an ninh mạng", 9, "normal"))):
            self.add("task", title=title, due_on=day(due), priority=priority, owner=people[number % 2 * 2]["id"])
        dispatch = self.add("dispatch", "goc", **self.dispatch())
        self.add("dispatch_answer", dispatch=dispatch["id"], due_on=day(-2))
        self.add("dispatch_answer", "truong-hoc", dispatch=dispatch["id"], due_on=day(5))
        for period, due, kind in ((day(-30)[:7], 2, "month"), (day(0)[:4], 30, "mau08")):
            self.add("report_due", "goc", period=period, kind=kind, to_body="Công an tỉnh", due_on=day(due))
        self.add("finding", title="Hai máy tính chưa đặt mật khẩu đăng nhập", source="police", severity="high", raised_on=day(-20), due_on=day(-1), owner=people[0]["id"])

    def dispatch(self):
        """The required fields of a dispatch, whatever the register asks for."""
        register = next(r for r in self.users["canbo"].get("/api/v1/registers").json()["items"] if r["name"] == "dispatch")
        samples = {"text": "Về tăng cường bảo đảm an ninh mạng", "long": "Nội dung", "date": day(-15), "time": now(-300), "int": 1, "bool": True}
        given = {"number": "000/UBND-VX", "title": "Về tăng cường bảo đảm an ninh mạng", "subject": "Về tăng cường bảo đảm an ninh mạng", "issuer": "UBND tỉnh"}
        return {f["name"]: given.get(f["name"]) or (f["values"][0]["code"] if f["type"] == "code" else samples[f["type"]])
                for f in register["fields"] if f["required"] and not f["set"] and f["type"] != "ref"}

    def duty(self, people):
        for title, kind, severity, raised, due in (("Phát hiện mã độc trên máy VP-07", "malware", "high", -3, -2), ("Máy TH-02 im lặng 4 ngày", "silent", "medium", -1, 1), ("Trang thông tin thay đổi giao diện", "portal", "high", -0.2, 0.3),
                                                   ("Ca trực đêm thứ Bảy chưa có người", self.alert_kind(), "low", -5, 20)):
            self.add("alert", "van-phong", title=title, kind=kind, severity=severity, raised_s=now(raised), due_s=now(due), detail="Do Khiên nêu ra")
        shift = self.add("duty_shift", "goc", from_s=now(-2), to_s=now(6), officer=people[3]["id"], phone="0000 000 000")
        self.move("duty_shift", shift, "take_over")
        before = self.add("duty_shift", "goc", from_s=now(-10), to_s=now(-2), officer=people[1]["id"])
        self.move("duty_shift", before, "hand_over", handover="Đã xử lý 2 cảnh báo. Còn máy TH-02 im lặng, đã gọi trường, hẹn kiểm tra sáng mai.")
        self.add("duty_shift", "goc", from_s=now(6), to_s=now(14), officer=people[1]["id"])

    def alert_kind(self):
        register = next(r for r in self.users["canbo"].get("/api/v1/registers").json()["items"] if r["name"] == "alert")
        kinds = [v["code"] for f in register["fields"] if f["name"] == "kind" for v in f["values"]]
        return "roster" if "roster" in kinds else kinds[-1]

    def incidents(self, people):
        incident = self.add("incident", title="Máy kế toán mở thư lừa đảo, tệp bị mã hóa", group_of="malware", severity="serious", t0_s=now(-20), reporter="Âu Thị Ăn", how_found="Người dùng báo",
                            measures="Rút dây mạng, giữ nguyên hiện trường")
        self.move("incident", incident, "contain")
        self.add("incident", "truong-hoc", title="Trang của trường hiện quảng cáo lạ", group_of="deface", severity="low", t0_s=now(-1), reporter="Lê Thị Ví Dụ")

    def quiz(self):
        for number in range(1, 7):
            self.add("quiz_question", "goc", question=f"Câu {number}: nhận được thư lạ có tệp đính kèm thì làm gì?", topic="phishing", choice_1="Mở ra xem", choice_2="Không mở, báo cán bộ CNTT",
                     choice_3="Chuyển cho đồng nghiệp", right_choice=2, why="Tệp lạ có thể là mã độc.")
        quiz = self.add("quiz", "goc", title="Nhận biết thư lừa đảo", topic="phishing", questions=5, pass_mark=80, minutes=10, attempts=3, due_on=day(14))
        self.move("quiz", quiz, "open")
