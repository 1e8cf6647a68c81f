"""Documents as their readers get them: the sample documents of src/document/sample.c as our PDF, and as our DOCX printed by LibreOffice, measured on the page against Decree 30/2020, Annex I.
What is measured: words with their places (pdftotext -bbox-layout), sizes (pdftohtml -xml), fonts (pdffonts), and ink (pdftoppm). Also: Word's and Excel's files as other programs read them."""

import collections
import datetime
import http.client
import io
import json
import pathlib
import re
import shutil
import ssl
import struct
import subprocess
import tempfile
import time
import unicodedata
import unittest
import xml.etree.ElementTree
import zipfile
import zlib

import khien

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "out/build"
MM = 72 / 25.4
DPI = 200
ZOOM = 3
XHTML = "{http://www.w3.org/1999/xhtml}"
TEXT_LEFT, TEXT_RIGHT, TOP, BOTTOM = 30, 195, 20, 277  # mm, of a page upright
SAMPLES = ("report", "letter", "blank", "hostile")
PRINTERS = ("pdf", "docx")  # our own, and LibreOffice's of our DOCX

Word = collections.namedtuple("Word", "text left top right bottom")  # mm


def run(*args, **keywords):
    return subprocess.run([str(a) for a in args], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **keywords).stdout


class Line(list):
    """Words that stand on one line, from left to right."""

    text = property(lambda self: " ".join(w.text for w in self))
    left = property(lambda self: min(w.left for w in self))
    right = property(lambda self: max(w.right for w in self))
    top = property(lambda self: min(w.top for w in self))
    bottom = property(lambda self: max(w.bottom for w in self))
    middle = property(lambda self: (self.left + self.right) / 2)
    width = property(lambda self: self.right - self.left)


class Printed:
    """A PDF as it looks."""

    def __init__(self, path):
        self.path = path
        root = xml.etree.ElementTree.fromstring(run("pdftotext", "-bbox-layout", path, "-"))
        pages = list(root.iter(XHTML + "page"))
        self.sizes = [(float(p.get("width")) / MM, float(p.get("height")) / MM) for p in pages]
        self.pages = [[Line(map(self._word, line.iter(XHTML + "word"))) for line in p.iter(XHTML + "line")] for p in pages]
        self.text = run("pdftotext", path, "-").decode()
        self._ink, self._pieces = {}, {}

    @staticmethod
    def _word(node):
        return Word(node.text, *(float(node.get(k)) / MM for k in ("xMin", "yMin", "xMax", "yMax")))

    def line(self, page, begin):
        """The first line that begins so; parts of a page that stand beside each other are lines of their own."""
        for line in self.pages[page]:
            if line.text.startswith(begin):
                return line
        raise AssertionError(f"{self.path.name}: page {page + 1} has no line {begin!r}: {[l.text for l in self.pages[page]]}")

    def ink(self, page):
        """The page as rows of bytes, 0 black."""
        if page not in self._ink:
            data = run("pdftoppm", "-gray", "-r", DPI, "-f", page + 1, "-l", page + 1, self.path)
            _, size, _, pixels = data.split(b"\n", 3)
            width, height = map(int, size.split())
            self._ink[page] = [pixels[y * width:(y + 1) * width] for y in range(height)]
        return self._ink[page]

    def bounds(self, page):
        """Left, top, right, bottom of all ink, mm."""
        rows = [(y, row) for y, row in enumerate(self.ink(page)) if min(row) < 128]
        left = min(next(x for x, v in enumerate(row) if v < 128) for _, row in rows)
        right = max(len(row) - next(x for x, v in enumerate(reversed(row)) if v < 128) for _, row in rows)
        return tuple(v * 25.4 / DPI for v in (left, rows[0][0], right, rows[-1][0] + 1))

    def rule_under(self, page, line):
        """Left and right of the longest black stroke in the 4 mm below a line, mm."""
        rows = self.ink(page)[int((line.bottom - 1) * DPI / 25.4):int((line.bottom + 4) * DPI / 25.4)]
        strokes = [(m.end() - m.start(), m.start(), m.end()) for row in rows for m in re.finditer(rb"[\x00-\xa0]{60,}", row)]
        if not strokes:
            raise AssertionError(f"{self.path.name}: no line under {line.text!r}")
        _, left, right = max(strokes)
        return left * 25.4 / DPI, right * 25.4 / DPI

    def faces(self, page, line):
        """{(points, bold, italic)} of all that stands on a line."""
        if page not in self._pieces:
            root = xml.etree.ElementTree.fromstring(run("pdftohtml", "-xml", "-i", "-stdout", "-zoom", ZOOM, "-f", page + 1, "-l", page + 1, self.path))
            fonts = {f.get("id"): int(f.get("size")) / ZOOM for f in root.iter("fontspec")}
            self._pieces[page] = [([int(t.get(k)) / ZOOM / MM for k in ("left", "top", "width", "height")], fonts[t.get("font")], t.find(".//b") is not None, t.find(".//i") is not None)
                                  for t in root.iter("text") if "".join(t.itertext()).strip()]
        middle = (line.top + line.bottom) / 2
        return {face for (left, top, width, height), *face in self._pieces[page]
                if top < middle < top + height and line.left - 0.5 <= left and left + width <= line.right + 0.5 for face in [tuple(face)]}


def on(sample):
    """The test is made of our own PDF and of LibreOffice's of our DOCX, each a subtest."""
    def decorate(test):
        def both(self):
            for printer in PRINTERS:
                with self.subTest(printer=printer):
                    if (printer, sample) not in self.printed:
                        self.skipTest("LibreOffice is not installed")
                    test(self, self.printed[printer, sample])
        both.__doc__ = test.__doc__
        return both
    return decorate


@unittest.skipUnless(all(map(shutil.which, ("pdftotext", "pdftoppm", "pdffonts", "pdftohtml"))), "poppler-utils is not installed")
class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-documents-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        run("ninja", "-C", BUILD, "src/document/khien-document")
        for sample in SAMPLES:
            for form in ("docx", "pdf", "xlsx"):
                run(BUILD / "src/document/khien-document", sample, form, cls.dir / f"{sample}.{form}")
        cls.printed = {("pdf", sample): Printed(cls.dir / f"{sample}.pdf") for sample in SAMPLES}
        if shutil.which("soffice"):
            run("soffice", f"-env:UserInstallation=file://{cls.dir}/office", "--headless", "--convert-to", "pdf", "--outdir", cls.dir / "office-pdf",
                *(cls.dir / f"{sample}.docx" for sample in SAMPLES))
            cls.printed |= {("docx", sample): Printed(cls.dir / "office-pdf" / f"{sample}.pdf") for sample in SAMPLES}

    def near(self, a, b, within):
        self.assertLessEqual(abs(a - b), within, f"{a:.2f} is not {b:.2f} ± {within}")

    # --- I. in general

    @on("report")
    def test_paper_and_margins(self, doc):
        for page, (width, height) in enumerate(doc.sizes):
            self.near(min(width, height), 210, 0.3)
            self.near(max(width, height), 297, 0.3)
            left, top, right, bottom = doc.bounds(page)
            self.assertGreaterEqual(left, 29.7)
            self.assertLessEqual(left, 35)
            self.assertLessEqual(right, width - 14.7)
            self.assertLessEqual(bottom, height - 19.7)
            if page == 0:
                self.assertTrue(19.7 <= top <= 25, top)

    @on("report")
    def test_page_numbers(self, doc):
        """In the middle of the top margin, from the second page of each part on."""
        number = 0
        for page, lines in enumerate(doc.pages):
            first = page == 0 or any(l.text.startswith("Phụ lục I") for l in lines)
            number = 1 if first else number + 1
            above = [l for l in lines if l.bottom < TOP]
            self.assertEqual([l.text for l in above], [] if first else [str(number)])
            for line in above:
                width = doc.sizes[page][0]
                self.near(line.middle, 30 + (width - 45) / 2, 1)

    @on("report")
    def test_fonts(self, doc):
        rows = run("pdffonts", doc.path).decode().splitlines()[2:]
        self.assertTrue(rows)
        for row in rows:
            self.assertRegex(row, r"(LiberationSerif|TimesNewRoman)")
            self.assertEqual(row.split()[-5], "yes", row)  # embedded

    @on("report")
    def test_text_can_be_selected(self, doc):
        self.assertTrue(unicodedata.is_normalized("NFC", doc.text))
        for words in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Ủy ban nhân dân phường Hoa Mai", "phần mềm phòng, chống mã độc", "Trường Tiểu học Hoa Mai"):
            self.assertIn(words, doc.text)

    def test_tags_for_reading_aloud(self):
        tags = collections.Counter(line.split()[0] for line in run("pdfinfo", "-struct", self.dir / "report.pdf").decode().splitlines() if line.strip())
        pages = self.printed["pdf", "report"].pages
        tables = sum(any(line.text.startswith("STT") for line in lines) for lines in pages)  # each page of a table is one for itself, with its heads
        self.assertGreaterEqual(tags["Table"], tables)
        self.assertGreater(tags["TD"], 60 * 5)
        self.assertTrue(tags["TH"] and tags["TR"] and tags["H1"] and tags["P"], tags)

    # --- II. the parts

    @on("report")
    def test_sizes_and_weights(self, doc):
        expected = {
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM": ((12, 13), True, False), "Độc lập - Tự do - Hạnh phúc": ((13, 14), True, False),
            "ỦY BAN NHÂN DÂN TỈNH BÌNH AN": ((12, 13), False, False), "PHƯỜNG HOA MAI": ((12, 13), True, False), "Số: 05/BC-UBND": ((13, 13), False, False),
            "Hoa Mai, ngày 05 tháng 01 năm 2026": ((13, 14), False, True), "BÁO CÁO": ((13, 14), True, False), "Kính gửi: Ủy ban nhân dân tỉnh Bình An": ((13, 14), False, False),
            "Căn cứ Luật An ninh mạng ngày 10 tháng 12 năm 2025;": ((13, 14), False, True), "I. KẾT QUẢ THỰC HIỆN": ((13, 14), True, False),
            "- Giải pháp: cài đặt cho các máy còn lại, ưu tiên bộ phận một cửa.": ((13, 14), False, False), "Nơi nhận:": ((12, 12), True, True), "- Như trên;": ((11, 11), False, False),
            "- Lưu: VT, VHXH.": ((11, 11), False, False), "PHÓ CHỦ TỊCH": ((13, 14), True, False), "Trần Thị Mẫu": ((13, 14), True, False), "Phụ lục I": ((14, 14), True, False),
            "TÌNH TRẠNG TỪNG MÁY": ((13, 14), True, False), "2": ((13, 14), False, False),
        }
        for text, ((least, most), bold, italic) in expected.items():
            page = next((i for i, lines in enumerate(doc.pages) if any(line.text == text for line in lines)), None)
            self.assertIsNotNone(page, text)
            faces = doc.faces(page, doc.line(page, text))
            self.assertTrue(faces, text)
            for size, is_bold, is_italic in faces:
                self.assertTrue(least - 0.4 <= size <= most + 0.4, f"{text}: {size}")
                self.assertEqual((is_bold, is_italic), (bold, italic), text)

    @on("report")
    def test_head(self, doc):
        """Boxes 1 to 4: nation and motto at the top right, the issuing body at the top left, number and date below them on one line."""
        nation, motto = doc.line(0, "CỘNG HÒA"), doc.line(0, "Độc lập")
        parent, issuer = doc.line(0, "ỦY BAN NHÂN DÂN TỈNH"), doc.line(0, "PHƯỜNG HOA MAI")
        number, place = doc.line(0, "Số:"), doc.line(0, "Hoa Mai, ngày")
        self.assertGreater(nation.middle, 105)
        self.assertLess(parent.right, nation.left)
        self.near(nation.top, parent.top, 0.5)
        self.near(motto.middle, nation.middle, 0.7)
        self.near(issuer.middle, parent.middle, 0.7)
        self.near(number.middle, issuer.middle, 0.7)
        self.near(place.middle, nation.middle, 0.7)
        self.near(place.bottom, number.bottom, 0.7)
        self.assertGreater(number.top, issuer.bottom)

    @on("report")
    def test_rules(self, doc):
        """The line under the motto is as long as it; those under the issuing body and the title a third to a half."""
        for begin, least, most in (("Độc lập", 0.97, 1.03), ("PHƯỜNG HOA MAI", 1 / 3, 0.55), ("ninh mạng trên địa bàn", 1 / 3, 1.2)):
            line = doc.line(0, begin)
            left, right = doc.rule_under(0, line)
            self.near((left + right) / 2, line.middle, 0.7)
            above = next(l for l in doc.pages[0] if l.text == "ỦY BAN NHÂN DÂN")
            whole = max(line.width, above.width) if begin == "PHƯỜNG HOA MAI" else line.width
            self.assertTrue(least <= (right - left) / whole <= most, f"{begin}: {(right - left) / whole:.2f}")

    @on("report")
    def test_title(self, doc):
        for begin in ("BÁO CÁO", "Kết quả thực hiện Công văn", "ninh mạng trên", "Kính gửi:"):
            self.near(doc.line(0, begin).middle, (TEXT_LEFT + TEXT_RIGHT) / 2, 0.7)

    @on("report")
    def test_body(self, doc):
        """II.6.e: both edges straight, the first line 1 or 1.27 cm in, at least 6 pt between paragraphs, lines single to 1.5."""
        first, second, third = (doc.line(0, begin) for begin in ("Toàn phường", "mềm phòng", "Ủy ban nhân dân phường đã"))
        self.near(first.left, TEXT_LEFT + 12.7, 0.5)
        self.near(second.left, TEXT_LEFT, 0.5)
        for line in (first, second, third):
            self.near(line.right, TEXT_RIGHT, 0.5)
        pitch = (second.bottom - first.bottom) * MM
        self.assertTrue(14 * 1.15 * 0.97 <= pitch <= 14 * 1.15 * 1.5 * 1.03, pitch)
        after, last = doc.line(0, "- Chưa đo được:"), doc.line(0, "hoàn thành trước ngày")
        self.assertGreaterEqual((after.bottom - last.bottom) * MM, pitch + 6 - 0.3)

    @on("report")
    def test_end_and_signature(self, doc):
        page = next(i for i, lines in enumerate(doc.pages) if any(l.text.startswith("Nơi nhận:") for l in lines))
        to, authority, signer = doc.line(page, "Nơi nhận:"), doc.line(page, "TM. ỦY BAN"), doc.line(page, "Trần Thị Mẫu")
        self.assertRegex(doc.text, r"Phụ\s+lục\s+kèm\s+theo\./\.")
        self.near(to.left, TEXT_LEFT, 0.5)
        self.near(to.bottom, authority.bottom, 2)
        self.assertGreater(authority.left, 105)
        self.near(signer.middle, authority.middle, 0.7)
        title = doc.line(page, "PHÓ CHỦ TỊCH")
        self.assertGreaterEqual(signer.top - title.bottom, 25)  # room for the images of signature and seal
        for line in ("- Như trên;", "- Thường trực", "- Lưu: VT"):
            self.near(doc.line(page, line).left, TEXT_LEFT, 0.5)

    @on("letter")
    def test_letter(self, doc):
        """Form 1.5: V/v under the number, 6 pt below it; several receivers below the colon, each with its dash."""
        number, about, to = Line(doc.line(0, "Số:") + doc.line(0, "/UBND-VHXH")), doc.line(0, "V/v"), doc.line(0, "Kính gửi:")
        self.near(about.middle, number.middle, 0.7)
        self.assertGreater(about.top, number.bottom)
        first, second = doc.line(0, "- Công an tỉnh"), doc.line(0, "- Trung tâm")
        self.near(first.left, second.left, 0.3)
        self.near(first.left, to.right, 2.5)
        self.assertTrue(second.text.endswith("."))
        self.assertRegex(doc.text, r"công nghệ cao\);")

    # --- III. annexes

    @on("report")
    def test_annexes(self, doc):
        begins = [i for i, lines in enumerate(doc.pages) if any(re.match(r"Phụ lục II?$", l.text) for l in lines)]
        self.assertEqual(len(begins), 2)
        self.assertGreater(doc.sizes[begins[0]][0], doc.sizes[begins[0]][1])  # across the page
        self.assertLess(doc.sizes[begins[1]][0], doc.sizes[begins[1]][1])
        reference = doc.line(begins[0], "(Kèm theo Báo cáo số 05/BC-UBND ngày 05 tháng 01 năm 2026")
        self.near(reference.middle, 30 + (297 - 45) / 2, 0.7)
        for page in range(begins[0], begins[1]):  # the head is repeated on every page
            self.assertTrue(any("Tên máy" in line.text for line in doc.pages[page]), page)

    # --- what others make of it

    @on("hostile")
    def test_hostile_texts(self, doc):
        self.assertTrue(doc.pages)
        self.assertNotRegex(doc.text, "[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e\u2066-\u2069]")  # pdftotext itself sets U+202B around words from right to left
        self.assertIn("Công văn tổng hợp", doc.text)
        for page in range(len(doc.pages)):
            left, _, right, bottom = doc.bounds(page)
            self.assertTrue(left >= 29.5 and right <= 210 - 14.5 and bottom <= 297 - 19.5, (page, left, right, bottom))

    def test_docx_parts(self):
        for sample in SAMPLES:
            with zipfile.ZipFile(self.dir / f"{sample}.docx") as docx:
                self.assertIsNone(docx.testzip())
                for name in docx.namelist():
                    xml.etree.ElementTree.fromstring(docx.read(name))

    def test_docx_in_another_program(self):
        try:
            import docx
        except ImportError:
            self.skipTest("python3-docx is not installed")
        document = docx.Document(str(self.dir / "report.docx"))
        for section in document.sections:
            self.assertTrue(20 <= section.top_margin.mm <= 25 and 20 <= section.bottom_margin.mm <= 25, (section.top_margin.mm, section.bottom_margin.mm))
            self.assertTrue(29.9 <= section.left_margin.mm <= 35 and 14.9 <= section.right_margin.mm <= 20)
            self.assertTrue(section.different_first_page_header_footer)
        self.assertEqual([s.orientation for s in document.sections], [0, 1, 0])
        self.assertEqual(document.styles.element.find(".//{*}rFonts").get("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}ascii"), "Times New Roman")
        names = {p.style.name for p in document.paragraphs}
        self.assertTrue({"Tên loại văn bản", "Nội dung", "Mục", "Khoản"} <= names, names)
        self.assertEqual(len(document.tables[-2].rows), 61)
        self.assertEqual(document.core_properties.author, "Ủy ban nhân dân phường Hoa Mai")

    def test_xlsx_in_another_program(self):
        try:
            import openpyxl
        except ImportError:
            self.skipTest("python3-openpyxl is not installed")
        book = openpyxl.load_workbook(self.dir / "report.xlsx")
        self.assertEqual(book.sheetnames, ["Văn bản", "Phụ lục I", "Phụ lục II"])
        rows = list(book["Phụ lục I"].iter_rows(min_row=3, values_only=True))
        self.assertEqual(len(rows), 60)
        self.assertEqual((rows[0][1], rows[0][3].strftime("%Y-%m-%d"), rows[1][4]), ("may-00001", "2026-01-05", 37))
        hostile = openpyxl.load_workbook(self.dir / "hostile.xlsx")
        cells = [cell for sheet in hostile for row in sheet.iter_rows() for cell in row if cell.value is not None]
        self.assertEqual({cell.data_type for cell in cells}, {"s"})
        self.assertIn("=1+1", {cell.value for cell in cells})


@unittest.skipUnless(all(map(shutil.which, ("pdftotext", "pdftoppm", "pdffonts"))), "poppler-utils is not installed")
class Reports(unittest.TestCase):
    """The report to a real dispatch, as `khien-server report` writes it for a unit of which nothing is known but its name."""

    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="khien-reports-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        with khien.Site() as site:
            for form in ("docx", "pdf"):
                site.server("report", "--directive", "thai-hoa-2025", "-o", cls.dir / f"report.{form}")
            cls.unit = site.server_json("unit", "list", "--json")["name"]
        cls.printed = {"pdf": Printed(cls.dir / "report.pdf")}
        if shutil.which("soffice"):
            run("soffice", f"-env:UserInstallation=file://{cls.dir}/office", "--headless", "--convert-to", "pdf", "--outdir", cls.dir / "office-pdf", cls.dir / "report.docx")
            cls.printed["docx"] = Printed(cls.dir / "office-pdf/report.pdf")

    def test_its_form(self):
        for printer, doc in self.printed.items():
            with self.subTest(printer=printer):
                for page, (width, height) in enumerate(doc.sizes):
                    left, top, right, bottom = doc.bounds(page)
                    self.assertTrue(29.7 <= left <= 35 and right <= width - 14.7 and bottom <= height - 19.7, (page, left, right, bottom))
                    self.assertTrue(19.7 <= top <= 25 if page == 0 else True, top)
                self.assertFalse([l.text for l in doc.pages[0] if l.bottom < TOP])
                self.assertEqual([l.text for l in doc.pages[1] if l.bottom < TOP], ["2"])
                self.assertGreater(doc.line(0, "CỘNG HÒA XÃ HỘI").middle, 105)
                self.assertTrue(any("/BC-…" in l.text for l in doc.pages[0]))  # what nobody filled in stays a blank
                self.assertRegex(doc.line(0, "…, ngày … tháng … năm").text, r"năm \d{4}$")
                self.assertTrue(any(l.text == "Nơi nhận:" for page in doc.pages for l in page))

    def test_what_it_says(self):
        quotes = re.findall(r'quote: "(.*)"', (ROOT / "packs/directives/thai-hoa-2025.yaml").read_text())
        self.assertEqual(len(quotes), 45)
        plain = lambda text: re.sub(r"\s", "", text)
        for printer, doc in self.printed.items():
            with self.subTest(printer=printer):
                self.assertTrue(unicodedata.is_normalized("NFC", doc.text))
                text = plain(doc.text)
                for quote in quotes:
                    self.assertIn(plain(quote[:60].rsplit(" ", 1)[0]), text)
                self.assertIn(plain(self.unit), text)
                self.assertIn(plain("Chưa có máy tính nào được đo"), text)
                self.assertNotIn("{", text)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, lines=None, more=b""):
    """A red frame on nothing: what a scanned seal looks like."""
    edge, inside = b"\xd0\x10\x10\xff", b"\0\0\0\0"
    if lines is None:
        whole = (b"\0" + edge * width) * 10
        lines = whole + (b"\0" + edge * 10 + inside * (width - 20) + edge * 10) * (height - 20) + whole
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")


@unittest.skipUnless(shutil.which("pdfimages"), "poppler-utils is not installed")
class Signature(unittest.TestCase):
    """The image of signature and seal: uploaded by who approves, painted anew, put at its place in DOCX and PDF, and nobody else's to see."""

    @classmethod
    def setUpClass(cls):
        cls.site = khien.Site()
        cls.site.__enter__()
        cls.addClassCleanup(cls.site.__exit__)
        cls.admin = cls.site.user("chanh-van-phong", "goc", role="admin")
        fields = {"issuer": "Ủy ban nhân dân phường Hoa Mai", "abbreviation": "UBND", "place": "Hoa Mai", "title": "Chủ tịch", "signer": "Trần Thị Mẫu"}
        reply = cls.admin.call("POST", "/api/v1/registers/report_office/records", {"fields": fields})
        assert reply.status == 200, reply.body
        cls.path = f"/api/v1/registers/report_office/records/{reply.json()['record']['id']}/files"

    def upload(self, browser, data, name="chu-ky.png"):
        context = ssl.create_default_context(cafile=str(self.site.data / "ca.pem"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.site.port, context=context, timeout=60)
        try:
            connection.request("POST", f"{self.path}?kind=signature&name={name}", body=data, headers={"X-Khien": "1", "Accept-Language": "en", "Cookie": browser.cookie})
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def report(self, browser, form, signature="true"):
        return browser.get(f"/api/v1/report?period={time.strftime('%Y')}&format={form}&signature={signature}")

    def test_1_hostile_pictures_are_refused(self):
        good = png(300, 200)
        cases = {
            "no picture": b"x" * 500, "text": b"<svg onload=alert(1)>", "cut": good[:-40], "no end": good[:60], "wrong sum": good.replace(b"IDAT", b"IDAT", 1)[:-20] + b"\0" * 20,
            "too wide": png(2001, 2, b"\0" * (2001 * 4 + 1) * 2), "enormous": png(100000, 100000, b"\0" * 1000), "too few lines": png(300, 200, b"\0" * 500),
            "a bomb": png(2000, 2000, b"\0" * 200_000_000), "nothing": png(0, 0, b""), "big": good + b"\0" * (2 << 20),
        }
        for what, data in cases.items():
            with self.subTest(what):
                status, answer = self.upload(self.admin, data)
                if what == "a bomb":  # what is behind the last line is not unpacked
                    self.assertLess(status, 500)
                    continue
                self.assertEqual((status, answer["error"]["code"]), (400, answer["error"]["code"]) if status == 400 else (413, "too_large"), answer)
                self.assertIn(answer["error"]["code"], ("syntax", "too_large"))

    def test_2_only_who_approves(self):
        status, answer = self.upload(self.admin, png(300, 200))
        self.assertEqual(status, 200, answer)
        file = answer["files"][-1]["id"]
        officer, leader = self.site.user("can-bo", "goc", role="officer"), self.site.user("chu-tich", "goc", role="leader")
        self.assertEqual(self.upload(officer, png(30, 20))[1]["error"]["code"], "forbidden")
        self.assertEqual(officer.get(f"{self.path}/{file}").status, 403)
        self.assertEqual(self.report(officer, "pdf").status, 403)
        self.assertEqual(self.report(officer, "pdf", "false").status, 200)
        self.assertEqual(self.report(leader, "pdf").status, 200)

    def test_3_at_its_place(self):
        sent = png(300, 200, more=chunk(b"tEXt", b"Comment\0secret words"))
        status, answer = self.upload(self.admin, sent)
        self.assertEqual(status, 200, answer)
        kept = self.admin.get(f"{self.path}/{answer['files'][-1]['id']}").body
        self.assertTrue(kept.startswith(b"\x89PNG") and b"secret words" not in kept)
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place)
            (place / "a.pdf").write_bytes(self.report(self.admin, "pdf").body)
            (place / "a.docx").write_bytes(self.report(self.admin, "docx").body)
            with zipfile.ZipFile(place / "a.docx") as docx:
                self.assertEqual(docx.read("word/media/signature.png"), kept)
            printed = [place / "a.pdf"]
            if shutil.which("soffice"):
                run("soffice", f"-env:UserInstallation=file://{place}/office", "--headless", "--convert-to", "pdf", "--outdir", place / "office", place / "a.docx")
                printed.append(place / "office/a.pdf")
            for path in printed:
                with self.subTest(path.parent.name):
                    rows = [row.split() for row in run("pdfimages", "-list", path).decode().splitlines()[2:]]
                    self.assertIn(("300", "200"), [tuple(row[3:5]) for row in rows])
                    doc = Printed(path)
                    page = next(i for i, lines in enumerate(doc.pages) if any(l.text == "Trần Thị Mẫu" for l in lines))
                    title, signer = doc.line(page, "CHỦ TỊCH"), doc.line(page, "Trần Thị Mẫu")
                    self.assertTrue(25 <= signer.top - title.bottom <= 33, signer.top - title.bottom)
                    ink = doc.ink(page)
                    frame = [y * 25.4 / DPI for y, row in enumerate(ink) if sum(v < 128 for v in row) > 250 and title.bottom < y * 25.4 / DPI < signer.top]
                    self.assertTrue(frame and frame[-1] - frame[0] > 24, frame)
            (place / "b.pdf").write_bytes(self.report(self.admin, "pdf", "false").body)
            self.assertEqual(len(run("pdfimages", "-list", place / "b.pdf").decode().splitlines()), 2)


class Periodic(unittest.TestCase):
    """A periodic report from its schedule to its receipt: the draft that was made and signed is the file that stays, whatever is measured or filled in later."""

    DUE = "/api/v1/registers/report_due/records"

    def moved(self, browser, move, fields=None):
        now = browser.get(f"{self.DUE}/{self.id}").json()["record"]
        return browser.call("POST", f"{self.DUE}/{self.id}/moves", {"move": move, "version": now["version"], **({"fields": fields} if fields else {})})

    def refused(self, reply, code):
        self.assertEqual(reply.json().get("error", {}).get("code"), code, reply.body)

    def test_from_schedule_to_receipt(self):
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date()
        last = today.replace(day=1) - datetime.timedelta(days=1)
        with khien.Site() as site:
            admin, officer = site.user("quan-tri", "goc", role="admin"), site.user("can-bo", "goc", role="officer")
            fields = {"name": "Báo cáo tháng", "every": "month", "reach": "own", "due_days": 5, "to_body": "UBND tỉnh", "through": "Công an tỉnh", "from_on": str(last.replace(day=1))}
            self.assertEqual(admin.call("POST", "/api/v1/registers/report_schedule/records", {"fields": fields}).status, 200)
            site.stop_server()
            site.start_server()
            rows = lambda: [r for r in officer.get(f"{self.DUE}?sort=due_on").json()["items"] if r["state"] == "drafted"]
            khien.wait_for(lambda: len(rows()) == 1, 30, 0.3, "the draft")
            row = rows()[0]
            self.id = row["id"]
            self.assertEqual((row["fields"]["period"], row["fields"]["due_on"], row["fields"]["to_body"]), (last.strftime("%Y-%m"), str(last + datetime.timedelta(days=5)), "UBND tỉnh"))
            file = officer.get(f"{self.DUE}/{self.id}").json()["files"][0]
            draft = lambda: officer.get(f"{self.DUE}/{self.id}/files/{file['id']}").body
            drafted = draft()
            with zipfile.ZipFile(io.BytesIO(drafted)) as docx:
                self.assertIn("BÁO CÁO", re.sub(r"<[^>]*>", "", docx.read("word/document.xml").decode()))
            office = {"issuer": "Ủy ban nhân dân phường Hoa Mai", "abbreviation": "UBND", "place": "Hoa Mai", "title": "Chủ tịch", "signer": "Trần Thị Mẫu"}
            self.assertEqual(admin.call("POST", "/api/v1/registers/report_office/records", {"fields": office}).status, 200)

            signed = {"number": "12/BC-UBND", "signed_by": "Trần Thị Mẫu"}
            self.refused(self.moved(officer, "sign", signed), "forbidden")
            self.refused(self.moved(admin, "sign", {"number": "12/BC-UBND"}), "invalid_field")
            self.assertEqual(self.moved(admin, "sign", signed).status, 200)
            self.refused(officer.call("DELETE", f"{self.DUE}/{self.id}/files/{file['id']}"), "record_state")  # what was signed is what is sent
            self.assertEqual(self.moved(admin, "withdraw").status, 200)
            self.assertEqual(self.moved(admin, "sign", signed).status, 200)

            self.refused(self.moved(officer, "send"), "invalid_field")
            self.refused(self.moved(officer, "send", {"number": "12/BC-UBND", "sent_on": str(today + datetime.timedelta(days=2))}), "invalid_field")
            self.assertEqual(self.moved(officer, "send", {"number": "12/BC-UBND", "sent_on": str(today)}).status, 200)
            self.refused(self.moved(officer, "receive", {"receipt": "BN-7", "received_on": str(today - datetime.timedelta(days=9))}), "record_rule")
            self.assertEqual(self.moved(officer, "receive", {"receipt": "BN-7", "received_on": str(today)}).status, 200)
            record = officer.get(f"{self.DUE}/{self.id}").json()
            self.assertEqual([record["record"]["state"], *(record["record"]["fields"][k] for k in ("number", "signed_by", "sent_on", "receipt", "received_on"))],
                             ["received", "12/BC-UBND", "Trần Thị Mẫu", str(today), "BN-7", str(today)])
            self.assertEqual([f["id"] for f in record["files"]], [file["id"]])
            self.assertEqual(draft(), drafted)


if __name__ == "__main__":
    unittest.main()
