"""Papers as offices write them, set by set: each function is one layout, in Word's, Calc's or Impress' terms, with its own wording. Written without a look at what the rules make of them; what the
rules made of them first stands in docs/secrecy.md. All names, numbers and subjects are invented."""

import dataclasses
import html
import random
import unicodedata

import legacy
import writers

LEVELS = {"mat": "MẬT", "toi_mat": "TỐI MẬT", "tuyet_mat": "TUYỆT MẬT"}
BODIES = [("UBND TỈNH LONG KHÁNH", "SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG", "STNMT-TTr"), ("BỘ TƯ LỆNH VÙNG 6", "PHÒNG THAM MƯU", "TM-TC"), ("CÔNG AN TỈNH LONG KHÁNH", "PHÒNG AN NINH KINH TẾ", "ANKT-Đ2"),
          ("TỔNG CÔNG TY CẢNG HÒN TRE", "BAN BẢO VỆ", "BV-HT"), ("UBND XÃ TRÀ LÂM", "BAN CHỈ HUY QUÂN SỰ", "BCH-DQ"), ("ĐÀI KHÍ TƯỢNG", "TRẠM RA ĐA SỐ 9", "RĐ9"), ("TÒA ÁN NHÂN DÂN", "KHU VỰC 7 - LONG KHÁNH", "TA-HS"),
          ("HỌC VIỆN AN NINH", "KHOA NGHIỆP VỤ", "KNV"), ("BỘ KHOA HỌC VÀ CÔNG NGHỆ", "VIỆN HẠT NHÂN", "VHN-KT"), ("KIỂM TOÁN NHÀ NƯỚC", "KHU VỰC XV", "KV XV-TH")]
PARTY = [("TỈNH ỦY LONG KHÁNH", "BAN TỔ CHỨC", "BTCTU"), ("HUYỆN ỦY TRÀ LÂM", "", "HU"), ("ĐẢNG BỘ XÃ TRÀ LÂM", "CHI BỘ QUÂN SỰ", "CB"), ("BAN CHẤP HÀNH TRUNG ƯƠNG", "BAN CÁN SỰ ĐẢNG", "BCSĐ"), ("THÀNH ỦY HÒN TRE", "ỦY BAN KIỂM TRA", "UBKTTU")]
PLACES = ["Long Khánh", "Trà Lâm", "Hòn Tre", "Hà Nội", "TP. Hòn Tre"]
KINDS = ["BÁO CÁO", "TỜ TRÌNH", "KẾ HOẠCH", "CÔNG VĂN", "QUYẾT ĐỊNH", "PHƯƠNG ÁN", "BIÊN BẢN HỌP", "LÝ LỊCH TRÍCH NGANG", "KẾT LUẬN THANH TRA", "NGHỊ QUYẾT"]
SUBJECTS = ["Kết quả rà soát khu vực trọng điểm", "Về bố trí lực lượng dịp lễ", "Xác minh lai lịch đối tác nước ngoài", "Điều chỉnh quy hoạch khu kho K2", "Về giới thiệu nhân sự ứng cử", "Kiểm kê vật tư dự trữ", "Nội dung làm việc với đoàn chuyên gia",
            "Tình hình dư luận trong công nhân", "Thẩm tra hồ sơ vụ án số 14", "Phương án di dời khẩn cấp"]
SENTENCES = [
    "Thực hiện chỉ đạo của cấp trên tại cuộc họp giao ban tháng, đơn vị đã tổ chức rà soát toàn bộ các nội dung được giao và báo cáo kết quả như sau.",
    "Trong kỳ, các tổ công tác đã làm việc tại bốn địa bàn, ghi nhận mười hai vấn đề cần tiếp tục theo dõi.", "Công tác phối hợp giữa các lực lượng được duy trì thường xuyên, không để bị động, bất ngờ.",
    "Đề nghị các đồng chí phụ trách nghiên cứu, cho ý kiến bằng văn bản trước ngày 25 hằng tháng.", "Kinh phí thực hiện lấy từ nguồn ngân sách đã giao, thanh quyết toán theo quy định.",
    "Một số tồn tại: việc cập nhật số liệu còn chậm, phương tiện xuống cấp, quân số thiếu so với biên chế.", "Giao bộ phận tổng hợp theo dõi, đôn đốc và báo cáo lãnh đạo vào sáng thứ Hai hằng tuần.",
    "Qua kiểm tra thực tế, khu vực kho bảo đảm an toàn, hệ thống chiếu sáng và camera hoạt động bình thường.", "Về nhân sự: thống nhất giới thiệu hai đồng chí để cấp có thẩm quyền xem xét.",
    "Tuyến đường vào khu vực đã được gia cố, bảo đảm xe tải trọng lớn đi lại trong mùa mưa.", "Ý kiến phát biểu của các thành viên dự họp cơ bản nhất trí với dự thảo.", "Thời gian thực hiện từ quý I đến hết quý III, chia làm ba đợt.",
    "Đối tượng khai nhận đã nhiều lần liên lạc với người ở nước ngoài qua ứng dụng trên điện thoại.", "Trên đây là báo cáo của đơn vị, kính trình lãnh đạo xem xét, chỉ đạo.",
    "Các đơn vị trực thuộc chủ động xây dựng phương án, tổ chức luyện tập ít nhất hai lần trong năm.", "Số liệu chi tiết theo phụ lục kèm theo.", "Việc bàn giao hoàn thành trước ngày 15, có biên bản và chữ ký của hai bên.",
]
ENGLISH = ["The delegation was received at the Ministry on the second day of the visit.", "Both sides exchanged views on the delimitation of the continental shelf and agreed to meet again.",
           "The annex sets out the technical parameters of the equipment to be delivered.", "Distribution of this paper is limited to the persons named in the list below.",
           "The working group recommends that the draft be submitted to the Government before the end of the quarter.", "Payment shall be made in three instalments."]
NAMES = ["Trần Văn A", "Lê Thị B", "Phạm Quốc C", "Nguyễn Hữu D", "Hoàng Thị E"]


@dataclasses.dataclass
class Item:
    """A document to be written: what a layout makes. `kind`: doc, sheet or show."""
    name: str
    level: str
    kind: str
    content: object
    encoding: str = "unicode"


# ---- Word ----

W = ('xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
     'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
     'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
     'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"')
MM = 36000  # EMU


def in_charset(text, encoding):
    """(text, font)"""
    if encoding == "tcvn3":
        capitals = text.upper() == text
        return legacy.as_western(legacy.tcvn3(text.lower() if capitals else text)), ".VnTimeH" if capitals else ".VnTime"
    if encoding == "vni":
        return legacy.as_western(legacy.vni(text)), "VNI-Times"
    return (unicodedata.normalize("NFD", text) if encoding == "nfd" else text), "Times New Roman"


class Doc:
    def __init__(self, rnd, encoding="unicode", landscape=False):
        self.rnd, self.encoding, self.landscape = rnd, encoding, landscape
        self.body, self.header, self.footer, self.first_header, self.text = [], [], [], [], []
        self.pictures = []  # of stamps: (wording, red); made later

    def run(self, text, bold=False, red=False, size=14, italic=False, caps=False):
        shown, font = in_charset(text, self.encoding)
        flags = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}"/>' + "<w:b/>" * bold + "<w:i/>" * italic + "<w:caps/>" * caps + ('<w:color w:val="FF0000"/>' if red else "") + f'<w:sz w:val="{int(size * 2)}"/>'
        parts = "<w:tab/>".join(f'<w:t xml:space="preserve">{html.escape(t)}</w:t>' for t in shown.split("\t"))
        return f"<w:r><w:rPr>{flags}</w:rPr>{parts}</w:r>"

    def para(self, text, side="both", framed=False, tabs=(), frame="", after="", width=40, **look):
        """`after`: XML of further runs: boxes, pictures."""
        border = "<w:pBdr>" + "".join(f'<w:{s} w:val="double" w:sz="6" w:space="1" w:color="{"FF0000" if look.get("red") else "000000"}"/>' for s in ("top", "left", "bottom", "right")) + "</w:pBdr>" if framed else ""
        indent = f'<w:ind w:left="{max(0, 9000 - width * 57) if side == "right" else 0}" w:right="{max(0, 9000 - width * 57) if side != "right" else 0}"/>' if framed and not frame else ""
        stops = "<w:tabs>" + "".join(f'<w:tab w:val="{kind}" w:pos="{at}"/>' for kind, at in tabs) + "</w:tabs>" if tabs else ""
        jc = f'<w:jc w:val="{side}"/>'
        return f"<w:p><w:pPr>{frame}{border}{stops}{indent}{jc}</w:pPr>{self.run(text, **look) if text else ''}{after}</w:p>"

    def add(self, text="", side="both", **look):
        self.body.append(self.para(text, side, **look))
        if text:
            self.text.append(" " * {"center": 24, "right": 46}.get(side, 0) + text)

    def table(self, rows, widths, borders=False, looks=None):
        """rows of cells of lists of (text, look) or text."""
        line = "".join(f'<w:{s} w:val="single" w:sz="4" w:color="000000"/>' for s in ("top", "left", "bottom", "right", "insideH", "insideV"))
        def cell(lines, width):
            lines = [(x, {}) if isinstance(x, str) else x for x in ([lines] if isinstance(lines, str) else lines)]
            inside = "".join(self.para(text, **{"side": "center", "size": 13, "width": 200, **look}) for text, look in lines) or "<w:p/>"  # a frame is as wide as its cell
            return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inside}</w:tc>'
        body = "".join("<w:tr>" + "".join(map(cell, row, widths)) + "</w:tr>" for row in rows)
        self.body.append(f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{f"<w:tblBorders>{line}</w:tblBorders>" if borders else ""}</w:tblPr><w:tblGrid>{"".join(f"<w:gridCol w:w={chr(34)}{w}{chr(34)}/>" for w in widths)}</w:tblGrid>{body}</w:tbl><w:p/>')
        for row in rows:
            columns = [[x if isinstance(x, str) else x[0] for x in ([c] if isinstance(c, str) else c)] for c in row]
            for i in range(max(map(len, columns), default=0)):
                self.text.append("".join(f"{(c[i] if i < len(c) else ''):<{34 if len(row) < 3 else 18}}" + ("  " if len(row) > 2 else "") for c in columns).rstrip())

    def shape(self, lines, x, y, w, h, line=None, art=False):
        """A text box or WordArt as Word 2010 writes it, with what older programs are to show; millimetres."""
        inside = "".join(self.para(text, **{"side": "center", **look}) for text, look in lines)
        stroke = f'<a:ln w="19050"><a:solidFill><a:srgbClr val="{line}"/></a:solidFill></a:ln>' if line else "<a:ln><a:noFill/></a:ln>"
        warp = '<wps:bodyPr><a:prstTxWarp prst="textPlain"><a:avLst/></a:prstTxWarp></wps:bodyPr>' if art else "<wps:bodyPr/>"
        old = f'<v:shape style="position:absolute;margin-left:{x * 2.83:.0f}pt;margin-top:{y * 2.83:.0f}pt;width:{w * 2.83:.0f}pt;height:{h * 2.83:.0f}pt" {f"strokecolor={chr(34)}#{line}{chr(34)}" if line else "stroked=" + chr(34) + "f" + chr(34)}><v:textbox><w:txbxContent>{inside}</w:txbxContent></v:textbox></v:shape>'
        n = 1 + sum(b.count("<wp:docPr") for b in self.body)
        return (f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor distT="0" distB="0" distL="114300" distR="114300" simplePos="0" relativeHeight="{251659264 + n}" behindDoc="0" locked="0" '
                f'layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="column"><wp:posOffset>{x * MM}</wp:posOffset></wp:positionH><wp:positionV relativeFrom="paragraph"><wp:posOffset>{y * MM}</wp:posOffset></wp:positionV>'
                f'<wp:extent cx="{w * MM}" cy="{h * MM}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/><wp:docPr id="{n}" name="Text Box {n}"/><wp:cNvGraphicFramePr/><a:graphic>'
                f'<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{w * MM}" cy="{h * MM}"/></a:xfrm>'
                f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{stroke}</wps:spPr><wps:txbx><w:txbxContent>{inside}</w:txbxContent></wps:txbx>{warp}</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice>'
                f"<mc:Fallback><w:pict>{old}</w:pict></mc:Fallback></mc:AlternateContent></w:r>")

    def box(self, lines, x, y, w, h, line=None, art=False):
        lines = [(t, {}) if isinstance(t, str) else t for t in lines]
        self.body.append(f"<w:p>{self.shape(lines, x, y, w, h, line, art)}</w:p>")
        self.text += [t for t, _ in lines]

    def stamp_picture(self, wording, x=None, y=0, w=40, h=10, red=True):
        """A picture of a stamp: in the line of text, or floating."""
        self.pictures.append((wording, red))
        n = len(self.pictures)
        graphic = (f'<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="{n}" name="Picture {n}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="pic{n}"/>'
                   f'<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{w * MM}" cy="{h * MM}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>')
        ends = f'<wp:extent cx="{w * MM}" cy="{h * MM}"/>'
        if x is None:
            return f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">{ends}<wp:docPr id="{50 + n}" name="Picture {n}"/>{graphic}</wp:inline></w:drawing></w:r>'
        return (f'<w:r><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="25165{n}" behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
                f'<wp:positionH relativeFrom="column"><wp:posOffset>{x * MM}</wp:posOffset></wp:positionH><wp:positionV relativeFrom="paragraph"><wp:posOffset>{y * MM}</wp:posOffset></wp:positionV>{ends}<wp:wrapNone/>'
                f'<wp:docPr id="{50 + n}" name="Picture {n}"/>{graphic}</wp:anchor></w:drawing></w:r>')

    # -- pieces of official papers --

    def running(self, least=4, most=24, pool=SENTENCES):
        for _ in range(self.rnd.randint(least, most)):
            self.add(self.rnd.choice(pool))

    def title(self, kind=None, subject=None):
        self.add(kind or self.rnd.choice(KINDS), "center", bold=True)
        self.add(subject or self.rnd.choice(SUBJECTS), "center", bold=True)

    def ending(self, copies=False):
        n = self.rnd.randint(2, 6)
        self.table([[[("Nơi nhận:", {"side": "left", "bold": True, "italic": True, "size": 12}), ("- Như trên;", {"side": "left", "size": 11}), (f"- Lưu: VT, TM{f' ({n:02} bản)' if copies else ''}.", {"side": "left", "size": 11})],
                     [(self.rnd.choice(["GIÁM ĐỐC", "TRƯỞNG PHÒNG", "T/M BAN THƯỜNG VỤ", "CHỈ HUY TRƯỞNG", "KT. CHỦ TỊCH"]), {"bold": True}), ("", {}), (self.rnd.choice(NAMES), {"bold": True})]]], [4500, 4500])

    def bytes(self, picture_of):
        """`picture_of(wording, red)`: PNG."""
        rels, files = [], {}
        for i, (wording, red) in enumerate(self.pictures, 1):
            files[f"word/media/image{i}.png"] = picture_of(wording, red)
            rels.append(f'<Relationship Id="pic{i}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/image{i}.png"/>')
        refs, overrides = "", ""
        for tag, kind, which, n, lines in (("hdr", "header", "default", 1, self.header), ("ftr", "footer", "default", 1, self.footer), ("hdr", "header", "first", 2, self.first_header)):
            if lines:
                files[f"word/{kind}{n}.xml"] = f'<?xml version="1.0" encoding="UTF-8"?><w:{tag} {W}>{"".join(lines)}</w:{tag}>'
                rels.append(f'<Relationship Id="{kind}{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{kind}{n}.xml"/>')
                refs += f'<w:{kind}Reference w:type="{which}" r:id="{kind}{n}"/>'
                overrides += f'<Override PartName="/word/{kind}{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"/>'
        size = '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>' if self.landscape else '<w:pgSz w:w="11906" w:h="16838"/>'
        files["word/document.xml"] = (f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document {W} mc:Ignorable=""><w:body>{"".join(self.body)}<w:sectPr>{refs}{size}'
                                      '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1701" w:header="500" w:footer="500"/>' + "<w:titlePg/>" * bool(self.first_header) + '</w:sectPr></w:body></w:document>')
        files["word/_rels/document.xml.rels"] = f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(rels)}</Relationships>'
        files["_rels/.rels"] = ('<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
                                'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>')
        files["[Content_Types].xml"] = ('<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                                        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" '
                                        f'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>{overrides}</Types>')
        return writers.packed(dict(sorted(files.items())))


def day(rnd):
    return f"ngày {rnd.randint(1, 28):02} tháng {rnd.randint(1, 12):02} năm 20{rnd.randint(14, 26)}"


def number_of(rnd, body):
    return rnd.choice([f"Số: {rnd.randint(1, 900)}/{body[2]}", f"Số: {rnd.randint(1, 99):02} /{body[2]}", f"Số:        /{body[2]}"])


def look_of(rnd):
    red = rnd.random() < 0.35
    return {"bold": rnd.random() < 0.85, "red": red, "framed": rnd.random() < 0.45, "size": rnd.choice([12, 13, 14, 14, 15])}


COUNTRY = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", {"bold": True, "size": 12})
MOTTO = ("Độc lập - Tự do - Hạnh phúc", {"bold": True})


def plain_head(doc, left=(), right=()):
    rnd = doc.rnd
    body = rnd.choice(BODIES)
    doc.table([[[(body[0], {"size": 12}), (body[1], {"bold": True, "size": 12}), ("_______", {}), (number_of(rnd, body), {}), *left], [COUNTRY, MOTTO, ("_______________", {}), (f"{rnd.choice(PLACES)}, {day(rnd)}", {"italic": True}), *right]]], [3900, 5600])


# -- with a mark --

def party(doc, stamp):
    """Papers of the Party: no national name; number with a hyphen; a star."""
    rnd = doc.rnd
    body = rnd.choice(PARTY)
    left = [(body[0], {})] + ([(body[1], {"bold": True})] if body[1] else []) + [("*", {}), (f"Số {rnd.randint(1, 300)}-{rnd.choice(['BC', 'TTr', 'KL', 'NQ', 'CV'])}/{body[2]}", {})]
    mark = (stamp, look_of(rnd))
    under = rnd.random() < 0.7
    doc.table([[left + ([mark] if under else []), [("ĐẢNG CỘNG SẢN VIỆT NAM", {"bold": True, "size": 15}), (f"{rnd.choice(PLACES)}, {day(rnd)}", {"italic": True})] + ([] if under else [mark])]], [4300, 5000])
    doc.title()
    doc.running()
    doc.table([[[("Nơi nhận:", {"side": "left"}), ("- Ban Thường vụ,", {"side": "left", "size": 11}), ("- Lưu Văn phòng.", {"side": "left", "size": 11})], [("T/M BAN THƯỜNG VỤ", {"bold": True}), ("PHÓ BÍ THƯ", {}), (rnd.choice(NAMES), {"bold": True})]]], [4500, 4500])


def party_private(doc, stamp):
    """A Party cell's paper, typed with tabs, the stamp in a line of its own on the right."""
    doc.add("ĐẢNG BỘ CƠ QUAN\tĐẢNG CỘNG SẢN VIỆT NAM", "left", tabs=[("left", 5000)], bold=True)
    doc.add(f"CHI BỘ 3\t{doc.rnd.choice(PLACES)}, {day(doc.rnd)}", "left", tabs=[("left", 5000)])
    doc.add("*", "left")
    doc.add("Số 07-NQ/CB", "left")
    doc.add(stamp, doc.rnd.choice(["left", "right"]), **look_of(doc.rnd))
    doc.title("NGHỊ QUYẾT", "HỌP CHI BỘ THƯỜNG KỲ")
    doc.running()


def police_form(doc, stamp):
    """A printed form of the police, filled in; its number stands above."""
    rnd = doc.rnd
    doc.add(rnd.choice(["Mẫu số: 07b/ANQG", "BM-12/PA05", "Mẫu ĐT 04\tBH theo TT số 119", "Mẫu 3"]), "right", size=10, italic=True)
    plain_head(doc, left=[(stamp, look_of(rnd))])
    doc.add(rnd.choice(["PHIẾU TRAO ĐỔI THÔNG TIN", "PHIẾU YÊU CẦU NGHIỆP VỤ", "PHIẾU TRÍCH YẾU"]), "center", bold=True, size=16)
    for label, answer in (("1. Họ và tên:", rnd.choice(NAMES)), ("2. Sinh ngày:", "12/4/1979"), ("3. Chỗ ở hiện nay:", "Tổ 5, xã Trà Lâm"), ("4. Nội dung yêu cầu:", rnd.choice(SENTENCES)), ("5. Thời hạn trả lời:", "10 ngày")):
        doc.add(f"{label} {answer}", "left")
    doc.ending()


def tabs_head(doc, stamp):
    """The head in two columns by tabs, as people typed in the nineties; the stamp before the number, or behind it."""
    rnd = doc.rnd
    body = rnd.choice(BODIES)
    stops = [("center", 2000), ("center", 6800)]
    for left, right in ((body[0], COUNTRY[0]), (body[1], MOTTO[0]), ("-------", "---------------")):
        doc.add(f"\t{left}\t{right}", "left", tabs=stops, bold=True, size=13)
    rows = [f"\t{number_of(rnd, body)}\t{rnd.choice(PLACES)}, {day(rnd)}", f"\t{stamp}\t"]
    rnd.shuffle(rows)
    for row in rows:
        doc.add(row, "left", tabs=stops, size=13, bold=stamp in row)
    doc.title()
    doc.running()
    doc.ending(rnd.random() < 0.5)


def blanks_head(doc, stamp):
    """The head in two columns by blanks."""
    rnd = doc.rnd
    body = rnd.choice(BODIES)
    doc.add(f"{body[0]:<30}          {COUNTRY[0]}", "left", size=12)
    doc.add(f"{body[1]:<34}               {MOTTO[0]}", "left", size=12, bold=True)
    doc.add(f"   {number_of(rnd, body):<40}", "left", size=12)
    doc.add(f"        {stamp}" + (f"                               {rnd.choice(PLACES)}, {day(rnd)}" if rnd.random() < 0.5 else ""), "left", size=12, bold=True)
    doc.title()
    doc.running()


def boxes_head(doc, stamp):
    """Head and stamp in text boxes."""
    rnd = doc.rnd
    body = rnd.choice(BODIES)
    look = look_of(rnd)
    doc.box([(body[0], {"size": 12}), (body[1], {"bold": True, "size": 12}), (number_of(rnd, body), {})], -5, 0, 70, 24)
    doc.box([COUNTRY, MOTTO, (f"{rnd.choice(PLACES)}, {day(rnd)}", {"italic": True, "size": 12})], 70, -5, 100, 24)
    doc.box([(stamp, {**look, "framed": False})], rnd.choice([5, 110]), 24, 45, 9, "FF0000" if look["red"] else "000000" if look["framed"] else None)
    for _ in range(6):
        doc.add("")
    doc.title()
    doc.running()


def frame_stamp(doc, stamp):
    """The stamp in a frame of Word (framePr) that floats beside the head."""
    plain_head(doc)
    look = look_of(doc.rnd)
    doc.add(stamp, "center", frame=f'<w:framePr w:w="{doc.rnd.choice([2000, 2400])}" w:h="480" w:hRule="exact" w:hSpace="180" w:wrap="around" w:vAnchor="page" w:hAnchor="page" w:x="{doc.rnd.choice([1900, 7400])}" w:y="{doc.rnd.choice([700, 3300])}"/>', **look)
    doc.title()
    doc.running()
    doc.ending()


def word_art(doc, stamp):
    """WordArt of Word 2010 and later."""
    if doc.rnd.random() < 0.5:
        plain_head(doc)
        doc.box([(stamp, {"bold": True, "red": doc.rnd.random() < 0.5, "size": 20})], 60, 2, 60, 14, art=True)
    else:
        doc.box([(stamp, {"bold": True, "red": doc.rnd.random() < 0.5, "size": 20})], 100, -12, 60, 12, art=True)
        plain_head(doc)
    doc.title()
    doc.running()


def stamp_picture(doc, stamp):
    """A picture of the stamp, in the cell of the number or floating over the head."""
    rnd = doc.rnd
    width = {"MẬT": 22, "TỐI MẬT": 32}.get(stamp, 42)
    plain_head(doc)
    if rnd.random() < 0.5:
        doc.body.append(f"<w:p>{doc.stamp_picture(stamp, w=width, red=rnd.random() < 0.7)}</w:p>")
    else:
        doc.body.append(f"<w:p>{doc.stamp_picture(stamp, x=rnd.choice([5, 110]), y=rnd.choice([-8, 2]), w=width, red=rnd.random() < 0.7)}</w:p>")
        doc.add("")
        doc.add("")
    doc.title()
    doc.running()


def every_page(doc, stamp):
    """The level in the header of every page, beside its number or with the copy's."""
    rnd = doc.rnd
    shown = rnd.choice([stamp, f"{stamp}\tTrang 1", f"{stamp} - Bản số {rnd.randint(1, 9):02}", f"- {stamp} -", f"{stamp}\t\tBản số: {rnd.randint(1, 9)}/10"])
    doc.header.append(doc.para(shown, rnd.choice(["left", "center", "right"]), tabs=[("center", 4500), ("right", 9000)], bold=True, red=rnd.random() < 0.3, size=12))
    plain_head(doc)
    doc.title()
    doc.running(20, 60)
    doc.ending(True)
    doc.text.insert(0, shown)


def foot_of_page(doc, stamp):
    rnd = doc.rnd
    doc.footer.append(doc.para(rnd.choice([stamp, f"{stamp}\t\t1"]), rnd.choice(["left", "center"]), tabs=[("center", 4500), ("right", 9000)], bold=True, size=11))
    plain_head(doc)
    doc.title()
    doc.running(10, 40)
    doc.text.append(stamp)


def counted_copies(doc, stamp):
    """Stamp, number of the copy and "to be given back" on the right above the head."""
    rnd = doc.rnd
    for line in (f"Bản số: {rnd.randint(1, 5):02}/{rnd.randint(5, 9):02}", stamp, "TÀI LIỆU THU HỒI"):
        doc.add(line, "right", **(look_of(rnd) if line == stamp else {"size": 12, "bold": True}))
    plain_head(doc)
    doc.title()
    doc.running()
    doc.add("Nơi nhận:", "left", bold=True, italic=True, size=12)
    for line in ("- Thường trực Tỉnh ủy (01 bản);", "- Giám đốc (01 bản);", "- Lưu: VT (01 bản), không sao chụp."):
        doc.add(line, "left", size=11)


def envelope(doc, stamp):
    """An envelope: sender, number, receiver, letter, and who alone may open it."""
    rnd = doc.rnd
    body = rnd.choice(BODIES)
    doc.add(body[0], "left", bold=True)
    doc.add(body[1], "left", bold=True)
    doc.add(f"Số: {rnd.randint(1, 99)}/{body[2]}", "left")
    doc.add(stamp, rnd.choice(["left", "right", "center"]), **{**look_of(rnd), "size": 24})
    doc.add("Kính gửi: Đồng chí Giám đốc " + rnd.choice(["Công an tỉnh Long Khánh", "Sở Nội vụ"]), "center", size=18)
    doc.add("CHỈ NGƯỜI CÓ TÊN MỚI ĐƯỢC BÓC BÌ", "center", bold=True, red=True)


def lettered_envelope(doc, stamp):
    envelope(doc, {"MẬT": "C", "TỐI MẬT": "B", "TUYỆT MẬT": "A"}[stamp])


def english(doc, stamp):
    """A paper in English with the Vietnamese stamp, alone or with its English beside it."""
    rnd = doc.rnd
    wording = {"MẬT": "CONFIDENTIAL", "TỐI MẬT": "SECRET", "TUYỆT MẬT": "TOP SECRET"}[stamp]
    doc.table([[[("MINISTRY OF FOREIGN AFFAIRS", {"bold": True, "size": 12}), (f"No: {rnd.randint(1, 200)}/BC-BNG-CÂ", {})], [("SOCIALIST REPUBLIC OF VIET NAM", {"bold": True, "size": 12}), ("Independence - Freedom - Happiness", {"bold": True}), (f"Ha Noi, {rnd.randint(1, 28)} March 2025", {"italic": True})]]], [4300, 5000])
    doc.add(rnd.choice([stamp, stamp, f"{stamp} ({wording})", f"{stamp}/{wording}"]), rnd.choice(["left", "center", "right"]), **look_of(rnd))
    doc.add(rnd.choice(["REPORT", "AIDE-MEMOIRE", "DRAFT TALKING POINTS"]), "center", bold=True)
    doc.running(6, 20, ENGLISH)


def landscape_annex(doc, stamp):
    """A wide table behind "Phụ lục"."""
    rnd = doc.rnd
    doc.add("Phụ lục I", "center", bold=True)
    doc.add("TỔNG HỢP VẬT TƯ DỰ TRỮ", "center", bold=True)
    doc.add(f"(Kèm theo Báo cáo số {rnd.randint(1, 99)}/BC-BCH {day(rnd)} của Ban Chỉ huy)", "center", italic=True)
    doc.add(stamp, rnd.choice(["right", "left"]), **look_of(rnd))
    doc.table([["STT", "Tên vật tư", "Đơn vị tính", "Số lượng", "Nơi cất giữ", "Ghi chú"]] + [[str(i), rnd.choice(["Xăng A95", "Gạo tẻ", "Áo phao", "Máy phát điện", "Đạn huấn luyện"]), rnd.choice(["lít", "tấn", "cái"]), str(rnd.randint(2, 900)), f"Kho K{rnd.randint(1, 9)}", ""] for i in range(1, rnd.randint(6, 18))],
              [800, 3600, 1800, 1800, 3200, 2200], borders=True)


def cover(doc, stamp):
    """A cover: the body above, the title in the middle, the stamp above or below it."""
    rnd = doc.rnd
    body = rnd.choice(BODIES)
    doc.add(body[0], "center", bold=True)
    doc.add(body[1], "center", bold=True)
    above = rnd.random() < 0.6
    if above:
        doc.add(stamp, "right", **look_of(rnd))
    for _ in range(6):
        doc.add("")
    doc.add(rnd.choice(["HỒ SƠ CHUYÊN ĐỀ", "ĐỀ ÁN", "PHƯƠNG ÁN BẢO VỆ"]), "center", bold=True, size=24)
    doc.add(rnd.choice(SUBJECTS).upper(), "center", bold=True, size=18)
    if not above:
        doc.add(stamp, "center", **{**look_of(rnd), "framed": True, "red": True})
    for _ in range(8):
        doc.add("")
    doc.add(f"{rnd.choice(PLACES)}, năm 2025", "center")


def exam(doc, stamp):
    """Questions of an examination to come."""
    doc.table([[[("HỘI ĐỒNG THI TUYỂN", {"size": 12}), ("TỈNH LONG KHÁNH", {"bold": True, "size": 12}), (stamp, look_of(doc.rnd))], [("ĐỀ THI CHÍNH THỨC", {"bold": True}), ("Môn: Kiến thức chung", {}), ("Thời gian: 120 phút", {"italic": True})]]], [4300, 5000])
    for i in range(1, 9):
        doc.add(f"Câu {i} ({doc.rnd.randint(1, 3)} điểm). Anh (chị) hãy trình bày {doc.rnd.choice(['nguyên tắc tổ chức', 'nhiệm vụ, quyền hạn', 'quy trình xử lý'])} của chính quyền địa phương cấp xã.")


def transfer_slip(doc, stamp):
    """What a document system prints: fields, not stamps."""
    rnd = doc.rnd
    plain_head(doc)
    doc.add("PHIẾU GIẢI QUYẾT VĂN BẢN ĐẾN", "center", bold=True)
    shown = rnd.choice([stamp, stamp.capitalize(), stamp.title()])
    if rnd.random() < 0.5:
        doc.table([["Số đến: 114", f"Ngày đến: {rnd.randint(1, 28)}/5/2025"], [f"Độ mật: {shown}", "Độ khẩn: Khẩn"], ["Cơ quan gửi: UBND tỉnh", "Người ký: " + rnd.choice(NAMES)]], [4500, 4500], borders=True)
    else:
        doc.table([["Số đến", "114"], ["Độ mật", shown], ["Độ khẩn", "Thường"], ["Trích yếu", rnd.choice(SUBJECTS)]], [3000, 6000], borders=True)
    doc.add("Ý kiến của lãnh đạo:")
    doc.running(1, 3)


def register_filled(doc, stamp):
    """A register with entries, the highest of which is the level."""
    rnd = doc.rnd
    lower = [v for v in ("MẬT", "TỐI MẬT", "TUYỆT MẬT")][: ["MẬT", "TỐI MẬT", "TUYỆT MẬT"].index(stamp) + 1]
    doc.add("SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC " + rnd.choice(["ĐI", "ĐẾN"]), "center", bold=True)
    doc.add("Năm 2025", "center")
    head = ["TT", "Số, ký hiệu", "Ngày, tháng", "Tên loại và trích yếu", "Độ mật", "Nơi nhận"]
    rows = [[str(i), f"{rnd.randint(1, 90)}/BC-BCH", f"{rnd.randint(1, 28)}/{rnd.randint(1, 12)}", rnd.choice(SUBJECTS), rnd.choice(lower).capitalize(), "BTV"] for i in range(2, rnd.randint(4, 9))]
    doc.table([head, ["1", "03/KH-BCH", "05/01", "Kế hoạch năm", stamp.capitalize(), "BCH"], *rows], [700, 1600, 1400, 3400, 1300, 1200], borders=True)


def two_lines(doc, stamp):
    """The stamp with what belongs to it below: urgency, copy, or split by a narrow cell."""
    rnd = doc.rnd
    look = look_of(rnd)
    below = rnd.choice(["HỎA TỐC", f"Bản số {rnd.randint(1, 9)}", "(Chỉ lưu hành trong BTV)", "KHẨN"])
    plain_head(doc, left=[(stamp, look), (below, {"bold": True, "size": 12})])
    doc.title()
    doc.running()


def minutes(doc, stamp):
    doc.add(stamp, "right", **look_of(doc.rnd))
    doc.add(COUNTRY[0], "center", bold=True)
    doc.add(MOTTO[0], "center", bold=True)
    doc.add("-----------", "center")
    doc.title("BIÊN BẢN", doc.rnd.choice(["Họp Hội đồng thẩm định hồ sơ", "Làm việc với đoàn kiểm tra"]))
    doc.add(f"Hôm nay, {day(doc.rnd)}, tại phòng họp số 2, chúng tôi gồm:")
    doc.running()


def copy_of_secret(doc, stamp):
    """A copy: the original's stamp copied, and the copy's own below."""
    plain_head(doc, left=[(stamp, look_of(doc.rnd))])
    doc.title()
    doc.running()
    doc.add("BẢN SAO BÍ MẬT NHÀ NƯỚC", "left", bold=True)
    doc.add(f"Bản sao số: {doc.rnd.randint(1, 4):02}", "left")


def personnel(doc, stamp):
    """A curriculum vitae in the Party's form, with the stamp in a corner."""
    doc.add(f"Mẫu 2C-TCTW-98\t{stamp}", "left", tabs=[("right", 9000)], bold=True)
    doc.add("SƠ YẾU LÝ LỊCH CÁN BỘ, CÔNG CHỨC", "center", bold=True, size=16)
    doc.add(f"Cơ quan, đơn vị: {doc.rnd.choice(BODIES)[1]}", "left")
    for t in ("1) Họ và tên khai sinh: TRẦN VĂN A", "2) Sinh ngày: 02/9/1971", "3) Quê quán: xã Trà Lâm", "4) Dân tộc: Kinh", "5) Ngày vào Đảng: 19/5/1998", "6) Khen thưởng: Bằng khen"):
        doc.add(t, "left")
    doc.running(2, 6)


def telegram(doc, stamp):
    """A telegram: no head but a few lines."""
    rnd = doc.rnd
    doc.add(f"ĐIỆN MẬT SỐ {rnd.randint(10, 400)}" if rnd.random() < 0.3 else f"CÔNG ĐIỆN SỐ {rnd.randint(10, 400)}", "center", bold=True)
    doc.add(stamp, "center", **look_of(rnd))
    doc.add(f"{rnd.choice(PLACES)}, hồi 14 giờ 30, {day(rnd)}", "center", italic=True)
    doc.add("ĐIỆN:", "left", bold=True)
    doc.add("- Chủ tịch UBND các xã, phường;", "left")
    doc.running(4, 10)


MARKED_DOCS = (party, party_private, police_form, tabs_head, blanks_head, boxes_head, frame_stamp, word_art, stamp_picture, every_page, foot_of_page, counted_copies, envelope, lettered_envelope, english, landscape_annex, cover,
               exam, transfer_slip, register_filled, two_lines, minutes, copy_of_secret, personnel, telegram)


# -- without one --

def course(doc):
    for level, term in zip(LEVELS.values(), ("30 năm", "20 năm", "10 năm")):
        doc.add(f"{level} LÀ GÌ?" if doc.rnd.random() < 0.6 else f"{level} là gì?", "center", bold=True, red=True, size=28)
        doc.add("Là độ mật dành cho tin có tầm quan trọng tương ứng, nếu bị lộ sẽ gây nguy hại cho lợi ích quốc gia.", size=18)
        doc.add(f"Thời hạn bảo vệ: {term}.", size=18)


def course_page(doc):
    """One level by itself on a page of a course."""
    doc.add(f"CHUYÊN ĐỀ {doc.rnd.randint(2, 6)}", "center", bold=True, size=20)
    doc.add("NHẬN BIẾT DẤU ĐỘ MẬT", "center", bold=True, red=True, size=24)
    doc.add("Học viên quan sát hình và trả lời:", size=16)
    doc.add(doc.rnd.choice(list(LEVELS.values())), "center", bold=True, red=True, framed=True, size=28)
    doc.add("Hỏi: dấu này được đóng ở vị trí nào trên văn bản? Ai có thẩm quyền quyết định?", size=16)
    doc.add("Đáp án ở trang sau.", size=16)


def choice_form(doc):
    plain_head(doc)
    doc.add("PHIẾU ĐỀ XUẤT ĐỘ MẬT CỦA VĂN BẢN", "center", bold=True)
    doc.add("1. Tên văn bản: ………………………………")
    doc.add("2. Đề xuất độ mật (đánh dấu X vào ô thích hợp):")
    boxes = doc.rnd.choice("□☐")
    if doc.rnd.random() < 0.4:
        doc.add(f"{boxes} MẬT      {boxes} TỐI MẬT      {boxes} TUYỆT MẬT", "center")
    elif doc.rnd.random() < 0.5:
        for level in LEVELS.values():
            doc.add(f"{boxes} {level}")
    else:
        doc.table([[f"{boxes} MẬT", f"{boxes} TỐI MẬT", f"{boxes} TUYỆT MẬT", f"{boxes} THƯỜNG"]], [2300] * 4, borders=True)
    doc.add("3. Căn cứ: khoản …, Điều …, Quyết định số …")
    doc.add("Người soạn thảo (ký, ghi rõ họ tên)", "right")


def document_list(doc):
    rnd = doc.rnd
    plain_head(doc)
    doc.add("DANH MỤC HỒ SƠ NỘP LƯU", "center", bold=True)
    head = rnd.choice([["STT", "Tên hồ sơ", "Số tờ", "Độ mật", "Ghi chú"], ["TT", "Trích yếu", "Ngày tháng", "Mức độ", "Hộp số"], ["TT", "Nội dung", "Số trang", "Chế độ sử dụng", "Kho"]])
    rows = [[str(i), rnd.choice(SUBJECTS), str(rnd.randint(1, 200)), rnd.choice(["Thường", "Thường", "Mật", "Tối mật", "MẬT"]), str(rnd.randint(1, 30))] for i in range(1, rnd.randint(5, 20))]
    doc.table([head, *rows], [700, 4400, 1300, 1600, 1300], borders=True)
    doc.ending()


def one_secret_in_list(doc):
    """Of many papers only one is secret; the list is not."""
    rnd = doc.rnd
    plain_head(doc)
    doc.add("BIÊN BẢN GIAO NHẬN TÀI LIỆU", "center", bold=True)
    rows = [[str(i), f"{rnd.randint(1, 300)}/BC-BCH", "", "01"] for i in range(1, rnd.randint(6, 12))]
    rows[rnd.randrange(len(rows))][2] = rnd.choice(["MẬT", "Mật", "TỐI MẬT"])
    doc.table([["TT", "Số, ký hiệu", "Độ mật", "Số bản"], *rows], [800, 4000, 2000, 1500], borders=True)


def passwords(doc):
    plain_head(doc)
    doc.add("Về việc đổi mật khẩu hòm thư công vụ", "center", bold=True)
    for line in ("MẬT", "KHẨU"):
        doc.add(line, "center", bold=True, size=30, red=True)
    doc.add("ĐỔI NGAY HÔM NAY!", "center", bold=True, size=20)
    doc.running(2, 5)


def password_slip(doc):
    """A slip with an account, in a narrow table that breaks its words."""
    doc.add("PHIẾU CẤP TÀI KHOẢN", "center", bold=True)
    doc.table([["TÊN", "ĐƠN VỊ", ["TÀI", "KHOẢN"], ["MẬT", "KHẨU"]], ["Trần Văn A", "Phòng Kinh tế", "atv", "(trong phong bì)"]], [2400, 2400, 1800, 1200], borders=True)
    doc.add("Đề nghị đổi ngay sau lần đăng nhập đầu tiên.")


def honey(doc):
    """A label, as shops print them."""
    rnd = doc.rnd
    doc.add("HỢP TÁC XÃ NÔNG NGHIỆP TRÀ LÂM", "center", bold=True)
    for line in rnd.choice([("MẬT", "ONG"), ("MẬT", "ONG RỪNG"), ("MẬT ONG", "NGUYÊN CHẤT"), ("MẬT", "HOA NHÃN")]):
        doc.add(line, "center", bold=True, red=True, framed=rnd.random() < 0.3, size=36)
    doc.add("Thể tích thực: 500 ml. Hạn dùng: 24 tháng.", "center")
    doc.add("Sản phẩm OCOP 4 sao", "center")


def ultrasound(doc):
    """A hospital's sheet with organs as headings."""
    doc.table([[[("SỞ Y TẾ LONG KHÁNH", {"size": 12}), ("BỆNH VIỆN ĐA KHOA", {"bold": True, "size": 12}), (f"Số: {doc.rnd.randint(1, 900)}/SA", {})], [COUNTRY, MOTTO]]], [4000, 5300])
    doc.add("PHIẾU KẾT QUẢ SIÊU ÂM Ổ BỤNG", "center", bold=True)
    organs = [("GAN", "Kích thước bình thường, nhu mô đều."), ("MẬT", "Túi mật không sỏi, thành không dày."), ("TỤY", "Không to, ống tụy không giãn."), ("LÁCH", "Không to."), ("THẬN", "Hai thận không sỏi.")]
    if doc.rnd.random() < 0.5:
        doc.table([[[(a, {"bold": True})], b] for a, b in organs], [1800, 7000], borders=True)
    else:
        for a, b in organs:
            doc.add(a, "left", bold=True)
            doc.add(b)


def trade_secret(doc):
    doc.add(COUNTRY[0], "center", bold=True)
    doc.add(MOTTO[0], "center", bold=True)
    doc.add("THỎA THUẬN BẢO MẬT THÔNG TIN", "center", bold=True, size=16)
    doc.add(f"Số: {doc.rnd.randint(1, 90)}/2025/NDA", "center")
    doc.add(doc.rnd.choice(["BÍ MẬT KINH DOANH", "TÀI LIỆU BẢO MẬT", "THÔNG TIN MẬT CỦA CÔNG TY", "BẢO MẬT"]), "right", bold=True, red=True, framed=True)
    for t in ("Điều 1. Thông tin mật là mọi thông tin mà Bên A cung cấp cho Bên B.", "Điều 2. Bên B không tiết lộ bí mật kinh doanh cho bên thứ ba.", "Điều 3. Nghĩa vụ bảo mật kéo dài 05 năm."):
        doc.add(t)


def person(doc):
    """A person's name."""
    rnd = doc.rnd
    plain_head(doc)
    doc.add("QUYẾT ĐỊNH", "center", bold=True)
    doc.add("Về việc nâng lương thường xuyên", "center", bold=True)
    doc.add("Điều 1. Nâng bậc lương đối với ông Nguyễn Văn Mật, nhân viên văn phòng, thường trú tại số 12 đường Lê Mật, xã Trà Lâm.")
    doc.running(1, 4)
    doc.add("NGƯỜI LẬP BIỂU", "right", bold=True)
    doc.add("Nguyễn Văn Mật", "right", bold=True)


def name_list(doc):
    """First names in a column of their own."""
    rnd = doc.rnd
    plain_head(doc)
    doc.add("DANH SÁCH HỌC SINH LỚP 9A", "center", bold=True)
    family = ["Nguyễn Văn", "Trần Thị", "Lê Hữu", "Phạm Minh", "Võ Ngọc"]
    given = ["An", "Bình", "Cúc", "Dũng", "Hạnh", "Mật", "Phúc", "Quý"]
    upper = rnd.random() < 0.5
    doc.table([["STT", "Họ và tên đệm", "Tên", "Điểm"]] + [[str(i), rnd.choice(family), g.upper() if upper else g, str(rnd.randint(4, 10))] for i, g in enumerate(given, 1)], [800, 4000, 2000, 1200], borders=True)


def secrets_list(doc):
    """A decision that lists what is secret."""
    rnd = doc.rnd
    plain_head(doc)
    doc.add("QUYẾT ĐỊNH", "center", bold=True)
    doc.add("Ban hành Danh mục bí mật nhà nước thuộc lĩnh vực tài nguyên", "center", bold=True)
    doc.add("Căn cứ Luật Bảo vệ bí mật nhà nước;")
    for i, level in enumerate(("Tuyệt mật", "Tối mật", "Mật"), 1):
        doc.add(f"Điều {i}. Bí mật nhà nước độ {level} gồm:" if rnd.random() < 0.6 else f"Điều {i}. ĐỘ {level.upper()}", "left", bold=True)
        doc.add("1. Số liệu gốc về tọa độ điểm thiên văn chưa công bố.")
        doc.add("2. Báo cáo trữ lượng khoáng sản quý hiếm.")
    doc.ending()


def how_to_mark(doc):
    """A dispatch that orders how papers are to be stamped: one level on a line of its own."""
    rnd = doc.rnd
    plain_head(doc)
    doc.add("V/v hướng dẫn sử dụng dấu độ mật", "left", size=12)
    doc.add("Kính gửi: Các phòng, ban trực thuộc", "center")
    doc.add("Văn thư đơn vị đóng dấu lên góc trái, dưới số và ký hiệu của văn bản, theo hình dưới đây:")
    doc.add(rnd.choice(list(LEVELS.values())), "center", bold=True, red=rnd.random() < 0.5, framed=True)
    doc.add("Khuôn dấu bằng gỗ hoặc nhựa, mực màu đỏ tươi. Không tự ý khắc dấu khi chưa được duyệt.")
    doc.running(2, 5)
    doc.ending()


def declassified(doc):
    plain_head(doc, left=[("MẬT", look_of(doc.rnd))])
    doc.add(doc.rnd.choice(["GIẢI MẬT", "ĐÃ GIẢI MẬT"]), "left", bold=True, red=True, framed=True)
    doc.add(doc.rnd.choice(["Từ: 15/8/2025", "Từ ngày 15 tháng 8 năm 2025"]), "left", red=True)
    doc.title()
    doc.running()


def register_empty(doc):
    """Forms of registers without an entry."""
    rnd = doc.rnd
    doc.add(rnd.choice(["Mẫu số 14", "", "Mẫu 02"]), "right", size=11)
    doc.add(rnd.choice(["SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐI", "SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐẾN", "SỔ CHUYỂN GIAO BÍ MẬT NHÀ NƯỚC", "SỔ QUẢN LÝ SAO, CHỤP BÍ MẬT NHÀ NƯỚC"]), "center", bold=True)
    doc.add("Năm 20…", "center")
    doc.add("Quyển số: …", "center")
    doc.table([["Số thứ tự", "Số, ký hiệu", "Ngày tháng", "Tên loại và trích yếu", "Độ mật", "Ghi chú"], ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"]] + [[""] * 6] * 8, [900, 1600, 1400, 3400, 1300, 1200], borders=True)
    doc.add("Cột (5): ghi A, B hoặc C tương ứng với Tuyệt mật, Tối mật, Mật.", size=11)


def internal(doc):
    plain_head(doc, left=[(doc.rnd.choice(["LƯU HÀNH NỘI BỘ", "KHẨN", "HỎA TỐC", "DỰ THẢO", "BẢN CHÍNH"]), {**look_of(doc.rnd), "framed": True})])
    doc.add(doc.rnd.choice(["Độ mật: Thường", "Độ mật: Không", "Độ mật: ………", "Độ mật:", "Mức độ mật: Bình thường"]), "left")
    doc.title()
    doc.running()


def english_secret(doc):
    """English words of secrecy on papers of firms and courses."""
    doc.add(doc.rnd.choice(["TOP SECRET", "CONFIDENTIAL", "SECRET", "STRICTLY CONFIDENTIAL"]), "right", bold=True, red=True)
    doc.add("QUOTATION", "center", bold=True)
    doc.running(4, 12, ENGLISH)


def invitation(doc):
    plain_head(doc)
    doc.add("GIẤY MỜI", "center", bold=True)
    doc.add("Dự hội nghị phổ biến Luật Bảo vệ bí mật nhà nước", "center", bold=True)
    doc.add("Nội dung: phân loại bí mật nhà nước (Tuyệt mật, Tối mật, Mật); thời hạn bảo vệ; giải mật.")
    doc.add("Thành phần: " + doc.rnd.choice(SENTENCES))
    doc.ending()


def rubber_stamps(doc):
    """An order for rubber stamps."""
    plain_head(doc)
    doc.add("Kính gửi: Phòng Cảnh sát quản lý hành chính", "center")
    doc.add("Đơn vị đề nghị được khắc các dấu sau:")
    for i, level in enumerate(LEVELS.values(), 1):
        doc.add(f"{i}. Dấu “{level}”: 01 chiếc.")
    doc.add("4. Dấu “Chỉ người có tên mới được bóc bì”: 01 chiếc.")


def one_rubber_stamp(doc):
    """A list of things with one stamp among them."""
    plain_head(doc)
    doc.add("BIÊN BẢN BÀN GIAO CÔNG CỤ", "center", bold=True)
    doc.table([["TT", "Tên dấu", "SL"], ["1", "ĐẾN", "1"], ["2", "HỎA TỐC", "1"], ["3", doc.rnd.choice(list(LEVELS.values())), "1"], ["4", "SAO Y", "2"]], [900, 5000, 1500], borders=True)


def novel(doc):
    """A book's page: the words stand in its text and its headings."""
    doc.add("Chương 7", "center", bold=True, size=18)
    doc.add(doc.rnd.choice(["CĂN PHÒNG TUYỆT MẬT", "Hồ sơ mật", "Bức điện tối mật", "MẬT MÃ"]), "center", bold=True, size=20)
    for t in ("“Đây là tài liệu tuyệt mật”, anh nói nhỏ.", "Chị nhìn dòng chữ TỐI MẬT trên phong bì, tim đập mạnh.", "Không ai biết mật hiệu ngoài hai người.", "Ông Mật đóng cửa lại."):
        doc.add(t)
    doc.running(3, 8)


def statistics(doc):
    plain_head(doc)
    doc.add("THỐNG KÊ VĂN BẢN QUÝ II", "center", bold=True)
    doc.table([["Đơn vị", "Tuyệt mật", "Tối mật", "Mật", "Thường"], *[[b[1], "0", str(doc.rnd.randint(0, 3)), str(doc.rnd.randint(0, 20)), str(doc.rnd.randint(100, 900))] for b in BODIES[:5]]], [4000, 1300, 1300, 1300, 1300], borders=True)


def destruction(doc):
    """Minutes of what was destroyed: levels in rows, none of its own."""
    plain_head(doc)
    doc.add("BIÊN BẢN TIÊU HỦY TÀI LIỆU HẾT GIÁ TRỊ", "center", bold=True)
    doc.table([["TT", "Tên tài liệu", "Độ mật", "Số lượng"], ["1", "Sổ trực ban 2001", "Mật", "01"], ["2", "Bản đồ cũ", "Mật", "03"], ["3", "Công văn đi", "Thường", "120"]], [800, 5000, 1500, 1400], borders=True)


def eye_clinic(doc):
    """Words that a bad scan may turn into the short one."""
    doc.table([[[("SỞ Y TẾ LONG KHÁNH", {"size": 12}), (doc.rnd.choice(["KHOA MẮT", "BỆNH VIỆN MẮT"]), {"bold": True})], [COUNTRY, MOTTO]]], [4000, 5300])
    for line in doc.rnd.choice([("MẮT",), ("MẶT",), ("MẤT",), ("RĂNG HÀM", "MẶT"), ("MẶT", "TRẬN TỔ QUỐC"), ("MẪU",), ("THÔNG BÁO", "MẤT")]):
        doc.add(line, "center", bold=True, red=doc.rnd.random() < 0.4, framed=doc.rnd.random() < 0.4, size=18)
    doc.running(3, 10)


def guide_of_fields(doc):
    """How to fill in a document system's fields."""
    doc.add("HƯỚNG DẪN SỬ DỤNG PHẦN MỀM QUẢN LÝ VĂN BẢN", "center", bold=True)
    doc.add("Bước 3. Chọn giá trị của trường Độ mật:")
    for t in ("- Thường (mặc định)", "- Mật: không nhập trên phần mềm này", "- Tối mật: không nhập", "- Tuyệt mật: không nhập"):
        doc.add(t)
    doc.add("Độ mật: [Thường ▼]    Độ khẩn: [Thường ▼]")
    doc.add("Lưu ý: mật khẩu có ít nhất 8 ký tự.")


def sign_of_room(doc):
    doc.add(doc.rnd.choice(["KHU VỰC CẤM", "PHÒNG HỌP KÍN", "KHÔNG PHẬN SỰ MIỄN VÀO"]), "center", bold=True, red=True, framed=True, size=40)
    doc.add("NƠI LƯU GIỮ TÀI LIỆU MẬT", "center", bold=True, size=26)
    doc.add("Không mang điện thoại, máy ảnh vào phòng", "center", size=20)


HARMLESS_DOCS = (course, course_page, choice_form, document_list, one_secret_in_list, passwords, password_slip, honey, ultrasound, trade_secret, person, name_list, secrets_list, how_to_mark, declassified, register_empty, internal, english_secret,
                 invitation, rubber_stamps, one_rubber_stamp, novel, statistics, destruction, eye_clinic, guide_of_fields, sign_of_room)


# ---- sheets and slides, as LibreOffice's flat XML ----

NS = " ".join(f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{u}"' for p, u in {"office": "office:1.0", "style": "style:1.0", "text": "text:1.0", "table": "table:1.0", "draw": "drawing:1.0", "svg": "svg-compatible:1.0",
                                                                                         "fo": "xsl-fo-compatible:1.0", "presentation": "presentation:1.0"}.items())


class Looks:
    """Styles by what they show."""

    def __init__(self, family):
        self.family, self.known = family, {}

    def name(self, red=False, bold=False, framed=False, size=12, **_):
        return self.known.setdefault((red, bold, framed, size), f"k{len(self.known)}")

    def xml(self):
        out = []
        for (red, bold, framed, size), name in self.known.items():
            color = "#ff0000" if red else "#000000"
            cell = f'<style:table-cell-properties fo:border="1.5pt solid {color}"/>' if framed and self.family == "table-cell" else ""
            graphic = f'<style:graphic-properties draw:stroke="{"solid" if framed else "none"}" svg:stroke-color="{color}" draw:fill="none"/>' if self.family == "graphic" else ""
            out.append(f'<style:style style:name="{name}" style:family="{self.family}">{cell}{graphic}<style:text-properties style:font-name="Times New Roman" fo:font-size="{size}pt" fo:color="{color}"{" fo:font-weight=" + chr(34) + "bold" + chr(34) if bold else ""}/></style:style>')
        return "".join(out)


def flat_picture(png):
    import base64
    return f"<draw:image><office:binary-data>{base64.b64encode(png).decode()}</office:binary-data></draw:image>"


class Sheet:
    """Rows of cells, (text, look) or text; a print header; a picture over a cell; sheets before it."""

    def __init__(self, rnd):
        self.rnd, self.rows, self.header, self.pictures, self.others, self.boxes = rnd, [], "", [], [], []

    def bytes(self, picture_of):
        looks = Looks("table-cell")

        def cell(x, row, col):
            text, look = x if isinstance(x, tuple) else (x, {})
            inside = "".join(f'<draw:frame svg:x="0cm" svg:y="0cm" svg:width="{w / 10}cm" svg:height="1cm">{flat_picture(picture_of(wording, red))}</draw:frame>' for r, c, wording, w, red in self.pictures if (r, c) == (row, col))
            inside += "".join(f'<draw:custom-shape svg:x="0cm" svg:y="0cm" svg:width="4cm" svg:height="0.8cm"><text:p>{html.escape(t)}</text:p><draw:enhanced-geometry draw:type="rectangle" svg:viewBox="0 0 21600 21600" draw:enhanced-path="M 0 0 L 21600 0 21600 21600 0 21600 Z N"/></draw:custom-shape>' for r, c, t in self.boxes if (r, c) == (row, col))
            if not text and not inside:
                return "<table:table-cell/>"
            return f'<table:table-cell table:style-name="{looks.name(**look)}" office:value-type="string">{f"<text:p>{html.escape(text)}</text:p>" if text else ""}{inside}</table:table-cell>'

        def table(name, rows, real):
            body = "".join("<table:table-row>" + "".join(cell(x, r if real else -1, c) for c, x in enumerate(row)) + "</table:table-row>" for r, row in enumerate(rows))
            return f'<table:table table:name="{name}" table:style-name="ta">{body}</table:table>'
        tables = "".join(table(f"Trang{i}", rows, False) for i, rows in enumerate(self.others, 1)) + table("Dulieu", self.rows, True)
        head = f"<style:header><text:p>{html.escape(self.header)}</text:p></style:header>" if self.header else ""
        master = f'<office:master-styles><style:master-page style:name="Default" style:page-layout-name="pl">{head}</style:master-page></office:master-styles>'
        styles = f'<office:automatic-styles><style:page-layout style:name="pl"><style:header-style><style:header-footer-properties fo:min-height="0.75cm"/></style:header-style></style:page-layout><style:style style:name="ta" style:family="table" style:master-page-name="Default"/>{looks.xml()}</office:automatic-styles>'
        return (f'<?xml version="1.0" encoding="UTF-8"?><office:document {NS} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:font-face-decls><style:font-face style:name="Times New Roman" '
                f'svg:font-family="&apos;Times New Roman&apos;"/></office:font-face-decls>{styles}{master}<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document>').encode()


def sheet_head(sheet, mark=None, side=0):
    rnd = sheet.rnd
    body = rnd.choice(BODIES)
    sheet.rows += [[body[0], "", "", "", (COUNTRY[0], {"bold": True})], [(body[1], {"bold": True}), "", "", "", MOTTO], [number_of(rnd, body), "", "", "", f"{rnd.choice(PLACES)}, {day(rnd)}"]]
    if mark:
        sheet.rows.append(["", "", "", "", mark] if side else [mark])
    sheet.rows.append([""])
    sheet.rows = [row + [""] * (5 - len(row)) for row in sheet.rows]  # so that pictures and boxes have a cell to stand over


def stock(sheet):
    rnd = sheet.rnd
    sheet.rows += [["", "", ("BẢNG TỔNG HỢP " + rnd.choice(["VẬT TƯ", "QUÂN SỐ", "KINH PHÍ"]), {"bold": True})], [""], ["TT", "Nội dung", "ĐVT", "Số lượng", "Ghi chú"]]
    sheet.rows += [[str(i), rnd.choice(["Xăng", "Gạo", "Lều bạt", "Xe tải", "Bộ đàm"]), "cái", str(rnd.randint(1, 500)), rnd.choice(["", "", "kho K2"])] for i in range(1, rnd.randint(8, 30))]


def cell_stamp(sheet, stamp):
    sheet_head(sheet, (stamp, look_of(sheet.rnd)), sheet.rnd.randint(0, 1))
    stock(sheet)


def corner_stamp(sheet, stamp):
    """In the first row, far on the right; or the very first cell."""
    rnd = sheet.rnd
    sheet.rows.append([""] * rnd.choice([0, 5, 8]) + [(stamp, look_of(rnd))])
    if rnd.random() < 0.7:
        sheet_head(sheet)
    stock(sheet)


def printed_header(sheet, stamp):
    sheet.header = sheet.rnd.choice([stamp, f"{stamp} - Bản số 02"])
    sheet_head(sheet)
    stock(sheet)


def sheet_picture(sheet, stamp):
    sheet.pictures.append((sheet.rnd.choice([2, 3]), sheet.rnd.choice([0, 2]), stamp, {"MẬT": 22, "TỐI MẬT": 32}.get(stamp, 42), sheet.rnd.random() < 0.7))
    sheet_head(sheet)
    stock(sheet)


def sheet_box(sheet, stamp):
    sheet.boxes.append((3, sheet.rnd.choice([0, 3]), stamp))
    sheet_head(sheet)
    stock(sheet)


def later_sheet(sheet, stamp):
    """The stamped sheet is the third."""
    rnd = sheet.rnd
    sheet.others = [[["Mục lục"], ["1. Số liệu chung"], ["2. Phụ biểu"]], [["Biểu 1"], *[[str(rnd.randint(1, 99)) for _ in range(5)] for _ in range(12)]]]
    sheet_head(sheet, (stamp, look_of(rnd)))
    stock(sheet)


def sheet_register(sheet, stamp):
    rnd = sheet.rnd
    levels = ["Mật", "Tối mật", "Tuyệt mật"]
    n = levels.index(stamp.capitalize())
    sheet.rows += [[("SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐẾN", {"bold": True})], ["Năm 2025"], ["STT", "Ngày đến", "Số đến", "Cơ quan ban hành", "Số, ký hiệu", "Trích yếu", "Độ mật"]]
    sheet.rows += [[str(i), f"{rnd.randint(1, 28)}/3/2025", str(i), rnd.choice(BODIES)[1], f"{rnd.randint(1, 90)}/BC-TM", rnd.choice(SUBJECTS), levels[n] if i == 3 else levels[rnd.randint(0, n)]] for i in range(1, 9)]


MARKED_SHEETS = (cell_stamp, corner_stamp, printed_header, sheet_picture, sheet_box, later_sheet, sheet_register)


def archive_list(sheet):
    rnd = sheet.rnd
    sheet_head(sheet)
    sheet.rows += [[("MỤC LỤC HỒ SƠ", {"bold": True})], ["Hộp", "Hồ sơ", "Tiêu đề", "Thời hạn", rnd.choice(["Độ mật", "Mức độ truy cập", "Chế độ"])]]
    sheet.rows += [[str(i // 5 + 1), str(i), rnd.choice(SUBJECTS), "20 năm", rnd.choice(["", "", "Mật", "Tối mật", "MẬT"])] for i in range(1, 25)]


def class_list(sheet):
    sheet_head(sheet)
    sheet.rows += [["STT", "Họ đệm", "Tên", "Lớp"]] + [[str(i), "Nguyễn Thị", g, "6B"] for i, g in enumerate(("HOA", "MẬT", "NGỌC", "OANH", "PHÚC"), 1)]


def accounts(sheet):
    sheet.rows += [[("TÀI KHOẢN PHẦN MỀM", {"bold": True})], ["Tên", "Đơn vị", "MẬT", "KHẨU"], ["Tên đăng nhập", "Phòng", "Mật khẩu", "Mật khẩu cấp 2"], ["atv", "VP", "******", "******"]]


def goods(sheet):
    """A price list: honey, syrup."""
    sheet.rows += [["CỬA HÀNG NÔNG SẢN"], ["TT", "Mặt hàng", "Giá"], ["1", "MẬT", "120.000"], ["2", "MẬT ONG", "250.000"], ["3", "MẬT MÍA", "60.000"], ["4", "ĐƯỜNG", "20.000"]]


def register_form(sheet):
    sheet.rows += [[("SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐI", {"bold": True})], ["STT", "Số, ký hiệu", "Ngày", "Tên loại và trích yếu", "Độ mật"], ["(1)", "(2)", "(3)", "(4)", "(5)"], *[[""] * 5] * 10, ["Ghi chú: độ mật ghi Tuyệt mật, Tối mật hoặc Mật"]]


def levels_key(sheet):
    """A key that explains a column's values, and a list of a form's choices."""
    sheet_head(sheet)
    sheet.rows += [["Mã", "Giá trị"], ["0", "Thường"], ["1", "Mật"], ["2", "Tối mật"], ["3", "Tuyệt mật"], [""], ["Độ mật"], ["MẬT"], ["TỐI MẬT"], ["TUYỆT MẬT"]]


HARMLESS_SHEETS = (archive_list, class_list, accounts, goods, register_form, levels_key)


class Show:
    """Slides of boxes: (lines, x, y, w, h, look) in cm on 28 × 21."""

    def __init__(self, rnd):
        self.rnd, self.slides = rnd, [[]]

    def box(self, lines, x, y, w, h, **look):
        self.slides[-1].append((lines if isinstance(lines, list) else [lines], x, y, w, h, look))

    def picture(self, wording, x, y, w, red):
        self.slides[-1].append((wording, x, y, w, None, red))

    def next(self):
        self.slides.append([])

    def bytes(self, picture_of):
        looks = Looks("graphic")

        def one(box):
            what, x, y, w, h, look = box
            if h is None:
                return f'<draw:frame svg:x="{x}cm" svg:y="{y}cm" svg:width="{w}cm" svg:height="1.2cm">{flat_picture(picture_of(what, look))}</draw:frame>'
            inside = "".join(f"<text:p>{html.escape(t)}</text:p>" for t in what)
            return f'<draw:frame draw:style-name="{looks.name(**look)}" svg:x="{x}cm" svg:y="{y}cm" svg:width="{w}cm" svg:height="{h}cm"><draw:text-box>{inside}</draw:text-box></draw:frame>'
        pages = "".join(f'<draw:page draw:name="p{i}" draw:master-page-name="m">{"".join(map(one, s))}</draw:page>' for i, s in enumerate(self.slides))
        return (f'<?xml version="1.0" encoding="UTF-8"?><office:document {NS} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.presentation"><office:font-face-decls><style:font-face style:name="Times New Roman" '
                f'svg:font-family="&apos;Times New Roman&apos;"/></office:font-face-decls><office:automatic-styles>{looks.xml()}<style:page-layout style:name="l"><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout></office:automatic-styles>'
                f'<office:master-styles><style:master-page style:name="m" style:page-layout-name="l"/></office:master-styles><office:body><office:presentation>{pages}</office:presentation></office:body></office:document>').encode()


def opening(show):
    rnd = show.rnd
    body = rnd.choice(BODIES)
    show.box([body[0], body[1]], 1, 0.6, 14, 2, bold=True, size=16)
    show.box(rnd.choice(SUBJECTS).upper(), 2, 8, 24, 3, bold=True, size=32)
    show.box(f"{rnd.choice(PLACES)}, tháng {rnd.randint(1, 12)} năm 2025", 6, 18, 16, 1.5, size=16)


def further(show, every=None):
    for _ in range(show.rnd.randint(2, 6)):
        show.next()
        if every:
            every()
        show.box(show.rnd.choice(KINDS).capitalize(), 2, 1, 24, 2, bold=True, size=28)
        show.box([show.rnd.choice(SENTENCES) for _ in range(3)], 2, 4, 24, 14, size=18)


def slide_corner(show, stamp):
    opening(show)
    show.box(stamp, show.rnd.choice([1, 20]), show.rnd.choice([3, 0.6, 5]), 7, 1.3, **look_of(show.rnd))
    further(show)


def slide_every(show, stamp):
    look, x, y = look_of(show.rnd), show.rnd.choice([1, 21]), show.rnd.choice([0.3, 19.3])
    def every():
        show.box(stamp, x, y, 6, 1.2, **look)
    opening(show)
    every()
    further(show, every)


def slide_picture(show, stamp):
    opening(show)
    show.picture(stamp, show.rnd.choice([2, 18]), show.rnd.choice([3, 5]), {"MẬT": 3, "TỐI MẬT": 4}.get(stamp, 5), show.rnd.random() < 0.7)
    further(show)


def slide_title(show, stamp):
    """Under the title, with the copy's number."""
    opening(show)
    show.box([stamp, f"Bản số {show.rnd.randint(1, 9)}"], 10, 12, 8, 2.5, **{**look_of(show.rnd), "framed": True})
    further(show)


MARKED_SHOWS = (slide_corner, slide_every, slide_picture, slide_title)


def lesson(show):
    show.box("BẢO VỆ BÍ MẬT NHÀ NƯỚC", 2, 8, 24, 3, bold=True, size=40)
    for level, term in zip(LEVELS.values(), ("30", "20", "10")):
        show.next()
        show.box(show.rnd.choice([level, f"ĐỘ {level}", f"{level} là gì?"]), 2, 1, 24, 2.5, bold=True, red=True, size=40)
        show.box([f"Bị lộ thì gây nguy hại cho lợi ích quốc gia, dân tộc.", f"Thời hạn bảo vệ {term} năm."], 2, 5, 24, 10, size=24)


def quiz(show):
    show.box("THI TÌM HIỂU LUẬT", 2, 8, 24, 3, bold=True, size=40)
    show.next()
    show.box("Câu 1. Văn bản lộ ra gây nguy hại đặc biệt nghiêm trọng thì đóng dấu gì?", 2, 1, 24, 3, size=28)
    for i, level in enumerate(LEVELS.values()):
        show.box(f"{'ABC'[i]}. {level}", 2, 6 + 3 * i, 14, 2, size=24)
    show.next()
    show.box("ĐÁP ÁN", 2, 1, 24, 2, bold=True, size=32)
    show.box("TUYỆT MẬT", 6, 8, 16, 3, bold=True, red=True, size=44)


def advert(show):
    show.box("MẬT", 4, 3, 20, 4, bold=True, red=True, size=60)
    show.box("ONG RỪNG TRÀ LÂM", 4, 8, 20, 3, bold=True, size=40)
    show.box("Ngọt lành từ thiên nhiên", 4, 14, 20, 2, size=24)


def security_awareness(show):
    show.box("AN TOÀN THÔNG TIN", 2, 8, 24, 3, bold=True, size=40)
    show.next()
    show.box("MẬT KHẨU MẠNH", 2, 1, 24, 2, bold=True, size=36)
    show.box(["Ít nhất 12 ký tự", "Không dùng chung", "Không soạn văn bản MẬT, TỐI MẬT, TUYỆT MẬT trên máy nối mạng"], 2, 5, 24, 10, size=24)


HARMLESS_SHOWS = (lesson, quiz, advert, security_awareness)


# ---- the set ----

ENCODINGS = ("unicode", "unicode", "unicode", "nfd", "tcvn3", "vni")


def landscape(make):
    return make in (landscape_annex,)


def items(variants, seed, marked=True, harmless=True):
    """Each layout, at each level, so many times."""
    found = []
    for kind, new, with_mark, without in (("doc", Doc, MARKED_DOCS, HARMLESS_DOCS), ("sheet", Sheet, MARKED_SHEETS, HARMLESS_SHEETS), ("show", Show, MARKED_SHOWS, HARMLESS_SHOWS)):
        for make in (with_mark if marked else ()) + (without if harmless else ()):
            for level in LEVELS if make in with_mark else ("none",):
                for i in range(variants if level != "none" else 2 * variants):
                    rnd = random.Random(f"{seed} {make.__name__} {level} {i}")
                    encoding = ENCODINGS[(i + len(found)) % len(ENCODINGS)] if kind == "doc" else "unicode"
                    content = Doc(rnd, encoding, landscape(make)) if kind == "doc" else new(rnd)
                    make(content, *([LEVELS[level]] if level != "none" else []))
                    found.append(Item(f"{make.__name__}-{level}-{i}", level, kind, content, encoding))
    return found
