"""Documents composed for the tests of marks: official papers with and without a mark of secrecy, as a small model that writers.py turns into files. Everything here is invented; the running text
comes from public laws. Seeded: the same seed composes the same papers.

A paper is a dict: name, level ("none", "mat", "toi_mat", "tuyet_mat"), place, damage, blocks (of the first page on), header, footer, box (lists of lines).
A block is ("line", Line) or ("table", [[[Line, …] per cell] per row]) or ("page",). `Line` is a text and how it looks."""

import dataclasses
import random
import re
import unicodedata

LEVELS = {"mat": "MẬT", "toi_mat": "TỐI MẬT", "tuyet_mat": "TUYỆT MẬT"}
COUNTRY, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"


@dataclasses.dataclass
class Line:
    text: str
    bold: bool = False
    red: bool = False
    framed: bool = False
    centred: bool = False
    right: bool = False
    shown_capitals: bool = False  # written small, shown as capitals
    size: int = 14
    drawn: bool = False  # WordArt


# Invented issuers, subjects, receivers. What the rules were written with; HELD_OUT is never looked at while writing them.
WORDS = {
    "issuers": [("UBND TỈNH AN GIANG THƯỢNG", "SỞ NỘI VỤ", "BC-SNV"), ("TỈNH ỦY BÌNH MINH", "BAN NỘI CHÍNH", "TTr-BNC"), ("BỘ CÔNG AN", "CÔNG AN TỈNH BÌNH MINH", "KH-CAT"), ("ỦY BAN NHÂN DÂN", "PHƯỜNG ĐÔNG HẢI", "UBND-VX"),
                ("QUÂN KHU X", "BỘ CHỈ HUY QUÂN SỰ TỈNH", "BC-BCH"), ("UBND TỈNH BÌNH MINH", "THANH TRA TỈNH", "KL-TTr")],
    "places": ["Bình Minh", "An Giang Thượng", "Đông Hải", "Hà Nội", "Thành phố Hồ Chí Minh"],
    "types": ["BÁO CÁO", "KẾ HOẠCH", "TỜ TRÌNH", "THÔNG BÁO", "QUYẾT ĐỊNH", "PHƯƠNG ÁN"],
    "subjects": ["Tình hình an ninh, trật tự quý III", "Về công tác cán bộ nhiệm kỳ mới", "Bảo vệ đoàn công tác", "Kết quả thanh tra đột xuất", "Phương án phòng thủ khu vực", "Về việc điều chuyển lực lượng"],
    "receivers": ["Thường trực Tỉnh ủy", "Chủ tịch UBND tỉnh", "Giám đốc Công an tỉnh", "Ban Tổ chức"],
    "copies": ["Bản số: {n:02}", "Bản số {n}"],
    "recall": ["TÀI LIỆU THU HỒI", "Tài liệu thu hồi"],
    "urgent": ["HỎA TỐC", "KHẨN", "THƯỢNG KHẨN"],
    "label": ["Độ mật: {}", "ĐỘ MẬT: {}"],
}
HELD_OUT = {
    "issuers": [("ĐẢNG BỘ HUYỆN LONG SƠN", "ĐẢNG ỦY XÃ TÂN LẬP", "CV/ĐU"), ("VIỆN KIỂM SÁT NHÂN DÂN TỐI CAO", "VKSND KHU VỰC 3", "BC-VKS"), ("BỘ NGOẠI GIAO", "VỤ ĐÔNG BẮC Á", "CĐ-ĐBA"), ("TỔNG CỤC HẬU CẦN", "KHO 708", "KH-K708"),
                ("HỘI ĐỒNG NHÂN DÂN TỈNH", "BAN PHÁP CHẾ", "BC-PC"), ("NGÂN HÀNG NHÀ NƯỚC", "CHI NHÁNH TÂN LẬP", "TTr-TL")],
    "places": ["Long Sơn", "Tân Lập", "Huế", "Cần Thơ"],
    "types": ["CÔNG ĐIỆN", "KẾT LUẬN", "ĐỀ ÁN", "BIÊN BẢN", "CHƯƠNG TRÌNH", "HƯỚNG DẪN"],
    "subjects": ["Diễn biến đàm phán với đối tác", "Dự kiến nhân sự chủ chốt", "Di chuyển kho dự trữ", "Nội dung chưa công bố về tỷ giá", "Kết quả xác minh đơn tố cáo"],
    "receivers": ["Bộ trưởng", "Đồng chí Bí thư", "Cục trưởng", "Các đồng chí Ủy viên"],
    "copies": ["BẢN SỐ: {n}/10", "Bản số : {n}"],
    "recall": ["(Tài liệu thu hồi)", "TÀI LIỆU THU HỒI"],
    "urgent": ["HOẢ TỐC", "KHẨN"],
    "label": ["Độ mật : {}", "Mức độ mật: {}"],
}


# ---- damage: how a wording is typed ----

def bare(text):
    return "".join(c for c in unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D")) if not unicodedata.combining(c))


def one_mark_less(text, rnd):
    letters = list(unicodedata.normalize("NFC", text))
    marked = [i for i, c in enumerate(letters) if len(unicodedata.normalize("NFD", c)) > 1]
    i = rnd.choice(marked)
    letters[i] = unicodedata.normalize("NFC", unicodedata.normalize("NFD", letters[i])[:-1])
    return "".join(letters)


DAMAGE = {
    "none": lambda t, rnd: t,
    "spaced": lambda t, rnd: "  ".join(" ".join(w) for w in t.split(" ")),
    "dotted": lambda t, rnd: " ".join(".".join(w) for w in t.split(" ")),
    "signs": lambda t, rnd: rnd.choice(["[{}]", "* {} *", "- {} -", "({})", "{}.", "|{}|"]).format(t),
    "bare": lambda t, rnd: bare(t),
    "mark_less": one_mark_less,
    "twice": lambda t, rnd: "".join(unicodedata.normalize("NFD", c) + "".join(m for m in unicodedata.normalize("NFD", c)[-1:] if unicodedata.combining(m)) for c in t),
}


# ---- papers ----

def head_table(w, rnd, left=(), right=()):
    above, body, symbol = rnd.choice(w["issuers"])
    place, n = rnd.choice(w["places"]), rnd.randint(1, 400)
    number = f"Số: {n:02}/{symbol}" if rnd.random() < 0.8 else f"Số:     /{symbol}"
    date = f"{place}, ngày {rnd.randint(1, 28):02} tháng {rnd.randint(1, 12):02} năm 20{rnd.randint(20, 26)}"
    first = [Line(above, centred=True, size=13), Line(body, bold=True, centred=True, size=13)]
    return [[first, [Line(COUNTRY, bold=True, centred=True, size=13), Line(MOTTO, bold=True, centred=True)]],
            [[Line(number, centred=True, size=13), *left], [*right, Line(date, centred=True)]]]


def head_lines(w, rnd):
    table = head_table(w, rnd)
    return [line for row in table for cell in row for line in cell]


def sentences(texts, rnd, n):
    text = rnd.choice(texts)
    at = rnd.randrange(max(1, len(text) - n))
    return text[at:at + n]


def running_text(w, rnd, texts, lines):
    blocks = [("line", Line(rnd.choice(w["types"]), bold=True, centred=True)), ("line", Line(rnd.choice(w["subjects"]), bold=True, centred=True)), ("line", Line("Kính gửi: " + rnd.choice(w["receivers"])))]
    return blocks + [("line", Line(t)) for t in sentences(texts, rnd, lines)]


def ending(w, rnd, counted):
    copies = " ({:02} bản)" if counted else ""
    lines = ["Nơi nhận:", f"- Như trên{copies.format(rnd.randint(1, 9))};", f"- Lưu: VT{', ' + copies.format(2).strip(' ()') if counted else ''}."]
    return [("line", Line(t, size=11)) for t in lines]


PLACES = ("own_line", "right", "first", "cell", "row", "header", "footer", "box", "wordart", "beside", "two_lines", "urgent", "field", "second")


def look(rnd):
    return {"bold": rnd.random() < 0.8, "red": rnd.random() < 0.5, "framed": rnd.random() < 0.4, "centred": rnd.random() < 0.5, "size": rnd.choice([13, 14, 14, 16])}


def put(paper, place, text, w, rnd, texts):
    """Puts the mark into the paper."""
    line = Line(text, **look(rnd))
    head = [("table", head_table(w, rnd))] if rnd.random() < 0.6 else [("line", x) for x in head_lines(w, rnd)]
    body = running_text(w, rnd, texts, rnd.randint(5, 60))
    if place == "own_line":
        paper["blocks"] = head + [("line", line)] + body
    elif place == "right":
        line.right, line.centred = True, False
        paper["blocks"] = [("line", line)] + head + body
    elif place == "first":
        paper["blocks"] = [("line", line)] + (head if rnd.random() < 0.7 else []) + body
    elif place == "cell":
        paper["blocks"] = [("table", head_table(w, rnd, left=[line]))] + body
    elif place == "row":
        paper["blocks"] = [("table", head_table(w, rnd) + [[[line], []]])] + body
    elif place in ("header", "footer", "box"):
        paper[place] = [line]
        paper["blocks"] = head + body
    elif place == "wordart":
        line.drawn = True
        paper["box"] = [line]
        paper["blocks"] = head + body
    elif place == "beside":
        x, y = rnd.choice([(COUNTRY, 0), (MOTTO, 0), (f"{rnd.choice(w['places'])}, ngày {rnd.randint(1, 28)} tháng {rnd.randint(1, 12)} năm 2025", 0), ("Số: 17/BC-UBND", 1)])
        line.text = f"{x}\t{text}" if y else f"{text}\t{x}"
        line.red = line.framed = line.centred = False
        paper["blocks"] = [("line", line)] + [("line", l) for l in head_lines(w, rnd)] + body
    elif place == "two_lines":
        paper["blocks"] = head + [("line", dataclasses.replace(line, text=part)) for part in text.split(" ", 1)] + body
    elif place == "urgent":
        line.text = f"{text} - {rnd.choice(w['urgent'])}" if rnd.random() < 0.5 else f"{rnd.choice(w['urgent'])} / {text}"
        paper["blocks"] = head + [("line", line)] + body
    elif place == "field":
        line.text = rnd.choice(w["label"]).format(text.capitalize() if rnd.random() < 0.5 else text)
        paper["blocks"] = head + [("line", line)] + body
    elif place == "second":
        paper["blocks"] = [("table", head_table(w, rnd))] + running_text(w, rnd, texts, 30) + [("page",)] + head + [("line", line)] + body


def compose(seed, level, place, damage, texts, held_out=False):
    rnd = random.Random(f"{seed} {level} {place} {damage}")
    w = HELD_OUT if held_out else WORDS
    paper = {"name": f"{level}-{place}-{damage}-{seed}", "level": level, "place": place, "damage": damage, "blocks": [], "header": [], "footer": [], "box": []}
    put(paper, place, DAMAGE[damage](LEVELS[level], rnd), w, rnd, texts)
    if rnd.random() < 0.4:
        paper["blocks"].insert(rnd.randint(1, 3) if place != "two_lines" else 0, ("line", Line(rnd.choice(w["copies"]).format(n=rnd.randint(1, 9)))))
    if rnd.random() < 0.2:
        paper["blocks"].insert(2 if place != "two_lines" else 0, ("line", Line(rnd.choice(w["recall"]), bold=True)))
    paper["blocks"] += ending(w, rnd, rnd.random() < 0.5)
    return paper


def papers(n, texts, seed=1, held_out=False):
    """n papers that go through all levels, places and damages in turn. A wording that lies in two lines, or beside other words, is not damaged besides."""
    rnd = random.Random(f"{seed} order")
    kinds = [(level, place, damage) for level in LEVELS for place in PLACES for damage in DAMAGE
             if not (place in ("two_lines", "field", "beside", "urgent") and damage != "none") and not (place == "two_lines" and level == "mat")]
    # Undamaged wordings are most of what there is.
    kinds += [k for k in kinds if k[2] == "none"] * 4
    rnd.shuffle(kinds)
    return [compose(f"{seed}.{i}", *kinds[i % len(kinds)], texts, held_out) for i in range(n)]


# ---- papers that are not secret, and look as if they were ----

def plain(name, *texts, **more):
    return {"name": name, "level": "none", "place": "none", "damage": "none", "blocks": [("line", Line(t)) if isinstance(t, str) else t for t in texts], "header": [], "footer": [], "box": [], **more}


HEAD = ("ỦY BAN NHÂN DÂN", "PHƯỜNG ĐÔNG HẢI", COUNTRY, MOTTO, "Số: 12/KH-UBND", "Đông Hải, ngày 05 tháng 9 năm 2025")


def table(*rows):
    return ("table", [[[Line(t)] for t in row] for row in rows])


def framed_table(*rows):
    return ("table", [[[Line(t, framed=True)] for t in row] for row in rows])


def harmless():
    """Course material, forms, lists, contents, registers without entries: each names the levels."""
    return [
        plain("course", *HEAD, "TÀI LIỆU TẬP HUẤN", "CÔNG TÁC BẢO VỆ BÍ MẬT NHÀ NƯỚC", "I. PHÂN LOẠI", "1. TUYỆT MẬT", "Là bí mật nhà nước nếu bị lộ gây nguy hại đặc biệt nghiêm trọng.", "2. TỐI MẬT", "Gây nguy hại rất nghiêm trọng.", "3. MẬT", "Gây nguy hại nghiêm trọng."),
        plain("course_headings", "BÀI GIẢNG", "BẢO VỆ BÍ MẬT NHÀ NƯỚC", "Các mức độ mật", "TUYỆT MẬT", "Là bí mật nhà nước liên quan đến chính trị, quốc phòng.", "TỐI MẬT", "Là bí mật nhà nước liên quan đến kinh tế.", "MẬT", "Là bí mật nhà nước khác."),
        plain("quiz", "CÂU HỎI TRẮC NGHIỆM", "Câu 1. Dấu chỉ độ mật nào cao nhất?", "A. Mật", "B. Tối mật", "C. Tuyệt mật", "D. Cả ba", "Câu 2. Ai được bóc bì có dấu “Chỉ người có tên mới được bóc bì”?"),
        plain("form_stamps", "Mẫu số 02", "DẤU CHỈ ĐỘ MẬT", Line_block("TUYỆT MẬT", framed=True, red=True), "Kích thước 40 mm x 8 mm", Line_block("TỐI MẬT", framed=True, red=True), "Kích thước 30 mm x 8 mm", Line_block("MẬT", framed=True, red=True), "Kích thước 20 mm x 8 mm"),
        plain("form_document", "Mẫu số 01", "TÊN CƠ QUAN, TỔ CHỨC", COUNTRY, MOTTO, "Số: …/…-…", "…, ngày … tháng … năm …", "MẬT", "VĂN BẢN XÁC ĐỊNH ĐỘ MẬT", "(1) Tên cơ quan ban hành"),
        plain("form_choice", *HEAD, "PHIẾU TRÌNH", "Độ mật: Tuyệt mật / Tối mật / Mật / Không", "Độ mật: ……………", "Độ khẩn: Khẩn"),
        plain("list", *HEAD, "DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ TUYỆT MẬT", "1. Tài liệu về phương án tác chiến.", "DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ TỐI MẬT", "2. Tài liệu về dự trữ.", "DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ MẬT"),
        plain("contents", "MỤC LỤC", "Chương I. Quy định chung ..... 3", "TUYỆT MẬT ............ 12", "TỐI MẬT .............. 15", "MẬT .................. 18"),
        plain("register_empty", "SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐI", table(("STT", "Số, ký hiệu", "Ngày", "Tên loại và trích yếu", "Độ mật", "Người ký"), ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)"), ("", "", "", "", "", ""))),
        plain("table_levels", *HEAD, "THỜI HẠN BẢO VỆ", table(("Độ mật", "Thời hạn"), ("Tuyệt mật", "30 năm"), ("Tối mật", "20 năm"), ("Mật", "10 năm"))),
        plain("dispatch", *HEAD, "V/v bảo đảm an toàn thông tin", "Kính gửi: Các cơ quan, đơn vị", "Không soạn thảo, lưu giữ tài liệu có nội dung bí mật nhà nước (Mật, Tối mật, Tuyệt mật) trên máy tính kết nối Internet.", "Đổi mật khẩu định kỳ; bảo mật hệ thống.", "Nơi nhận:", "- Như trên;", "- Lưu: VT."),
        plain("passwords", *HEAD, "BẢO MẬT", "MẬT KHẨU", "QUY ĐỊNH VỀ MẬT KHẨU", "MẬT MÃ", "Bí mật", "BÍ MẬT NHÀ NƯỚC"),
        plain("urgent", *HEAD, Line_block("HỎA TỐC", framed=True, red=True), "CÔNG ĐIỆN", "Về việc ứng phó bão"),
        plain("internal", *HEAD, Line_block("LƯU HÀNH NỘI BỘ", framed=True, red=True), "TÀI LIỆU THU HỒI", "BÁO CÁO"),
        plain("honey", "SẢN PHẨM", "MẬT ONG RỪNG", "Mật ong nguyên chất", "GAN MẬT", "Bệnh về gan và mật"),
        plain("news", "Thâm nhập phòng tuyệt mật", "Tối mật hay không, đó là câu hỏi của phóng viên.", "Tài liệu tuyệt mật được giải mật sau 50 năm"),
        plain("declassified", *HEAD, "MẬT", "GIẢI MẬT", "Từ: 01/6/2026", "BÁO CÁO"),
        plain("quoted", *HEAD, "Các dấu gồm:", "“TUYỆT MẬT”", "“Tài liệu thu hồi”"),
        plain("glossary", "TỪ ĐIỂN", "mật", "mật độ", "mật khẩu", "mật thư", "tối mật", "tuyệt mật"),
        plain("counts", *HEAD, "BÁO CÁO", "Số lượng văn bản đã tiếp nhận", framed_table(("TUYỆT MẬT", "TỐI MẬT", "MẬT", "Thường"), ("0", "2", "15", "340"))),
        plain("papers", *HEAD, "DANH SÁCH VĂN BẢN LƯU", framed_table(("STT", "Tên văn bản", "Độ mật"), ("1", "Kế hoạch diễn tập", "Mật"), ("2", "Phương án bảo vệ", "Tối mật"), ("3", "Báo cáo năm", "Thường"))),
        plain("one_level", *HEAD, "DANH SÁCH VĂN BẢN", framed_table(("STT", "Tên văn bản", "Độ mật"), ("1", "Phương án bảo vệ", "Tối mật"), ("2", "Báo cáo năm", "Thường"))),
        plain("deck", "HỌC TẬP PHÁP LUẬT", "Bảo vệ bí mật nhà nước", "Ba độ mật:", "- Tuyệt mật: 30 năm", "- Tối mật: 20 năm", "- Mật: 10 năm", "Mật khẩu phải dài", "TUYỆT ĐỐI KHÔNG soạn văn bản mật trên máy nối mạng"),
        plain("rubber", *HEAD, "THÔNG TƯ", "quy định mẫu dấu", "Phụ lục I", "Mẫu dấu độ mật", framed_table(("TUYỆT MẬT",), ("TỐI MẬT",), ("MẬT",))),
        plain("law_clauses", *HEAD, "LUẬT", "BẢO VỆ BÍ MẬT NHÀ NƯỚC", "Điều 8. Phân loại", "1. Bí mật nhà nước độ Tuyệt mật là…", "Điều 9. Mật", "MỤC 1. TUYỆT MẬT", "Mục 2", "ĐỘ TỐI MẬT"),
        plain("broken_heading", *HEAD, "DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ", "TUYỆT MẬT", "VÀ ĐỘ", "TỐI MẬT", "CỦA TỈNH"),
        plain("broken_text", *HEAD, "Người soạn thảo phải đề xuất độ mật của tài liệu, đó là độ Tuyệt mật hoặc độ", "Tối mật.", "Hội nghị có nội dung bí mật nhà nước phải được người có thẩm quyền đồng ý bằng", "Mật mã.",),
        plain("seals", *HEAD, "V/v làm con dấu", "Đề nghị khắc các con dấu sau:", table(("STT", "Tên dấu", "Số lượng"), ("1", "TUYỆT MẬT", "01"), ("2", "TỐI MẬT", "01"), ("3", "MẬT", "02"), ("4", "HỎA TỐC", "01"))),
    ]


def Line_block(text, **look):
    return ("line", Line(text, **look))


def law_papers(texts):
    """Every public text whole."""
    return [{**plain(f"law-{name}", *lines), "level": "none"} for name, lines in texts.items()]


def law_texts(folder):
    """{name: lines} of the Markdown texts, without Markdown's signs."""
    found = {}
    for path in sorted(folder.rglob("*.md")):
        lines = [re.sub(r"^#+ |\*\*|^\|\s*|\s*\|$", "", line).strip() for line in path.read_text(encoding="utf-8").splitlines()]
        found[f"{path.parent.name}-{path.stem}"] = [line for line in lines if line and not re.fullmatch(r"[-|: ]+|\d{20,}", line)]
    return found
