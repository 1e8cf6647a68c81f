"""Papers of compose.py as files. DOCX, RTF, HTML, plain text and LibreOffice's flat XML of sheets and slides are written here; office.py makes the other formats of them."""

import email.message
import html
import io
import random
import re
import unicodedata
import zipfile

import legacy

CAPITALS = ".VnTimeH"


def flat(paper):
    """All lines of the first page on, cell by cell."""
    for block in paper["blocks"]:
        if block[0] == "line":
            yield block[1]
        elif block[0] == "table":
            for row in block[1]:
                for cell in row:
                    yield from cell


# ---- plain text ----

def text_lines(paper, rnd):
    """A table is set as columns, as people do with blanks, or a cell below the other. Text has no headers, feet and boxes: what is in them stands first."""
    lines = [x.text for x in paper["header"] + paper["box"] + paper["footer"]]
    columns = rnd.random() < 0.5
    for block in paper["blocks"]:
        if block[0] == "line":
            lines.append(" " * (20 if block[1].centred else 0) + block[1].text.replace("\t", " " * 12))
        elif block[0] == "page":
            lines.append("\f")
        else:
            for row in block[1]:
                cells = [[x.text for x in cell] for cell in row]
                if columns:
                    height = max(len(c) for c in cells)
                    rows = [[c[i] if i < len(c) else "" for c in cells] for i in range(height)]
                    lines += ["".join(f"{c:<40}" for c in r).rstrip() for r in rows]
                else:
                    lines += [t for c in cells for t in c]
    return lines


def write_text(paper, encoding, rnd):
    return legacy.ENCODINGS[encoding]("\r\n".join(text_lines(paper, rnd)) + "\r\n")


# ---- text and font of formats that name fonts ----

def written(line, encoding):
    """(text, font) as the file holds it. TCVN3 has no capitals with tones: a font of capitals shows small letters as such."""
    text = line.text.lower() if line.shown_capitals and encoding != "tcvn3" else line.text
    if encoding == "nfd":
        return unicodedata.normalize("NFD", text), "Times New Roman"
    if encoding == "tcvn3":
        capitals = line.text.upper() == line.text
        return legacy.as_western(legacy.tcvn3(line.text.lower() if capitals else line.text)), CAPITALS if capitals else ".VnTime"
    if encoding == "vni":
        return legacy.as_western(legacy.vni(text)), "VNI-Times"
    return text, "Times New Roman"


# ---- HTML ----

def write_html(paper, encoding):
    def one(line):
        text, font = written(line, encoding)
        style = ("color:red;" if line.red else "") + ("border:1px solid red;" if line.framed else "") + ("text-transform:uppercase;" if line.shown_capitals and encoding != "tcvn3" else "") + ("text-align:center;" if line.centred else "")
        body = html.escape(text).replace("\t", "&emsp;&emsp;&emsp;&emsp;")
        face = f'<font face="{font}">{body}</font>' if encoding in ("tcvn3", "vni") else body
        return f'<p style="{style}">{"<b>" + face + "</b>" if line.bold else face}</p>'
    body = [one(x) for x in paper["header"] + paper["box"] + paper["footer"]]  # HTML has none of these: see text_lines
    for block in paper["blocks"]:
        if block[0] == "line":
            body.append(one(block[1]))
        elif block[0] == "table":
            body.append("<table>" + "".join("<tr>" + "".join("<td>" + "".join(map(one, cell)) + "</td>" for cell in row) + "</tr>" for row in block[1]) + "</table>")
    charset = "windows-1258" if encoding == "cp1258" else "utf-8"
    page = f'<html><head><meta charset="{charset}"><title>Tài liệu</title></head><body>{chr(10).join(body)}</body></html>'
    return legacy.cp1258(page) if encoding == "cp1258" else page.encode()


# ---- RTF ----

def rtf_text(text, encoding):
    out = []
    for c in text:
        if c in "\\{}":
            out.append("\\" + c)
        elif c == "\t":
            out.append("\\tab ")
        elif ord(c) < 128:
            out.append(c)
        elif encoding in ("tcvn3", "vni"):
            out.append("\\'" + (c.encode("cp1252", "ignore").hex() or f"{ord(c) & 255:02x}"))
        else:
            out.append(f"\\u{ord(c) if ord(c) < 32768 else ord(c) - 65536}?")
    return "".join(out)


def write_rtf(paper, encoding):
    fonts = ["Times New Roman", ".VnTime", CAPITALS, "VNI-Times"]

    def run(line):
        text, font = written(line, encoding)
        flags = f"\\f{fonts.index(font)}\\fs{line.size * 2}" + ("\\b" if line.bold else "") + ("\\cf1" if line.red else "") + ("\\caps" if line.shown_capitals and encoding != "tcvn3" else "")
        return f"{{{flags} {rtf_text(text, encoding)}}}"

    def one(line):
        frame = "".join(f"\\brdr{s}\\brdrs\\brdrw15" for s in "tblr") if line.framed else ""
        side = "\\qc" if line.centred else "\\qr" if line.right else ""
        tabs = "\\tx4300" if "\t" in line.text else ""
        return f"\\pard{frame}{side}{tabs} {run(line)}\\par\n"

    def row(cells):
        edges = "".join(f"\\cellx{4500 * (i + 1)}" for i in range(len(cells)))
        return f"\\trowd{edges}" + "".join("\\pard\\intbl " + "\\par ".join(run(x) for x in cell) + "\\cell" for cell in cells) + "\\row\n"
    table = "".join(f"{{\\f{i}\\fnil\\fcharset0 {f};}}" for i, f in enumerate(fonts))
    out = [f"{{\\rtf1\\ansi\\ansicpg1252\\deff0{{\\fonttbl{table}}}{{\\colortbl;\\red255\\green0\\blue0;}}\n"]
    for part in ("header", "footer"):
        if paper[part]:
            out.append("{\\" + part + " " + "".join(map(one, paper[part])) + "}")
    for line in paper["box"]:
        out.append(f"{{\\shp{{\\*\\shpinst\\shpleft0\\shptop0\\shpright3000\\shpbottom800{{\\sp{{\\sn shapeType}}{{\\sv 202}}}}{{\\shptxt {one(line)}}}}}}}")
    for block in paper["blocks"]:
        out.append(one(block[1]) if block[0] == "line" else "\\page " if block[0] == "page" else "".join(map(row, block[1])) + "\\pard ")
    return ("".join(out) + "}").encode("ascii")


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, content in files.items():
            z.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


# ---- DOCX ----

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def docx_run(line, encoding):
    text, font = written(line, encoding)
    flags = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}"/>' + ("<w:b/>" if line.bold else "") + ("<w:caps/>" if line.shown_capitals and encoding != "tcvn3" else "") + ('<w:color w:val="FF0000"/>' if line.red else "")
    body = "<w:tab/>".join(f'<w:t xml:space="preserve">{html.escape(part)}</w:t>' for part in text.split("\t"))
    return f'<w:r><w:rPr>{flags}<w:sz w:val="{line.size * 2}"/></w:rPr>{body}</w:r>'


def docx_line(line, encoding, width=9000):
    """What is framed is as wide as a stamp: 45 mm."""
    border, indent = "", ""
    if line.framed:
        border = "<w:pBdr>" + "".join(f'<w:{s} w:val="double" w:sz="6" w:space="1" w:color="{"FF0000" if line.red else "000000"}"/>' for s in ("top", "left", "bottom", "right")) + "</w:pBdr>"
        spare = max(0, width - 2550)
        indent = f'<w:ind w:left="{spare // 2}" w:right="{spare // 2}"/>' if line.centred else f'<w:ind w:left="{spare}"/>' if line.right else f'<w:ind w:right="{spare}"/>'
    jc = f'<w:jc w:val="{"center" if line.centred or line.framed else "right" if line.right else "both"}"/>'
    tabs = '<w:tabs><w:tab w:val="left" w:pos="4300"/></w:tabs>' if "\t" in line.text else ""
    return f"<w:p><w:pPr>{border}{tabs}{indent}{jc}</w:pPr>{docx_run(line, encoding)}</w:p>"


def docx_box(line, encoding):
    if line.drawn:
        text, font = written(line, encoding)
        inside = f'<v:shape style="width:160pt;height:30pt" fillcolor="red"><v:textpath style="font-family:&quot;{font}&quot;" string="{html.escape(text)}"/></v:shape>'
    else:
        frame = f'strokecolor="{"red" if line.red else "black"}"' if line.framed else 'stroked="f"'
        inside = f'<v:shape style="position:absolute;width:{150 if len(line.text) < 12 else 260}pt;height:34pt" {frame}><v:textbox><w:txbxContent>{docx_line(type(line)(**{**line.__dict__, "framed": False}), encoding)}</w:txbxContent></v:textbox></v:shape>'
    return f"<w:p><w:r><w:pict>{inside}</w:pict></w:r></w:p>"


def docx_table(rows, encoding):
    def cell(lines):
        return f'<w:tc><w:tcPr><w:tcW w:w="4500" w:type="dxa"/></w:tcPr>{"".join(docx_line(x, encoding, 4200) for x in lines) or "<w:p/>"}</w:tc>'
    return "<w:tbl><w:tblPr/>" + "".join("<w:tr>" + "".join(map(cell, row)) + "</w:tr>" for row in rows) + "</w:tbl>"


def write_docx(paper, encoding):
    body = []
    boxes = [docx_box(x, encoding) for x in paper["box"]]
    for i, block in enumerate(paper["blocks"]):
        if i == 1:
            body += boxes
        body.append(docx_line(block[1], encoding) if block[0] == "line" else '<w:p><w:r><w:br w:type="page"/></w:r></w:p>' if block[0] == "page" else docx_table(block[1], encoding))
    parts = [p for p in ("header", "footer") if paper[p]]
    refs = "".join(f'<w:{p}Reference w:type="default" r:id="{p}1"/>' for p in parts)
    document = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document {W}><w:body>{"".join(body)}<w:sectPr>{refs}<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1701" w:header="500" w:footer="500"/></w:sectPr></w:body></w:document>'
    types = "".join(f'<Override PartName="/word/{p}1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{p}+xml"/>' for p in parts)
    files = {
        "[Content_Types].xml": f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>{types}</Types>',
        "_rels/.rels": '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' + "".join(f'<Relationship Id="{p}1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{p}" Target="{p}1.xml"/>' for p in parts) + "</Relationships>",
        "word/document.xml": document,
    }
    for p in parts:
        tag = "hdr" if p == "header" else "ftr"
        files[f"word/{p}1.xml"] = f'<?xml version="1.0" encoding="UTF-8"?><w:{tag} {W}>{"".join(docx_line(x, encoding) for x in paper[p])}</w:{tag}>'
    return packed(files)


# ---- documents inside other files ----

def write_zip(paper, encoding):
    """A DOCX in a ZIP in a ZIP."""
    inner = packed({f"{paper['name']}.docx": write_docx(paper, encoding)})
    return packed({"ho-so/tai-lieu.zip": inner, "ho-so/ghi-chu.txt": "Hồ sơ gồm 01 tệp.\n".encode()})


def write_eml(paper, encoding):
    """A DOCX attached to a mail."""
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "van-thu@xa-a.example", "lanh-dao@xa-a.example", "Gửi tài liệu"
    mail.set_content("Kính gửi đồng chí tài liệu đính kèm.")
    mail.add_attachment(write_docx(paper, encoding), maintype="application", subtype="octet-stream", filename="tai-lieu.dat")
    mail.set_boundary("----------khien")
    return bytes(mail)


# ---- sheets and slides, as LibreOffice's flat XML ----

NS = " ".join(f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{u}"' for p, u in {"office": "office:1.0", "style": "style:1.0", "text": "text:1.0", "table": "table:1.0", "draw": "drawing:1.0", "svg": "svg-compatible:1.0",
                                                                                         "fo": "xsl-fo-compatible:1.0", "presentation": "presentation:1.0"}.items())


RED, BOLD = ' fo:color="#ff0000"', ' fo:font-weight="bold"'


class Styles:
    def __init__(self, family):
        self.family, self.known, self.fonts = family, {}, set()

    def name(self, line, font):
        key = (line.red, line.framed, line.bold, font, line.size)
        self.fonts.add(font)
        return self.known.setdefault(key, f"s{len(self.known)}")

    def xml(self):
        faces = "".join(f'<style:font-face style:name="{f}" svg:font-family="&apos;{f}&apos;"/>' for f in sorted(self.fonts))
        out = []
        for (red, framed, bold, font, size), name in self.known.items():
            cell = '<style:table-cell-properties fo:border="1pt solid #ff0000"/>' if framed and self.family == "table-cell" else ""
            graphic = f'<style:graphic-properties draw:stroke="{"solid" if framed else "none"}" draw:fill="none"/>' if self.family == "graphic" else ""
            text = f'<style:text-properties style:font-name="{font}" fo:font-size="{size}pt"{RED if red else ""}{BOLD if bold else ""}/>'
            out.append(f'<style:style style:name="{name}" style:family="{self.family}">{cell}{graphic}{text}</style:style>')
            if self.family == "graphic":  # LibreOffice takes the letters of a box from spans
                out.append(f'<style:style style:name="{name}t" style:family="text">{text}</style:style>')
        return f"<office:font-face-decls>{faces}</office:font-face-decls><office:automatic-styles>{''.join(out)}</office:automatic-styles>"


def write_fods(paper, encoding, rnd):
    """The head in two columns, the lines below in one; the mark in its cell. Sometimes all of it is the second sheet."""
    styles = Styles("table-cell")

    def cell(line):
        if line is None:
            return "<table:table-cell/>"
        text, font = written(line, encoding)
        return f'<table:table-cell table:style-name="{styles.name(line, font)}" office:value-type="string"><text:p>{html.escape(text).replace(chr(9), " ")}</text:p></table:table-cell>'
    rows = [[x, None, None] for x in paper["header"] + paper["box"] + paper["footer"]]
    for block in paper["blocks"]:
        if block[0] == "line":
            parts = block[1].text.split("\t")
            rows.append([type(block[1])(**{**block[1].__dict__, "text": t}) for t in parts] + [None])
        elif block[0] == "table":
            for row in block[1]:
                for i in range(max([len(c) for c in row] + [1])):
                    rows.append([c[i] if i < len(c) else None for c in row])
    body = "".join("<table:table-row>" + "".join(map(cell, row)) + "</table:table-row>" for row in rows)
    before = '<table:table table:name="Tong hop"><table:table-row><table:table-cell office:value-type="string"><text:p>Tổng hợp số liệu</text:p></table:table-cell></table:table-row></table:table>' if rnd.random() < 0.3 else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><office:document {NS} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">{styles.xml()}<office:body><office:spreadsheet>{before}<table:table table:name="Sheet1">{body}</table:table></office:spreadsheet></office:body></office:document>'.encode()


def write_fodp(paper, encoding):
    """The head and the mark in boxes of the first slide, the text on the following ones; what stands in a header, a foot or a box is a box of every slide."""
    styles = Styles("graphic")

    def box(lines, x, y, w, h):
        def paragraph(line):
            text, font = written(line, encoding)
            return f'<text:p><text:span text:style-name="{styles.name(line, font)}t">{html.escape(text).replace(chr(9), "<text:tab/>")}</text:span></text:p>'
        inside = "".join(map(paragraph, lines))
        return f'<draw:frame draw:style-name="{styles.name(lines[0], written(lines[0], encoding)[1])}" svg:x="{x}cm" svg:y="{y}cm" svg:width="{w}cm" svg:height="{h}cm"><draw:text-box>{inside}</draw:text-box></draw:frame>'
    every = [box([line], 1, 0.3, 6, 1.2) for line in paper["header"] + paper["box"]] + [box([line], 1, 17, 6, 1.2) for line in paper["footer"]]
    lines = list(flat(paper))
    first = [box([line], 1, 2 + 1.4 * i, 24, 1.3) for i, line in enumerate(lines[:9])]
    slides = [first] + [[box(lines[i:i + 8], 1, 2, 24, 14)] for i in range(9, min(len(lines), 60), 8)]
    pages = "".join(f'<draw:page draw:name="p{i}" draw:master-page-name="m">{"".join(every + s)}</draw:page>' for i, s in enumerate(slides))
    layout = styles.xml().replace("</office:automatic-styles>", '<style:page-layout style:name="l"/></office:automatic-styles>')
    master = '<office:master-styles><style:master-page style:name="m" style:page-layout-name="l"/></office:master-styles>'
    return f'<?xml version="1.0" encoding="UTF-8"?><office:document {NS} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.presentation">{layout}{master}<office:body><office:presentation>{pages}</office:presentation></office:body></office:document>'.encode()


def seeded(paper, what):
    return random.Random(f"{paper['name']} {what}")


# ---- lines as readers give them (src/secrecy/sample.h): what the engine makes of a paper, whatever a reader would have made of it ----

OCR = {"M": "NHW", "A": "4R", "T": "I1F", "I": "l1T", "O": "0Q", "U": "V", "Y": "V", "E": "F", "Ậ": "ÂAẠ", "Ệ": "ÊEẸ", "Ố": "ÔOÓ", "S": "5", "B": "8", "g": "q", "ộ": "ô", "ị": "i"}


def misread(text, rnd, rate):
    return "".join(rnd.choice(OCR[c]) if c in OCR and rnd.random() < rate else c for c in text)


def as_line(line, part, rnd, **more):
    words = [w for w in ("red", "framed", "bold", "centred") if getattr(line, w)] + ([part] if part else []) + [f"{k}={v}" for k, v in more.items()]
    return f"@{' '.join(words)}: {line.text}" if words else line.text


def write_lines(paper, style, rnd):
    """style: text, word, sheet, page (a PDF's, in rows of one height) or scan."""
    if style == "text":
        return "\n".join(filter(None, (re.sub("[ \f]+", " ", t).strip() for t in text_lines(paper, rnd)))) + "\n"
    out, page, top = [], 1, 4
    placed = style in ("page", "scan")

    def add(line, part):
        nonlocal top, page
        for text in line.text.split("\t") if style == "sheet" else [line.text.replace("\t", " " if placed else "\t")]:
            one = type(line)(**{**line.__dict__, "text": text})
            if style == "scan":
                one.text = misread(text, rnd, 0.04)
                one.framed, one.bold = False, False
            more = {"page": page} if style != "sheet" else {"page": 1}
            if placed:
                more["top"] = min(top, 97)
            if style == "scan":
                more["ocr"] = rnd.randint(50, 96)
            out.append(as_line(one, "picture" if style == "scan" else "" if placed and part in ("cell", "header", "footer") else "cell" if style == "sheet" else part, rnd, **more))
            top += 2
            if placed and top > 96:
                page, top = page + 1, 4
    for line in paper["header"] + (paper["box"] + paper["footer"] if style == "sheet" else []):
        add(line, "header")
    for block in paper["blocks"]:
        if block[0] == "line":
            add(block[1], "")
        elif block[0] == "page":
            page, top = page + 1, 4
        else:
            for row in block[1]:
                for i in range(max(map(len, row), default=0)) if placed else [None]:
                    for cell in row:
                        for line in (cell if i is None else cell[i:i + 1]):
                            add(line, "cell")
    page, top = 1, 20
    for line in paper["box"] if style != "sheet" else []:
        add(line, "box")
    top = 95
    for line in paper["footer"] if style != "sheet" else []:
        add(line, "footer")
    return "\n".join(out) + "\n"
