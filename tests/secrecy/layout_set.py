#!/usr/bin/python3
"""Files of layouts.py, or of unseen.py, in every format: Word's papers as DOCX and, through LibreOffice, DOC, RTF, ODT, HTML, PDF and scans; as plain text; sheets and slides likewise.

    tests/secrecy/layout_set.py FOLDER [--unseen] [--variants N] [--seed N]"""

import argparse
import os
import pathlib
import subprocess

import generate
import layouts
import legacy
import office
import unseen

MAKERS = (*generate.MAKERS, "layouts.py", "layout_set.py")
SETS = {"layouts": (layouts.items, MAKERS), "unseen": (unseen.items, (*MAKERS, "unseen.py"))}
THROUGH = {"doc": ("doc", "rtf", "odt", "html", "pdf"), "sheet": ("xls", "xlsx", "ods"), "show": ("ppt", "pptx", "odp")}
FLAT = {"doc": "docx", "sheet": "fods", "show": "fodp"}
UNICODE_ONLY = ("pdf", "html")  # of LibreOffice: it writes what the letters are, not the fonts that show them
NO_PICTURES = ("txt", "html")  # pictures of HTML are files of their own


def stamps(folder):
    """{(wording, red): PNG}: a framed line of red or black ink, as a picture of a rubber stamp's print."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = {}
    for wording in layouts.LEVELS.values():
        for red in (False, True):
            doc = layouts.Doc(None)
            width = {"MẬT": 20, "TỐI MẬT": 30}.get(wording, 40)
            doc.add(wording, "center", framed=True, bold=True, red=red, size=13, width=width)
            path = folder / f"stamp-{len(sources)}.docx"
            path.write_bytes(doc.bytes(None))
            sources[wording, red] = (path, width)
    office.convert([path for path, _ in sources.values()], "pdf", folder)
    made = {}
    for key, (path, width) in sources.items():
        subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", "-x", "216", "-y", "146", "-W", str(width * 8 + 60), "-H", "84", path.with_suffix(".pdf"), path.with_suffix("")], check=True)
        made[key] = path.with_suffix(".png").read_bytes()
    return made


def row_of(item):
    return {"level": item.level, "place": item.name.rsplit("-", 2)[0], "damage": "none", "name": item.name}


def text_of(item):
    return legacy.ENCODINGS[{"unicode": "utf-8"}.get(item.encoding, item.encoding)]("\r\n".join(item.content.text) + "\r\n")


def fill(out, items, variants, seed, formats=None, scans=3):
    """`formats`: only these; `scans`: of so many papers one is scanned, 0: none."""
    everything = items(variants, seed)
    pictures = stamps(out.folder / "source/stamps") if office.there() else {}
    sources = {}
    for item in everything:
        form = FLAT[item.kind]
        path = out.folder / ("file" if form == "docx" else "source") / form / f"{item.name}-{item.encoding}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(item.content.bytes(lambda wording, red: pictures[wording, red]))
        sources[item.name] = path
        if form == "docx":
            out.add(path, row_of(item), "docx", item.encoding)
        if form == "docx" and not item.content.pictures:
            text = out.folder / "file/txt" / f"{item.name}-{item.encoding}.txt"
            text.parent.mkdir(parents=True, exist_ok=True)
            text.write_bytes(text_of(item))
            out.add(text, row_of(item), "txt", item.encoding)
    if not office.there():
        return
    for kind, forms in THROUGH.items():
        for form in forms:
            if formats and form not in formats:
                continue
            chosen = [i for i in everything if i.kind == kind and (i.encoding == "unicode" or form not in UNICODE_ONLY) and not (form in NO_PICTURES and i.content.pictures)]
            made = {p.stem: p for p in office.convert([sources[i.name] for i in chosen], form, out.folder / "file" / form)}
            for item in chosen:
                if sources[item.name].stem in made:
                    out.add(made[sources[item.name].stem], row_of(item), form, item.encoding)
    if scans and generate.SCAN.exists():
        chosen = [i for i in everything if i.kind == "doc" and i.encoding == "unicode"][::scans]
        out.scan_documents([(row_of(i), sources[i.name]) for i in chosen], seed + 5, pages=1)


def make(folder, variants, seed, formats=None, scans=3, which="layouts"):
    items, makers = SETS[which]
    return generate.make(pathlib.Path(folder), f"{which} {variants} {seed} {formats} {scans} {office.there()} {generate.SCAN.exists()}", fill, items, variants, seed, formats, scans, makers=makers)


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("folder")
    words.add_argument("--unseen", action="store_true")
    words.add_argument("--variants", type=int, default=2)
    words.add_argument("--seed", type=int, default=1)
    chosen = words.parse_args()
    os.nice(5)
    which = "unseen" if chosen.unseen else "layouts"
    print(f"{len(make(chosen.folder, chosen.variants, chosen.seed, which=which))} files")


if __name__ == "__main__":
    main()
