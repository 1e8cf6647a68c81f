"""The details of errors speak Vietnamese: every text of src/ that reaches kh_words() has its entry in spec/i18n/details.vi.yaml, and no entry is left over.

Which texts those are is read from the code itself: a literal given to kh_words() or KH_WORDS(), and a literal given to a function at the place of a parameter that
this function gives on to kh_words(), however many functions lie between: so kh_fail(), kh_yaml_fail() and a file's own `static int wrong(const char *what)` need no
list here. Run by `make check`."""

import functools
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from gen import details  # noqa: E402

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|//[^\n]*|/\*.*?\*/|[()\[\]{},]|[^"\'/()\[\]{},]+|/', re.S)
CALL = re.compile(r"\b([A-Za-z_]\w*)\(")
LITERAL = re.compile(r'"((?:\\.|[^"\\])*)"')
FUNCTION = re.compile(r"^(static )?[a-z][\w \t*]*?\b([a-z_]\w*)\(([^;{}]*?)\)[^;{}()]*\n\{\n(.*?)^\}", re.M | re.S)
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
TELLERS = re.compile(r"kh_fail(_errno|_in)?|kh_yaml_fail")


def plain(text):
    """A C literal as the compiler reads it."""
    return re.sub(r"\\(x[0-9a-f]{2}|.)", lambda m: ESCAPES.get(m.group(1), m.group(0)), text)


def arguments(text, at):
    """The arguments of the call whose bracket opens at `at`, as source text without comments."""
    depth, found, current = 0, [], ""
    for match in TOKEN.finditer(text, at):
        token = match.group()
        if token.startswith(("/*", "//")):
            continue
        depth += (token in "([{") - (token in ")]}")
        if depth == 0:
            return [*found, current.strip()]
        if token == "," and depth == 1:
            found, current = [*found, current.strip()], ""
        elif depth > 1 or token not in "([{":
            current += token
    return found


def calls(text):
    """(name, arguments, offset) of everything that looks like a call outside of comments."""
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
    return [(m.group(1), arguments(text, m.end() - 1), m.start()) for m in CALL.finditer(text)]


class Function:
    def __init__(self, path, match):
        self.path = path
        self.scope = path if match.group(1) else None  # a static one is called in its file only
        self.name, self.calls = match.group(2), calls(match.group(4))
        self.parameters = [re.split(r"[\s*]", p.strip().removesuffix("[]"))[-1] for p in match.group(3).split(",")]


@functools.cache
def sources():
    return {p.relative_to(ROOT): p.read_text() for p in sorted((ROOT / "src").rglob("*.[ch]")) if not p.name.startswith(("test", "fuzz"))}


@functools.cache
def keywords():
    """(file or None, function) → places of arguments that reach kh_words()."""
    functions = [Function(path, match) for path, text in sources().items() for match in FUNCTION.finditer(text)]
    known = {(None, "kh_words"): {0}, (None, "KH_WORDS"): {0}}
    while True:
        before = sum(map(len, known.values()))
        for f in functions:
            for name, given, _ in f.calls:
                for place in known.get((f.path, name), set()) | known.get((None, name), set()):
                    if place < len(given) and given[place] in f.parameters:
                        known.setdefault((f.scope, f.name), set()).add(f.parameters.index(given[place]))
        if sum(map(len, known.values())) == before:
            return known


def said():
    """(where, call, argument) of every argument that reaches kh_words()."""
    for path, text in sources().items():
        for name, given, offset in calls(text):
            for place in keywords().get((path, name), set()) | keywords().get((None, name), set()):
                if place < len(given):
                    yield f"{path}:{text.count(chr(10), 0, offset) + 1}", (name, given), given[place]


def literals(argument):
    """The texts an expression may give; pieces that stand beside each other are one. What is in a call of its own is that call's."""
    flat = re.sub(r"\b\w+\((?:[^()\"]|\"(?:\\.|[^\"\\])*\"|\([^()]*\))*\)", " ", argument)
    return [plain("".join(LITERAL.findall(run))) for run in re.findall(r'(?:"(?:\\.|[^"\\])*"\s*)+', flat)]


def has_words(text):
    return re.search(r"[^\W\d_]", details.PLACE.sub("", text)) is not None


def is_name(text):
    """Names of files and system calls are the same in both languages."""
    return re.fullmatch(r"[/\w.%-]*[/_.][/\w.%-]*", text) is not None


class Words(unittest.TestCase):
    def setUp(self):
        self.catalogue = details.read(ROOT / "spec")
        self.texts = {text: where for where, _, argument in said() for text in literals(argument)}

    def test_every_text_has_its_vietnamese(self):
        missing = [f"{where}: {text!r}" for text, where in self.texts.items() if has_words(text) and not is_name(text) and text not in self.catalogue]
        self.assertEqual("\n".join(missing), "", "add them to spec/i18n/details.vi.yaml")

    def test_every_entry_is_used(self):
        self.assertEqual([english for english in self.catalogue if english not in self.texts], [], "remove them from spec/i18n/details.vi.yaml")

    def test_a_key_is_a_plain_literal(self):
        glued = [f"{where}: {argument}" for where, _, argument in said() if re.search(r'""\s*\w|\w\s*""', LITERAL.sub('""', argument))]
        self.assertEqual("\n".join(glued), "", "give what a macro holds as an argument: the key must be the text the compiler sees")

    def test_no_english_is_glued_in(self):
        glued = []
        for where, (name, given), argument in said():
            rest = given[given.index(argument) + 1:] if TELLERS.fullmatch(name) else []
            glued += [f"{where}: {text!r}" for a in rest for text in literals(a) if has_words(text) and not is_name(text)]
        self.assertEqual("\n".join(glued), "", "say kh_words(…) around words that go into a place")

    def test_it_finds_what_it_looks_for(self):
        """The reading of the code is worth nothing when it reads nothing: a few of each kind."""
        for text in ("unknown option %s", "the server's name is missing", "expected a key", "a text", "Permission denied"):
            self.assertIn(text, self.texts)
        self.assertGreater(len(self.texts), 400)


if __name__ == "__main__":
    sys.exit(unittest.main())
