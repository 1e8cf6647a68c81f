"""Documents read: documents and MB a second on one core, by format, and the tool people use for it on the same files."""

import base64
import html
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unicodedata

import machine

DATA = pathlib.Path(os.environ.get("KHIEN_TEST_DATA", machine.ROOT.parent / "shared/data")) / "vn-law-text.tar.zst"
TOOL = machine.ROOT / "out/build/src/document/read/khien-lines"
PAGE = 6000  # bytes of a text that make a document: two pages, as most are
DOCUMENTS = 400


def run(*args, **keywords):
    return subprocess.run([str(a) for a in args], check=True, stdout=subprocess.PIPE, **keywords).stdout


def encoded(charset):
    return lambda text: run(TOOL, "--encode", charset, input=text.encode())


def page(text, font="Times New Roman"):
    lines = "\n".join(f'<p style="text-align:justify; margin:0"><font face="{font}" size=3>{html.escape(line)}</font></p>' for line in text.splitlines())
    return f'<html><head><meta charset="utf-8"><title>Văn bản</title></head><body>{lines}</body></html>'.encode()


def mail(text):
    return b"From: a@b\nSubject: =?utf-8?Q?V=C4=83n_b=E1=BA=A3n?=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(text.encode())


# name: how a text becomes a document, and the tool that reads such, one process a file ({} is the file)
FORMATS = {
    "text, UTF-8": (str.encode, None),
    "text, UTF-16": (lambda text: text.encode("utf-16"), ["iconv", "-f", "UTF-16", "-t", "UTF-8", "{}"]),
    "text, TCVN3": (encoded("tcvn3"), ["iconv", "-c", "-f", "TCVN", "-t", "UTF-8", "{}"]),
    "text, VNI": (encoded("vni"), None),
    "text, VISCII": (encoded("viscii"), ["iconv", "-c", "-f", "VISCII", "-t", "UTF-8", "{}"]),
    "html": (page, ["xmllint", "--html", "--xpath", "string(/)", "{}"]),
    "mail": (mail, None),
}


def texts():
    with tempfile.TemporaryDirectory(prefix="khien-bench-") as folder:
        run("tar", "--zstd", "-xf", DATA, "-C", folder)
        whole = "\n".join(p.read_text() for p in sorted(pathlib.Path(folder).rglob("*.md")))
    whole = unicodedata.normalize("NFC", whole)
    return [whole[at:at + PAGE] for at in range(0, len(whole), PAGE)][:DOCUMENTS]


def peer_seconds(command, files):
    """Time of one core, theirs and the kernel's for them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for file in files:
        subprocess.run([a.replace("{}", str(file)) for a in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(name, make, peer, folder, source):
    files = []
    for number, text in enumerate(source):
        files.append(folder / f"{number}")
        files[-1].write_bytes(make(text))
    told = run(TOOL, "--time", "20", *files).decode()
    rate = float(told.split("documents/s")[0].split()[-1])
    line = f"   {name:13} {rate:8,.0f} documents/s {told.split('documents/s, ')[1].split(' MB/s')[0]:>7} MB/s"
    if peer and shutil.which(peer[0]):
        theirs = len(files) / peer_seconds(peer, files)
        line += f"   {peer[0]}: {theirs:,.0f} documents/s, {rate / theirs:.1f} times slower"
    print(line)


def main():
    if not DATA.exists():
        sys.exit(f"   {DATA} is not there")
    machine.describe()
    run("ninja", "-C", machine.ROOT / "out/build", "src/document/read/khien-lines")
    source = texts()
    print(f"   {len(source)} documents of two pages each")
    for name, (make, peer) in FORMATS.items():
        with tempfile.TemporaryDirectory(prefix="khien-bench-") as folder:
            measure(name, make, peer, pathlib.Path(folder), source)


if __name__ == "__main__":
    main()
