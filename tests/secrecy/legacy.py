"""Vietnamese in the charsets of before Unicode, as documents of that time hold it: bytes, for fonts that show them as Vietnamese. Written from the standards' own tables, not from ours."""

import unicodedata

VOWELS = "a ă â e ê i o ô ơ u ư y".split()
TONES = "\u0300 \u0309 \u0303 \u0301 \u0323".split()  # grave, hook, tilde, acute, dot: the order of TCVN 5712

# TCVN 5712:1993 VN3 ("ABC"): small letters with tones by vowel, in the order of TONES; capitals with tones are small letters in a font of capitals.
TCVN3_TONES = {"a": "b5b6b7b8b9", "ă": "bbbcbdbec6", "â": "c7c8c9cacb", "e": "cccecfd0d1", "ê": "d2d3d4d5d6", "i": "d7d8dcddde", "o": "dfe1e2e3e4", "ô": "e5e6e7e8e9", "ơ": "eaebecedee",
               "u": "eff1f2f3f4", "ư": "f5f6f7f8f9", "y": "fafbfcfdfe"}
TCVN3_PLAIN = {"ă": 0xA8, "â": 0xA9, "ê": 0xAA, "ô": 0xAB, "ơ": 0xAC, "ư": 0xAD, "đ": 0xAE, "Ă": 0xA1, "Â": 0xA2, "Ê": 0xA3, "Ô": 0xA4, "Ơ": 0xA5, "Ư": 0xA6, "Đ": 0xA7}

# VNI: a plain letter and a second byte that is its marks.
VNI_TONES = {"": "f8fbf5f9ef", "ă": "e8fafce9eb", "â": "e0e5e3e1e4"}
VNI_SECOND = {"ă": 0xEA, "â": 0xE2, "ê": 0xE2, "ô": 0xE2}
VNI_SINGLE = {"ơ": 0xF4, "ư": 0xF6, "đ": 0xF1, "ì": 0xEC, "í": 0xED, "ỉ": 0xE6, "ĩ": 0xF3, "ị": 0xF2, "ỵ": 0xEE}


PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def composed(text):
    """NFC, with the signs that these charsets have, and no mark that has no letter."""
    return "".join(c for c in unicodedata.normalize("NFC", text.translate(PLAIN)) if not unicodedata.combining(c))


def parts(c):
    """(vowel with its own mark, tone or "") of a composed letter."""
    marks = unicodedata.normalize("NFD", c)
    tone = next((m for m in marks if m in TONES), "")
    return unicodedata.normalize("NFC", marks.replace(tone, "") if tone else marks), tone


def tcvn3(text):
    """Bytes; a capital with a tone is the small letter's byte, which needs a font of capitals to be shown as one."""
    out = bytearray()
    for c in composed(text):
        vowel, tone = parts(c)
        if c in TCVN3_PLAIN:
            out.append(TCVN3_PLAIN[c])
        elif tone and vowel.lower() in VOWELS:
            out.append(bytes.fromhex(TCVN3_TONES[vowel.lower()])[TONES.index(tone)])
        else:
            out += c.encode("ascii", "replace")
    return bytes(out)


def vni(text):
    out = bytearray()
    for c in composed(text):
        small, capital = c.lower(), 0x20 if c != c.lower() else 0
        vowel, tone = parts(small)
        if small in VNI_SINGLE:
            out.append(VNI_SINGLE[small] - capital)
        elif vowel in VNI_SINGLE:  # ơ, ư with a tone
            out += bytes([VNI_SINGLE[vowel] - capital, bytes.fromhex(VNI_TONES[""])[TONES.index(tone)] - capital])
        elif vowel in VNI_SECOND or (tone and vowel in VOWELS):
            base = unicodedata.normalize("NFD", vowel)[0]
            out += (base.upper() if capital else base).encode()
            table = VNI_TONES["ă" if vowel == "ă" else "â" if vowel in VNI_SECOND else ""]
            out.append((bytes.fromhex(table)[TONES.index(tone)] if tone else VNI_SECOND[vowel]) - capital)
        else:
            out += c.encode("ascii", "replace")
    return bytes(out)


def cp1258(text):
    """Windows: vowels with their own marks are letters, tones follow."""
    return "".join("".join(parts(c)) if parts(c)[1] else c for c in composed(text)).encode("cp1258", "replace")


def viscii(text):
    import subprocess
    return subprocess.run(["iconv", "-c", "-f", "utf-8", "-t", "viscii"], input=composed(text).encode(), stdout=subprocess.PIPE, check=True).stdout


def as_western(data):
    """The bytes as the text that Windows' Western code page shows for them: what a DOCX or HTML file of such a document holds."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in data)


ENCODINGS = {  # of plain text
    "utf-8": lambda t: t.encode(), "utf-8-bom": lambda t: b"\xef\xbb\xbf" + t.encode(), "nfd": lambda t: unicodedata.normalize("NFD", t).encode(), "utf-16": lambda t: t.encode("utf-16"),
    "tcvn3": tcvn3, "vni": vni, "viscii": viscii, "cp1258": cp1258,
}
FONTS = {"unicode": None, "nfd": None, "tcvn3": ".VnTime", "vni": "VNI-Times"}  # of formats that name fonts
