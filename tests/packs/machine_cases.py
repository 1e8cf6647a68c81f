"""Cases of the controls over machines, for test_controls.py.

A case is (what, machine, expected, evidence):
  machine   role, seen (days since the machine was heard from; None: never), detection, scan, and any fact table: a list of rows (measured)
  expected  the state of the one subject, or {subject: state}
  evidence  a part of the evidence, or None"""

DAY = 86400
NOW = 1795219200  # 2026-11-21
SELF = "@"  # stands for the machine's own id, the subject of a control about the machine


def ago(days):
    return NOW - int(days * DAY)


def av(**row):
    return {"product": "ClamAV", "vendor": "Cisco", "kind": "av", "version": "1.4.3", "running": 1, "realtime": 1, "licence": "free", **row}


def paid(**row):
    return av(**{"product": "Kaspersky", "vendor": "Kaspersky", "version": "12", "licence": "commercial", "signature_s": ago(1), **row})


def edr(**row):
    return av(**{"product": "Bkav EDR", "vendor": "Bkav", "kind": "edr", "version": "3", "licence": "commercial", **row})


def person(name, **row):
    return {"name": name, "kind": "person", "uid": 1000, "full_name": "Cán bộ một cửa", "can_login": 1, "admin": 0, "password": "set",
            "password_changed_s": ago(10), "max_age_days": 90, "last_login_s": ago(1), "login_known": 1, **row}


def updates(**row):
    return [{"manager": "apt", "pending_security": 0, "security_source": 1, "checked_s": ago(1), "changed_s": ago(3), "reboot_required": 0, "automatic": 1, **row}]


def virus(**row):
    return {"found_s": ago(0.1), "engine": "khien", "rule": "Test_Pattern", "path": "/home/a/x.bin", "verdict": "infected", "state": "found", "changed_s": NOW, **row}


def sweep(**row):
    return {"kind": "full", "started_s": row.get("ended_s", ago(1)) - 600, "ended_s": ago(1), "files": 9000, "bytes": 1, "infected": 0, "suspicious": 0,
            "errors": 0, "skipped": 0, "partly": 0, "rules": 1, **row}


def bundle(sha256, days, **row):
    return {"sha256": sha256, "size": 1, "made_s": ago(days), "files": 1, "added_s": ago(days), "added_by": "x", **row}


BUNDLES = [bundle("b1", 9), bundle("b2", 4)]  # of the server, not of a machine


def slip(**row):
    return {"device": "Máy", "shop": "Cửa hàng", "disk": "removed", "out_on": ago(9), "back_s": ago(2), "state": "back", **row}


def interface(name, **row):
    return {"name": name, "kind": "ethernet", "physical": 1, "wireless": 0, "state": "no_link", "mac": "02:00:00:00:00:01", "has_default_route": 0, **row}


def policy(**row):
    return [{"quality_module": "pwquality", "min_length": 8, "min_classes": 4, "remember": 10, "lockout_attempts": 5, **row}]


def journal(**row):
    return {"system": "journald", "running": 1, "persistent": 1, "retention_days": 40, "remote": 0, **row}


def review(**row):
    return [{"state": "reviewed", "reviewed_on": ago(3), "files": 3, "way": "opened", "reason": "x", "reviewer": "Nguyễn Văn A", **row}]


def searched(**row):
    return [{"ended_s": ago(1), "complete": 1, "files": 9000, "documents": 40, "encrypted": 0, "partly": 0, "unread": 0, "policy": "strict", **row}]


def document(state="found", **row):
    return {"case_id": "c1", "level": "toi_mat", "sha256": "ab", "place": "desktop", "state": state, "found_s": ago(2), "since_s": ago(1), **row}


SERVER, WORKSTATION = [{"name": "Debian GNU/Linux 12", "machine_class": "server"}], [{"name": "Debian GNU/Linux 12", "machine_class": "workstation"}]
QUIET_RADIO = {"interfaces": [interface("eno1")], "usb": [], "bluetooth": []}


CASES = {
    "agent_heard": [
        ("yesterday", {"seen": 1}, "pass", "cách đây 1 ngày"),
        ("just now", {"seen": 0}, "pass", "trong vòng một ngày"),
        ("silent", {"seen": 8}, "fail", "8 ngày"),
        ("never", {"seen": None}, "unknown", "Chưa báo về lần nào"),
        ("off the network, three weeks", {"role": "secret", "seen": 21}, "pass", None),
        ("off the network, too long", {"role": "secret", "seen": 40}, "fail", None)],
    "agent_heard_24h": [
        ("this morning", {"seen": 0.3}, "pass", "7 giờ"),
        ("silent", {"seen": 1.2}, "fail", "28 giờ"),
        ("never", {"seen": None}, "unknown", None),
        ("off the network", {"role": "secret", "seen": 20}, "not_applicable", None)],
    "av_running": [
        ("runs", {"protection": [av()]}, "pass", "ClamAV 1.4.3, đang chạy"),
        ("one of two runs", {"protection": [av(running=0), paid()]}, "pass", "Kaspersky 12, đang chạy"),
        ("stopped", {"protection": [av(running=0)]}, "fail", "đã cài nhưng không chạy"),
        ("none", {"protection": []}, "fail", "Không tìm thấy"),
        ("only EDR", {"protection": [edr()]}, "fail", None),
        ("recorded tree", {"protection": [av(running=None)]}, "unknown", "không rõ"),
        ("silent machine", {"seen": 9, "protection": [av()]}, "unknown", "im lặng đã 9 ngày"),
        ("never heard", {"seen": None, "protection": [av()]}, "unknown", "chưa báo về"),
        ("off the network, three weeks", {"role": "secret", "seen": 21, "protection": [av()]}, "pass", None),
        ("not measured", {}, "unknown", "Chưa đo")],
    "av_on_server": [
        ("server with", {"os": SERVER, "protection": [av()]}, "pass", "ClamAV 1.4.3, đang chạy"),
        ("server without", {"os": SERVER, "protection": []}, "fail", None),
        ("server, stopped", {"os": SERVER, "protection": [av(running=0)]}, "fail", "không chạy"),
        ("workstation", {"os": WORKSTATION, "protection": []}, "not_applicable", None),
        ("class unknown", {"protection": [av()]}, "unknown", "Chưa biết"),
        ("protection not measured", {"os": SERVER}, "unknown", "Chưa đo"),
        ("recorded tree", {"os": SERVER, "protection": [av(running=None)]}, "unknown", None)],
    "av_on_workstation": [
        ("workstation with", {"os": WORKSTATION, "protection": [av()]}, "pass", None),
        ("workstation without", {"os": WORKSTATION, "protection": []}, "fail", None),
        ("server", {"os": SERVER, "protection": []}, "not_applicable", None),
        ("class unknown", {"os": [{"name": "x"}], "protection": []}, "unknown", None)],
    "bkav_endpoint_running": [
        ("runs", {"protection": [edr(product="Bkav Endpoint", kind="av")]}, "pass", "Bkav Endpoint 3, đang chạy"),
        ("by the vendor's name", {"protection": [edr(product="Endpoint AI")]}, "pass", None),
        ("another product", {"protection": [av()]}, "fail", "Không tìm thấy Bkav"),
        ("stopped", {"protection": [edr(running=0)]}, "fail", "không chạy"),
        ("recorded tree", {"protection": [edr(running=None)]}, "unknown", None),
        ("off the network", {"role": "secret", "protection": []}, "not_applicable", None)],
    "av_licensed": [
        ("free", {"protection": [av()]}, "pass", "phần mềm tự do"),
        ("in date", {"protection": [paid(licence_end_s=NOW + 40 * DAY)]}, "pass", "còn hạn 40 ngày"),
        ("ended", {"protection": [paid(licence_end_s=ago(5))]}, "fail", "hết hạn cách đây 5 ngày"),
        ("one ended, one free", {"protection": [paid(licence_end_s=ago(5)), av()]}, "pass", "ClamAV, phần mềm tự do"),
        ("not readable", {"protection": [paid()]}, "unknown", "không đọc được"),
        ("no product", {"protection": []}, "not_applicable", None)],
    "av_licence_30_days": [
        ("40 days left", {"protection": [paid(licence_end_s=NOW + 40 * DAY)]}, {"Kaspersky": "pass"}, "còn hạn 40 ngày"),
        ("20 days left", {"protection": [paid(licence_end_s=NOW + 20 * DAY)]}, {"Kaspersky": "fail"}, "còn hạn 20 ngày"),
        ("ended", {"protection": [paid(licence_end_s=ago(2))]}, {"Kaspersky": "fail"}, "cách đây 2 ngày"),
        ("not readable", {"protection": [paid()]}, {"Kaspersky": "unknown"}, None),
        ("free", {"protection": [av()]}, "not_applicable", None)],
    "av_signatures_fresh": [
        ("today", {"protection": [av(signature_s=ago(0.2))]}, "pass", "mẫu trong ngày"),
        ("15 days", {"protection": [av(signature_s=ago(15))]}, "pass", "ClamAV 1.4.3, mẫu cách đây 15 ngày"),
        ("over 15 days", {"protection": [av(signature_s=ago(15) - 1)]}, "fail", "15 ngày"),
        ("20 days", {"protection": [av(signature_s=ago(20))]}, "fail", "20 ngày"),
        ("not readable", {"protection": [av(signature_s=None)]}, "unknown", "không đọc được"),
        ("no product", {"protection": []}, "not_applicable", None)],
    "av_realtime": [
        ("on", {"protection": [av()]}, "pass", "đang bật"),
        ("off", {"protection": [av(realtime=0)]}, "fail", "đang tắt"),
        ("on but not running", {"protection": [av(running=0)]}, "fail", "không chạy"),
        ("none", {"protection": []}, "fail", "Không tìm thấy"),
        ("not said", {"protection": [av(realtime=None)]}, "unknown", "không đọc được")],
    "edr_running": [
        ("runs", {"protection": [edr()]}, "pass", "Bkav EDR 3, đang chạy"),
        ("only anti-malware", {"protection": [av()]}, "fail", "Không tìm thấy"),
        ("stopped", {"protection": [edr(running=0)]}, "fail", None),
        ("recorded tree", {"protection": [edr(running=None)]}, "unknown", None),
        ("off the network", {"role": "secret", "protection": []}, "not_applicable", None)],
    "av_and_edr_running": [
        ("both", {"protection": [av(), edr()]}, "pass", "Phòng chống mã độc: ClamAV; EDR: Bkav EDR"),
        ("one", {"protection": [av()]}, "fail", "EDR: không thấy chạy"),
        ("neither", {"protection": []}, "fail", None),
        ("one not known", {"protection": [av(), edr(running=None)]}, "unknown", None),
        ("off the network", {"role": "secret", "protection": []}, "not_applicable", None)],
    "firewall_on": [
        ("on", {"firewall": [{"engine": "ufw", "active": 1}, {"engine": "nftables", "active": 0}]}, "pass", "ufw, đang bật"),
        ("off", {"firewall": [{"engine": "ufw", "active": 0}]}, "fail", "ufw, đang tắt"),
        ("none", {"firewall": []}, "fail", "Không tìm thấy"),
        ("recorded tree", {"firewall": [{"engine": "ufw", "active": None}]}, "unknown", "không rõ"),
        ("not measured", {}, "unknown", None)],
    "firewall_default_deny": [
        ("drops", {"firewall": [{"engine": "ufw", "active": 1, "default_input": "drop"}]}, "pass", "mặc định chặn"),
        ("lets through", {"firewall": [{"engine": "ufw", "active": 1, "default_input": "accept"}]}, "fail", "mặc định cho qua"),
        ("off", {"firewall": [{"engine": "ufw", "active": 0, "default_input": "drop"}]}, "fail", "đang tắt"),
        ("none", {"firewall": []}, "fail", None),
        ("not readable", {"firewall": [{"engine": "ufw", "active": 1}]}, "unknown", "không đọc được")],
    "risky_ports_closed": [
        ("only SSH", {"ports": [{"protocol": "tcp", "port": 22, "exposed": 1}]}, "pass", None),
        ("nothing open", {"ports": []}, "pass", None),
        ("SMB on loopback", {"ports": [{"protocol": "tcp", "port": 445, "exposed": 0}]}, "pass", None),
        ("SMB and RDP", {"ports": [{"protocol": "tcp", "port": 445, "exposed": 1, "program": "/usr/sbin/smbd", "family": f} for f in ("ipv4", "ipv6")]
                         + [{"protocol": "tcp", "port": 3389, "exposed": 1}]}, "fail", "2 cổng: 445, …, 3389 (/usr/sbin/smbd)"),
        ("the same number over UDP", {"ports": [{"protocol": "udp", "port": 445, "exposed": 1}]}, "pass", None),
        ("SNMP", {"ports": [{"protocol": "udp", "port": 161, "exposed": 1}]}, "fail", "1 cổng: 161"),
        ("not measured", {}, "unknown", None)],
    "malware_handled": [
        ("quarantined and left", {"detection": [virus(state="quarantined"), virus(state="verified")]}, {"1": "pass", "2": "fail"}, None),
        ("cleaned", {"detection": [virus(state="cleaned")]}, {"1": "pass"}, "Test_Pattern, /home/a/x.bin: đã xử lý, quét lại sạch"),
        ("dealt with by hand", {"detection": [virus(state="handled")]}, {"1": "pass"}, "đã xử lý bằng tay"),
        ("found", {"detection": [virus()]}, {"1": "fail"}, "mới phát hiện"),
        ("false alarm", {"detection": [virus(state="false_alarm")]}, {"1": "not_applicable"}, "báo nhầm"),
        ("scanned, nothing", {"scan": [sweep()]}, "not_applicable", "Đã quét"),
        ("not scanned", {}, "unknown", "chưa được quét")],
    "malware_handled_24h": [
        ("found an hour ago", {"detection": [virus(found_s=NOW - 3600)]}, {"1": "pass"}, "đã 1 giờ"),
        ("found two days ago", {"detection": [virus(found_s=ago(2))]}, {"1": "fail"}, "đã 48 giờ"),
        ("old but quarantined", {"detection": [virus(found_s=ago(2), state="quarantined")]}, {"1": "pass"}, "đã xử lý"),
        ("old but dealt with by hand", {"detection": [virus(found_s=ago(2), state="handled")]}, {"1": "pass"}, "đã xử lý"),
        ("false alarm", {"detection": [virus(found_s=ago(2), state="false_alarm")]}, {"1": "not_applicable"}, None),
        ("scanned, nothing", {"scan": [sweep()]}, "not_applicable", None),
        ("not scanned", {}, "unknown", None)],
    "malware_verified_12h": [
        ("found an hour ago", {"detection": [virus(found_s=NOW - 3600)]}, {"1": "pass"}, "chưa ai xác minh, đã 1 giờ"),
        ("found 13 hours ago", {"detection": [virus(found_s=NOW - 13 * 3600)]}, {"1": "fail"}, "đã 13 giờ"),
        ("verified", {"detection": [virus(found_s=ago(2), state="verified")]}, {"1": "pass"}, "đã xác minh"),
        ("quarantined at once", {"detection": [virus(found_s=ago(2), state="quarantined")]}, {"1": "pass"}, None),
        ("false alarm", {"detection": [virus(found_s=ago(2), state="false_alarm")]}, {"1": "not_applicable"}, "báo nhầm"),
        ("scanned, nothing", {"scan": [sweep()]}, "not_applicable", None),
        ("not scanned", {}, "unknown", None)],
    "malware_closed": [
        ("clean when scanned again", {"detection": [virus(state="cleaned")]}, {"1": "pass"}, "quét lại sạch"),
        ("dealt with, not scanned since", {"detection": [virus(state="quarantined"), virus(state="handled")]}, {"1": "fail", "2": "fail"}, "chưa quét lại"),
        ("found", {"detection": [virus()]}, {"1": "fail"}, "chưa xử lý"),
        ("false alarm", {"detection": [virus(state="false_alarm")]}, {"1": "not_applicable"}, "báo nhầm"),
        ("scanned, nothing", {"scan": [sweep()]}, "not_applicable", None),
        ("not scanned", {}, "unknown", None)],
    "machine_handled_24h": [
        ("an old one and a new one", {"detection": [virus(found_s=NOW - 3600), virus(found_s=ago(2))]}, "fail", "Còn 2 phát hiện chưa xử lý, lâu nhất đã 48 giờ"),
        ("a new one", {"detection": [virus(found_s=NOW - 3600)]}, "pass", "đã 1 giờ"),
        ("an old one, dealt with", {"scan": [sweep()], "detection": [virus(found_s=ago(2), state="handled")]}, "pass", "Không còn"),
        ("never scanned", {}, "unknown", None)],
    "content_current": [
        ("the newest", {"content_bundle": BUNDLES, "content_state": [{"sha256": "b2", "made_s": ago(4), "said_s": NOW}]}, "pass", "mới nhất"),
        ("the one before", {"content_bundle": BUNDLES, "content_state": [{"sha256": "b1", "made_s": ago(9), "said_s": NOW}]}, "fail", "cũ hơn 5 ngày"),
        ("the one before, for an hour", {"content_bundle": [*BUNDLES, bundle("b3", 0.1, added_s=NOW - 3600)], "content_state": [{"sha256": "b2", "made_s": ago(4), "said_s": NOW}]}, "pass", "chưa đến một ngày"),
        ("none of the server's, and why", {"content_bundle": BUNDLES, "content_state": [{"error": "signature", "said_s": NOW}]}, "fail", "Chưa nhận gói nào của máy chủ: signature"),
        ("never said", {"content_bundle": BUNDLES}, "unknown", "chưa báo"),
        ("never linked", {"content_bundle": BUNDLES, "offline_key": "k"}, "not_applicable", "nhận nội dung bằng tệp"),
        ("the server hands out none", {}, "not_applicable", "chưa phát")],
    "machine_scanned": [
        ("in whole", {"scan": [sweep(ended_s=ago(3))]}, "pass", "Quét toàn bộ cách đây 3 ngày"),
        ("in whole, then quickly", {"scan": [sweep(ended_s=ago(3)), sweep(kind="quick")]}, "pass", None),
        ("in part", {"scan": [sweep(kind="first")]}, "unknown", "Mới quét một phần"),
        ("in whole, by test rules alone", {"scan": [sweep(rules=0)]}, "fail", "Máy mới có luật thử"),
        ("in whole, and later by test rules alone", {"scan": [sweep(ended_s=ago(3)), sweep(rules=0)]}, "pass", "cách đây 3 ngày"),
        ("in whole, but cut short", {"scan": [sweep(stopped="time")]}, "unknown", "Mới quét một phần"),
        ("in whole, but nothing could be read", {"scan": [sweep(files=0, errors=1)]}, "unknown", "Mới quét một phần"),
        ("in part, long after the whole", {"scan": [sweep(ended_s=ago(90)), sweep(kind="quick")]}, "unknown", None),
        ("too long ago", {"scan": [sweep(ended_s=ago(31))]}, "fail", "31 ngày"),
        ("never", {}, "fail", "Chưa quét lần nào")],
    "scan_complete": [
        ("complete", {"scan": [sweep(errors=5, ended_s=ago(2)), sweep()]}, "pass", "Đã quét 9000 tệp; không đọc được 0"),
        ("by test rules alone", {"scan": [sweep(rules=0)]}, "fail", "mới có luật thử"),
        ("unreadable files", {"scan": [sweep(errors=2)]}, "fail", "không đọc được 2"),
        ("skipped files", {"scan": [sweep(skipped=1)]}, "fail", "bỏ qua 1"),
        ("files only partly", {"scan": [sweep(partly=4)]}, "fail", "quét dở 4"),
        ("out of time", {"scan": [sweep(stopped="time")]}, "fail", "dừng giữa chừng vì hết thời gian"),
        ("never", {}, "unknown", None)],
    "machine_clean": [
        ("clean", {"scan": [sweep()]}, "pass", "Quét sạch 9000 tệp, cách đây 1 ngày"),
        ("by test rules alone", {"scan": [sweep(rules=0)]}, "unknown", "mới có luật thử"),
        ("infected", {"scan": [sweep()], "detection": [virus(), virus(state="verified"), virus(state="cleaned")]}, "fail", "Còn 2 phát hiện"),
        ("cleaned since", {"scan": [sweep()], "detection": [virus(state="cleaned")]}, "pass", None),
        ("infected, never scanned in whole", {"detection": [virus()]}, "fail", None),
        ("files left out", {"scan": [sweep(errors=1, skipped=2, partly=3)]}, "unknown", "không đọc được 1 tệp, bỏ qua 2, quét dở 3"),
        ("out of time", {"scan": [sweep(stopped="time")]}, "unknown", "dừng giữa chừng"),
        ("old result", {"scan": [sweep(ended_s=ago(31))]}, "unknown", "nay chưa biết"),
        ("only quickly", {"scan": [sweep(kind="quick")]}, "unknown", "Chưa quét toàn bộ"),
        ("never scanned", {}, "unknown", None)],
    "no_reinfection": [
        ("nothing came back", {"scan": [sweep()], "detection": [virus(state="cleaned")]}, "pass", None),
        ("came back after a clean scan",
         {"scan": [sweep(ended_s=ago(5))], "detection": [virus(state="cleaned", found_s=ago(9)), virus(found_s=ago(1))]}, "fail", "xuất hiện lại"),
        ("two files of one outbreak", {"scan": [sweep()], "detection": [virus(state="cleaned", found_s=ago(9)), virus(found_s=ago(9) + 5)]}, "pass", None),
        ("came back, but the scan between was not clean",
         {"scan": [sweep(ended_s=ago(5), infected=1)], "detection": [virus(state="cleaned", found_s=ago(9)), virus(found_s=ago(1))]}, "pass", None),
        ("other malware", {"scan": [sweep(ended_s=ago(5))], "detection": [virus(state="cleaned", found_s=ago(9)), virus(rule="Other", found_s=ago(1))]}, "pass", None),
        ("false alarm", {"scan": [sweep(ended_s=ago(5))],
                         "detection": [virus(state="cleaned", found_s=ago(9)), virus(state="false_alarm", found_s=ago(1))]}, "pass", None),
        ("never scanned", {}, "unknown", None)],
    "os_supported": [
        ("supported", {"os": [{"name": "Debian 12", "support_end_s": NOW + 588 * DAY}]}, "pass", "Debian 12, còn hỗ trợ 588 ngày"),
        ("ended", {"os": [{"name": "Debian 11", "support_end_s": ago(82)}]}, "fail", "hết hỗ trợ cách đây 82 ngày"),
        ("ended, support for sale", {"os": [{"name": "Ubuntu 20.04", "support_end_s": ago(400), "paid_support_end_s": NOW + DAY}]}, "fail", "hỗ trợ mở rộng"),
        ("not in the list", {"os": [{"name": "Nova 3"}]}, "unknown", "Nova 3"),
        ("not measured", {}, "unknown", "Chưa đo")],
    "os_support_ahead": [
        ("long", {"os": [{"name": "Debian 12", "support_end_s": NOW + 588 * DAY}]}, "pass", None),
        ("soon", {"os": [{"name": "Debian 12", "support_end_s": NOW + 179 * DAY}]}, "fail", "179 ngày"),
        ("ended", {"os": [{"name": "Debian 11", "support_end_s": ago(1)}]}, "fail", "đã hết hỗ trợ"),
        ("not in the list", {"os": [{"name": "Nova 3"}]}, "unknown", None)],
    "patches_current": [
        ("up to date", {"update_state": updates()}, "pass", "cách đây 1 ngày"),
        ("three wait", {"update_state": updates(pending_security=3)}, "fail", "3 bản vá bảo mật"),
        ("three wait, by an old list", {"update_state": updates(pending_security=3, checked_s=ago(40))}, "fail", None),
        ("old list", {"update_state": updates(checked_s=ago(8))}, "unknown", "đã cũ 8 ngày"),
        ("list of unknown age", {"update_state": updates(checked_s=None)}, "unknown", "Không rõ lần kiểm tra"),
        ("no security source", {"update_state": updates(security_source=0)}, "unknown", "chưa khai báo nguồn"),
        ("rpm", {"update_state": updates(pending_security=None)}, "unknown", None),
        ("measured, no row", {"update_state": []}, "unknown", None)],
    "server_patched": [
        ("up to date", {"os": SERVER, "update_state": updates()}, "pass", None),
        ("one waits", {"os": SERVER, "update_state": updates(pending_security=1)}, "fail", "1 bản vá"),
        ("workstation", {"os": WORKSTATION, "update_state": updates(pending_security=1)}, "not_applicable", None),
        ("class unknown", {"update_state": updates()}, "unknown", None),
        ("old list", {"os": SERVER, "update_state": updates(checked_s=ago(8))}, "unknown", None)],
    "patches_monthly": [
        ("changed this month", {"update_state": updates(pending_security=2)}, "pass", "cách đây 3 ngày"),
        ("nothing to do", {"update_state": updates(changed_s=ago(80))}, "pass", None),
        ("patches left for months", {"update_state": updates(changed_s=ago(80), pending_security=2)}, "fail", "2 bản vá"),
        ("not even asked", {"update_state": updates(changed_s=ago(80), checked_s=ago(80))}, "fail", None),
        ("never changed, not known", {"update_state": updates(changed_s=None, pending_security=None)}, "unknown", None),
        ("not measured", {}, "unknown", None)],
    "package_patched": [
        ("two wait", {"updates": [{"name": "openssl", "arch": "amd64", "installed_version": "3.0.1", "fixed_version": "3.0.3", "security_version": "3.0.2", "security": 1},
                                  {"name": "vim", "arch": "amd64", "installed_version": "9", "fixed_version": "9.1", "security": 1, "held": 1},
                                  {"name": "nano", "arch": "amd64", "security": 0}]}, {"openssl:amd64": "fail", "vim:amd64": "fail"}, None),
        ("the version that mends it", {"updates": [{"name": "openssl", "installed_version": "3.0.1", "security_version": "3.0.2", "fixed_version": "3.0.3", "security": 1}]},
         {"openssl": "fail"}, "openssl 3.0.1, đã có bản vá 3.0.2"),
        ("none", {"updates": []}, "not_applicable", None),
        ("not measured", {}, "unknown", None)],
    "restart_done": [
        ("done", {"update_state": updates()}, "pass", None),
        ("waits", {"update_state": updates(reboot_required=1)}, "fail", "chưa khởi động lại"),
        ("not known", {"update_state": updates(reboot_required=None)}, "unknown", None)],
    "updates_automatic": [
        ("on", {"update_state": updates()}, "pass", "apt"),
        ("off", {"update_state": updates(automatic=0)}, "fail", None),
        ("not known", {"update_state": updates(automatic=None)}, "unknown", None),
        ("off the network", {"role": "secret", "update_state": updates(automatic=0)}, "not_applicable", None)],
    "software_origin_known": [
        ("all known", {"packages": [{"name": "a", "origin": "Debian"}, {"name": "b", "origin": "Debian"}]}, "pass", "2 phần mềm"),
        ("one unknown", {"packages": [{"name": "a", "origin": "Debian"}, {"name": "crack", "origin": ""}]}, "fail", "1 phần mềm không rõ nguồn gốc, ví dụ crack"),
        ("system cannot say", {"packages": [{"name": "a", "origin": None}]}, "unknown", None),
        ("no rows", {"packages": []}, "unknown", None)],
    "package_origin_known": [
        ("one unknown", {"packages": [{"name": "a", "origin": "Debian"}, {"name": "crack", "version": "1", "arch": "amd64", "origin": "", "vendor": "nobody"}]},
         {"crack 1:amd64": "fail"}, "ghi nhà phát hành: nobody"),
        ("all known", {"packages": [{"name": "a", "origin": "Debian"}]}, "not_applicable", None),
        ("not measured", {}, "unknown", None)],
    "remote_tools_absent": [
        ("none", {"remote_tools": []}, "pass", None),
        ("two", {"remote_tools": [{"product": "AnyDesk", "version": "6", "running": 1}, {"product": "TeamViewer", "running": 0}]}, "fail",
         "AnyDesk 6 và 1 công cụ khác, đang chạy"),
        ("not measured", {}, "unknown", None)],
    "remote_tools_stopped": [
        ("stopped", {"remote_tools": [{"product": "AnyDesk", "running": 0, "enabled": 0}]}, {"AnyDesk": "pass"}, "không chạy"),
        ("runs", {"remote_tools": [{"product": "AnyDesk", "running": 1, "enabled": 0}]}, {"AnyDesk": "fail"}, "đang chạy"),
        ("starts by itself", {"remote_tools": [{"product": "AnyDesk", "running": 0, "enabled": 1}]}, {"AnyDesk": "fail"}, "tự khởi động"),
        ("not known", {"remote_tools": [{"product": "AnyDesk"}]}, {"AnyDesk": "unknown"}, None),
        ("none", {"remote_tools": []}, "not_applicable", None)],
    "inventory_filled": [
        ("filled", {"hardware": [{"vendor": "Dell", "model": "OptiPlex", "serial": "S1"}], "disks": [{"name": "sda", "serial": "D1"}],
                    "interfaces": [interface("eno1", ipv4="10.0.0.5/24")], "os": [{"name": "Debian 12", "support_end_s": NOW}]},
         {f: "pass" for f in ("Tên máy", "Hãng và kiểu máy", "Số sê-ri máy", "Địa chỉ MAC", "Địa chỉ IP", "Hệ điều hành", "Hạn hỗ trợ hệ điều hành", "Số sê-ri ổ đĩa")}, None),
        ("gaps, disks not measured, off the network", {"role": "secret", "hardware": [{"vendor": "Dell", "model": "OptiPlex", "serial": ""}],
                                                      "interfaces": [interface("eno1")], "os": [{"name": "Nova 3"}]},
         {"Tên máy": "pass", "Hãng và kiểu máy": "pass", "Số sê-ri máy": "fail", "Địa chỉ MAC": "pass", "Địa chỉ IP": "not_applicable",
          "Hệ điều hành": "pass", "Hạn hỗ trợ hệ điều hành": "fail", "Số sê-ri ổ đĩa": "unknown"}, None)],
    "disk_serial_known": [
        ("known", {"disks": [{"name": "sda", "serial": "D1", "kind": "ssd"}]}, {"sda": "pass"}, "sê-ri D1"),
        ("not readable", {"disks": [{"name": "sda", "kind": "ssd"}]}, {"sda": "fail"}, "không đọc được"),
        ("virtual, and a stick", {"disks": [{"name": "vda", "kind": "virtual"}, {"name": "sdb", "removable": 1, "kind": "ssd"}]}, {"vda": "not_applicable"}, None),
        ("no disk", {"disks": []}, "not_applicable", None),
        ("not measured", {}, "unknown", None)],
    "repair_serial_matches": [
        ("the disk of the slip", {"disks": [{"name": "sda", "serial": "D1", "kind": "ssd"}], "repair_slip": [slip(serial_after="D1, D2")]}, {"D1": "pass"}, "ghi D1, D2"),
        ("another disk", {"disks": [{"name": "sda", "serial": "D9", "kind": "ssd"}], "repair_slip": [slip(serial_after="D1")]}, {"D9": "fail"}, "ghi D1"),
        ("the slip names none", {"disks": [{"name": "sda", "serial": "D1", "kind": "ssd"}], "repair_slip": [slip()]}, {"D1": "fail"}, "ghi -"),
        ("not readable", {"disks": [{"name": "sda", "kind": "ssd"}], "repair_slip": [slip(serial_after="D1")]}, "unknown", "Không đọc được"),
        ("not measured since", {"repair_slip": [slip(serial_after="D1")]}, "unknown", "Chưa đo ổ đĩa"),
        ("still out", {"disks": [], "repair_slip": [slip(state="out", back_s=None)]}, "not_applicable", None),
        ("never repaired", {"disks": []}, "not_applicable", "chưa sửa chữa lần nào")],
    "secret_machine_offline": [
        ("no link", {"role": "secret", "interfaces": [interface("eno1"), interface("docker0", kind="bridge", physical=0, state="up")]}, "pass", None),
        ("cable", {"role": "secret", "interfaces": [interface("eno1", state="up")]}, "fail", "eno1 (ethernet)"),
        ("VPN", {"role": "secret", "interfaces": [interface("tun0", kind="vpn", physical=0, state="up")]}, "fail", "tun0 (vpn)"),
        ("address without a link", {"role": "secret", "interfaces": [interface("eno1", ipv4="10.0.0.5/24")]}, "fail", None),
        ("way out by a bridge", {"role": "secret", "interfaces": [interface("br0", kind="bridge", physical=0, has_default_route=1)]}, "fail", None),
        ("not measured", {"role": "secret"}, "unknown", None),
        ("ordinary machine", {"interfaces": [interface("eno1", state="up")]}, "not_applicable", None)],
    "no_secret_on_network": [
        ("searched in whole", {"secret_search": searched(), "secret_documents": []}, "pass", "đã xem 9000 tệp"),
        ("one waits", {"secret_search": searched(), "secret_documents": [document(), document("held")]}, "fail", "1 tài liệu chờ xử lý"),
        ("one waits, searched long ago", {"secret_search": searched(ended_s=ago(90)), "secret_documents": [document()]}, "fail", None),
        ("all settled", {"secret_search": searched(), "secret_documents": [document("held"), document("gone"), document("false_alarm"), document("handed_over")]}, "pass", None),
        ("long ago", {"secret_search": searched(ended_s=ago(31)), "secret_documents": []}, "unknown", "31 ngày"),
        ("cut short", {"secret_search": searched(complete=0), "secret_documents": []}, "unknown", "chưa trọn vẹn"),
        ("files not read", {"secret_search": searched(encrypted=2, unread=1), "secret_documents": []}, "unknown", "3 tệp chưa đọc được hết, có mật khẩu: 2"),
        ("files not read, reviewed since", {"secret_search": searched(encrypted=2, unread=1, unread_since_s=ago(5)), "secret_documents": [], "search_review": review(reviewed_on=ago(9)) + review()}, "pass", "3 tệp máy không đọc được đã có người xem"),
        ("files not read, reviewed before the newest", {"secret_search": searched(encrypted=2, unread_since_s=ago(1)), "secret_documents": [], "search_review": review()}, "unknown", "Tìm được một phần"),
        ("files not read, reviewed earlier that day", {"secret_search": searched(encrypted=2, unread_since_s=ago(3)), "secret_documents": [], "search_review": review(created_s=ago(3) - 1)}, "unknown", "Tìm được một phần"),
        ("files not read, review withdrawn", {"secret_search": searched(encrypted=2, unread_since_s=ago(5)), "secret_documents": [], "search_review": review(state="withdrawn")}, "unknown", None),
        ("reviewed, and one waits", {"secret_search": searched(encrypted=2, unread_since_s=ago(5)), "secret_documents": [document()], "search_review": review()}, "fail", "1 tài liệu chờ xử lý"),
        ("without pictures", {"secret_search": searched(complete=0, lack="pictures"), "secret_documents": []}, "unknown", "tesseract-ocr-vie"),
        ("independent LAN", {"secret_search": searched(policy="independent-lan"), "secret_documents": [document()], "routes": []}, "pass", "mạng LAN độc lập"),
        ("independent LAN with a way out", {"secret_search": searched(policy="independent-lan"), "secret_documents": [document()], "routes": [{"destination": "0.0.0.0/0", "interface": "eno1", "is_default": 1}]}, "fail", "đường ra"),
        ("independent LAN, routes not measured", {"secret_search": searched(policy="independent-lan"), "secret_documents": [document()]}, "unknown", None),
        ("never", {}, "unknown", "Chưa tìm lần nào"),
        ("drafts secrets", {"role": "secret", "secret_search": searched(), "secret_documents": [document()]}, "not_applicable", None)],
    "search_gaps_reviewed": [
        ("all read", {"secret_search": searched()}, "pass", "Tệp nào cũng đọc được"),
        ("not reviewed", {"secret_search": searched(encrypted=2, unread=1, unread_since_s=ago(5))}, "fail", "Có mật khẩu: 2, đọc một phần: 0, không đọc được: 1; chưa có người xem"),
        ("reviewed", {"secret_search": searched(encrypted=2, unread_since_s=ago(5)), "search_review": review()}, "pass", "người xem: Nguyễn Văn A"),
        ("reviewed before the newest", {"secret_search": searched(encrypted=2, unread_since_s=ago(1)), "search_review": review()}, "fail", None),
        ("reviewed earlier that day", {"secret_search": searched(encrypted=2, unread_since_s=ago(3)), "search_review": review(created_s=ago(3) - 1)}, "fail", None),
        ("reviewed later that day", {"secret_search": searched(encrypted=2, unread_since_s=ago(3)), "search_review": review(created_s=ago(3) + 1)}, "pass", None),
        ("of an agent that tells no time", {"secret_search": searched(partly=1), "search_review": review()}, "fail", None),
        ("not searched", {}, "unknown", None),
        ("drafts secrets", {"role": "secret", "secret_search": searched(partly=1)}, "not_applicable", None)],
    "secret_document_settled": [
        ("waits, held and settled", {"secret_documents": [document(case_id="a"), document("held", case_id="b"), document("handed_over", case_id="c"), document("gone", case_id="d"), document("false_alarm", case_id="e")]},
         {"a": "fail", "b": "fail", "c": "pass", "d": "pass", "e": "pass"}, None),
        ("its words", {"secret_documents": [document(case_id="a")]}, {"a": "fail"}, "TỐI MẬT, Màn hình nền, Chờ xử lý"),
        ("none", {"secret_documents": []}, "not_applicable", None),
        ("never searched", {}, "unknown", None),
        ("drafts secrets", {"role": "secret", "secret_documents": [document()]}, "not_applicable", None)],
    "secret_machine_no_wireless": [
        ("none", {"role": "secret", **QUIET_RADIO}, "pass", None),
        ("Wi-Fi card, even without a link", {"role": "secret", **QUIET_RADIO, "interfaces": [interface("wlp2s0", kind="wifi", wireless=1, state="down")]}, "fail", "wifi wlp2s0"),
        ("Wi-Fi stick", {"role": "secret", **QUIET_RADIO, "usb": [{"product": "802.11n NIC", "kind": "network", "wireless": 1, "port": "1-1"}]}, "fail", "802.11n NIC"),
        ("Bluetooth", {"role": "secret", **QUIET_RADIO, "bluetooth": [{"kind": "adapter", "name": "hci0", "blocked": 0}]}, "fail", "Bluetooth"),
        ("receiver of a mouse is another control's", {"role": "secret", **QUIET_RADIO, "usb": [{"product": "Unifying", "kind": "hid", "wireless": 1}]}, "pass", None),
        ("card, the rest not measured", {"role": "secret", "interfaces": [interface("wlp2s0", kind="wifi", wireless=1)]}, "fail", None),
        ("Bluetooth not measured", {"role": "secret", "interfaces": [interface("eno1")], "usb": []}, "unknown", None),
        ("ordinary machine", {"interfaces": [interface("wlp2s0", kind="wifi", wireless=1)]}, "not_applicable", None)],
    "secret_machine_never_linked": [
        ("by file only", {"role": "secret", "offline_key": "k"}, "pass", "bằng tệp"),
        ("asked to enrol today", {"role": "secret", "offline_key": "k", "linked_s": ago(0)}, "fail", "trong vòng một ngày"),
        ("asked to enrol", {"role": "secret", "offline_key": "k", "linked_s": ago(3)}, "fail", "cách đây 3 ngày"),
        ("has an agent", {"role": "secret"}, "fail", "tác tử"),
        ("ordinary machine", {}, "not_applicable", None)],
    "secret_machine_never_on_wifi": [
        ("never", {"role": "secret", "wifi": []}, "pass", None),
        ("once", {"role": "secret", "wifi": [{"ssid": "Quán cà phê", "secure": 0}]}, "fail", "Quán cà phê"),
        ("not measured", {"role": "secret"}, "unknown", None),
        ("ordinary machine", {"wifi": [{"ssid": "x"}]}, "not_applicable", None)],
    "secret_input_wired": [
        ("wired and wireless", {"role": "secret", "hid": [{"name": "Dell Keyboard", "wireless": 0}, {"name": "Logitech Receiver", "wireless": 1, "receiver": "Unifying"}]},
         {"Dell Keyboard": "pass", "Logitech Receiver": "fail"}, None),
        ("receiver with three faces", {"role": "secret", "hid": [{"name": "R", "kind": k, "wireless": w} for k, w in (("keyboard", 0), ("mouse", 1), ("receiver", 1))]},
         {"R": "fail"}, "không dây"),
        ("not known", {"role": "secret", "hid": [{"name": "X", "wireless": None}]}, {"X": "unknown"}, None),
        ("none plugged in", {"role": "secret", "hid": []}, "not_applicable", None),
        ("not measured", {"role": "secret"}, "unknown", None),
        ("ordinary machine", {"hid": [{"name": "A", "wireless": 1}, {"name": "B", "wireless": 1}]}, "not_applicable", None)],
    "account_personal": [
        ("of one person", {"accounts": [person("ltb", full_name="Cán bộ địa chính")]}, {"ltb": "pass"}, "ltb (Cán bộ địa chính)"),
        ("shared", {"accounts": [person("motcua"), person("User02", admin=1), person("may1", can_login=0)]},
         {"motcua": "fail", "User02": "fail", "may1": "not_applicable"}, None),
        ("a name that only begins alike", {"accounts": [person("administratorhuong")]}, {"administratorhuong": "pass"}, None),
        ("of nobody known", {"accounts": [person("abc", full_name="")]}, {"abc": "unknown"}, "không ghi họ tên"),
        ("login not known", {"accounts": [person("abc", can_login=None)]}, {"abc": "unknown"}, None),
        ("only system accounts", {"accounts": [person("www-data", kind="system")]}, "not_applicable", None),
        ("not measured", {}, "unknown", "quyền quản trị")],
    "account_used": [
        ("used", {"accounts": [person("a", last_login_s=ago(45))]}, {"a": "pass"}, "45 ngày"),
        ("unused", {"accounts": [person("a", last_login_s=ago(46), password_changed_s=ago(200))]}, {"a": "fail"}, "46 ngày"),
        ("new", {"accounts": [person("a", last_login_s=None, password_changed_s=ago(2))]}, {"a": "pass"}, "mới đặt mật khẩu"),
        ("never used", {"accounts": [person("a", last_login_s=None, password_changed_s=ago(90))]}, {"a": "fail"}, "chưa đăng nhập lần nào"),
        ("no records", {"accounts": [person("a", last_login_s=None, password_changed_s=ago(90), login_known=0)]}, {"a": "unknown"}, "không ghi nhật ký"),
        ("locked", {"accounts": [person("a", can_login=0, last_login_s=ago(300))]}, {"a": "not_applicable"}, "đã khóa"),
        ("no accounts of people", {"accounts": []}, "not_applicable", None)],
    "account_has_password": [
        ("set and empty", {"accounts": [person("a"), person("b", password="empty"), person("c", password="locked")]}, {"a": "pass", "b": "fail"}, None),
        ("not readable", {"accounts": [person("a", password=None)]}, {"a": "unknown"}, None),
        ("no account has one", {"accounts": [person("a", password="none")]}, "not_applicable", None),
        ("not measured", {}, "unknown", None)],
    "root_only_uid0": [
        ("root alone", {"accounts": [person("root", uid=0, kind="root"), person("a")]}, "pass", None),
        ("a second", {"accounts": [person("root", uid=0, kind="root"), person("toor", uid=0, kind="root")]}, "fail", "toor"),
        ("not measured", {}, "unknown", None)],
    "admin_password_recent": [
        ("recent", {"accounts": [person("root", admin=1, password_changed_s=ago(60))]}, {"root": "pass"}, "60 ngày"),
        ("old", {"accounts": [person("root", admin=1, password_changed_s=ago(61)), person("a", password_changed_s=ago(500))]}, {"root": "fail"}, "61 ngày"),
        ("not known", {"accounts": [person("root", admin=1, password_changed_s=None)]}, {"root": "unknown"}, None),
        ("none with a password", {"accounts": [person("root", admin=1, password="locked")]}, "not_applicable", None)],
    "password_changed_regularly": [
        ("within its age", {"accounts": [person("a")]}, {"a": "pass"}, "hạn đổi 90 ngày, đổi cách đây 10 ngày"),
        ("over age", {"accounts": [person("a", password_changed_s=ago(91))]}, {"a": "fail"}, None),
        ("no maximum", {"accounts": [person("a", max_age_days=None)]}, {"a": "fail"}, "không đặt hạn đổi"),
        ("a maximum of years", {"accounts": [person("a", max_age_days=9999)]}, {"a": "fail"}, None),
        ("change not known", {"accounts": [person("a", password_changed_s=None)]}, {"a": "unknown"}, None),
        ("no password", {"accounts": [person("a", password="locked")]}, "not_applicable", None)],
    "password_policy_8": [
        ("8 and 4", {"password_policy": policy()}, "pass", "Tối thiểu 8 ký tự, 4 nhóm ký tự (pwquality)"),
        ("each class asked for", {"password_policy": policy(min_classes=0, needs_upper=1, needs_lower=1, needs_digit=1, needs_special=1)}, "pass", None),
        ("7", {"password_policy": policy(min_length=7)}, "fail", None),
        ("3 classes", {"password_policy": policy(min_classes=3)}, "fail", None),
        ("not readable", {"password_policy": policy(min_length=None)}, "unknown", None),
        ("not measured", {}, "unknown", "Chưa đo")],
    "password_policy_14": [
        ("14 and 4", {"password_policy": policy(min_length=14)}, "pass", None),
        ("13", {"password_policy": policy(min_length=13)}, "fail", None),
        ("not measured", {}, "unknown", None)],
    "password_history": [
        ("10", {"password_policy": policy()}, "pass", "Nhớ 10"),
        ("none", {"password_policy": policy(remember=0)}, "fail", "Cho dùng lại"),
        ("9", {"password_policy": policy(remember=9)}, "fail", None),
        ("not readable", {"password_policy": policy(remember=None)}, "unknown", None)],
    "login_lockout": [
        ("5", {"password_policy": policy()}, "pass", "Khóa sau 5 lần"),
        ("11", {"password_policy": policy(lockout_attempts=11)}, "fail", None),
        ("never", {"password_policy": policy(lockout_attempts=None)}, "fail", "Không khóa"),
        ("not measured", {}, "unknown", None)],
    "wifi_secure": [
        ("good, open, unknown", {"wifi": [{"ssid": "UBND", "security": "wpa2", "secure": 1}, {"ssid": "Free", "security": "open", "secure": 0},
                                          {"ssid": "?", "security": "unknown", "secure": None}]}, {"UBND": "pass", "Free": "fail", "?": "unknown"}, None),
        ("saved twice, once open", {"wifi": [{"ssid": "UBND", "security": "wpa2", "secure": 1}, {"ssid": "UBND", "security": "open", "secure": 0}]}, {"UBND": "fail"},
         '"UBND", bảo mật: không mã hóa'),
        ("none saved", {"wifi": []}, "not_applicable", None),
        ("not measured", {}, "unknown", "quyền quản trị")],
    "wifi_name_changed": [
        ("own and default names", {"wifi": [{"ssid": "UBND phường"}, {"ssid": "TP-Link_5A2C"}, {"ssid": "VNPT_1234"}, {"ssid": "Default"}]},
         {"UBND phường": "pass", "TP-Link_5A2C": "fail", "VNPT_1234": "fail", "Default": "fail"}, None),
        ("no name", {"wifi": [{"ssid": None}]}, {"?": "unknown"}, None),
        ("none saved", {"wifi": []}, "not_applicable", None),
        ("not measured", {}, "unknown", None)],
    "single_network": [
        ("one, over IPv4 and IPv6", {"routes": [{"interface": "eno1", "is_default": 1, "family": f, "gateway": "10.0.0.1"} for f in ("ipv4", "ipv6")]
                                     + [{"interface": "docker0", "is_default": 0}]}, "pass", "eno1 qua 10.0.0.1"),
        ("two", {"routes": [{"interface": "eno1", "interface_kind": "ethernet", "is_default": 1}, {"interface": "wlp2s0", "interface_kind": "wifi", "is_default": 1}]},
         "fail", "2 đường ra: eno1 (ethernet) và wlp2s0 (wifi)"),
        ("none", {"routes": []}, "not_applicable", None),
        ("not measured", {}, "unknown", None)],
    "no_mobile_uplink": [
        ("cable", {"interfaces": [interface("eno1", state="up", has_default_route=1)]}, "pass", None),
        ("4G stick", {"interfaces": [interface("wwan0", kind="mobile", state="up")]}, "fail", "wwan0"),
        ("phone", {"interfaces": [interface("enx0", driver="rndis_host", state="up")]}, "fail", "rndis_host"),
        ("4G card switched off", {"interfaces": [interface("wwan0", kind="mobile", state="down")]}, "pass", None),
        ("not measured", {}, "unknown", None)],
    "time_synced": [
        ("synchronised", {"time_sync": [{"service": "chrony", "synchronized": 1}]}, "pass", "chrony, đã đồng bộ"),
        ("not", {"time_sync": [{"synchronized": 0}]}, "fail", "không có dịch vụ"),
        ("kernel cannot be asked", {"time_sync": [{"service": "chrony", "synchronized": None}]}, "unknown", None),
        ("off the network", {"role": "secret", "time_sync": [{"synchronized": 0}]}, "not_applicable", None)],
    "backup_configured": [
        ("scheduled", {"backups": [{"product": "borg", "configured": 1, "scheduled": 1}]}, "pass", "borg, chạy theo lịch"),
        ("snapshots only", {"backups": [{"product": "snapper", "configured": 1, "scheduled": 1, "snapshot_only": 1}]}, "fail", "chỉ là ảnh chụp"),
        ("no schedule", {"backups": [{"product": "borg", "configured": 1, "scheduled": 0}]}, "fail", "không có lịch"),
        ("installed only", {"backups": [{"product": "borg", "configured": 0, "scheduled": 0}]}, "fail", "chưa cấu hình"),
        ("none", {"backups": []}, "fail", "Không tìm thấy"),
        ("not readable", {"backups": [{"product": "borg", "configured": 1}]}, "unknown", "không rõ"),
        ("not measured", {}, "unknown", None)],
    "backup_recent": [
        ("recent", {"backups": [{"product": "borg", "configured": 1, "last_good_s": ago(2)}]}, "pass", "borg, bản tốt gần nhất cách đây 2 ngày"),
        ("old", {"backups": [{"product": "borg", "configured": 1, "last_good_s": ago(9)}]}, "fail", "9 ngày"),
        ("snapshots only", {"backups": [{"product": "snapper", "configured": 1, "last_good_s": ago(1), "snapshot_only": 1}]}, "fail", "Không có sao lưu ra ngoài"),
        ("none", {"backups": []}, "fail", None),
        ("installed only", {"backups": [{"product": "borg", "configured": 0}]}, "fail", "chưa cấu hình"),
        ("not readable", {"backups": [{"product": "veeam", "configured": 1}]}, "unknown", "không đọc được ngày"),
        ("not measured", {}, "unknown", None)],
    "log_kept_1_month": [
        ("by configuration", {"logs": [journal()]}, "pass", "journald, giữ 40 ngày"),
        ("by the oldest record", {"logs": [journal(retention_days=None, oldest_s=ago(35))]}, "pass", "35 ngày"),
        ("too short", {"logs": [journal(retention_days=7, oldest_s=ago(90))]}, "fail", "giữ 7 ngày"),
        ("in memory only", {"logs": [journal(persistent=0, retention_days=None)]}, "fail", "không lưu trên đĩa"),
        ("none", {"logs": []}, "fail", "Không tìm thấy"),
        ("by size, young machine", {"logs": [journal(retention_days=None, oldest_s=ago(5))]}, "unknown", "bản ghi cũ nhất cách đây 5 ngày"),
        ("kept elsewhere", {"logs": [journal(persistent=0, retention_days=None, remote=1)]}, "unknown", "gửi về máy khác"),
        ("not measured", {}, "unknown", None)],
    "log_kept_3_months": [
        ("90 days", {"logs": [journal(retention_days=90)]}, "pass", None),
        ("40 days", {"logs": [journal()]}, "fail", None),
        ("by size, young machine", {"logs": [journal(retention_days=None, oldest_s=ago(35))]}, "unknown", None)],
}
