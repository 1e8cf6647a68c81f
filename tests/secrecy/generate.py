#!/usr/bin/python3
"""Composes a set of files for the test of marks.

    tests/secrecy/generate.py FOLDER [--size small|full] [--seed N] [--held-out]

FOLDER/SECTION/manifest.jsonl names each file: path, level, format, encoding, place, damage, paper. The public texts are read from the archives vn-law-text and nd30-forms (see tests/integration/
public_sets.py); without them there is nothing to compose."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests/integration")]
import compose  # noqa: E402
import legacy  # noqa: E402
import office  # noqa: E402
import public_sets  # noqa: E402
import writers  # noqa: E402

SCAN = ROOT / "out/build/tests/secrecy/khien-test-scan"
# Papers per format. Text formats are written here; "doc odt pdf" come of DOCX, sheets and slides of flat XML, scans of PDF.
SIZES = {
    "small": {"txt": 160, "html": 80, "rtf": 80, "docx": 120, "doc": 16, "odt": 16, "pdf": 24, "xls": 12, "xlsx": 12, "ods": 12, "ppt": 12, "pptx": 12, "odp": 12, "zip": 12, "eml": 12, "scan": 12, "laws": 4},
    "full": {"txt": 2000, "html": 800, "rtf": 800, "docx": 1200, "doc": 400, "odt": 200, "pdf": 400, "xls": 200, "xlsx": 200, "ods": 150, "ppt": 200, "pptx": 200, "odp": 150, "zip": 100, "eml": 100, "scan": 240, "laws": 999},
}
SOURCE = {"doc": "docx", "odt": "docx", "pdf": "docx", "xls": "fods", "xlsx": "fods", "ods": "fods", "ppt": "fodp", "pptx": "fodp", "odp": "fodp"}
RICH = ("unicode", "unicode", "nfd", "tcvn3", "vni")
MAKERS = ("compose.py", "writers.py", "legacy.py", "office.py", "generate.py", "scan.c")
LOOKS = ("colour", "colour", "grey", "black")
ENDINGS = {"colour": ("jpg", "png", "tif", "pdf"), "grey": ("jpg", "png", "tif", "pdf"), "black": ("tif", "pdf")}
QUARTERS = (0, 0, 0, 0, 1, 2, 3)  # most sheets are fed upright


def encoding_of(form, i):
    if form == "txt":
        return list(legacy.ENCODINGS)[i % len(legacy.ENCODINGS)]
    if form == "html":
        return (*RICH, "cp1258")[i % (len(RICH) + 1)]
    return RICH[i % len(RICH)] if form not in ("scan",) else "unicode"


class Set:
    def __init__(self, folder):
        self.folder, self.rows = folder, []

    def add(self, path, paper, form, encoding):
        self.rows.append({"path": str(path.relative_to(self.folder)), "level": paper["level"], "format": form, "encoding": encoding, "place": paper["place"], "damage": paper["damage"], "paper": paper["name"]})

    def write(self, paper, form, encoding, name, kept=True):
        path = self.folder / ("file" if kept else "source") / form / f"{name}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {"txt": lambda: writers.write_text(paper, encoding, writers.seeded(paper, "txt")), "html": lambda: writers.write_html(paper, encoding), "rtf": lambda: writers.write_rtf(paper, encoding),
                "docx": lambda: writers.write_docx(paper, encoding), "zip": lambda: writers.write_zip(paper, encoding), "eml": lambda: writers.write_eml(paper, encoding),
                "fods": lambda: writers.write_fods(paper, encoding, writers.seeded(paper, "sheet")), "fodp": lambda: writers.write_fodp(paper, encoding)}[form]()
        path.write_bytes(made)
        if kept:
            self.add(path, paper, form, encoding)
        return path

    def convert(self, papers, form):
        """(paper, encoding) through LibreOffice. VNI and TCVN3 are kept in DOC, whose fonts tell; PDF holds what Word shows, which needs fonts this machine has not: only Unicode."""
        todo = [(paper, encoding, self.write(paper, SOURCE[form], encoding, f"{form}-{i}-{paper['name']}-{encoding}", kept=False)) for i, (paper, encoding) in enumerate(papers)]
        made = {path.stem: path for path in office.convert([path for _, _, path in todo], form, self.folder / "file" / form)}
        for paper, encoding, path in todo:
            if path.stem in made:
                self.add(made[path.stem], paper, form, encoding)
        return [made[path.stem] for _, _, path in todo if path.stem in made]

    def scan(self, papers, seed, pages=1):
        """The first pages, 0: all, at 200 dpi, as a scanner would see them."""
        sources = [(paper, self.write(paper, "docx", "unicode", f"scan-{i}-{paper['name']}", kept=False)) for i, paper in enumerate(papers)]
        self.scan_documents(sources, seed, pages)

    def scan_documents(self, sources, seed, pages):
        """(paper, its file)"""
        by_stem = {p.stem: p for p in office.convert([path for _, path in sources], "pdf", self.folder / "source/scan")}
        jobs = [(i, paper, by_stem[path.stem]) for i, (paper, path) in enumerate(sources) if path.stem in by_stem]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for found in pool.map(lambda job: self.scan_one(*job, seed, pages), jobs):
                for path, paper, look in found:
                    self.add(path, paper, "scan-" + path.suffix[1:], look)

    def scan_one(self, i, paper, pdf, seed, pages):
        subprocess.run(["pdftoppm", "-r", "200", *(("-l", str(pages)) if pages else ()), pdf, pdf.with_suffix("")], check=True)
        found = []
        for n, page in enumerate(sorted(pdf.parent.glob(f"{pdf.stem}-*.ppm"))):
            k = i + n
            look, quarters = LOOKS[k % len(LOOKS)], QUARTERS[k % len(QUARTERS)]
            ending = ENDINGS[look][k // len(LOOKS) % len(ENDINGS[look])]
            path = self.folder / "file/scan" / f"{page.stem}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            if subprocess.run([SCAN, str(seed * 1000 + k), look, str(quarters), page, path], check=False).returncode == 0:
                found.append((path, paper, look + (" turned" if quarters else "")))
            page.unlink()
        return found


def texts_of(folder):
    laws = compose.law_texts(public_sets.unpack("vn-law-text", folder))
    short = [[line for line in lines if 40 < len(line) < 900] for lines in laws.values()]
    return laws, [lines for lines in short if len(lines) > 80]


def papers_of(form, size, seed, texts, held_out):
    made = compose.papers(size[form], texts, f"{seed}.{form}", held_out)
    for p in made[::7] if SOURCE.get(form, form) in ("docx", "rtf", "html", "zip", "eml", "scan") else ():  # sheets and slides show what is written
        for line in [*p["header"], *p["box"], *writers.flat(p)]:
            line.shown_capitals = line.text.upper() == line.text and p["damage"] == "none" and not line.drawn
    return made


def marked_here(out, size, seed, laws, texts, held_out):
    for form in ("txt", "html", "rtf", "docx", "zip", "eml"):
        for i, paper in enumerate(papers_of(form, size, seed, texts, held_out)):
            out.write(paper, form, encoding_of(form, i), f"{paper['name']}-{encoding_of(form, i)}")


def marked_office(out, size, seed, laws, texts, held_out):
    for form in SOURCE:
        # LibreOffice does not keep WordArt of a DOCX; slides hold no second document.
        chosen = [p for p in papers_of(form, size, seed, texts, held_out) if not any(line.drawn for line in p["box"]) and not (SOURCE[form] == "fodp" and p["place"] == "second")]
        out.convert([(p, "unicode" if form == "pdf" else encoding_of(form, i)) for i, p in enumerate(chosen)], form)


def marked_scans(out, size, seed, laws, texts, held_out):
    out.scan([p for p in papers_of("scan", size, seed, texts, held_out) if p["damage"] in ("none", "spaced", "signs") and p["place"] not in ("wordart", "second")], seed)


def laws_of(size, laws):
    return compose.law_papers(dict(sorted(laws.items(), key=lambda item: "bi-mat" not in item[0])[:size["laws"]]))


def whole(size):
    return size["laws"] > 10


def harmless_here(out, size, seed, laws, texts, held_out):
    harmless, chosen = compose.harmless(), laws_of(size, laws)
    for paper in harmless + chosen:
        for form in ("txt", "html", "rtf", "docx"):
            for encoding in ({"txt": ("utf-8", "tcvn3", "vni", "viscii"), "html": ("unicode", "tcvn3")}.get(form, ("unicode", "tcvn3", "vni")) if whole(size) or paper in harmless else ("unicode",) if form != "txt" else ("utf-8",)):
                out.write(paper, form, encoding, f"{paper['name']}-{encoding}")
    for paper, path in forms_of(out):
        out.add(path, paper, "forms-" + path.suffix[1:], "unicode")


def harmless_office(out, size, seed, laws, texts, held_out):
    for form in SOURCE:
        out.convert([(p, "unicode") for p in compose.harmless() + (laws_of(size, laws) if form in ("doc", "pdf") else [])], form)


def harmless_scans(out, size, seed, laws, texts, held_out):
    """The papers, the laws and the forms of Decree 30/2020, each page of them; of a small set, two pages of some."""
    harmless = compose.harmless()
    out.scan(harmless if whole(size) else harmless[:4], seed + 1, pages=2)
    if whole(size):
        out.scan(laws_of(size, laws), seed + 2, pages=0)
        out.scan_documents(forms_of(out), seed + 3, pages=0)


def forms_of(out):
    """(paper, file) of the public forms."""
    found = []
    for path in sorted(p for p in public_sets.unpack("nd30-forms", out.folder.parent / "public").rglob("*") if p.suffix in (".doc", ".docx")):
        to = out.folder / "file/forms" / f"{path.suffix[1:]}-{path.name}"  # one form has both
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
        found.append((compose.plain(f"nd30-{path.name}"), to))
    return found


MARKED = {"marked-here": marked_here, "marked-office": marked_office, "marked-scans": marked_scans}
HARMLESS = {"harmless-here": harmless_here, "harmless-office": harmless_office, "harmless-scans": harmless_scans}


def possible(section):
    return office.there() and (SCAN.exists() or "scans" not in section) or "here" in section


def make(folder, key, maker, *arguments, makers=MAKERS):
    """The rows of one section of the set, their paths below its folder. What is there already, made by these same programs, is not made again."""
    stamp = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in makers) + key.encode()).hexdigest()
    manifest = folder / "manifest.jsonl"
    if manifest.exists() and folder.joinpath("stamp").read_text() == stamp:
        return [json.loads(line) for line in manifest.read_text().splitlines()]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    out = Set(folder)
    maker(out, *arguments)
    shutil.rmtree(folder / "source", ignore_errors=True)
    manifest.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in out.rows))
    folder.joinpath("stamp").write_text(stamp)
    return out.rows


def generate(folder, size="small", seed=1, held_out=False):
    folder = pathlib.Path(folder)
    laws, texts = texts_of(folder / "public")
    rows = []
    for section, maker in (MARKED if held_out else {**MARKED, **HARMLESS}).items():
        if possible(section):
            made = make(folder / section, f"{size} {seed} {held_out}", maker, SIZES[size], seed, laws, texts, held_out)
            rows += [{**row, "path": f"{section}/{row['path']}"} for row in made]
    return rows


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("folder")
    words.add_argument("--size", choices=SIZES, default="small")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--held-out", action="store_true")
    chosen = words.parse_args()
    missing = public_sets.missing("vn-law-text", "nd30-forms")
    if missing:
        sys.exit(f"{missing} is not there")
    os.nice(5)
    print(f"{len(generate(chosen.folder, chosen.size, chosen.seed, chosen.held_out))} files")


if __name__ == "__main__":
    main()
