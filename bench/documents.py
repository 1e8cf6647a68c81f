"""Documents: read, by format, against the tool people use on the same files; a scan's verdict against Tesseract; a tree searched again against find; a worker's memory."""

import base64
import csv
import html
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata

import machine

sys.path.insert(0, str(machine.ROOT / "tests/secrecy"))
import office  # noqa: E402

DATA = pathlib.Path(os.environ.get("KHIEN_TEST_DATA", machine.ROOT.parent / "shared/data")) / "vn-law-text.tar.zst"
TOOL = machine.ROOT / "out/build/src/document/read/khien-lines"
KHIEN = machine.ROOT / "out/bin/khien"
PAGE = 6000  # bytes of a text that make a document: two pages, as most are
DOCUMENTS = 400
OFFICE = 150  # of each format that LibreOffice makes
COPIES = 10
PAGES = 10    # that are read as scans, with a mark and without
TURNS = 3
TREE = 3  # copies of all documents, for the rescan


def run(*args, **keywords):
    return subprocess.run([str(a) for a in args], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **keywords).stdout


def encoded(charset):
    return lambda text: run(TOOL, "--encode", charset, input=text.encode())


def page(text, font="Times New Roman"):
    lines = "\n".join(f'<p style="text-align:justify; margin:0"><font face="{font}" size=3>{html.escape(line)}</font></p>' for line in text.splitlines())
    return f'<html><head><meta charset="utf-8"><title>Văn bản</title></head><body>{lines}</body></html>'.encode()


def mail(text):
    return b"From: a@b\nSubject: =?utf-8?Q?V=C4=83n_b=E1=BA=A3n?=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(text.encode())


# name: how a text becomes a document, and the tools that read such, one process a file ({} is the file)
FORMATS = {
    "text, UTF-8": (str.encode, []),
    "text, UTF-16": (lambda text: text.encode("utf-16"), [["iconv", "-f", "UTF-16", "-t", "UTF-8", "{}"]]),
    "text, TCVN3": (encoded("tcvn3"), [["iconv", "-c", "-f", "TCVN", "-t", "UTF-8", "{}"]]),
    "text, VNI": (encoded("vni"), []),
    "text, VISCII": (encoded("viscii"), [["iconv", "-c", "-f", "VISCII", "-t", "UTF-8", "{}"]]),
    "html": (page, [["xmllint", "--html", "--xpath", "string(/)", "{}"]]),
    "mail": (mail, []),
}


def texts():
    with tempfile.TemporaryDirectory(prefix="khien-bench-") as folder:
        run("tar", "--zstd", "-xf", DATA, "-C", folder)
        whole = "\n".join(p.read_text() for p in sorted(pathlib.Path(folder).rglob("*.md")))
    whole = unicodedata.normalize("NFC", whole)
    return [whole[at:at + PAGE] for at in range(0, len(whole), PAGE)][:DOCUMENTS]


def children_seconds(work):
    """Time of one core that a piece of work's processes took, theirs and the kernel's for them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peer_seconds(command, files):
    env = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    return children_seconds(lambda: [subprocess.run([str(a).replace("{}", str(file)) for a in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, env=env) for file in files])


def made(make, folder, source):
    files = [folder / f"{number}" for number in range(len(source))]
    for file, text in zip(files, source):
        file.write_bytes(make(text))
    return files


def measure(name, peers, files):
    told = run(TOOL, "--time", "20", *files).decode()
    rate = float(told.split("documents/s")[0].split()[-1])
    line = f"   {name:13} {rate:8,.0f} documents/s {told.split('documents/s, ')[1].split(' MB/s')[0]:>7} MB/s"
    for peer in peers:
        if shutil.which(peer[0]):
            theirs = len(files) / peer_seconds(peer, files)
            line += f"   {peer[0]}: {theirs:,.0f} documents/s, {rate / theirs:.1f} times slower"
    print(line, flush=True)


def search(tree, *words, known=None):
    """`khien secret` of one worker, as its summary says. `known`: a home in which what was searched is remembered."""
    cache = ["--no-cache"] if known is None else []
    env = {**os.environ, "KHIEN_LANG": "en", **({"HOME": str(known), "XDG_CACHE_HOME": str(known)} if known else {})}
    done = subprocess.run([KHIEN, "secret", "--json", "-j", "1", *cache, *words, tree], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, check=False)
    assert done.returncode in (0, 1, 3), done.stderr[-1000:]
    return json.loads(done.stdout.splitlines()[-1])["summary"]


def rescan(folder, files):
    """A tree of which nothing changed, searched again, and `find` of the same tree."""
    tree, home = folder / "tree", folder / "home"
    home.mkdir()
    for copy in range(TREE):
        for name, some in files.items():
            place = tree / str(copy) / name.replace(", ", "-")
            place.mkdir(parents=True)
            for file in some:
                shutil.copy(file, place / file.name)
    time.sleep(3)  # a file changed just now could change again within the same tick of its clock: it is not remembered
    first = machine.timed(lambda: search(tree, "--ocr", "never", known=home))
    again = search(tree, "--ocr", "never", known=home)
    mine, theirs, ratio = machine.median_of_pairs(lambda: search(tree, "--ocr", "never", known=home), lambda: run("find", tree), runs=3)
    print(f"   {first[1]['files']:,} files searched first in {first[0]:.1f} s, again ({again['known']:,} known) in {mine:.3f} s; find: {theirs:.3f} s; {1 / ratio:.1f} times its time", flush=True)
    peak = machine.peak_kib([KHIEN, "secret", "--json", "-j", "1", "--no-cache", "--ocr", "never", tree / "0"], "khien-document-worker")
    print(f"   memory of a worker, most while it reads a copy of them: {peak / 1024:.0f} MiB (Pss)", flush=True)


def memory_of_pages(folder):
    if any(folder.glob("*.jpg")):
        peak = machine.peak_kib([KHIEN, "secret", "--json", "-j", "1", "--no-cache", "--ocr", "always", folder], "khien-document-worker")
        print(f"   memory of a worker, most while it reads pages of 300 dpi as letters: {peak / 1024:.0f} MiB (Pss)", flush=True)


# ---- what offices have: the whole of `khien secret`, its start too, and one process a file for the others

LETTERHEAD = "ỦY BAN NHÂN DÂN PHƯỜNG ĐÔNG HẢI\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 12/BC-UBND\nTỐI MẬT\n"
OFFICE_PEERS = (("pdf", ["pdftotext", "{}", "-"]), ("doc", ["catdoc", "-d", "utf-8", "{}"]), ("doc", ["antiword", "-m", "UTF-8.txt", "{}"]), ("docx", ["docx2txt", "{}", "-"]), ("rtf", ["catdoc", "{}"]),
                ("xls", ["xls2csv", "-d", "utf-8", "{}"]), ("xlsx", ["unzip", "-p", "{}", "xl/sharedStrings.xml"]))


def soffice(files, to, folder, *how):
    with tempfile.TemporaryDirectory() as profile:
        run("soffice", f"-env:UserInstallation=file://{profile}", "--headless", *how, "--convert-to", to, "--outdir", folder, *files)
    return sorted(folder.glob(f"*.{to.split(':')[0]}"))


def cells(text):
    return [[number, *line.split(". "), 17 * number] for number, line in enumerate(text.splitlines(), 1)]


def make_office(folder, source):
    """{format: files}"""
    folder.mkdir()
    pages, sheets, of_format = [], [], {}
    for number, text in enumerate(source):
        pages.append(folder / f"{number}.html")
        pages[-1].write_bytes(page(text))
        sheets.append(folder / f"{number}.csv")
        with sheets[-1].open("w", newline="") as out:
            csv.writer(out).writerows(cells(text))
    texts = soffice(pages, "odt:writer8", folder / "odt", "--infilter=HTML (StarWriter)")
    for form in ("pdf", "doc", "docx", "rtf"):
        of_format[form] = office.convert(texts, form, folder / form)
    for form in ("xls", "xlsx"):
        of_format[form] = soffice(sheets, form, folder / form, "--infilter=CSV:44,34,76")
    return of_format


def secret_seconds(files):
    """Of one core for each of the files once, where they stand ten times over, as a disk has thousands."""
    with tempfile.TemporaryDirectory(prefix="khien-bench-", dir=files[0].parent.parent) as folder:
        for copy in range(COPIES):
            for file in files:
                os.link(file, f"{folder}/{copy}-{file.name}")
        return peer_seconds([KHIEN, "secret", "--json", "--no-cache", "-j", "1", folder], [folder]) / COPIES


def compare(name, files, command, what="documents"):
    if not files or not shutil.which(command[0]):
        return
    turns = [(len(files) / secret_seconds(files), len(files) / peer_seconds(command, files)) for _ in range(TURNS)]
    ours, theirs, ratio = (statistics.median(v) for v in zip(*((o, t, o / t) for o, t in turns)))
    print(f"   {name:22} {ours:8,.1f} {what}/s   {command[0]}: {theirs:,.1f}, {ratio:.1f} times slower", flush=True)


def measure_office(folder, source):
    of_format = make_office(folder, source)
    for form, command in OFFICE_PEERS:
        compare(form, of_format.get(form, []), command)
    return of_format


def measure_scans(folder, source):
    """Pages at 300 dpi, grey; Tesseract without its threads, which make it slower (peer_seconds())."""
    for name, head in (("scan, no mark", ""), ("scan, with a mark", LETTERHEAD)):
        here = folder / name.replace(",", "").replace(" ", "-")
        here.mkdir(parents=True)
        for number, text in enumerate(source):
            (here / f"{number}.html").write_bytes(page(head + text))
        for pdf in office.convert(soffice(sorted(here.glob("*.html")), "odt:writer8", here / "odt", "--infilter=HTML (StarWriter)"), "pdf", here / "pdf"):
            (here / "scan").mkdir(exist_ok=True)
            run("pdftoppm", "-r", "300", "-gray", "-jpeg", "-f", "1", "-l", "1", pdf, here / "scan" / pdf.stem)
        compare(name, sorted((here / "scan").glob("*.jpg")), ["tesseract", "{}", "-", "-l", "vie"], "pages")


def main():
    if not DATA.exists():
        sys.exit(f"   {DATA} is not there")
    machine.describe()
    run("ninja", "-C", machine.ROOT / "out/build", "src/document/read/khien-lines")
    source = texts()
    print(f"   {len(source)} documents of two pages each; {OFFICE} where LibreOffice makes them. One core, ours in one process, the others' one process a file")
    with tempfile.TemporaryDirectory(prefix="khien-bench-") as top:
        files = {}
        for name, (make, peers) in FORMATS.items():
            folder = pathlib.Path(top) / name.replace(", ", "-")
            folder.mkdir()
            files[name] = made(make, folder, source)
            measure(name, peers, files[name])
        if office.there():
            files |= measure_office(pathlib.Path(top) / "office", source[:OFFICE])
            measure_scans(pathlib.Path(top) / "scans", source[:PAGES])
            memory_of_pages(pathlib.Path(top) / "scans/scan-with-a-mark/scan")
        rescan(pathlib.Path(top), files)


if __name__ == "__main__":
    main()
