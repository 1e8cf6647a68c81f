"""Prints the literals of YARA rules for measure.c: every text string of the files, without escapes, once. literals.py FOLDER >LITERALS"""

import pathlib
import re
import sys

STRING = re.compile(r'^\s*\$\w*\s*=\s*"((?:[^"\\\n]|\\.)*)"([^\n]*)', re.M)
ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))")
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}


def plain(text):
    return ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()) if m[1] else LETTERS.get(m[2], m[2]), text.encode("latin-1"))


def literals(path):
    for text, modifiers in STRING.findall(path.read_text(encoding="latin-1")):
        kind, literal = "i" if "nocase" in modifiers else "c", plain(text)
        if "wide" in modifiers:
            yield kind + b"".join(bytes([c, 0]) for c in literal).hex()
        if "wide" not in modifiers or "ascii" in modifiers:
            yield kind + literal.hex()


for literal in sorted({one for path in pathlib.Path(sys.argv[1]).rglob("*.yar*") for one in literals(path)}):
    print(literal)
