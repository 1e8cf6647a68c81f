"""Cases of controls over units: incidents, duty, and work with papers and dates (the form of a case: test_unit_controls.py)."""

from unit_records import HOUR, NOW, ago, check, device, exception, incident, on, staff

NO_INCIDENT = [("exercise, false alarm", {"incident": [incident(exercise=1), incident(state="false_alarm")]}, "not_applicable", "Chưa có sự cố nào"), ("empty", {}, "not_applicable", None)]
DOWN = {"down_s": ago(1)}
TEAM = {"name": "Đội xã", "experts": 5, "plan_on": on(-90), "hunted_on": on(-184), "state": "active"}
SUSPENDED = {"device": 1, "suspended_s": ago(3), "released_s": ago(1)}
LAYERS = {"stated_on": on(-365), "force": 1, "force_how": "Tổ công nghệ", "monitoring": 1, "monitoring_by": "Trung tâm giám sát", "independent_check": 1, "checked_on": on(-365), "national_link": 1}
FORCE, WATCH, CHECK, LINK = "Lực lượng tại chỗ", "Giám sát chuyên nghiệp", "Kiểm tra độc lập", "Kết nối quốc gia"
SCORES = {key: 60 for key in ("servers", "workstations", "network_gear", "hardware", "system_software", "applications")}
LAW = {"legal_text": [{"number": "12/NĐ", "state": "in_force"}]}
ENDED_LAW = {"legal_text": [{"number": "12/NĐ", "state": "replaced"}]}


def plan(**row):
    return {"title": "Phương án 2026", "state": "approved", "valid_until": on(0), **row}


def holiday(by=0, **row):
    return {"above": {"holiday": [{"name": "Tết", "from_on": on(1), "to_on": on(3), "checklist_by": on(by)}]}, "holiday_check": [{"holiday": 1, "item": "patches", **row}]}


def hours(state, *uncovered):
    return {f"{hour} giờ trước": "fail" if hour in uncovered else state for hour in range(1, 169)}


def due(register, days, **row):
    """A record whose date is so many days from today."""
    return {register: [{"due_on": on(days), **row}]}


CASES = {
    "exception_in_force": [
        ("in force", {"exception": [exception("av_running", 10)]}, {"av_running": "pass"}, "Còn hiệu lực 11 ngày"),
        ("to the end of its last day", {"exception": [exception("av_running", 0)]}, "pass", "Còn hiệu lực 1 ngày"),
        ("run out", {"exception": [exception("av_running", -3)]}, "fail", "Đã hết hiệu lực 3 ngày"),
        ("proposed", {"exception": [exception("av_running", 3, state="proposed")]}, "unknown", "người đề nghị: can.bo"),
        ("refused, withdrawn", {"exception": [exception("a", 3, state="refused"), exception("b", 3, state="withdrawn")]}, {"a": "not_applicable", "b": "not_applicable"}, None),
        ("none", {}, "not_applicable", "Chưa có ngoại lệ nào")],
    "incident_closed": [
        ("closed", {"incident": [incident(state="closed")]}, {"Máy nhiễm mã độc": "pass"}, "Đã ký kết thúc"),
        ("open", {"incident": [incident(), incident(title="Khác", state="recovered")]}, {"Máy nhiễm mã độc": "fail", "Khác": "fail"}, "Mở từ 2 ngày"), *NO_INCIDENT],
    "incident_has_head": [
        ("named", {"staff": [staff()], "incident": [incident(responsible=1)]}, "pass", "Cán bộ một cửa"),
        ("of a unit below", {"below": {"staff": [staff()]}, "incident": [incident(responsible=1)]}, "pass", "Cán bộ một cửa"),
        ("nobody", {"incident": [incident()]}, "fail", "Chưa ghi"), *NO_INCIDENT],
    "incident_recovered": [
        ("up again", {"incident": [incident(**DOWN, up_s=ago(1) + 5400)]}, "pass", "Ngừng 90 phút"),
        ("down", {"incident": [incident(**DOWN)]}, "fail", "Ngừng từ 1440 phút trước"),
        ("nothing went down", {"incident": [incident()]}, "not_applicable", "làm ngừng hệ thống"), ("empty", {}, "not_applicable", None)],
    "incident_reported_on_time": [
        ("to the second", {"incident": [incident(report_by_s=ago(1), reported_s=ago(1))]}, "pass", "Báo sau 1440 phút"),
        ("late", {"incident": [incident(report_by_s=ago(1), reported_s=ago(1) + 1)]}, "fail", None),
        ("overdue", {"incident": [incident(report_by_s=NOW - 600)]}, "fail", "Quá hạn báo 10 phút"),
        ("due now", {"incident": [incident(report_by_s=NOW)]}, "fail", "Quá hạn báo 0 phút"),
        ("there is time", {"incident": [incident(report_by_s=NOW + HOUR)]}, "unknown", "còn 60 phút"),
        ("no time limit known", {"incident": [incident()]}, "unknown", "chưa rõ hạn báo"), *NO_INCIDENT],
    "incident_report_sent": [
        ("in time", {"incident": [incident()], "incident_report": [{"incident": 1, "to_whom": "Công an", "state": "sent", "due_s": ago(1), "sent_s": ago(1), "number": "7/BC"}]},
         {"Máy nhiễm mã độc, Công an": "pass"}, "7/BC"),
        ("about one of a unit below", {"below": {"incident": [incident()]}, "incident_report": [{"incident": 1, "state": "sent"}]}, "pass", "Đã gửi"),
        ("late", {"incident": [incident()], "incident_report": [{"incident": 1, "state": "sent", "due_s": ago(1), "sent_s": ago(1) + 1}]}, "fail", None),
        ("overdue", {"incident": [incident()], "incident_report": [{"incident": 1, "due_s": NOW}]}, "fail", "Quá hạn"),
        ("there is time", {"incident": [incident()], "incident_report": [{"incident": 1, "due_s": NOW + 1}]}, "unknown", "Chưa tới hạn"),
        ("of an exercise", {"incident": [incident(exercise=1)], "incident_report": [{"incident": 1, "due_s": NOW}]}, "not_applicable", "Chưa có sự cố nào phải báo cáo"),
        ("empty", {}, "not_applicable", None)],
    "incident_ticketed": [
        ("entered", {"incident": [incident(ticket="P-9")]}, "pass", "P-9"),
        ("not entered", {"incident": [incident()]}, "fail", "Chưa nhập"),
        ("low, new, about secrets", {"incident": [incident(severity="low"), incident(state="new"), incident(group_of="secret_leak")]}, "not_applicable", "phải nhập"),
        ("empty", {}, "not_applicable", None)],
    "suspended_device_released": [
        ("checked the day it was suspended", {"device": [device()], "device_check": [check(days=-3)], "incident": [incident(**SUSPENDED)]}, "pass", "Tạm ngưng 48 giờ"),
        ("checked the day before", {"device": [device()], "device_check": [check(days=-4)], "incident": [incident(**SUSPENDED)]}, "fail", None),
        ("checked too late", {"device": [device()], "device_check": [check(days=0)], "incident": [incident(**SUSPENDED)]}, "fail", None),
        ("failed", {"device": [device()], "device_check": [check("failed", -2)], "incident": [incident(**SUSPENDED)]}, "fail", None),
        ("which device", {"incident": [incident(**{**SUSPENDED, "device": None})]}, "unknown", "Chưa ghi là thiết bị nào"),
        ("still suspended", {"incident": [incident(**{**SUSPENDED, "released_s": None})]}, "not_applicable", "chưa dùng lại"),
        ("none suspended", {"incident": [incident()]}, "not_applicable", "Chưa có thiết bị nào bị tạm ngưng")],
    "incident_team_ready": [
        ("hunted, the last day in", {"incident_team": [TEAM]}, {"Đội xã": "pass"}, "5 chuyên gia"),
        ("hunted the day before", {"incident_team": [{**TEAM, "hunted_on": on(-185)}]}, "fail", "cách đây 185 ngày"),
        ("never hunted", {"incident_team": [{**TEAM, "hunted_on": None}]}, "fail", "Chưa săn lùng"),
        ("four experts", {"incident_team": [{**TEAM, "experts": 4}]}, "fail", "4 chuyên gia, cần 5"),
        ("no plan", {"incident_team": [{**TEAM, "plan_on": None}]}, "fail", "Chưa có phương án"),
        ("none", {}, "fail", "Chưa có đội ứng cứu"),
        ("a school", {"kind": "school"}, "not_applicable", None)],
    "threat_hunted": [
        ("the last day in", {"threat_hunt": [{"title": "Cổng lạ", "held_on": on(-184), "machines": 9, "findings": 2}]}, {"Cổng lạ": "pass"}, "9 máy, 2 phát hiện"),
        ("the day after", {"threat_hunt": [{"held_on": on(-185)}]}, "fail", "Không có lần nào"),
        ("empty", {}, "fail", None),
        ("a school", {"kind": "school"}, "not_applicable", None)],
    "exercise_held": [
        ("the last day in", {"exercise": [{"title": "Mã độc tống tiền", "held_on": on(-365), "state": "held", "people": 12, "score": 80}]}, {"Mã độc tống tiền": "pass"}, "12 người, điểm 80"),
        ("the day after", {"exercise": [{"held_on": on(-366), "state": "held"}]}, "unknown", "Chưa tổ chức"),
        ("only planned", {"exercise": [{"held_on": on(9)}]}, "unknown", None),
        ("empty", {}, "unknown", None),
        ("a school", {"kind": "school"}, "not_applicable", None)],
    "lesson_closed": [
        ("done", {"exercise_step": [{"kind": "lesson", "title": "Gọi trực ban", "state": "done"}]}, {"Gọi trực ban": "pass"}, None),
        ("its last day", due("exercise_step", 0, kind="lesson"), "fail", "Còn 0 ngày"),
        ("overdue", due("exercise_step", -1, kind="lesson"), "fail", "Quá hạn 1 ngày"),
        ("without a date", {"exercise_step": [{"kind": "lesson"}]}, "fail", "Chưa đặt hạn"),
        ("no lesson", {"exercise_step": [{"kind": "inject"}]}, "not_applicable", "Chưa có bài học"),
        ("empty", {}, "not_applicable", None)],
    "alert_acknowledged": [
        ("in time", {"alert": [{"title": "Máy im lặng", "raised_s": ago(1), "due_s": ago(1) + 1800, "acknowledged_s": ago(1) + 1800}]}, {"Máy im lặng": "pass"}, "sau 30 phút"),
        ("late", {"alert": [{"raised_s": ago(1), "due_s": ago(1) + 1800, "acknowledged_s": ago(1) + 1801}]}, "fail", None),
        ("waiting too long", {"alert": [{"raised_s": NOW - HOUR, "due_s": NOW}]}, "fail", "đã 60 phút"),
        ("there is time", {"alert": [{"raised_s": NOW - HOUR, "due_s": NOW + 1}]}, "unknown", None),
        ("no time limit", {"alert": [{"raised_s": NOW - HOUR}]}, "unknown", None),
        ("a month ago", {"alert": [{"raised_s": ago(31)}]}, "not_applicable", "Không có cảnh báo nào"),
        ("empty", {}, "not_applicable", None)],
    "duty_hour_covered": [
        ("a whole week", {"duty_shift": [{"from_s": ago(8), "to_s": ago(-1)}]}, hours("pass"), "Có người trực"),
        ("by two who hand over on the hour, a gap", {"duty_shift": [{"from_s": ago(8), "to_s": NOW - 100 * HOUR}, {"from_s": NOW - 99 * HOUR, "to_s": NOW}]}, hours("pass", 100), "Trống"),
        ("by two who hand over at a half hour", {"duty_shift": [{"from_s": ago(8), "to_s": NOW - 99 * HOUR - HOUR // 2}, {"from_s": NOW - 99 * HOUR - HOUR // 2, "to_s": NOW}]}, hours("pass"), None),
        ("a minute between them", {"duty_shift": [{"from_s": ago(8), "to_s": NOW - 99 * HOUR - 1860}, {"from_s": NOW - 99 * HOUR - 1800, "to_s": NOW}]}, hours("pass", 100), "Trống một phần"),
        ("they overlap", {"duty_shift": [{"from_s": ago(8), "to_s": NOW - 99 * HOUR - 600}, {"from_s": NOW - 99 * HOUR - 1800, "to_s": NOW}]}, hours("pass"), None),
        ("three within one hour", {"duty_shift": [{"from_s": ago(8), "to_s": NOW - 6000}, {"from_s": NOW - 6000, "to_s": NOW - 4800}, {"from_s": NOW - 4800, "to_s": NOW}]}, hours("pass"), None),
        ("the one between did not come", {"duty_shift": [{"from_s": ago(8), "to_s": NOW - 6000}, {"from_s": NOW - 6000, "to_s": NOW - 4800, "state": "dropped"}, {"from_s": NOW - 4800, "to_s": NOW}]},
         hours("pass", 2), "Trống một phần"),
        ("begins within the hour", {"duty_shift": [{"from_s": NOW - 100 * HOUR + 1, "to_s": NOW}]}, hours("fail") | {f"{h} giờ trước": "pass" for h in range(1, 100)}, None),
        ("half an hour is not an hour", {"duty_shift": [{"from_s": ago(8), "to_s": NOW - HOUR // 2}]}, hours("pass", 1), None),
        ("dropped", {"duty_shift": [{"from_s": ago(8), "to_s": NOW, "state": "dropped"}]}, hours("fail"), None),
        ("no roster", {}, "unknown", "Chưa có lịch trực"),
        ("a school", {"kind": "school"}, "not_applicable", None)],
    "holiday_check_done": [
        ("on the day it was due", holiday(0, state="done", done_on=on(0)), {"Tết · cập nhật bản vá": "pass"}, "Đã xong"),
        ("done a day late", holiday(-1, state="done", done_on=on(0)), "fail", "Xong muộn"),
        ("due today", holiday(0), "unknown", "Chưa tới hạn"),
        ("overdue", holiday(-1), "fail", "Quá hạn"),
        ("not needed", holiday(-1, state="not_needed", remark="Không có máy chủ"), "not_applicable", "Không có máy chủ"),
        ("long over", {"holiday": [{"to_on": on(-366)}], "holiday_check": [{"holiday": 1}]}, "not_applicable", "Không có đợt nghỉ"),
        ("empty", {}, "not_applicable", None)],
    "evidence_handed_over": [
        ("handed over", {"evidence_handover": [{"number": "CC-1", "to_whom": "Công an", "receipt": "BN-1", "state": "handed_over"}]}, {"CC-1": "pass"}, "Công an, BN-1"),
        ("imported without a receipt", {"evidence_handover": [{"to_whom": "Công an", "state": "handed_over"}]}, "pass", "Công an"),
        ("packed", {"evidence_handover": [{"number": "CC-1"}]}, "fail", "Chưa bàn giao"),
        ("empty", {}, "not_applicable", "Chưa có chứng cứ")],
    "broadcast_held": [
        ("the last day in", {"broadcast": [{"title": "Lừa đảo", "held_on": on(-365), "state": "held", "audience": 90}]}, {"Lừa đảo": "pass"}, "90 người"),
        ("the day after", {"broadcast": [{"held_on": on(-366), "state": "held"}]}, {"u": "fail"}, "Chưa thực hiện lượt nào"),
        ("only planned", {"broadcast": [{"title": "Lừa đảo", "held_on": on(9)}]}, {"Lừa đảo": "not_applicable", "u": "fail"}, "Dự kiến"),
        ("empty", {}, "unknown", "Chưa ghi lượt")],
    "difficulty_answered": [
        ("answered", {"difficulty": [{"title": "Thiếu máy", "raised_on": on(-9), "answered_on": on(-2), "state": "answered"}]}, {"Thiếu máy": "pass"}, "Trả lời sau 7 ngày"),
        ("settled", {"difficulty": [{"state": "closed"}]}, "pass", "Đã tháo gỡ"),
        ("open", {"difficulty": [{"raised_on": on(-9)}]}, "fail", "Đã chờ 9 ngày"),
        ("empty", {}, "not_applicable", "Chưa nêu")],
    "dispatch_answered": [
        ("answered", {"above": {"dispatch": [{"number": "12/CV"}]}, **due("dispatch_answer", 0, dispatch=1, state="answered", answered_on=on(0), answer_number="5/BC")}, {"12/CV": "pass"}, "5/BC"),
        ("answered late", due("dispatch_answer", -3, state="answered", answered_on=on(-1)), "pass", "Trả lời muộn 2 ngày"),
        ("its last day", due("dispatch_answer", 0, state="received"), "unknown", "Còn 0 ngày"),
        ("overdue", due("dispatch_answer", -1), "fail", "Quá hạn 1 ngày"),
        ("empty", {}, "not_applicable", "Chưa có văn bản nào")],
    "task_on_time": [
        ("done", due("task", -9, title="Cài bản vá", state="done"), {"Cài bản vá": "pass"}, "Đã xong"),
        ("its last day", due("task", 0), "pass", "Còn 0 ngày"),
        ("overdue", due("task", -1, state="doing"), "fail", "Quá hạn 1 ngày"),
        ("dropped", due("task", -1, state="dropped"), "not_applicable", None),
        ("empty", {}, "not_applicable", "Chưa có nhiệm vụ")],
    "finding_closed": [
        ("closed", due("finding", -9, title="Mật khẩu yếu", state="closed"), {"Mật khẩu yếu": "pass"}, "kiểm tra đạt"),
        ("fixed", due("finding", 0, state="fixed"), "fail", "Chờ kiểm tra lại"),
        ("open, its last day", due("finding", 0), "fail", "Còn 0 ngày"),
        ("overdue", due("finding", -1), "fail", "Quá hạn 1 ngày"),
        ("empty", {}, "not_applicable", "Chưa có tồn tại")],
    "question_answered": [
        ("answered", {"question": [{"subject": "Hỏi", "asked_on": on(-9), "answered_on": on(-2), "state": "answered"}]}, {"Hỏi": "pass"}, "sau 7 ngày"),
        ("imported without its day", {"question": [{"state": "answered"}]}, "pass", "Đã trả lời"),
        ("waits", {"question": [{"asked_on": on(-9)}]}, "fail", "Đã chờ 9 ngày"),
        ("empty", {}, "not_applicable", "Chưa hỏi")],
    "proposal_done": [
        ("done", {"proposal": [{"title": "Mua máy", "state": "done"}]}, {"Mua máy": "pass"}, None),
        ("accepted", {"proposal": [{"state": "accepted"}]}, "fail", "chưa thực hiện"),
        ("sent", {"proposal": [{"state": "sent"}]}, "unknown", "Chờ quyết định"),
        ("draft, refused", {"proposal": [{"title": "a"}, {"title": "b", "state": "refused"}]}, {"a": "not_applicable", "b": "not_applicable"}, "Đang soạn"),
        ("empty", {}, "not_applicable", "Chưa có đề xuất")],
    "periodic_report_on_time": [
        ("on the day", due("report_due", -2, period="2026-10", to_body="Công an", state="sent", sent_on=on(-2), number="8/BC"), {"10/2026, Công an": "pass"}, "8/BC"),
        ("late", due("report_due", -2, state="sent", sent_on=on(-1)), "fail", "Gửi muộn 1 ngày"),
        ("its last day", due("report_due", 0, state="signed"), "unknown", "Hạn sau 0 ngày"),
        ("overdue", due("report_due", -1), "fail", "Quá hạn 1 ngày"),
        ("only long ago", due("report_due", -366), "unknown", "Chưa có báo cáo"),
        ("empty", {}, "unknown", None)],
    "review_finished": [
        ("finished", {"above": {"review": [{"title": "Đợt 1", "close_by": on(-5)}]}, "review_result": [{"review": 1, "state": "finished"}]}, {"Đợt 1": "pass"}, "Đã xong"),
        ("its last day", {"review": [{"close_by": on(0)}], "review_result": [{"review": 1}]}, "unknown", "Đang rà soát"),
        ("overdue", {"review": [{"close_by": on(-1)}], "review_result": [{"review": 1}]}, "fail", "Quá hạn"),
        ("empty", {}, "not_applicable", "Chưa có đợt rà soát")],
    "local_text_current": [
        ("in force", {"above": LAW, "local_text": [{"number": "3/QC", "cites": 1}]}, {"3/QC": "pass"}, "12/NĐ, còn hiệu lực"),
        ("replaced", {"above": ENDED_LAW, "local_text": [{"cites": 1}]}, "fail", "hết hiệu lực"),
        ("amended", {"above": ENDED_LAW, "local_text": [{"cites": 1, "state": "amended"}]}, "pass", "Đã sửa đổi"),
        ("empty", {}, "unknown", "Chưa khai văn bản")],
    "lan_assessed": [
        ("the last day in", {"lan_assessment": [{**SCORES, "assessed_on": on(-365), "state": "done"}]}, "pass", "60"),
        ("the day after", {"lan_assessment": [{**SCORES, "assessed_on": on(-366), "state": "done"}]}, "fail", None),
        ("the newest counts", {"lan_assessment": [{**SCORES, "assessed_on": on(days), "state": "done"} for days in (-400, -5)]}, "pass", None),
        ("draft", {"lan_assessment": [{**SCORES, "assessed_on": on(-1)}]}, "unknown", None),
        ("empty", {}, "unknown", "Chưa đánh giá")],
    "unit_plan_approved": [
        ("its last day", {"plan": [plan()]}, "pass", "Phương án 2026"),
        ("the day after", {"plan": [plan(valid_until=on(-1))]}, "fail", "hết hiệu lực"),
        ("one of two", {"plan": [plan(title="Cũ", valid_until=on(-9)), plan()]}, "pass", "Phương án 2026"),
        ("sent", {"plan": [plan(state="sent")]}, "fail", "chưa được phê duyệt"),
        ("empty", {}, "fail", "Chưa có phương án")],
    "protection_layers_present": [
        ("all", {"protection_layers": [LAYERS]}, {FORCE: "pass", WATCH: "pass", CHECK: "pass", LINK: "pass"}, "Tổ công nghệ"),
        ("two", {"protection_layers": [{**LAYERS, "monitoring": 0, "national_link": 0}]}, {FORCE: "pass", WATCH: "fail", CHECK: "pass", LINK: "fail"}, "Chưa có"),
        ("checked too long ago", {"protection_layers": [{**LAYERS, "checked_on": on(-366)}]}, {FORCE: "pass", WATCH: "pass", CHECK: "fail", LINK: "pass"}, "quá một năm"),
        ("stated too long ago", {"protection_layers": [{**LAYERS, "stated_on": on(-366)}]}, {FORCE: "unknown", WATCH: "unknown", CHECK: "unknown", LINK: "unknown"}, "Khai đã quá một năm"),
        ("empty", {}, {FORCE: "unknown", WATCH: "unknown", CHECK: "unknown", LINK: "unknown"}, "chưa khai")],
}
