"""Documents made to harm who reads them, of every format that is read: cut off, damaged, named as another kind, packed to grow without end, nested without end, of a million pages. Each ends in a verdict or in
a named lack, within the worker's limits of time and memory; the worker that read it reads the next one, and the agent that ordered it goes on."""

import gzip
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
import zlib

import containers
import khien
from test_secret import CLEAN, LETTER, LETTER_TCVN3, Answer, bomb, mail, nest, ods, page, pptx, text, xls, xlsx, zipped

SEED = 20260228
MIB = 1 << 20
MEMORY = 3072 * MIB + 256 * MIB  # docs/documents.md: address space of a worker beside the file, and what is unpacked
SECONDS = 60                     # of one file: src/unpack/limits.h; pages that are pictures are given a second more each
OFFICE = shutil.which("soffice")
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a, b in zip("abcdefghi", "bcdefghij")) + "]>"
OUTSIDE = '<!DOCTYPE a [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
# Runs a command and says the most memory that a process of it held, KiB.
MEASURE = "import json,resource,subprocess,sys; r = subprocess.run(sys.argv[2:]).returncode; open(sys.argv[1], 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(r)"


# ---- whole documents of each format ----

def docx(lines, body=None):
    paragraphs = body or "".join(f"<w:p><w:r><w:t>{t}</w:t></w:r></w:p>" for t in lines)
    return zipped({
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
                               'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
                               'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
                       'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body>{paragraphs}</w:body></w:document>',
    })


def odf(kind, body, before=""):
    return zipped({
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
                       f'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0">'
                       f"<office:body>{body}</office:body></office:document-content>",
    }, zipfile.ZIP_STORED)


def flat(kind, body):
    spaces = " ".join(f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{u}:1.0"' for p, u in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("svg", "svg-compatible")))
    return f'<?xml version="1.0" encoding="UTF-8"?><office:document {spaces} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.{kind}"><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>'


def odt(lines, before=""):
    return odf("text", "<office:text>" + "".join(f"<text:p>{t}</text:p>" for t in lines) + "</office:text>", before)


def odp(lines, before=""):
    return odf("presentation", "<office:presentation><draw:page><draw:frame><draw:text-box>" + "".join(f"<text:p>{t}</text:p>" for t in lines) + "</draw:text-box></draw:frame></draw:page></office:presentation>", before)


def rtf(lines):
    escaped = "\\par\n".join("".join(c if ord(c) < 128 else f"\\u{ord(c)}?" for c in t) for t in lines)
    return ("{\\rtf1\\ansi " + escaped + "\\par}").encode()


def of_objects(*objects):
    """A PDF of these objects, the first the catalogue."""
    out, places = bytearray(b"%PDF-1.5\n"), []
    for i, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{i} 0 obj\n".encode() + body + b"\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + b"".join(f"{p:010} 00000 n \n".encode() for p in places)
    return bytes(out) + table + f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n".encode()


def stream(data, more=""):
    return f"<</Length {len(data)}{more}>>\nstream\n".encode() + data + b"\nendstream"


def pdf_pages(kids, count, content=b"BT /F1 12 Tf 72 700 Td (Thong bao) Tj ET", more=""):
    return of_objects(b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {count}>>".encode(),
                      b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>", stream(content, more))


def png(width, height, rows=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows or bytes((width + 1) * min(height, 400)))) + chunk(b"IEND", b"")


def tiff(width, height, pages=1, ring=False, data=b"\xff"):
    """Uncompressed, grey; all pages show the same strip. `ring`: the last page's next is the first."""
    out = bytearray(struct.pack("<2sHI", b"II", 42, 8 + len(data) + len(data) % 2) + data + bytes(len(data) % 2))
    first = len(out)
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, len(data))]
    one = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    for i in range(pages):
        out += one + struct.pack("<I", len(out) + len(one) + 4 if i < pages - 1 else first if ring else 0)
    return bytes(out)


JPEG_HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\1\0\xc8\0\xc8\0\0\xff\xdb\0\x43\0" + bytes(range(1, 65)) + b"\xff\xc0\0\x0b\x08"


def jpeg(width, height):
    """Its head only: what it says it is."""
    return JPEG_HEAD + struct.pack(">HH", height, width) + b"\1\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0" + bytes(2000) + b"\xff\xd9"


def tarred(*members):
    return containers.archived("ustar", list(members))


def wholes(folder):
    """{name: (bytes, the format that is told, marked)}: a document of every format; LETTER is TỐI MẬT."""
    plain = text(LETTER)
    found = {
        "utf8.txt": (plain, "text"), "utf16.txt": (b"\xff\xfe" + text(LETTER, "utf-16-le"), "text"), "tcvn3.txt": (text(LETTER_TCVN3, "cp1252"), "text"), "a.html": (page(LETTER), "html"), "a.rtf": (rtf(LETTER), "rtf"),
        "a.docx": (docx(LETTER), "docx"), "a.odt": (odt(LETTER), "odt"), "a.xlsx": (xlsx(LETTER), "xlsx"), "a.xls": (xls(LETTER), "xls"), "a.ods": (ods(LETTER), "ods"), "a.pptx": (pptx(LETTER), "pptx"), "a.odp": (odp(LETTER), "odp"),
        "a.eml": (mail(docx(LETTER)), "mail"), "a.zip": (nest(plain, 2), "archive"), "a.tar": (tarred(("a.txt", plain)), "archive"), "a.tar.gz": (gzip.compress(tarred(("a.txt", plain)), mtime=0), "archive"),
        "a.7z": (containers.archived("7zip", [("a.docx", docx(LETTER))]), "archive"), "a.iso": (containers.archived("iso9660", [("A.TXT", plain)]), "archive"),
    }
    if OFFICE:
        source = folder / "source"
        source.mkdir()
        (source / "a.docx").write_bytes(docx(LETTER))
        (source / "b.fodp").write_text(flat("presentation", "<draw:page><draw:frame svg:x='1cm' svg:y='1cm' svg:width='20cm' svg:height='15cm'><draw:text-box>" + "".join(f"<text:p>{t}</text:p>" for t in LETTER) + "</draw:text-box></draw:frame></draw:page>"))
        (source / "c.fods").write_text(flat("spreadsheet", "<table:table table:name='a'>" + "".join(f"<table:table-row><table:table-cell office:value-type='string'><text:p>{t}</text:p></table:table-cell></table:table-row>" for t in LETTER) + "</table:table>"))
        for name, form in (("a.docx", "doc"), ("a.docx", "pdf"), ("b.fodp", "ppt"), ("c.fods", "xls")):
            subprocess.run([OFFICE, f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to", form, "--outdir", source, source / name], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found |= {"real.doc": ((source / "a.doc").read_bytes(), "doc"), "real.pdf": ((source / "a.pdf").read_bytes(), "pdf"), "real.ppt": ((source / "b.ppt").read_bytes(), "ppt"), "real.xls": ((source / "c.xls").read_bytes(), "xls")}
        for form, option in (("png", "-png"), ("jpg", "-jpeg"), ("tif", "-tiff")):
            subprocess.run(["pdftoppm", "-r", "150", option, "-singlefile", source / "a.pdf", source / "a"], check=True)
            found[f"scan.{form}"] = ((source / f"a.{form}").read_bytes(), {"png": "png", "jpg": "jpeg", "tif": "tiff"}[form])
    return found


def deep(n, begin, middle, end):
    return begin * n + middle + end * n


def made_to_grow():
    """Bombs: small files that are large inside."""
    zeros = bytes(64 * MIB)
    spaces = "<w:p><w:r><w:t>" + "mật " * 8_000_000 + "</w:t></w:r></w:p>"
    flate = zlib.compress(zlib.compress(zeros * 4))
    return {
        "bomb.zip": bomb(), "bomb.tar.gz": gzip.compress(tarred(("a", zeros)) , mtime=0), "bomb.docx": docx([], spaces), "bomb.xlsx": zipped({"xl/workbook.xml": "<workbook>" + " " * (200 * MIB) + "</workbook>"}),
        "bomb.pptx": zipped({"ppt/presentation.xml": zeros * 3}), "bomb.odt": odt(["a" * (160 * MIB)]), "bomb.7z": containers.archived("7zip", [("a", zeros)]),
        "bomb.pdf": pdf_pages("3 0 R", 1, flate, "/Filter[/FlateDecode/FlateDecode]"), "bomb.png": png(30000, 30000), "wide.png": png(0x7fffffff, 2), "bomb.tif": tiff(60000, 60000), "bomb.jpg": jpeg(65500, 65500),
        "repeated.ods": ods(['a</text:p></table:table-cell><table:table-cell table:number-columns-repeated="1000000000"><text:p>b']),
        "many.zip": zipped({f"{i}.txt": "a" for i in range(120_000)}, zipfile.ZIP_STORED), "bomb.eml": mail(bomb()), "bomb.html": b"<html><p>" + b"a" * (64 * MIB), "bomb.rtf": b"{\\rtf1 " + b"\\'e1" * 8_000_000,
        "long.txt": ("mật" * 8_000_000).encode(), "large.xls": xls(["a"] * 60000), "picture.rtf": b"{\\rtf1{\\pict\\pngblip " + png(30000, 30000).hex().encode() + b"}}",
    }


def laughing():
    """A billion laughs, and a file from outside, in each format of XML. What is read of the outside would be in the lines."""
    found = {}
    for name, dtd in (("laughs", LAUGHS), ("outside", OUTSIDE)):
        found |= {
            f"{name}.docx": zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": f"{dtd}<w:document {W}><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>"}),
            f"{name}.xlsx": zipped({"xl/workbook.xml": dtd + "<workbook>&j;</workbook>"}), f"{name}.pptx": zipped({"ppt/presentation.xml": dtd + "<p:presentation xmlns:p='p'>&j;</p:presentation>"}),
            f"{name}.odt": odt(["&j;"], dtd), f"{name}.odp": odp(["&j;"], dtd), f"{name}.ods": odf("spreadsheet", "<office:spreadsheet><table:table><table:table-row><table:table-cell><text:p>&j;</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>", dtd),
            f"{name}.fodt": f'<?xml version="1.0"?>{dtd}<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:mimetype="application/vnd.oasis.opendocument.text"><office:body>&j;</office:body></office:document>'.encode(),
            f"{name}.html": (dtd.replace("DOCTYPE a", "DOCTYPE html") + "<html><p>&j;</p></html>").encode(),
        }
    return found


def of_a_million_pages():
    million = " ".join(["3 0 R"] * 1_000_000)
    return {
        "million.pdf": pdf_pages(million, 1_000_000), "says-a-million.pdf": pdf_pages("3 0 R", 1_000_000_000), "million.rtf": b"{\\rtf1 a" + b"\\page b" * 1_000_000 + b"}", "million.tif": tiff(8, 8, 15_000, data=bytes(64)),
        "ring.tif": tiff(800, 800, 40, True, bytes(640_000)), "million.docx": docx([], '<w:p><w:r><w:t>a</w:t><w:br w:type="page"/></w:r></w:p>' * 1_000_000), "million.txt": b"a\f\n" * 1_000_000,
        "million.xlsx": xlsx(["a"] * 1_000_000), "million.pptx": zipped({"ppt/presentation.xml": '<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>' + '<p:sldId r:id="r1"/>' * 1_000_000 + "</p:sldIdLst></p:presentation>",
                                                                         "ppt/_rels/presentation.xml.rels": '<Relationships><Relationship Id="r1" Type="x/slide" Target="slides/a.xml"/></Relationships>',
                                                                         "ppt/slides/a.xml": '<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:txBody><a:p><a:r><a:t>a</a:t></a:r></a:p></p:txBody></p:sp></p:sld>'}),
        "million.eml": b"From: a\nSubject: b\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 1_000_000, "million.odp": odf("presentation", "<office:presentation>" + "<draw:page/>" * 1_000_000 + "</office:presentation>"),
        "million.html": b"<html>" + b"<p>a" * 1_000_000,
    }


def nested_deep():
    n = 200_000
    message = b"From: a\nSubject: b\n\nc"
    for _ in range(60):
        message = b"From: a\nContent-Type: message/rfc822\n\n" + message
    parts = b"".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n".encode() for i in range(5000))
    pages = of_objects(b"<</Type/Catalog/Pages 2 0 R>>", *[f"<</Type/Pages/Kids[{i + 3} 0 R]/Count 1>>".encode() for i in range(20_000)], b"<</Type/Page/MediaBox[0 0 9 9]>>")
    return {
        "deep.zip": nest(text(LETTER), 60), "deep.html": b"<html>" + b"<div>" * n, "deep.rtf": deep(n, b"{\\b ", b"x", b"}").replace(b"{", b"{\\rtf1", 1), "deep.docx": docx([], deep(n, "<w:tbl><w:tr><w:tc>", "<w:p/>", "</w:tc></w:tr></w:tbl>")),
        "deep.xlsx": zipped({"xl/workbook.xml": "<a>" * n}), "deep.pptx": zipped({"ppt/presentation.xml": "<p:grpSp>" * n}), "deep.odt": odt([deep(n, "<text:span>", "x", "</text:span>")]),
        "deep.odp": odf("presentation", deep(n, "<draw:g>", "x", "</draw:g>")), "deep.pdf": pdf_pages("[" * n + "]" * n, 1), "tree.pdf": pages, "loop.pdf": of_objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 9>>"),
        "forms.pdf": of_objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</A 5 0 R/B 5 0 R>>>>>>", stream(b"/A Do /B Do"),
                                stream(b"/A Do /B Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A 5 0 R/B 5 0 R>>>>")),
        "deep.eml": message, "parts.eml": parts, "deep.fodt": ('<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:mimetype="application/vnd.oasis.opendocument.text">' + "<a>" * n).encode(),
        "deep.doc": containers.ole2("WordDocument", bytes(4096)), "deep.ppt": containers.ole2("PowerPoint Document", b"".join(struct.pack("<HHI", 15, 1000, 8 * (5000 - i)) for i in range(5000))), "deep.xls": containers.ole2("Workbook", xls(LETTER)[:40] * 200),
    }


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="khien-hostile-documents-")
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        cls.wholes = wholes(cls.dir)

    def search(self, name, files, ocr="auto"):
        """The answer for files of these names and bytes, of one worker; how long it took and the most memory a process held is printed."""
        tree = self.dir / name
        tree.mkdir()
        self.addCleanup(shutil.rmtree, tree)
        for path, content in files.items():
            (tree / path).write_bytes(content)
        command = [str(khien.BIN / "khien"), "secret", "--json", "--no-cache", "-j", "1", "--ocr", ocr, "--rules", str(khien.ROOT / "packs/secrecy"), str(tree)]
        began = time.monotonic()
        done = subprocess.run([sys.executable, "-c", MEASURE, self.dir / "memory", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=khien.ENV, timeout=900, check=False)
        seconds, memory = time.monotonic() - began, int((self.dir / "memory").read_text()) * 1024
        answer = Answer(done)
        print(f"\n  {name}: {len(files)} files in {seconds:.1f} s, at most {memory / MIB:.0f} MiB", flush=True)
        self.assertEqual(len(answer.lines), len(files), done.stderr.decode()[-2000:])
        self.assertLess(memory, MEMORY)
        return answer, tree

    def all_end(self, answer):
        """In a verdict or a named lack, and no worker had to be replaced."""
        for line in answer.lines:
            with self.subTest(line["path"]):
                self.assertIn(line["state"], ("scanned", "partly", "encrypted", "error"))
                self.assertTrue(line["state"] == "scanned" or line["reason"], line)
        self.assertEqual((answer.summary["replaced_workers"], answer.summary["errors"]), (0, 0), [line for line in answer.lines if line["state"] == "error"])

    def test_whole_ones_are_found_whatever_their_name_says(self):
        names = list(self.wholes)
        files = {name: content for name, (content, _) in self.wholes.items()}
        wrong = {f"{name}{pathlib.Path(names[(i + k) % len(names)]).suffix}": self.wholes[name][0] for i, name in enumerate(names) for k in (3, 8)}
        answer, tree = self.search("whole", {**files, **wrong})
        self.all_end(answer)
        for path in (*files, *wrong):
            told, (_, form) = answer.of(tree / path), self.wholes[next(n for n in names if path.startswith(n))]
            with self.subTest(path):
                self.assertEqual((told["format"], told["state"], told["level"]), (form, "scanned", "toi_mat"))

    def test_cut_off(self):
        dice = random.Random(SEED)
        files = {f"{at}-{name}": content[:at] for name, (content, _) in self.wholes.items() for at in sorted({0, 1, 7, 512, len(content) // 2, len(content) - 1, *(dice.randrange(len(content)) for _ in range(8))})}
        answer, _ = self.search("cut", files, "never")
        self.all_end(answer)

    def test_damaged(self):
        dice = random.Random(SEED + 1)

        def damaged(content):
            out = bytearray(content)
            for _ in range(dice.choice([1, 3, 20, 200])):
                at = dice.randrange(len(out))
                out[at:at + dice.choice([1, 1, 2, 4])] = dice.choice([bytes([dice.randrange(256)]), b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff", b""])
            return bytes(out)
        files = {f"{i}-{name}": damaged(content) for name, (content, _) in self.wholes.items() for i in range(12)}
        # What is packed is damaged inside as well, where a damaged archive would hide it.
        for name in ("a.docx", "a.xlsx", "a.pptx", "a.odt", "a.ods", "a.odp"):
            path = self.dir / name
            path.write_bytes(self.wholes[name][0])
            with zipfile.ZipFile(path) as z:
                inside = {n: z.read(n) for n in z.namelist()}
            for i in range(12):
                which = dice.choice([n for n in inside if n != "mimetype"])
                files[f"inside-{i}-{name}"] = zipped({**inside, which: damaged(inside[which])})
        answer, _ = self.search("damaged", files)
        self.all_end(answer)

    def one_by_one(self, name, files, ocr="never"):
        """All in one tree, then each that took long by itself is named by what the worker said of it."""
        answer, tree = self.search(name, files, ocr)
        self.all_end(answer)
        return {path: answer.of(tree / path) for path in files}

    def test_made_to_grow(self):
        told = self.one_by_one("grow", made_to_grow(), "auto")
        for path in ("bomb.zip", "bomb.docx", "bomb.xlsx", "bomb.pptx", "bomb.odt", "bomb.png", "wide.png", "bomb.tif", "bomb.jpg", "many.zip", "bomb.eml"):
            with self.subTest(path):
                self.assertEqual(told[path]["state"], "partly", told[path])

    def test_a_billion_laughs(self):
        told = self.one_by_one("laughs", laughing())
        for path, line in told.items():
            with self.subTest(path):
                self.assertEqual(line["level"], "none")
                if not path.endswith("html"):
                    self.assertEqual(line["state"], "partly", line)

    def test_a_million_pages(self):
        self.one_by_one("pages", of_a_million_pages(), "auto")

    def test_nested_deep(self):
        told = self.one_by_one("deep", nested_deep())
        for path in ("deep.zip", "deep.html", "deep.xlsx", "deep.pptx", "deep.odt", "deep.eml"):
            with self.subTest(path):
                self.assertEqual(told[path]["state"], "partly", told[path])


class Agent(unittest.TestCase):
    def test_an_agent_searches_among_them_and_goes_on(self):
        """The marked document among them is found, the search comes to its end, and the agent is the process that it was."""
        with khien.Site() as site:
            site.unit("a")
            site.enrol("may", unit="a")
            folder = site.dir / "Documents"
            folder.mkdir()
            for path, content in {**laughing(), **nested_deep(), "bomb.zip": bomb(), "bomb.png": png(30000, 30000)}.items():
                (folder / path).write_bytes(content)
            (folder / "z-marked.txt").write_bytes(text(LETTER))
            (folder / "z-clean.txt").write_bytes(text(CLEAN))
            agent = site.agent("may", f"scan:\n  first: []\n  daily: []\nsecret:\n  every: 7d\n  places: [{folder}]\n  cpu: 100\n")
            khien.wait_for(lambda: site.query("SELECT level FROM fact_secret_documents") == [("toi_mat",)], 180, what="the marked document")
            khien.wait_for(lambda: site.query("SELECT complete FROM fact_secret_search") != [], 180, what="the end of the search")
            self.assertEqual(site.query("SELECT complete FROM fact_secret_search"), [(1,)])
            self.assertIsNone(agent.poll())


if __name__ == "__main__":
    unittest.main()
