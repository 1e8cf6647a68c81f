"""A third set of layouts, marked and harmless, written from Decree 30/2020's forms, the circulars on stamps and the practice of offices, before its author had read the rules. Half of them, `half() == "B"`, is never
looked at while the rules are mended: what is said of it is the figure that counts (docs/secrecy.md). All names, numbers and subjects are invented.

A layout is a text, a line of it a block: `look: words`, where the look is made of l c r (side), b bold, i italic, R red, F framed, k (capitals by style), and a size. Before it may stand: `H` header, `1` header of the
first page only, `O` foot, `B x y w h` a text box (mm, of what is below), `|` a row of a table whose cells are parted by ` | ` and their lines by ` ; `, `#` the same with lines around its cells. `P x y`: a picture of the
stamp; `+n`: n sentences; `---`: a new page; `.`: an empty line."""

import random
import re

import layouts
from layouts import LEVELS, Doc, Item, Sheet, Show

NATION = "b12: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM ; b: Độc lập - Tự do - Hạnh phúc"
ORGS = [("BỘ CÔNG THƯƠNG", "CỤC QUẢN LÝ THỊ TRƯỜNG", "QLTT-TTKT"), ("UBND TỈNH PHƯỚC LONG", "SỞ TƯ PHÁP", "STP-BTTP"), ("QUÂN KHU 10", "BỘ THAM MƯU", "BTM-TC"), ("TỔNG CỤC DỰ TRỮ", "CHI CỤC PHƯỚC LONG", "CCDT-KH"),
        ("UBND XÃ AN THỚI", "CÔNG AN XÃ", "CAX-TH"), ("VIỆN KIỂM SÁT NHÂN DÂN", "KHU VỰC 3 - PHƯỚC LONG", "VKS-HS"), ("THANH TRA TỈNH PHƯỚC LONG", "PHÒNG NGHIỆP VỤ 2", "TTr-NV2"), ("NGÂN HÀNG NHÀ NƯỚC", "KHU VỰC 17", "KV17-KT")]
PICKS = {"kind": ["BÁO CÁO", "KẾ HOẠCH", "TỜ TRÌNH", "PHƯƠNG ÁN", "KẾT LUẬN", "ĐỀ ÁN"], "place": ["Phước Long", "An Thới", "Hà Nội", "Bình Sơn"], "name": ["Đỗ Văn G", "Vũ Thị H", "Bùi Quang I", "Ngô Đức K"],
         "subject": ["Kết quả kiểm tra kho dự trữ quý III", "Bố trí trận địa phòng không khu vực cửa sông", "Xác minh nguồn tin số 12", "Nhân sự dự kiến quy hoạch nhiệm kỳ tới", "Phương án bảo vệ hội nghị cấp cao", "Đàm phán phân định vùng biển"]}
SENTENCES = [
    "Thực hiện ý kiến kết luận tại phiên họp ngày 04 vừa qua, cơ quan đã phân công các bộ phận triển khai và tổng hợp như dưới đây.", "Lực lượng tham gia gồm ba tổ, mỗi tổ năm người, trang bị theo biên chế.",
    "Đến hết tháng Chín, khối lượng hoàn thành đạt 82 % so với chỉ tiêu được giao.", "Trong quá trình thực hiện nếu phát sinh vướng mắc, đề nghị trao đổi trực tiếp với bộ phận thường trực.",
    "Nguồn cung cấp cho biết việc vận chuyển diễn ra chủ yếu vào ban đêm, qua hai bến nhỏ.", "Hồ sơ gồm bốn tập, được niêm phong và bàn giao cho bộ phận lưu trữ.", "Dự toán được lập trên cơ sở giá thị trường tại thời điểm tháng Tám.",
    "Các thành viên dự họp thống nhất phương án một, giao bộ phận giúp việc hoàn chỉnh.", "Yêu cầu thủ trưởng các đơn vị quán triệt, tổ chức thực hiện nghiêm túc.", "Mục tiêu cần bảo vệ gồm nhà điều hành, trạm biến áp và bể chứa.",
]
HEAD = "| 12: {org} ; b12: {unit} ; _____ ; Số: {n}%s | " + NATION + " ; i: {place}, {day}%s"
PLAIN = HEAD % ("", "")
UNDER = HEAD % (" ; bF: {S}", "")
TITLE = "cb: {kind}\ncb: {subject}"
END = "| lbi12: Nơi nhận: ; l11: - Như trên; ; l11: - Lưu: VT. | b: THỦ TRƯỞNG ĐƠN VỊ ; . ; b: {name}"

MARKED = {
    # -- the head of a paper --
    "under_number": f"{UNDER}\n{TITLE}\n+9\n{END}",
    "under_date": f"{HEAD % ('', ' ; bR: {S}')}\n{TITLE}\n+7\n{END}",
    "rows_of_head": f"| 12: {{org}} ; b12: {{unit}} | {NATION}\n| Số: {{n}} | i: {{place}}, {{day}}\n| b: {{S}} | .\n{TITLE}\n+8\n{END}",
    "beside_number": f"| 12: {{org}} ; b12: {{unit}} ; ______ | {NATION} ; ______\n| l: Số: {{n}}     {{S}} | i: {{place}}, {{day}}\n{TITLE}\n+8\n{END}",
    "three_bodies": f"| 12: BỘ QUỐC PHÒNG ; 12: {{org}} ; 12: BAN CHỈ ĐẠO LIÊN NGÀNH ; b12: {{unit}} ; _____ ; Số: {{n}} ; 12: V/v {{subject}} ; bF: {{S}} | {NATION} ; i: {{place}}, {{day}}\nc: Kính gửi: Thủ trưởng Bộ Tư lệnh\n+7\n{END}",
    "above_nation": f"cbR: {{S}}\ncb: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\ncb: Độc lập - Tự do - Hạnh phúc\nr i: {{place}}, {{day}}\n{TITLE}\n+8",
    "bordered_line": f"{PLAIN}\ncF: {{S}}\n{TITLE}\n+6\n{END}",
    "spaced": f"{PLAIN}\nlbF: {{spaced}}\n{TITLE}\n+6\n{END}",
    "with_dashes": f"{HEAD % (' ; b: - {S} -', '')}\n{TITLE}\n+6\n{END}",
    "in_brackets": f"{HEAD % (' ; b: ({S})', '')}\n{TITLE}\n+6\n{END}",
    "typed_stars": f"l: {{org}}\nl: {{unit}}\nl: Số: {{n}}\nl: *** {{S}} ***\n{TITLE}\n+6",
    "capitals_by_style": f"{HEAD % (' ; bk: {s}', '')}\n{TITLE}\n+7\n{END}",
    "with_urgency": f"{HEAD % (' ; bR: {S} - HỎA TỐC', '')}\n{TITLE}\n+5\n{END}",
    "with_term": f"{HEAD % (' ; bF: {S} ; 11: Thời hạn bảo vệ: Từ 01/3/2026 đến 01/3/2036', '')}\n{TITLE}\n+7\n{END}",
    "draft": f"{HEAD % (' ; bF: {S} ; b: DỰ THẢO 2', '')}\n{TITLE}\n+7\n{END}",
    "first_page_header": f"1 rbR: {{S}}\n{PLAIN}\n{TITLE}\n+30\n{END}",
    "header_and_foot": f"H cb: {{S}}\nO c11: {{S}} - Bản số 03\n{PLAIN}\n{TITLE}\n+20\n{END}",
    "box_on_page": f"B 120 -14 42 9 bR: {{S}}\n{PLAIN}\n{TITLE}\n+6\n{END}",
    "picture_on_number": f"{PLAIN}\nP 4 -6\n{TITLE}\n+6\n{END}",
    "soldiers": f"| b12: {{org}} ; b12: {{unit}} ; Số: {{n}} | {NATION} ; i: {{place}}, {{day}}\nr: Độ mật: {{s}}\nr: Số bản: 05; bản số: 02\n{TITLE}\n+8\n{END}",
    "degree_and_copy": f"lb: Độ mật: {{S}}\nl: Bản số: 02/05\n{PLAIN}\n{TITLE}\n+8\n{END}",
    "of_the_party": f"| TỈNH ỦY PHƯỚC LONG ; b: BAN NỘI CHÍNH ; * ; Số 114-BC/BNCTU ; bF: {{S}} | b15: ĐẢNG CỘNG SẢN VIỆT NAM ; i: {{place}}, {{day}}\n{TITLE}\n+8\n| lb: Nơi nhận: ; l11: - Thường trực Tỉnh ủy, | b: TRƯỞNG BAN ; b: {{name}}",
    "minutes": f"| 12: {{org}} ; b12: {{unit}} ; Số: {{n}} ; bF: {{S}} | {NATION}\ncb: BIÊN BẢN\ncb: Họp {{subject}}\nl: Thời gian bắt đầu: 8 giờ 00, {{day}}\nl: Địa điểm: Phòng họp số 2\n+6\n| b: THƯ KÝ ; . ; {{name}} | b: CHỦ TỌA ; . ; {{name}}",
    "statement": f"rb: {{S}}\n| . | {NATION}\ncb: BIÊN BẢN GHI LỜI KHAI\nl: Hồi 9 giờ 15, {{day}}, tại trụ sở {{unit}}\n+7\n| Người khai | Cán bộ ghi lời khai",
    # -- other papers --
    "cover_and_text": f"cb: {{org}}\ncb: {{unit}}\n.\n.\n.\nrbF: {{S}}\n.\n.\ncb24: {{kind}}\ncb18: {{subject}}\n.\n.\n.\n.\nc: {{place}}, năm 2026\n---\n{PLAIN}\n{TITLE}\n+9\n{END}",
    "outer_envelope": "lb: {org}\nlb: {unit}\nl: Số: {n}\n.\nrbF24: {letter}\nc18: Kính gửi: Văn phòng Tỉnh ủy Phước Long\nc: Số 01 đường Hòa Bình, phường An Thới",
    "inner_envelope": "lb: {org}\nl: Số: {n}\nlbRF20: {S}\nc18: Kính gửi: Đồng chí Bí thư Tỉnh ủy Phước Long\ncbR: CHỈ NGƯỜI CÓ TÊN MỚI ĐƯỢC BÓC BÌ",
    "dossier": "cb: {org}\ncb: {unit}\n.\ncb28: HỒ SƠ\nc16: {subject}\n.\nl: Từ ngày 02/01/2026 đến ngày 30/6/2026\nl: Gồm: 114 tờ\nl: Độ mật: {S}\nl: Thời hạn bảo quản: Vĩnh viễn\nl: Phông số: 12   Mục lục số: 3   Hồ sơ số: 41",
    "annexes_each": f"{UNDER}\n{TITLE}\n+9\n{END}\n---\nrbF: {{S}}\ncb: Phụ lục I\nci: (Kèm theo Kế hoạch số {{n}} {{day}})\n# STT | Nội dung | Đơn vị\n# 1 | Canh gác | Tổ 1\n# 2 | Tuần tra | Tổ 2\n---\nrbF: {{S}}\ncb: Phụ lục II\n+5",
    "annex_only": f"{PLAIN}\nc12: V/v gửi tài liệu kèm theo\nc: Kính gửi: Sở Nội vụ\n+2\nl: (Công văn này không mật khi tách khỏi tài liệu kèm theo)\n{END}\n---\n{UNDER}\n{TITLE}\n+8",
    "cipher_telegram": "cb16: ĐIỆN MẬT\nl: Độ mật: {S}\nl: Độ khẩn: HỎA TỐC\nl: Nơi gửi: {unit}\nl: Nơi nhận: Ban Chỉ huy các xã, phường ven biển\nl: Số điện: 114/ĐM    Ngày giờ: 14.30 ngày 02/4/2026\n+5\nrb: {name}",
    "urgent_telegram": f"{UNDER}\ncb: CÔNG ĐIỆN\ncb: Về việc {{subject}}\nlb: CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH ĐIỆN:\nl: - Thủ trưởng các sở, ban, ngành;\n+5\n{END}",
    "extract": f"{UNDER}\ncb: BẢN TRÍCH SAO\nl: Trích sao từ: Báo cáo số 12/BC-{{n}}\nl: Nội dung trích sao:\n+6\nl: Bản trích sao số: 01; nơi nhận: Phòng Tổng hợp",
    "exam_to_come": f"| 12: {{org}} ; b: HỘI ĐỒNG THI ; bF: {{S}} | b: ĐỀ THI DỰ BỊ SỐ 2 ; Môn: Luật Hành chính ; i: (Thời gian 180 phút, không kể thời gian giao đề)\nl: Câu 1 (4 điểm). Phân tích khái niệm quyết định hành chính.\nl: Câu 2 (6 điểm). Nêu thẩm quyền xử phạt của Chủ tịch xã.",
    "map": "lb: {org}\nrbR: {S}\nr: Bản số: 01\ncb20: SƠ ĐỒ BỐ TRÍ LỰC LƯỢNG\nc: Tỷ lệ 1:25.000\n# Ký hiệu | Ý nghĩa\n# ▲ | Chốt gác\n# ● | Đài quan sát",
    "form_cell": "# lb: {S} | cb: PHIẾU XÁC MINH ; c: Số: {n} | r11: Mẫu KT-07\n# Họ và tên | {name} | Nam\n# Nội dung | {subject} | .\n+4\nrb: {name}",
    "typed_message": "l: Từ: {unit}\nl: Đến: Ban Chỉ huy tỉnh\nl: Độ mật: {S}\nl: Số: {n}\nl: {day}\ncb: BÁO CÁO NHANH\n+6",
    "translation": f"{UNDER}\ncb: BẢN DỊCH\ncb: AIDE-MÉMOIRE\nc: ({{en}})\nl: The two sides met on the second of March and agreed to continue the talks.\nl: Hai bên đã gặp nhau ngày 02 tháng 3 và nhất trí tiếp tục đàm phán.\n+3",
    "foreign_copy": "| b12: MINISTRY OF NATIONAL DEFENCE ; No: 114/DOD | b12: SOCIALIST REPUBLIC OF VIET NAM ; b: Independence - Freedom - Happiness\nrbF: {S}/{en}\ncb: MEMORANDUM\nl: The equipment shall be delivered in three lots.\nl: Parties shall keep this paper from any other person.",
    "letter_after_letter": f"{PLAIN}\nc: Kính gửi: Ủy ban nhân dân tỉnh\n+3\n{END}\n---\ncb: {{org}}\nrb: {{S}}\n{TITLE}\n+20",
    "names_of_persons": f"{UNDER}\ncb: DANH SÁCH NHÂN SỰ DỰ KIẾN\n# STT | Họ và tên | Chức vụ hiện nay | Dự kiến\n# 1 | Đỗ Văn G | Phó phòng | Trưởng phòng\n# 2 | Vũ Thị H | Chuyên viên | Phó phòng\n{END}",
}

HARMLESS = {
    # -- laws, orders and teaching about secrecy --
    "law_chapter": "cb: Chương II\ncb: PHẠM VI, PHÂN LOẠI BÍ MẬT NHÀ NƯỚC\nlb: Điều 8. Phân loại bí mật nhà nước\nl: 1. Bí mật nhà nước độ Tuyệt mật là bí mật liên quan đến chính trị, quốc phòng.\nl: 2. Bí mật nhà nước độ Tối mật.\nl: 3. Bí mật nhà nước độ Mật.\n+3",
    "decision_top": f"{PLAIN}\ncb: QUYẾT ĐỊNH\ncb: BAN HÀNH DANH MỤC BÍ MẬT NHÀ NƯỚC\ncb: ĐỘ TUYỆT MẬT TRONG LĨNH VỰC NGÂN HÀNG\ni: Căn cứ Luật Bảo vệ bí mật nhà nước;\nl: Điều 1. Danh mục gồm phương án phát hành tiền chưa công bố.\n{END}",
    "list_by_level": f"{PLAIN}\ncb: DANH MỤC\ncb: BÍ MẬT NHÀ NƯỚC THUỘC LĨNH VỰC DỰ TRỮ\ncb: I. ĐỘ TUYỆT MẬT\nl: Tổng mức dự trữ quốc gia chưa công bố.\ncb: II. ĐỘ TỐI MẬT\nl: Sơ đồ kho tuyến một.\ncb: III. ĐỘ MẬT\nl: Kế hoạch xuất cấp hằng năm.\n{END}",
    "list_short_heads": f"{PLAIN}\ncb: PHỤ LỤC\ncb: DANH MỤC BÍ MẬT NHÀ NƯỚC\n# TT | Nội dung | Độ mật | Thời hạn\n# 1 | Kế hoạch xuất cấp | MẬT | 10 năm\n# 2 | Sơ đồ kho | TỐI MẬT | 20 năm\n# 3 | Tổng mức dự trữ | TUYỆT MẬT | 30 năm",
    "rule_of_office": f"{PLAIN}\ncb: QUY CHẾ\ncb: Bảo vệ bí mật nhà nước của cơ quan\ncb: Mục 1\ncb: XÁC ĐỊNH BÍ MẬT NHÀ NƯỚC VÀ ĐỘ MẬT\nlb: Điều 5. Đóng dấu chỉ độ mật\nl: a) Dấu “TUYỆT MẬT”, “TỐI MẬT”, “MẬT”;\nl: b) Dấu “Tài liệu thu hồi”.\n+5\n{END}",
    "ban_on_machines": f"{PLAIN}\nc12: V/v chấn chỉnh việc soạn thảo văn bản mật\nc: Kính gửi: Các phòng chuyên môn\nl: Nghiêm cấm soạn thảo, lưu giữ tài liệu MẬT, TỐI MẬT, TUYỆT MẬT trên máy tính nối mạng.\n+3\n{END}",
    "lesson_page": "cb20: BÀI 3\ncb20: CÁC ĐỘ MẬT\ncbR24: TUYỆT MẬT\nc: gây nguy hại đặc biệt nghiêm trọng\ncbR24: TỐI MẬT\nc: gây nguy hại rất nghiêm trọng\ncbR24: MẬT\nc: gây nguy hại nghiêm trọng",
    "stamp_samples": "rb: Phụ lục III\ncb: MẪU DẤU CHỈ ĐỘ MẬT\n| cbRF: TUYỆT MẬT | cbRF: TỐI MẬT | cbRF: MẬT\n| 40 × 8 mm | 30 × 8 mm | 20 × 8 mm\nl: Chữ in hoa, cỡ 13, mực đỏ tươi, hai đường viền cách nhau 1 mm.",
    "form_guide": "rb: Mẫu 1.5\ncb: CÔNG VĂN HÀNH CHÍNH\n# Ô số | Thành phần thể thức\n# 10a | Dấu chỉ độ mật\n# 10b | Dấu chỉ mức độ khẩn\n# 11 | Chỉ dẫn về phạm vi lưu hành\nl: Độ mật (tuyệt mật, tối mật, mật) được khắc sẵn theo quy định.",
    "quiz_letters": "cb: CÂU HỎI THI TÌM HIỂU\nl: Câu 5. Độ mật nào là cao nhất?\nl: A. MẬT\nl: B. TỐI MẬT\nl: C. TUYỆT MẬT\nl: D. HỎA TỐC\nl: Câu 6. Thời hạn bảo vệ độ Mật là bao lâu?\nl: A. 10 năm",
    "quiz_key": "cb: ĐÁP ÁN\n# Câu | Trả lời\n# 1 | MẬT\n# 2 | 20 năm\n# 3 | TUYỆT MẬT\n# 4 | Thủ tướng\n# 5 | Người đứng đầu",
    "levels_key": "cb: MÔ TẢ DỮ LIỆU ĐẶC TẢ CỦA VĂN BẢN ĐẾN\n# Trường | Kiểu | Giá trị\n# Mức độ khẩn | Number | 1: KHẨN\n# Độ mật | Number | 1: MẬT ; 2: TỐI MẬT ; 3: TUYỆT MẬT",
    # -- forms and lists --
    "register_out": "r11: Mẫu số 15\ncb: SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐI\n# TT | Số, ký hiệu | Ngày tháng | Tên loại và trích yếu | Độ mật | Người ký\n# . | . | . | . | . | .\n# . | . | . | . | . | .\nl11: Độ mật: ghi Tuyệt mật, Tối mật, Mật hoặc A, B, C.",
    "checkboxes": f"{PLAIN}\ncb: PHIẾU ĐỀ XUẤT XÁC ĐỊNH ĐỘ MẬT\nl: Tên tài liệu: ……………………\n# Độ mật đề xuất | ☐ Mật | ☐ Tối mật | ☐ Tuyệt mật\nl: Căn cứ: ……………\n{END}",
    "choose_one": "| 12: TÊN CƠ QUAN ; b12: TÊN ĐƠN VỊ ; Số: …/… ; b: [MẬT/TỐI MẬT/TUYỆT MẬT] | " + NATION + " ; i: …, ngày … tháng … năm …\ncb: TÊN LOẠI VĂN BẢN\nc: Trích yếu nội dung\nl: ……………………",
    "declassify_notice": f"{PLAIN}\ncb: THÔNG BÁO\ncb: Về việc giải mật tài liệu\n# TT | Tài liệu | Độ mật cũ | Giải mật từ\n# 1 | Báo cáo số 4/BC | Tối mật | 01/01/2026\n# 2 | Kế hoạch số 9/KH | Mật | 01/01/2026\n{END}",
    "declassified": f"{HEAD % (' ; bRF: GIẢI MẬT ; 13: Từ: 01/01/2026', '')}\n{TITLE}\n+6\n{END}",
    "declassify_decision": f"{PLAIN}\ncb: QUYẾT ĐỊNH\ncb: GIẢI MẬT\nl: Điều 1. Giải mật toàn bộ Báo cáo số 12/BC (độ Tối mật).\nl: Điều 2. Văn thư đóng dấu GIẢI MẬT.\n{END}",
    "inspection": f"{PLAIN}\ncb: BIÊN BẢN\ncb: Kiểm tra công tác bảo vệ bí mật nhà nước\nl: Văn bản mật đến: Tuyệt mật 0, Tối mật 2, Mật 14.\nl: Máy tính soạn thảo văn bản mật: 01 chiếc, không kết nối mạng.\n+4\n{END}",
    "handover": f"{PLAIN}\ncb: DANH MỤC TÀI LIỆU BÀN GIAO\n# TT | Tên tài liệu | Độ mật | Số tờ\n# 1 | Sổ trực ban | . | 40\n# 2 | Kế hoạch phòng thủ | Mật | 12\n# 3 | Công văn thường | . | 3\n{END}",
    "normal_degree": f"| 12: {{org}} ; b12: {{unit}} ; Số: {{n}} ; Độ mật: Thường ; Độ khẩn: Khẩn | {NATION}\n{TITLE}\n+6\n{END}",
    "internal": f"{HEAD % (' ; bF: LƯU HÀNH NỘI BỘ', ' ; bRF: KHẨN')}\n{TITLE}\n+6\n{END}",
    "stamps_to_carve": f"{PLAIN}\nc: Kính gửi: Cơ sở khắc dấu Bình Sơn\nl: Đề nghị khắc các loại dấu sau:\n# TT | Nội dung dấu | Kích thước\n# 1 | MẬT | 20 × 8 mm\n# 2 | TỐI MẬT | 30 × 8 mm\n# 3 | KHẨN | 20 × 8 mm\n{END}",
    "exam_that_was": "| 12: SỞ GIÁO DỤC VÀ ĐÀO TẠO ; b: ĐỀ CHÍNH THỨC | b: KỲ THI VÀO LỚP 10 ; Môn: Ngữ văn\nl: Câu 1. Đọc đoạn trích sau: “Bí mật của khu vườn nằm sau cánh cửa gỗ…”\nl: Câu 2. Phân tích hình ảnh mật ngọt trong bài thơ.",
    "secret_ballot": f"{PLAIN}\ncb20: PHIẾU BẦU\nc: (Bỏ phiếu kín)\n# TT | Họ và tên | Đồng ý | Không đồng ý\n# 1 | Lê Văn MẬT | . | .\n# 2 | Vũ Thị H | . | .",
    # -- other things that bear the words --
    "passwords": "cb: TÀI KHOẢN THƯ ĐIỆN TỬ\n# HỌ TÊN | TÊN ĐĂNG NHẬP | MẬT KHẨU\n# {name} | dvg | ********\n# {name} | vth | ********\nl: Đổi MẬT KHẨU ngay lần đầu.",
    "password_broken": "cb28: ĐỔI\ncb28: MẬT\ncb28: KHẨU\nc: 90 ngày một lần",
    "bid": "cb: CÔNG TY XÂY DỰNG BÌNH SƠN\ncb24: HỒ SƠ DỰ THẦU\nc: Gói thầu số 4: Sửa chữa trụ sở\ncbRF: KHÔNG MỞ TRƯỚC 9 GIỜ NGÀY 12/6/2026\ncbR: TÀI LIỆU MẬT CỦA NHÀ THẦU\nl: Kính gửi: Ban Quản lý dự án",
    "price_offer": "cb: CÔNG TY CỔ PHẦN BÌNH SƠN\nrbR: BẢO MẬT - CONFIDENTIAL\ncb: BÁO GIÁ\n# Hạng mục | Giá\n# Máy chủ | 120.000.000\n# Phần mềm | 45.000.000",
    "non_disclosure": "cb: CAM KẾT BẢO MẬT\nc: Số: 12/2026/CKBM\nlb: Điều 1. Thông tin mật\nl: Là thông tin mà bên nhận biết được khi làm việc.\nlb: Điều 2. Nghĩa vụ\nl: Giữ bí mật trong 05 năm.\n| b: BÊN A | b: BÊN B",
    "privacy": "cb20: CHÍNH SÁCH BẢO MẬT\nlb: 1. Dữ liệu thu thập\nl: Tên, số điện thoại.\nlb: 2. Bảo mật\nl: Dữ liệu được mã hóa.",
    "honey_label": "cbRF36: MẬT ONG\ncb: HOA CÀ PHÊ\nc: Khối lượng tịnh 700 g\nc: Số TCB: 04/AN THỚI/2026",
    "honey_split": "lb: HỢP TÁC XÃ ONG AN THỚI\nl: Số: 04/CBSP\ncbR40: MẬT\ncb28: ONG BẠC HÀ\nc: Hạn dùng 24 tháng",
    "menu": "cb24: THỰC ĐƠN\nl: 1. GÀ NƯỚNG MẬT ONG\nl: 2. KHOAI LANG SỐT MẬT\nl: 3. CHÈ MẬT MÍA\nrb: Quán An Thới",
    "molasses": f"{PLAIN}\nc12: V/v kiểm tra chất lượng mật rỉ\ncb: MẬT RỈ\n# Chỉ tiêu | Kết quả\n# Độ Brix | 82\n# Độ tro | 9\n{END}",
    "signed_by_mat": f"{PLAIN}\ncb: GIẤY XÁC NHẬN\n+3\nrb: TRƯỞNG THÔN\nrb: ĐẶNG THỊ MẬT",
    "density": f"{PLAIN}\ncb: BÁO CÁO\n# Giống | MẬT ĐỘ | Năng suất\n# Lúa ST | 40 | 6,2\n# Ngô lai | 5 | 7,1\n{END}",
    "gall_bladder": "| 12: SỞ Y TẾ ; b12: BỆNH VIỆN AN THỚI ; Số: 1204/CT | " + NATION + "\ncb: KẾT QUẢ CHỤP CẮT LỚP\nlb: GAN\nl: Không có tổn thương.\nlb: MẬT\nl: Đường mật không giãn.\nlb: TỤY\nl: Bình thường.",
    "ciphers": f"{PLAIN}\ncb: GIẤY PHÉP\ncb: KINH DOANH SẢN PHẨM MẬT MÃ DÂN SỰ\n+4\n{END}",
    "film": "cb18: RẠP BÌNH SƠN\ncbR44: HỒ SƠ\ncbR44: TUYỆT MẬT\nc: Khởi chiếu 12/6/2026 - Giá vé 60.000 đồng",
    "dictionary": "cb: M\nlb: MẬT\nl: d. 1. Chất lỏng ngọt do ong tiết ra. 2. Nước do gan tiết ra.\nlb: MẬT ÁP\nl: t. Áp sát.\nlb: MẬT BÁO\nl: d. Tin báo bí mật.",
    "cupboard": "cbF28: TỦ SỐ 3\ncbF28: TÀI LIỆU MẬT\nc: Người giữ chìa khóa: {name}",
    "news": "cb20: Kế hoạch TUYỆT MẬT của đội tuyển\nl: Ban huấn luyện đóng cửa sân tập từ sáng qua.\ncb: “TỐI MẬT”\nl: là lời đáp duy nhất của ông thầy khi được hỏi về đội hình.\n+2",
}
SHEETS = {  # rows, cells parted by |
    "first_cell": (True, "{S}|||BẢNG CÂN ĐỐI\n{org}\n{unit}\nTT|Mục|Số lượng\n1|Gạo|40\n2|Xăng|12\n3|Lều|90"),
    "degree_row": (True, "{org}\nSố: {n}\nĐộ mật: {S}\n|BẢNG TỔNG HỢP QUÂN SỐ\nTT|Đơn vị|Quân số\n1|Tổ 1|12\n2|Tổ 2|14"),
    "right_of_number": (True, "{org}||||CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n{unit}||||Độc lập - Tự do - Hạnh phúc\nSố: {n}|{S}\n||BIỂU TỔNG HỢP\nTT|Mục|Số\n1|Đạn|4000"),
    "register_letters": (True, "SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐI\nNăm 2026\nTT|Số, ký hiệu|Ngày tháng|Tên loại, trích yếu|Độ mật|Người ký\n1|{n}|03/01/2026|Kế hoạch|{letter}|{name}\n2|12/BC|05/01/2026|Báo cáo|C|{name}"),
    "software_list": (False, "DANH MỤC DÙNG CHUNG\nMã|Tên\nDM01|Thường\nDM02|Mật\nDM03|Tối mật\nDM04|Tuyệt mật"),
    "prices": (False, "BẢNG GIÁ CHỢ AN THỚI\nTT|Mặt hàng|ĐVT|Giá\n1|MẬT|lít|90.000\n2|MẬT ONG|lít|300.000"),
    "archive": (False, "{org}\nSố: {n}\nMỤC LỤC VĂN BẢN LƯU\nTT|Trích yếu|Độ mật|Tờ\n1|{subject}|Mật|4\n2|{subject}||9\n3|{subject}|Tối mật|2"),
    "quiz_bank": (False, "Câu hỏi|A|B|C|Đáp án\nĐộ nào cao nhất?|MẬT|TỐI MẬT|TUYỆT MẬT|C\nAi quyết định?|Bộ trưởng|Giám đốc|Văn thư|A"),
    "workers": (False, "DANH SÁCH NHẬN QUÀ TẾT\nTT|Họ đệm|Tên|Ký nhận\n1|Lê Văn|MẬN|\n2|Đặng Thị|MẬT|\n3|Vũ Thị|NA|"),
    "roll": (False, "BẢNG CHẤM CÔNG\nMẬT KHẨU MỞ TỆP: hỏi văn thư\nTT|Tên|1|2|3\n1|An|x|x|x"),
}
SHOWS = {  # slides of boxes "x y w h look: words"
    "foot_of_title": (True, "1 1 16 2 b16: {org}\n2 8 24 3 b32: {subject}\n10 18.5 8 1.2 bR14: {S}\n---\n2 1 24 2 b28: Nội dung\n2 4 24 10 18: Ba tổ công tác, bốn mục tiêu."),
    "degree_of_title": (True, "1 1 16 2 b16: {unit}\n2 8 24 3 b32: {subject}\n2 12 10 1.2 b16: Độ mật: {S}\n---\n2 1 24 2 b28: Tình hình\n2 4 24 10 18: Ba tổ công tác, bốn mục tiêu."),
    "second_slide": (True, "2 8 24 3 b32: Xin kính chào các đồng chí\n---\n20 0.5 7 1.3 bRF16: {S}\n2 2 24 2 b28: {subject}\n2 5 24 10 18: Lực lượng gồm ba tổ."),
    "lesson": (False, "2 8 24 3 b40: TẬP HUẤN BẢO VỆ BÍ MẬT NHÀ NƯỚC\n---\n2 1 24 2 b36: Ba độ mật\n2 5 8 2 bR28: TUYỆT MẬT\n10 5 8 2 bR28: TỐI MẬT\n18 5 8 2 bR28: MẬT\n2 9 24 6 18: Thời hạn: 30, 20 và 10 năm"),
    "shop": (False, "4 3 20 4 bR60: MẬT\n4 8 20 3 b40: HOA RỪNG AN THỚI\n4 14 20 2 20: Giá 250.000 đồng một lít"),
    "safety": (False, "2 8 24 3 b40: MẬT KHẨU VÀ BẠN\n---\n2 1 24 2 b32: Đừng\n2 5 24 8 20: Không gửi tài liệu MẬT qua thư điện tử; không dùng chung mật khẩu"),
}
ENGLISH = {"mat": "CONFIDENTIAL", "toi_mat": "SECRET", "tuyet_mat": "TOP SECRET"}
LETTER = {"mat": "C", "toi_mat": "B", "tuyet_mat": "A"}
FLAGS = {"b": ("bold", True), "i": ("italic", True), "R": ("red", True), "F": ("framed", True), "k": ("caps", True), "l": ("side", "left"), "c": ("side", "center"), "r": ("side", "right")}


def half(name):
    """A or B, of a layout: its levels, encodings and formats stay together."""
    names = sorted([*MARKED, *(n for n, (marked, _) in {**SHEETS, **SHOWS}.items() if marked)]) + sorted([*HARMLESS, *(n for n, (marked, _) in {**SHEETS, **SHOWS}.items() if not marked)])
    random.Random(30).shuffle(names)
    return "AB"[names.index(name) % 2]


def filled(text, rnd, level):
    org, unit, sign = rnd.choice(ORGS)
    stamp = LEVELS.get(level, "")
    words = {k: rnd.choice(v) for k, v in PICKS.items()} | {"org": org, "unit": unit, "n": f"{rnd.randint(1, 900):02}/{sign}", "day": f"ngày {rnd.randint(1, 28):02} tháng {rnd.randint(1, 12):02} năm 2026", "S": stamp,
                                                            "s": stamp.capitalize(), "spaced": " ".join(stamp.replace(" ", "  ")), "letter": LETTER.get(level, ""), "en": ENGLISH.get(level, "")}
    return re.sub(r"\{(\w+)\}", lambda m: words[m[1]], text)


def look_of(item):
    """(words, look)"""
    m = re.match(r"([lcrbiRFk ]*)(\d*): ", item)
    look = dict(FLAGS[f] for f in m[1] if f != " ") if m else {}
    if m and m[2]:
        look["size"] = int(m[2])
    words = item[m.end():] if m else item
    return ("" if words.strip() == "." else words), look


def table(doc, rows, borders):
    cells = [[[look_of(x) for x in cell.strip().split(" ; ")] for cell in row[1:].split(" | ")] for row in rows]
    widths = [9300 // len(cells[0])] * len(cells[0]) if len(cells[0]) != 2 or borders else [4000, 5500]
    doc.table(cells, widths, borders=borders)


def paragraph(doc, words, look):
    doc.add(words, look.pop("side", "both"), width=12 * len(words) if look.get("framed") else 40, **look) if words else doc.add("")


def write(doc, text, stamp):
    rows = []
    for line in [*text.split("\n"), ""]:
        if rows and (not line or line[0] != rows[0][0]):
            table(doc, rows, rows[0][0] == "#")
            rows = []
        if line[:1] in ("|", "#"):
            rows.append(line)
        elif line[:2] in ("H ", "1 ", "O "):
            words, look = look_of(line[2:])
            {"H": doc.header, "1": doc.first_header, "O": doc.footer}[line[0]].append(doc.para(words, look.pop("side", "left"), **look))
            doc.text.append(words) if line[0] == "O" else doc.text.insert(0, words)
        elif m := re.match(r"B (\S+) (\S+) (\S+) (\S+) (.*)", line):
            words, look = look_of(m[5])
            doc.box([(words, look)], *map(int, m.groups()[:4]), "FF0000" if look.get("red") else None)
        elif m := re.match(r"P (\S+) (\S+)$", line):
            doc.body.append(f"<w:p>{doc.stamp_picture(stamp, x=int(m[1]), y=int(m[2]), w=11 * len(stamp) // 2 + 6)}</w:p>")
        elif m := re.match(r"\+(\d+)$", line):
            doc.running(int(m[1]), int(m[1]), SENTENCES)
        elif line == "---":
            doc.body.append('<w:p><w:r><w:br w:type="page"/></w:r></w:p>')
            doc.text.append("\f")
        elif line:
            paragraph(doc, *look_of(line))


def write_sheet(sheet, text, _):
    sheet.rows = [list(line.split("|")) for line in text.split("\n")]


def write_show(show, text, _):
    for line in text.split("\n"):
        if line == "---":
            show.next()
        else:
            x, y, w, h, rest = line.split(" ", 4)
            words, look = look_of(rest)
            show.box(words, *map(float, (x, y, w, h)), **look)


ENCODINGS = ("unicode", "unicode", "nfd", "unicode", "tcvn3")


def items(variants, seed, only=None):
    """`only`: half A or B."""
    found = []
    for kind, new, writer, pages in (("doc", Doc, write, {**{n: (True, t) for n, t in MARKED.items()}, **{n: (False, t) for n, t in HARMLESS.items()}}), ("sheet", Sheet, write_sheet, SHEETS), ("show", Show, write_show, SHOWS)):
        for n, (name, (marked, text)) in enumerate(pages.items()):
            for k, level in enumerate(LEVELS if marked else ("none",)):
                for i in range(variants):
                    rnd = random.Random(f"{seed} {name} {level} {i}")
                    encoding = ENCODINGS[(n + k + i) % len(ENCODINGS)] if kind == "doc" else "unicode"
                    content = new(rnd, encoding) if kind == "doc" else new(rnd)
                    writer(content, filled(text, rnd, level), LEVELS.get(level))
                    if only in (None, half(name)):
                        found.append(Item(f"{name}-{level}-{i}", level, kind, content, encoding))
    return found
