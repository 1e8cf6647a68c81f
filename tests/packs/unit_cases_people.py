"""Cases of controls over units: people, their accounts, signing tokens and mailboxes (the form of a case: test_unit_controls.py)."""

from unit_records import account, ago, on, staff, year

NOBODY = ("nobody on the list", {}, "unknown", "Danh sách cán bộ của đơn vị còn trống")


def of_person(register, *wrong, **right):
    """A person needs a record of a register; it may stand in a unit below."""
    return [("has", {"staff": [staff()], register: [{"person": 1, **right}]}, {"Cán bộ một cửa": "pass"}, None),
            ("recorded below", {"staff": [staff()], "below": {register: [{"person": 1, **right}]}}, "pass", None),
            ("somebody else has", {"staff": [staff()], register: [{"person": 2, **right}]}, "fail", None),
            *((f"not by {row}", {"staff": [staff()], register: [{"person": 1, **right, **row}]}, "fail", None) for row in wrong),
            ("who left is not asked", {"staff": [staff(), staff(full_name="Người cũ", state="left")], register: [{"person": 1, **right}]}, {"Cán bộ một cửa": "pass"}, None), NOBODY]


def token(**row):
    return {"serial": "TK-1", "holder": 1, "certificate_until": on(400), "state": "active", **row}


ASSIGNED = {"decision": "12/QĐ", "head": 1, "officer": 2, "state": "active"}
PEOPLE = [staff(full_name="Thủ trưởng"), staff(), staff(full_name="Người thay")]

CASES = {
    "person_committed": of_person("commitment", {"kind": "conduct"}, kind="security"),
    "person_committed_conduct": of_person("commitment", {"kind": "security"}, kind="conduct"),
    "person_committed_social": of_person("commitment", {"kind": "security"}, kind="social_media"),
    "person_quiz_passed": [*of_person("quiz_result", {"state": "failed"}, {"taken_on": on(-366)}, state="passed", taken_on=on(-365))],
    "person_trained": [*of_person("attendance", {"state": "missed"}, {"state": "called"}, {"attended_on": on(-366)}, {"attended_on": None}, state="attended", attended_on=on(-365))],
    "person_has_account": [
        ("of their own", {"staff": [staff()], "business_account": [account()]}, "pass", "Có tài khoản riêng"),
        ("kept above or below", {"staff": [staff()], "below": {"business_account": [account(kind="admin")]}}, "pass", None),
        ("shared, locked", {"staff": [staff()], "business_account": [account(kind="shared"), account(state="locked")]}, "fail", "Chưa có"), NOBODY],
    "person_official_mail": [
        ("in the list", {"staff": [staff(official_mail="motcua@xa.gov.vn")]}, "pass", None),
        ("in the register", {"staff": [staff()], "mailbox": [{"address": "a@xa.gov.vn", "holder": 1}]}, "pass", "Có hộp thư"),
        ("locked", {"staff": [staff()], "mailbox": [{"address": "a@xa.gov.vn", "holder": 1, "state": "locked"}]}, "fail", None),
        ("none", {"staff": [staff()]}, "fail", "Chưa có hộp thư"), NOBODY],
    "reading_confirmed": [
        ("read", {"staff": [staff()], "dispatch": [{"number": "12/CV"}], "reading": [{"dispatch": 1, "person": 1, "state": "read"}]}, {"Cán bộ một cửa, 12/CV": "pass"}, "Đã đọc"),
        ("a broadcast of the unit above", {"staff": [staff()], "above": {"broadcast": [{"title": "Lừa đảo"}]}, "reading": [{"broadcast": 1, "person": 1, "state": "read"}]},
         {"Cán bộ một cửa, Lừa đảo": "pass"}, None),
        ("on its last day", {"staff": [staff()], "reading": [{"person": 1, "due_on": on(0)}]}, "unknown", "Còn hạn"),
        ("overdue", {"staff": [staff()], "reading": [{"person": 1, "due_on": on(-1)}]}, "fail", "Chưa đọc"),
        ("without a date", {"staff": [staff()], "reading": [{"person": 1}]}, "fail", None),
        ("empty", {}, "unknown", "Chưa giao đọc")],
    "business_account_personal": [
        ("of one at work", {"staff": [staff()], "business_account": [account()]}, {"motcua": "pass"}, "Cán bộ một cửa"),
        ("of one who left", {"staff": [staff(state="left")], "business_account": [account()]}, "fail", "đã thôi việc"),
        ("shared", {"staff": [staff()], "business_account": [account(kind="shared")]}, "fail", "Dùng chung"),
        ("of a service", {"business_account": [account(kind="service", holder=None)]}, "not_applicable", None),
        ("of whom", {"business_account": [account(holder=None)]}, "unknown", "Chưa biết của ai"),
        ("only locked", {"business_account": [account(state="locked")]}, "unknown", "còn trống"),
        ("empty", {}, "unknown", "Sổ tài khoản công vụ còn trống")],
    "business_account_confirmed": year("business_account", "motcua", "confirmed_on", "còn trống", account()),
    "business_account_strong": [
        ("good", {"business_account": [account(weak=0)]}, "pass", "Đạt"),
        ("weak", {"business_account": [account(weak=1), account(account="khac", weak=0)]}, {"motcua": "fail", "khac": "pass"}, "yếu"),
        ("not looked at", {"business_account": [account()]}, "unknown", "Chưa kiểm tra"),
        ("empty", {}, "unknown", "còn trống")],
    "business_account_used": [
        ("the last day in", {"business_account": [account(last_used_on=on(-45))]}, "pass", "cách đây 45 ngày"),
        ("the day after", {"business_account": [account(last_used_on=on(-46))]}, "fail", "46 ngày"),
        ("not known", {"business_account": [account()]}, "unknown", "Không biết"),
        ("empty", {}, "unknown", "còn trống")],
    "leaver_account_closed": [
        ("locked", {"staff": [staff(state="left", left_on=on(-3))], "business_account": [account(state="locked")]}, "pass", "đã khóa"),
        ("open", {"staff": [staff(state="left", left_on=on(-3))], "business_account": [account()]}, "fail", "còn mở 3 ngày"),
        ("left, no day", {"staff": [staff(state="left")], "business_account": [account()]}, "fail", "còn mở ? ngày"),
        ("nobody left", {"staff": [staff()], "business_account": [account()]}, "not_applicable", "Không có tài khoản nào của người thôi việc"),
        ("empty", {}, "not_applicable", None)],
    "token_inventoried": [
        *year("signing_token", "TK-1", "inventoried_on", "còn trống", token()),
        ("revoked is not asked", {"signing_token": [token(state="revoked")]}, "unknown", None)],
    "token_not_lost": [
        ("in use, revoked", {"signing_token": [token(), token(serial="TK-2", state="revoked")]}, {"TK-1": "pass", "TK-2": "pass"}, "Đã thu hồi"),
        ("lost", {"signing_token": [token(state="lost")]}, "fail", "chưa thu hồi"),
        ("empty", {}, "unknown", "còn trống")],
    "token_certificate_valid": [
        ("31 days", {"signing_token": [token(certificate_until=on(31))]}, "pass", "Còn 31 ngày"),
        ("30 days", {"signing_token": [token(certificate_until=on(30))]}, "fail", "Còn 30 ngày"),
        ("its last day", {"signing_token": [token(certificate_until=on(0))]}, "fail", "Còn 0 ngày"),
        ("ended", {"signing_token": [token(certificate_until=on(-1))]}, "fail", "Đã hết hạn"),
        ("only revoked", {"signing_token": [token(state="revoked")]}, "unknown", "Chưa khai"),
        ("empty", {}, "unknown", None)],
    "mailbox_password_changed": [
        ("the last day in", {"mailbox": [{"address": "a@xa.gov.vn", "password_on": on(-90)}]}, {"a@xa.gov.vn": "pass"}, "90 ngày"),
        ("the day after", {"mailbox": [{"password_on": on(-91)}]}, "fail", "91 ngày"),
        ("not known", {"mailbox": [{"address": "a@xa.gov.vn"}]}, "unknown", "Chưa biết"),
        ("empty", {}, "unknown", "còn trống")],
    "mailbox_clean": [
        ("clean", {"mailbox": [{"public_signups": 0, "leaked": 0}]}, "pass", "Sạch"),
        ("signed up", {"mailbox": [{"public_signups": 2}]}, "fail", "2 lượt"),
        ("leaked", {"mailbox": [{"leaked": 1}]}, "fail", "lộ lọt"),
        ("dealt with", {"mailbox": [{"leaked": 1, "handled_on": on(-1)}]}, "pass", "Đã xử lý"),
        ("not looked at", {"mailbox": [{"address": "a@xa.gov.vn"}]}, "unknown", "Chưa rà"),
        ("empty", {}, "unknown", "còn trống")],
    "contact_verified": year("contact", "Trực ban", "verified_on", "Danh bạ của đơn vị còn trống", {"name": "Trực ban"}),
    "unit_assigned": [
        ("assigned", {"staff": PEOPLE, "assignment": [ASSIGNED]}, "pass", "12/QĐ, Cán bộ một cửa"),
        ("the officer left", {"staff": [PEOPLE[0], staff(state="left")], "assignment": [ASSIGNED]}, "fail", "cán bộ phụ trách đã thôi việc"),
        ("the head left", {"staff": [staff(state="left"), staff()], "assignment": [ASSIGNED]}, "fail", "thủ trưởng đã thôi việc"),
        ("ended", {"staff": PEOPLE, "assignment": [{**ASSIGNED, "state": "ended"}]}, "fail", None),
        ("empty", {}, "fail", "Chưa có quyết định")],
    "unit_has_deputy": [
        ("has", {"staff": PEOPLE, "assignment": [{**ASSIGNED, "deputy": 3}]}, "pass", "Người thay"),
        ("who left", {"staff": [*PEOPLE[:2], staff(full_name="Người thay", state="left")], "assignment": [{**ASSIGNED, "deputy": 3}]}, "fail", "Người thay, đã thôi việc"),
        ("none", {"staff": PEOPLE, "assignment": [ASSIGNED]}, "fail", "Chưa có người thay"),
        ("empty", {}, "unknown", "Chưa khai phân công")],
    "vendor_account_in_time": [
        ("its last day", {"vendor_account": [{"account": "ncc", "until_on": on(0)}]}, {"ncc": "pass"}, "Đang mở, còn 0 ngày"),
        ("tomorrow", {"vendor_account": [{"until_on": on(1)}]}, "pass", "còn 1 ngày"),
        ("the day after", {"vendor_account": [{"until_on": on(-1)}]}, "fail", "Quá hạn"),
        ("locked", {"vendor_account": [{"until_on": on(-9), "state": "locked"}]}, "pass", "Đã khóa"),
        ("empty", {}, "not_applicable", "Chưa cấp tài khoản")],
    "vendor_reviewed": [
        ("the last day in", {"vendor": [{"name": "NCC", "reviewed_on": on(-365), "security_clause": 1}]}, {"NCC": "pass"}, "Đã rà soát"),
        ("with conditions", {"vendor": [{"reviewed_on": on(-5), "security_clause": 1, "review_result": "conditions"}]}, "pass", None),
        ("the day after", {"vendor": [{"reviewed_on": on(-366), "security_clause": 1}]}, "fail", "quá một năm"),
        ("failed", {"vendor": [{"reviewed_on": on(-5), "security_clause": 1, "review_result": "failed"}]}, "fail", "không đạt"),
        ("no clause", {"vendor": [{"reviewed_on": on(-5)}]}, "fail", "không có điều khoản"),
        ("never", {"vendor": [{"security_clause": 1}]}, "fail", "Chưa rà soát"),
        ("empty", {}, "unknown", "Chưa khai nhà cung cấp")],
    "violation_handled": [
        ("dealt with", {"violation": [{"rule": "mail", "state": "handled", "handling": "Nhắc nhở"}]}, {"thư công vụ": "pass"}, "Nhắc nhở"),
        ("imported", {"violation": [{"rule": "mail", "state": "handled"}]}, "pass", "Đã xử lý"),
        ("open", {"violation": [{"rule": "device"}]}, "fail", "Chưa xử lý"),
        ("empty", {}, "not_applicable", "Chưa có vi phạm")],
    "duty_taken_over": [
        ("done", {"staff": [staff()], "duty_shift": [{"officer": 1, "from_s": ago(1), "to_s": ago(0.5), "checked_in_s": ago(1) + 600, "state": "done"}]}, {"Cán bộ một cửa": "pass"}, "Nhận sau 10 phút"),
        ("never taken over", {"duty_shift": [{"officer": 7, "from_s": ago(1), "to_s": ago(0)}]}, {"7": "fail"}, "Không nhận ca"),
        ("not handed over", {"duty_shift": [{"from_s": ago(1), "to_s": ago(0.5), "checked_in_s": ago(1), "state": "on_duty"}]}, "fail", "Chưa giao ca"),
        ("not over, dropped, long ago", {"duty_shift": [{"from_s": ago(1), "to_s": ago(-1)}, {"from_s": ago(3), "to_s": ago(2), "state": "dropped"}, {"from_s": ago(32), "to_s": ago(31)}]},
         "not_applicable", "Không có ca trực"),
        ("empty", {}, "not_applicable", None)],
}
