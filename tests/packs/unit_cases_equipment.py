"""Cases of controls over units: devices, systems, networks, copies and licences (the form of a case: test_unit_controls.py)."""

from unit_records import ago, check, device, licence, on, year

NO_DEVICES = ("empty", {}, "unknown", "Sổ thiết bị của đơn vị còn trống")
SITE = {"name": "Trang xã", "state": "active", "label": "labelled", "label_until": on(0), "assessed_on": on(-10)}
BACKUP = {"what": "Hồ sơ", "every_days": 7, "state": "active"}
SECRET = {"device": 1, "wireless": 0, "state": "active"}
SYSTEM = {"name": "Một cửa", "dossier": "approved", "level": 2, "decision": "5/QĐ", "measures": "all", "state": "active"}
NO_SYSTEM = ("empty", {}, "unknown", "Chưa khai hệ thống thông tin nào")
SEEN = {"mac": "02:00:00:00:00:01", "host": "may-la", "state": "known"}


def site(**row):
    return {"portal": [{**SITE, **row}]}


def no_site(text="Chưa khai trang"):
    return [("a ward without a site", {}, "unknown", text), ("a school without a site", {"kind": "school"}, "not_applicable", text), ("ended", site(state="ended"), "unknown", None)]


CASES = {
    "device_checked": [
        ("passed", {"device": [device()], "device_check": [check()]}, {"Máy in": "pass"}, "Phiếu KT-1"),
        ("checked by a unit below", {"device": [device()], "below": {"device_check": [check()]}}, "pass", None),
        ("passed twice is one row", {"device": [device()], "device_check": [check(), check(number="KT-2")]}, "pass", "Phiếu KT-2"),
        ("failed", {"device": [device()], "device_check": [check("failed")]}, "fail", "không đạt"),
        ("passed, then failed", {"device": [device(state="suspended")], "device_check": [check(), check("failed", -1, "KT-2")]}, "fail", "không đạt"),
        ("failed, then passed", {"device": [device()], "device_check": [check("failed"), check(days=-1, number="KT-2")]}, "pass", None),
        ("being checked", {"device": [device()], "device_check": [check("draft")]}, "fail", "chưa kết luận"),
        ("never", {"device": [device()]}, "fail", "Chưa kiểm tra lần nào"),
        ("not in use", {"device": [device(state="new")]}, "not_applicable", None),
        ("disposed", {"device": [device(state="disposed")]}, "unknown", None), NO_DEVICES],
    "device_filled": [
        ("filled", {"device": [device(serial="S1", place="Tầng 1", holder=1)]}, "pass", "S1, Tầng 1"),
        ("network gear", {"device": [device(kind="router", serial="S1", place="Tầng 1", holder=1, mac="02:00:00:00:00:01")]}, "pass", None),
        ("no MAC address", {"device": [device(kind="router", serial="S1", place="Tầng 1", holder=1)]}, "fail", "MAC"),
        ("no serial", {"device": [device(place="Tầng 1", holder=1)]}, "fail", "số sê-ri"),
        ("no place", {"device": [device(serial="S1", holder=1)]}, "fail", "vị trí"),
        ("nobody", {"device": [device(serial="S1", place="Tầng 1")]}, "fail", "người chịu trách nhiệm"), NO_DEVICES],
    "device_conformity": [
        ("without an end", {"device": [device(kind="camera", conformity="HQ-1")]}, "pass", "HQ-1"),
        ("its last day", {"device": [device(purpose="internet", conformity="HQ-1", conformity_until=on(0))]}, "pass", None),
        ("the day after", {"device": [device(purpose="internet", conformity="HQ-1", conformity_until=on(-1))]}, "fail", "HQ-1, hết hạn"),
        ("none", {"device": [device(kind="router")]}, "fail", "Chưa có chứng nhận"),
        ("no Internet device", {"device": [device()]}, "not_applicable", "Không có thiết bị nối Internet"), NO_DEVICES],
    "device_supported": [
        ("its last day", {"device": [device(kind="switch", supported_until=on(0))]}, "pass", "Còn 0 ngày"),
        ("tomorrow", {"device": [device(kind="switch", supported_until=on(1))]}, "pass", "Còn 1 ngày"),
        ("the day after", {"device": [device(kind="switch", supported_until=on(-1))]}, "fail", "1 ngày trước"),
        ("not recorded", {"device": [device(kind="switch")]}, "unknown", "Chưa ghi"),
        ("no network device", {"device": [device()]}, "not_applicable", None), NO_DEVICES],
    "device_known": [
        ("known, taken off", {"network_sighting": [SEEN, {**SEEN, "mac": "02:00:00:00:00:02", "state": "removed"}]}, {SEEN["mac"]: "pass", "02:00:00:00:00:02": "pass"}, "may-la, đã nhận diện"),
        ("strange", {"network_sighting": [{**SEEN, "state": "unknown"}]}, "fail", "chưa nhận diện"),
        ("empty", {}, "unknown", "Chưa nhập bảng ARP")],
    "seen_machine_has_agent": [
        ("has", {"network_sighting": [{**SEEN, "endpoint": 1}]}, "pass", "may-la"),
        ("by its device", {"device": [device(endpoint=1)], "network_sighting": [{**SEEN, "device": 1}]}, "pass", "Máy in"),
        ("a computer without", {"device": [device()], "network_sighting": [{**SEEN, "device": 1}]}, "fail", None),
        ("a printer", {"device": [device(kind="printer")], "network_sighting": [{**SEEN, "device": 1}]}, "not_applicable", None),
        ("what is it", {"network_sighting": [{**SEEN, "state": "unknown"}]}, "unknown", None),
        ("all taken off", {"network_sighting": [{**SEEN, "state": "removed"}]}, "not_applicable", "đã ngắt"),
        ("empty", {}, "unknown", "Chưa nhập bảng ARP")],
    "key_place_device_checked": [
        ("by the police", {"device": [device(key_place=1)], "device_check": [check(by_police=1)]}, "pass", "Phiếu KT-1"),
        ("by the unit", {"device": [device(key_place=1)], "device_check": [check(by_police=0), check("failed", number="KT-2", by_police=1)]}, "fail", "Chưa có phiếu kiểm tra của công an"),
        ("no such section", {"device": [device()]}, "not_applicable", None), NO_DEVICES],
    "device_wiped": [
        ("disposed", {"device": [device(state="disposed")], "wipe": [{"number": "XD-1", "device": 1, "state": "certified"}]}, {"Máy in": "pass"}, "Biên bản XD-1"),
        ("not certified", {"device": [device(state="disposed")], "wipe": [{"device": 1}]}, "fail", "chưa được chứng nhận"),
        ("without", {"device": [device(state="disposed")]}, "fail", "Không có biên bản"),
        ("no longer for secrets", {"device": [device()], "device_secret": [{**SECRET, "state": "ended"}]}, "fail", None),
        ("a keyboard, one in use", {"device": [device(kind="keyboard", state="disposed"), device()]}, "not_applicable", "Chưa có thiết bị nào đổi mục đích"),
        ("empty", {}, "not_applicable", None)],
    "secret_device_inspected": [
        ("in date", {"device": [device()], "device_secret": [{**SECRET, "result": "passed", "next_on": on(0)}]}, {"Máy in": "pass"}, "Đạt"),
        ("no next date", {"device_secret": [{**SECRET, "result": "passed"}]}, {"1": "pass"}, None),
        ("the day after", {"device_secret": [{**SECRET, "result": "passed", "next_on": on(-1)}]}, "fail", "Quá hạn"),
        ("failed", {"device_secret": [{**SECRET, "result": "failed"}]}, "fail", "Không đạt"),
        ("registered", {"device_secret": [{**SECRET, "registered_on": on(-2)}]}, "fail", "Đã đăng ký"),
        ("not registered", {"device_secret": [SECRET]}, "fail", "Chưa đăng ký"),
        ("not in the register", {"device": [device(purpose="secret")]}, "unknown", "chưa ghi vào sổ"),
        ("none", {"device": [device()]}, "not_applicable", "Không có thiết bị soạn thảo")],
    "secret_device_wired": [
        ("wired", {"device": [device()], "device_secret": [SECRET]}, "pass", "Không có"),
        ("wireless", {"device_secret": [{**SECRET, "wireless": 1}]}, "fail", "Có kết nối không dây"),
        ("a wireless mouse", {"device": [device(kind="wireless_mouse")], "device_secret": [SECRET]}, "fail", "chuột không dây"),
        ("not in the register", {"device": [device(purpose="secret")]}, "unknown", None),
        ("none", {}, "not_applicable", None)],
    "access_point_changed": [
        ("changed", {"access_point": [{"ssid": "xa", "defaults_changed": 1}]}, {"xa": "pass"}, "Đã đổi"),
        ("not", {"access_point": [{"defaults_changed": 0}]}, "fail", "Còn mặc định"),
        ("only ended", {"access_point": [{"defaults_changed": 1, "state": "ended"}]}, "unknown", "còn trống"),
        ("empty", {}, "unknown", None)],
    "access_point_secure": [
        ("WPA2, WPA3", {"access_point": [{"ssid": "a", "encryption": "wpa2_aes"}, {"ssid": "b", "encryption": "wpa3"}]}, {"a": "pass", "b": "pass"}, None),
        ("open", {"access_point": [{"encryption": "open"}]}, "fail", "Không mã hóa"),
        ("weak", {"access_point": [{"encryption": "wpa_tkip"}]}, "fail", "WPA"),
        ("empty", {}, "unknown", "còn trống")],
    "firewall_rule_sound": [
        ("sound", {"device": [device(name="TL", kind="firewall")], "firewall_rule": [{"device": 1, "place": "12"}]}, {"TL 12": "pass"}, "Không có vấn đề"),
        ("open to all", {"firewall_rule": [{"place": "12", "problem": "any_any"}]}, {"12": "fail"}, "Mở cho tất cả"),
        ("open to all and more", {"firewall_rule": [{"place": "12", "problem": "any_any", "shadowed_by": "INPUT 1", "expired": 1, "unused": 1}]}, {"12": "fail"},
         "Mở cho tất cả; bị che bởi luật INPUT 1; đã hết hạn; chưa khớp lần nào"),
        ("shadowed", {"firewall_rule": [{"place": "12", "problem": "shadowed", "shadowed_by": "INPUT 1", "unused": 1}]}, {"12": "fail"}, "Bị che bởi luật INPUT 1; chưa khớp lần nào"),
        ("expired", {"firewall_rule": [{"place": "12", "problem": "expired", "expired": 1}]}, {"12": "fail"}, "Đã hết hạn"),
        ("never matched", {"firewall_rule": [{"place": "12", "problem": "unused", "unused": 1}]}, {"12": "fail"}, "Chưa khớp lần nào"),
        ("words of an older program", {"firewall_rule": [{"place": "12", "problem": "mở cho tất cả"}]}, {"12": "fail"}, "mở cho tất cả"),
        ("reviewed, gone", {"firewall_rule": [{"place": "1", "problem": "any_any", "state": "accepted"}, {"place": "2", "problem": "unused", "state": "removed"}]}, {"1": "pass", "2": "pass"}, "giữ lại"),
        ("rules not imported", {"device": [device(kind="firewall")]}, "unknown", "Chưa nhập luật"),
        ("no firewall", {"device": [device()]}, "not_applicable", "Không có tường lửa")],
    "policy_reviewed": [
        ("the last day in", {"policy_review": [{"target": "TL", "state": "signed", "reviewed_on": on(-365), "risky": 1, "rules": 9}]}, {"TL": "pass"}, "1 luật có nguy cơ trên 9"),
        ("the day after", {"policy_review": [{"target": "TL", "state": "signed", "reviewed_on": on(-366)}]}, "fail", "quá một năm"),
        ("the newer counts", {"policy_review": [{"target": "TL", "state": "signed", "reviewed_on": on(days)} for days in (-400, -5, -5)]}, {"TL": "pass"}, None),
        ("a new draft takes nothing away", {"policy_review": [{"target": "TL", "state": "signed", "reviewed_on": on(-5)}, {"target": "TL", "reviewed_on": on(0)}]}, {"TL": "pass"}, None),
        ("not signed", {"policy_review": [{"target": "TL", "reviewed_on": on(-1)}]}, "fail", "Chưa ký"),
        ("empty", {}, "unknown", "Chưa rà soát")],
    "portal_has_watcher": [
        ("named", {"staff": [{"full_name": "Văn thư"}], **site(watcher=1)}, {"Trang xã": "pass"}, "Văn thư"),
        ("who left", {"staff": [{"full_name": "Văn thư", "state": "left"}], **site(watcher=1)}, "fail", "Văn thư, đã nghỉ"),
        ("nobody", site(), "fail", "Chưa cử người"), *no_site()],
    "portal_labelled": [
        ("its last day", site(label_number="TN-1"), "pass", "TN-1"),
        ("the day after", site(label_until=on(-1)), "fail", "Nhãn hết hạn"),
        ("not assessed", site(assessed_on=None), "fail", "Chưa đánh giá"),
        ("applied", site(label="applied"), "fail", "chưa có nhãn"),
        ("none", site(label="none", label_until=None), "fail", "Chưa có nhãn"), *no_site()],
    "portal_unharmed": [
        ("no alarm", site(), "pass", "Không có cảnh báo"),
        ("closed alarms", {**site(), "portal_alarm": [{"portal": 1, "state": "fixed"}, {"portal": 1, "state": "false_alarm"}]}, "pass", None),
        ("two open", {**site(), "portal_alarm": [{"portal": 1}, {"portal": 1, "state": "verified"}, {"portal": 1, "state": "fixed"}]}, "fail", "2 cảnh báo"),
        ("paused", site(state="paused"), "unknown", "tạm thôi"), *no_site()],
    "system_level_approved": [
        ("approved", {"information_system": [SYSTEM]}, {"Một cửa": "pass"}, "Cấp độ 2, 5/QĐ"),
        *((dossier, {"information_system": [{**SYSTEM, "dossier": dossier}]}, "fail", said) for dossier, said in
          (("none", "Chưa lập"), ("drafting", "dự thảo"), ("sent", "Đã gửi"), ("appraised", "Đã thẩm định"))),
        ("being built", {"information_system": [{**SYSTEM, "state": "building"}]}, "unknown", None), NO_SYSTEM],
    "system_measures_complete": [
        ("all", {"information_system": [SYSTEM]}, "pass", None),
        ("some", {"information_system": [{**SYSTEM, "measures": "some"}]}, "fail", "Một số"),
        ("none", {"information_system": [{**SYSTEM, "measures": "none"}]}, "fail", "Chưa triển khai"), NO_SYSTEM],
    "system_checked": year("information_system", "Một cửa", "checked_on", "Chưa khai hệ thống", SYSTEM),
    "system_monitored": [
        ("is", {"information_system": [{**SYSTEM, "monitored": 1}]}, "pass", None),
        ("is not", {"information_system": [{**SYSTEM, "monitored": 0}]}, "fail", None),
        ("not stated", {"information_system": [SYSTEM]}, "unknown", "Chưa khai"), NO_SYSTEM],
    "requirement_met": [
        ("met", {"information_system": [SYSTEM], "system_requirement": [{"code": "5.1", "system": 1, "answer": "met"}]}, {"5.1": "pass"}, "Một cửa: đạt"),
        ("partly, not", {"system_requirement": [{"code": "1", "answer": "partly"}, {"code": "2", "answer": "not_met"}]}, {"1": "fail", "2": "fail"}, "một phần"),
        ("does not apply", {"system_requirement": [{"answer": "not_applicable"}]}, "not_applicable", None),
        ("not assessed", {"system_requirement": [{"code": "1"}]}, "unknown", "chưa đánh giá"),
        ("empty", {}, "unknown", "Chưa lập bảng kiểm")],
    "own_addresses_declared": [
        ("own", {"own_address": [{"range": "203.0.113.0/29"}]}, "pass", "1 dải"),
        ("above", {"above": {"own_address": [{"range": "203.0.113.0/29"}]}}, "not_applicable", "cấp trên đã khai"),
        ("below is not enough", {"below": {"own_address": [{"range": "203.0.113.0/29"}]}}, "unknown", None),
        ("empty", {"own_address": [{"state": "ended"}]}, "unknown", "Chưa khai")],
    "backup_good": [
        ("the last day in", {"backup": [{**BACKUP, "last_good_on": on(-7)}]}, {"Hồ sơ": "pass"}, "cách đây 7 ngày"),
        ("the day after", {"backup": [{**BACKUP, "last_good_on": on(-8)}]}, "fail", "8 ngày"),
        ("never", {"backup": [BACKUP]}, "fail", "Chưa có bản tốt"),
        ("empty", {}, "unknown", "Chưa khai sao lưu")],
    "backup_offline": [
        ("the last day in", {"backup": [{**BACKUP, "offline_on": on(-31)}]}, "pass", "31 ngày"),
        ("the day after", {"backup": [{**BACKUP, "offline_on": on(-32)}]}, "fail", None),
        ("never", {"backup": [BACKUP]}, "fail", "Không có bản rời"),
        ("empty", {}, "unknown", "Chưa khai sao lưu")],
    "backup_restored": [
        *year("backup", "Hồ sơ", "restore_on", "Chưa khai sao lưu", {**BACKUP, "restore_ok": 1}),
        ("did not restore", {"backup": [{**BACKUP, "restore_on": on(-1), "restore_ok": 0}]}, "fail", "Không khôi phục được")],
    "licence_valid": [
        ("no end", {"licence": [licence(None)]}, {"Kaspersky": "pass"}, "Không có hạn"),
        ("its last day", {"licence": [licence(0)]}, "pass", "Còn 0 ngày"),
        ("the day after", {"licence": [licence(-1)]}, "fail", "1 ngày trước"),
        ("bought above", {"above": {"licence": [licence(9)]}}, "not_applicable", "cấp trên mua chung"),
        ("empty", {}, "unknown", "Sổ bản quyền còn trống")],
    "licence_not_ending": [
        ("31 days", {"licence": [licence(31)]}, "pass", "Còn 31 ngày"),
        ("30 days", {"licence": [licence(30)]}, "fail", "Còn 30 ngày"),
        ("ended", {"licence": [licence(-1)]}, "fail", "Đã hết hạn"),
        ("no end", {"licence": [licence(None)]}, "pass", None),
        ("bought above", {"above": {"licence": [licence(9)]}}, "not_applicable", None),
        ("empty", {}, "unknown", None)],
    "seats_enough": [
        ("enough, to the last day", {"endpoint": [{}, {}], "licence": [licence(0), licence(None)]}, "pass", "2 bản quyền, 2 máy"),
        ("short", {"endpoint": [{}, {}], "licence": [licence(9)]}, "fail", "1 bản quyền, 2 máy"),
        ("ended", {"endpoint": [{}], "licence": [licence(-1, 50)]}, "fail", "0 bản quyền, 1 máy"),
        ("other products", {"endpoint": [{}], "licence": [licence(9, kind="office")]}, "unknown", None),
        ("bought above", {"endpoint": [{}], "above": {"licence": [licence(9)]}}, "not_applicable", "mua chung"),
        ("ended above", {"endpoint": [{}], "above": {"licence": [licence(-1)]}}, "unknown", "Chưa khai"),
        ("no machines", {}, "not_applicable", "không có máy")],
    "repair_has_slip": [
        ("disk out", {"repair_slip": [{"number": "SC-1", "disk": "removed"}]}, {"SC-1": "pass"}, None),
        ("disk inside", {"repair_slip": [{"disk": "inside", "device": "Máy 1"}]}, "fail", "Máy 1, gửi đi khi ổ đĩa"),
        ("in repair with a slip", {"device": [device(state="repair")], "repair_slip": [{"number": "SC-1", "asset": 1, "disk": "none"}]}, {"SC-1": "pass"}, None),
        ("in repair without", {"device": [device(state="repair")]}, {"Máy in": "fail"}, "không có phiếu"),
        ("only an old slip", {"device": [device(state="repair")], "repair_slip": [{"number": "SC-1", "asset": 1, "disk": "none", "state": "back"}]}, {"SC-1": "pass", "Máy in": "fail"}, None),
        ("empty", {}, "not_applicable", "Chưa sửa chữa lần nào")],
    "unit_measured": [
        ("reports", {"endpoint": [{"seen": 1}, {"seen": 20}]}, "pass", "1 máy đang báo về trên 2"),
        ("off the network, three weeks", {"endpoint": [{"seen": 20, "role": "secret"}]}, "pass", None),
        ("all silent", {"endpoint": [{"seen": 20}]}, "fail", "0 máy đang báo về trên 1"),
        ("none", {}, "fail", "Chưa có máy nào")],
    "botnet_address_cleared": [
        ("cleared", {"botnet_listing": [{"address": "203.0.113.9", "month": "2026-10", "state": "cleared", "listed_s": ago(9), "cleared_on": on(-2)}]}, {"203.0.113.9, 10/2026": "pass"}, "Xong sau 6 ngày"),
        ("imported as cleared", {"botnet_listing": [{"state": "cleared"}]}, "pass", "Đã xử lý"),
        ("again", {"botnet_listing": [{"botnet": "Mirai", "again": 1}]}, "fail", "Mirai, tháng trước cũng có"),
        ("traced", {"botnet_listing": [{"state": "traced"}]}, "fail", "Không rõ tên"),
        ("nothing listed", {"own_address": [{"range": "203.0.113.0/29"}]}, "not_applicable", "Chưa có địa chỉ nào"),
        ("declared above", {"above": {"own_address": [{"range": "203.0.113.0/29"}]}}, "not_applicable", "Chưa có địa chỉ nào"),
        ("nothing declared", {}, "unknown", "Chưa khai địa chỉ IP công khai")],
    "botnet_machine_traced": [
        ("traced", {"botnet_listing": [{"state": "traced", "machines": 2}]}, "pass", "2 máy"),
        ("new", {"botnet_listing": [{}]}, "fail", "Chưa truy ra máy"),
        ("empty", {}, "not_applicable", None)],
}
