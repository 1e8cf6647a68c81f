"""`khien secret` as people and programs use it: exit statuses, lines to the letter, what is shown and what never is, files known from before, encrypted and hostile files, names of any bytes."""

import base64
import email.message
import hashlib
import io
import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import zipfile

import yaml

import khien

KEYS = ["path", "sha256", "format", "encoding", "state", "reason", "level", "confidence", "marks"]
COUNTS = {"mat", "toi_mat", "tuyet_mat", "files", "bytes", "documents", "known", "partly", "encrypted", "skipped", "errors", "too_large", "replaced_workers"}
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []

LETTER = ["ỦY BAN NHÂN DÂN XÃ MẪU", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Số: 07/BC-UBND", "TỐI MẬT", "BÁO CÁO", "Tình hình công tác thử nghiệm quý IV",
          "Bản số: 02", "Nơi nhận: như trên; lưu: VT."]
CLEAN = ["ỦY BAN NHÂN DÂN XÃ MẪU", "THÔNG BÁO", "Về việc đổi mật khẩu và bảo mật thông tin của hòm thư công vụ", "Đề nghị các đơn vị thực hiện."]
# The same in TCVN3, as its bytes show in Windows' Western code page.
LETTER_TCVN3 = ["ñy ban nh©n d©n x· mÉu", "Céng hßa x· héi chñ nghÜa ViÖt Nam", "§éc lËp - Tù do - H¹nh phóc", "Sè: 07/BC-UBND", "TèI MËT", "B¸o c¸o", "T×nh h×nh c«ng t¸c thö nghiÖm quý IV",
                "B¶n sè: 02", "N¬i nhËn: nh­ trªn; l­u: VT."]
SETTLED = 2.2  # seconds after which a file that was changed cannot change again within the same tick of its clock


# ---- documents, by hand ----

def xlsx(lines):
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="inlineStr"><is><t>{text}</t></is></c></row>' for i, text in enumerate(lines, 1))
    return zipped({
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>",
    })


def pptx(lines):
    shapes = "".join('<p:sp><p:spPr><a:xfrm><a:off x="100" y="100"/><a:ext cx="3000" cy="300"/></a:xfrm></p:spPr><p:txBody><a:p><a:r>'
                     f'<a:rPr sz="1400" b="1"><a:solidFill><a:srgbClr val="FF0000"/></a:solidFill></a:rPr><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>' for text in lines)
    return zipped({
        "ppt/presentation.xml": '<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId r:id="r1"/></p:sldIdLst><p:sldSz cx="9144" cy="6858"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": '<Relationships><Relationship Id="r1" Type="x/slide" Target="slides/a.xml"/></Relationships>',
        "ppt/slides/a.xml": f'<p:sld xmlns:p="p" xmlns:a="a">{shapes}</p:sld>',
    })


def ods(lines, encrypted=False):
    cells = "".join(f"<table:table-row><table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row>" for text in lines)
    names = 'xmlns:office="o" xmlns:table="t" xmlns:text="x"'
    manifest = "<manifest:encryption-data/>" if encrypted else ""
    return zipped({
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": f"<office:document-content {names}><office:body><table:table>{cells}</table:table></office:body></office:document-content>" if not encrypted else "\x01\x02",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="content.xml">{manifest}</manifest:file-entry></manifest:manifest>',
    }, zipfile.ZIP_STORED)


def xls(lines, encrypted=False):
    """A stream of BIFF8 records by itself."""
    def record(kind, body=b""):
        return struct.pack("<HH", kind, len(body)) + body
    cells = b"".join(record(0x204, struct.pack("<HHHHB", row, 0, 0, len(text), 1) + text.encode("utf-16-le")) for row, text in enumerate(lines))
    password = record(0x2f, struct.pack("<HHH", 1, 0x1234, 0x5678)) if encrypted else b""
    return record(0x809, struct.pack("<HH12x", 0x600, 0x10)) + password + cells + record(0x0a)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def locked(content):
    """A ZIP whose member is said to be encrypted, as one is that has a password."""
    data = bytearray(zipped({"a.txt": content}, zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def mail(attachment):
    m = email.message.EmailMessage()
    m["From"], m["To"], m["Subject"] = "a@example.com", "b@example.com", "Gửi bảng"
    m.set_content("Kính gửi anh chị.\n")
    m.add_attachment(attachment, maintype="application", subtype="octet-stream", filename="a.dat")
    return m.as_bytes()


def page(lines):
    return ("<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>" + "".join(f"<p>{text}</p>" for text in lines) + "</body></html>").encode()


def text(lines, encoding="utf-8"):
    return "\n".join(lines).encode(encoding)


def bomb():
    return zipped({f"{i}.txt": b"\0" * 40_000_000 for i in range(4)})


def nest(content, depth):
    for _ in range(depth):
        content = zipped({"a.zip": content}, zipfile.ZIP_STORED)
    return content


class Answer:
    def __init__(self, done):
        self.status, self.errors = done.returncode, done.stderr.decode()
        self.text = done.stdout.decode("utf-8", "strict")
        self.lines = [json.loads(line) for line in self.text.splitlines()]
        self.summary = self.lines.pop()["summary"] if self.lines else None

    def of(self, path):
        return next(line for line in self.lines if line["path"] == str(path))


class Secret(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="khien-secret-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.tree = self.dir / "tree"
        self.tree.mkdir()

    def put(self, name, content):
        path = self.tree / name
        path.write_bytes(content)
        return path

    def run_it(self, *words, prefix=(), env=None, stdout=subprocess.PIPE):
        command = [*prefix, str(khien.BIN / "khien"), "secret", "--rules", str(khien.ROOT / "packs/secrecy"), "--ocr", "never", *map(str, words)]
        return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env={**khien.ENV, **(env or {})}, timeout=300, check=False)

    def search(self, *words):
        return Answer(self.run_it("--json", "--no-cache", *(words or [self.tree])))

    def test_exit_statuses(self):
        clean = self.put("clean.txt", text(CLEAN))
        marked = self.put("marked.txt", text(LETTER))
        locked_file = self.put("locked.ods", ods(CLEAN, encrypted=True))
        self.assertEqual(self.search(clean).status, 0)
        self.assertEqual(self.search(clean, locked_file).status, 3)
        self.assertEqual(self.search(self.tree / "missing").status, 3)
        self.assertEqual(self.search(clean, marked, locked_file).status, 1)
        for wrong in ([], ["--ocr", "sometimes", clean], ["--policy", "none", clean], ["--nonsense", clean], ["-j", "0", clean]):
            with self.subTest(wrong):
                done = self.run_it(*wrong)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stdout, b"")

    def test_lines_to_the_letter(self):
        content = xlsx(LETTER)
        path = self.put("sổ.xlsx", content)
        answer = self.search(path)
        (line,) = answer.lines
        self.assertEqual(list(line), KEYS)
        self.assertEqual({k: line[k] for k in KEYS[:7]}, {"path": str(path), "sha256": hashlib.sha256(content).hexdigest(), "format": "xlsx", "encoding": "unicode", "state": "scanned", "reason": None,
                                                          "level": "toi_mat"})
        self.assertTrue(0 < line["confidence"] <= 100)
        self.assertTrue(line["marks"])
        for mark in line["marks"]:
            self.assertEqual(list(mark), ["kind", "page", "where"])
        self.assertIn({"kind": "stamp", "page": 1, "where": "cell"}, line["marks"])
        self.assertLessEqual(COUNTS, set(answer.summary))
        self.assertEqual((answer.summary["files"], answer.summary["toi_mat"], answer.summary["status"]), (1, 1, 1))

    def test_every_format_both_ways(self):
        made = {"xlsx": xlsx, "pptx": pptx, "ods": ods, "xls": xls, "html": page, "text": text}
        for name, make in made.items():
            self.put(f"marked-{name}", make(LETTER))
            self.put(f"clean-{name}", make(CLEAN))
        self.put("marked-mail", mail(xlsx(LETTER)))
        self.put("clean-mail", mail(xlsx(CLEAN)))
        self.put("marked-archive", nest(xls(LETTER), 3))
        self.put("clean-archive", nest(xls(CLEAN), 3))
        answer = self.search()
        for name in (*made, "mail", "archive"):
            with self.subTest(name):
                marked, clean = answer.of(self.tree / f"marked-{name}"), answer.of(self.tree / f"clean-{name}")
                self.assertEqual((marked["format"], marked["state"], marked["level"]), (name, "scanned", "toi_mat"))
                self.assertEqual((clean["format"], clean["state"], clean["level"], clean["confidence"], clean["marks"]), (name, "scanned", "none", 0, []))

    def test_encodings_are_told(self):
        self.put("utf16.txt", b"\xff\xfe" + text(LETTER, "utf-16-le"))
        self.put("tcvn3.txt", text(LETTER_TCVN3, "cp1252"))
        answer = self.search()
        self.assertEqual([answer.of(self.tree / name)["encoding"] for name in ("utf16.txt", "tcvn3.txt")], ["unicode", "tcvn3"])
        self.assertEqual({line["level"] for line in answer.lines}, {"toi_mat"})

    def test_text_is_shown_only_when_asked_for(self):
        secret = "Tình hình công tác thử nghiệm"
        path = self.put("a.txt", text(LETTER))
        for words in (["--json"], []):
            done = self.run_it("--no-cache", *words, path)
            self.assertEqual(done.returncode, 1)
            for stream in (done.stdout.decode(), done.stderr.decode()):
                self.assertNotIn(secret, stream)
                self.assertNotIn("Bản số", stream)
        for words in (["--json", "--show"], ["--show"]):
            status, shown = self.on_terminal("--no-cache", *words, path)
            self.assertEqual(status, 1)
            self.assertIn("TỐI MẬT", shown)
            self.assertIn("Bản số", shown)
            self.assertNotIn(secret, shown)  # the lines with marks, and no others

    def test_text_goes_into_no_pipe(self):
        path = self.put("a.txt", text(LETTER))
        for words in (["--json"], []):
            done = self.run_it("--no-cache", "--show", *words, path)
            self.assertEqual(done.returncode, 1)
            self.assertNotIn("Bản số", done.stdout.decode())
            self.assertIn("--show", done.stderr.decode())

    def on_terminal(self, *words):
        ours, theirs = os.openpty()
        done = self.run_it(*words, stdout=theirs)
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # its other end is closed
            pass
        os.close(ours)
        return done.returncode, shown.decode()

    def test_ocr_when_asked_for(self):
        path = self.put("a.txt", text(CLEAN))
        for when in ("auto", "never", "always"):
            with self.subTest(when):
                answer = self.search("--ocr", when, path)
                self.assertEqual(answer.of(path)["state"], "scanned")
                self.assertEqual(answer.status, 0 if answer.summary["pictures"] else 3)
                self.assertTrue(when != "never" or answer.summary["pictures"])

    def test_says_each_mark_in_words(self):
        path = self.put("a.txt", text(LETTER))
        for language, word in (("vi", "dấu độ mật"), ("en", "stamp")):
            with self.subTest(language):
                said = self.run_it("--no-cache", path, env={"KHIEN_LANG": language}).stdout.decode()
                self.assertIn(word, said)
                self.assertNotRegex(said.replace(str(path), ""), "copy_number|stamp" if language == "vi" else "copy_number")
        roles = ("support", "envelope", "register", "declassified")
        signs = {sign["sign"] for file in (khien.ROOT / "packs/secrecy").glob("*.yaml") for sign in yaml.safe_load(file.read_text()).get("signs") or [] if sign["role"] in roles}
        self.assertLessEqual(signs, set(yaml.safe_load((khien.ROOT / "spec/codes.yaml").read_text())["secret_mark"]))

    def test_says_once_what_lacks(self):
        whole = xlsx(LETTER)
        path = self.put("cut.xlsx", whole[:len(whole) * 2 // 3])
        said = self.run_it("--no-cache", path).stdout.decode()
        self.assertEqual(said.count("damaged"), 1, said)

    def test_rules_that_are_not_there_are_said_at_once(self):
        started = time.monotonic()
        done = self.run_it("--rules", "/nonexistent/rules", self.put("a.txt", text(CLEAN)))
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nonexistent/rules", done.stderr.decode())
        self.assertLess(time.monotonic() - started, 30)  # a worker is waited for for a minute

    def test_a_machine_never_searched_is_not_said_to_have_nothing(self):
        done = subprocess.run([khien.BIN / "khien", "secret-case", "list", "--state", self.dir], stdout=subprocess.PIPE, env=khien.ENV, text=True)
        self.assertEqual((done.returncode, done.stdout), (3, "This machine was never searched.\n"))

    def test_says_that_it_was_stopped(self):
        for i in range(3000):
            self.put(f"{i}.txt", text(CLEAN) * 20)
        search = subprocess.Popen([khien.BIN / "khien", "secret", "--rules", khien.ROOT / "packs/secrecy", "--no-cache", "-j1", self.tree], stdout=subprocess.PIPE, env=khien.ENV, text=True)
        children = pathlib.Path(f"/proc/{search.pid}/task/{search.pid}/children")
        khien.wait_for(lambda: children.read_text().strip(), every=0.001, what="a worker")
        search.send_signal(signal.SIGINT)
        said = search.communicate(timeout=60)[0]
        self.assertEqual(search.returncode, 3, said)
        self.assertIn("Stopped on request", said)

    def test_policy_changes_the_advice_only(self):
        path = self.put("a.txt", text(LETTER))
        strict, lan = (self.run_it("--no-cache", "--policy", policy, path) for policy in ("strict", "independent-lan"))
        self.assertEqual((strict.returncode, lan.returncode), (1, 1))
        self.assertNotEqual(strict.stderr, lan.stderr)

    @unittest.skipIf(os.geteuid() == 0 and not os.access("/usr/bin/setpriv", os.X_OK), "needs setpriv")
    def test_an_unchanged_tree_is_known(self):
        for folder in (self.dir, self.tree):
            folder.chmod(0o755)
        cache = self.dir / "cache"
        cache.mkdir()
        cache.chmod(0o777)
        clean, marked, changed = self.put("clean.txt", text(CLEAN)), self.put("marked.txt", text(LETTER)), self.put("changed.txt", text(CLEAN))

        def again(*words):
            return Answer(self.run_it("--json", *words, self.tree, prefix=AS_NOBODY, env={"XDG_CACHE_HOME": str(cache)}))

        time.sleep(SETTLED)
        first = again()
        self.assertEqual((first.summary["known"], first.status), (0, 1))
        second = again()
        self.assertTrue(second.of(clean).get("known"))
        self.assertEqual((second.of(clean)["level"], second.of(clean)["sha256"]), ("none", hashlib.sha256(clean.read_bytes()).hexdigest()))
        self.assertNotIn("known", second.of(marked))  # what bears a mark is read each time
        self.assertEqual(second.of(marked)["level"], "toi_mat")
        changed.write_bytes(text(LETTER))
        third = again()
        self.assertEqual((third.of(changed)["level"], third.summary["known"], third.status), ("toi_mat", 1, 1))
        self.assertEqual(again("--no-cache").summary["known"], 0)

    def test_states_are_those_that_are_promised(self):
        large = self.put("large.txt", text(CLEAN) * 200)
        self.put("clean.txt", text(CLEAN))
        self.put("locked.zip", locked(b"x"))
        answer = self.search("--max-size", "4096", self.tree)
        self.assertEqual({line["state"] for line in answer.lines}, {"scanned", "encrypted", "error"})
        self.assertTrue(answer.of(large)["reason"].startswith("skipped: "), answer.of(large))
        self.assertEqual((answer.summary["too_large"], answer.summary["skipped"], answer.summary["errors"]), (1, 1, 0))

    def test_encrypted_files_are_said_to_be(self):
        for name, content in {"a.ods": ods(CLEAN, encrypted=True), "a.xls": xls(CLEAN, encrypted=True), "a.zip": locked(text(LETTER))}.items():
            self.put(name, content)
        answer = self.search()
        self.assertEqual({(line["path"][-5:], line["state"], line["level"]) for line in answer.lines},
                         {("a.ods", "encrypted", "none"), ("a.xls", "encrypted", "none"), ("a.zip", "encrypted", "none")})
        self.assertEqual((answer.status, answer.summary["encrypted"]), (3, 3))

    def test_names_are_bytes(self):
        raw = os.fsencode(self.tree) + b"/m\xe2t \xff\n.txt"
        with open(raw, "wb") as file:
            file.write(text(LETTER))
        answer = self.search()
        (line,) = answer.lines
        self.assertEqual(base64.b64decode(line["path_bytes"]), raw)
        self.assertEqual(list(line), [*KEYS, "path_bytes"])
        self.assertEqual(line["level"], "toi_mat")

    def test_a_hundred_hostile_files_end_in_verdicts(self):
        dice = random.Random(20260101)
        whole = [xlsx(LETTER), pptx(LETTER), ods(LETTER), xls(LETTER), page(LETTER), mail(xlsx(LETTER)), nest(xls(LETTER), 2)]
        laughs = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a, b in zip("abcdefghi", "bcdefghij")) + "]>"
        hostile = {
            "bomb.zip": bomb(), "deep.zip": nest(text(LETTER), 60), "million.xls": xls(["a"] * 60000), "columns.ods": ods(['a</text:p></table:table-cell><table:table-cell '
            'table:number-columns-repeated="1000000000"><text:p>b']), "deep.html": b"<html>" + b"<div>" * 200_000, "lies.docx": xls(LETTER), "wrong.jpg": xlsx(LETTER),
            "laughs.xlsx": zipped({"xl/workbook.xml": laughs + "<workbook>&j;</workbook>"}), "deep.xlsx": zipped({"xl/workbook.xml": "<a>" * 100_000}), "empty.doc": b"",
        }
        for name, content in hostile.items():
            self.put(name, content)
        for i in range(100 - len(hostile)):
            content = bytearray(dice.choice(whole))
            for _ in range(dice.randrange(1, 20)):
                content[dice.randrange(len(content))] = dice.randrange(256)
            self.put(f"{i:03}", bytes(content[:dice.randrange(len(content) // 2, len(content) + 1)]))
        answer = self.search()
        self.assertEqual((len(answer.lines), answer.summary["files"], answer.summary["replaced_workers"], answer.summary["errors"]), (100, 100, 0, 0))
        self.assertLessEqual({line["state"] for line in answer.lines}, {"scanned", "partly", "encrypted"})
        self.assertTrue(all(line["reason"] for line in answer.lines if line["state"] != "scanned"))
        self.assertEqual({answer.of(self.tree / name)["level"] for name in ("lies.docx", "wrong.jpg")}, {"toi_mat"})
        self.assertEqual({answer.of(self.tree / name)["state"] for name in ("bomb.zip", "deep.zip", "laughs.xlsx", "deep.xlsx", "deep.html")}, {"partly"})
        self.assertEqual(answer.status, 1)


if __name__ == "__main__":
    unittest.main()
