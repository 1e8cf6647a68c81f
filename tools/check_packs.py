#!/usr/bin/python3
"""Checks what is shipped as content: packs/directives, packs/law, packs/secrecy, and the controls and figures they name.

    tools/check_packs.py [ROOT]

Prints one line FILE:LINE: MISTAKE per mistake and exits 1 when there is one. The quotes of the dispatches are compared letter by letter with the
table of demands when the environment names it (KHIEN_DEMANDS=FILE); else that comparison is left out and said so."""

import os
import pathlib
import re
import sys
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from gen import controls as gen_controls, figures as gen_figures  # noqa: E402
from gen.load import Map, Mistake, load  # noqa: E402

# Rows of each dispatch, as the table of demands numbers them.
DISPATCHES = {"0": ("binh-chanh-2024", 13), "1": ("bien-hoa-2024", 15), "2": ("thai-hoa-2025", 45), "3": ("minh-long-2024", 19), "4": ("thua-thien-hue", 13)}
FIGURES = [f"K{n:02}" for n in range(1, 41)]
KINDS = ("A", "W", "A+W", "W (human)")
TRUST = ("A", "B", "C", "M", "N")

DIRECTIVE_KEYS = {"id", "number", "date", "title", "issuer", "superseded_by", "clauses"}
DIRECTIVE_OPTIONAL = {"note", "addressees"}
CLAUSE_KEYS = {"id", "clause", "quote", "kind", "does", "figures", "controls", "needs", "target", "by"}
TEXT_KEYS = {"id", "number", "vi", "en", "in_force_from", "in_force_to", "replaces", "replaced_by", "trust", "source"}
TEXT_OPTIONAL = {"from_trust", "note"}
RULE_KEYS = {"rule", "vi", "en", "value", "unit", "text", "article", "from", "to", "trust", "source"}
RULE_OPTIONAL = {"level", "controls"}
MARK_KEYS = {"text", "from", "to", "trust", "source"}
MARK_OPTIONAL = {"stamps", "signs", "judgement", "confusable"}
STAMP_KEYS = {"level", "words", "rule"}
SIGN_KEYS = {"sign", "role"}
SIGN_OPTIONAL = {"words", "pattern", "then", "anywhere", "capitals", "points", "before", "after", "within", "lines", "unless"}

# Vietnamese has diacritics; a sentence of this many letters without one is English in the wrong place, or typed without marks.
VI_MARK = re.compile(r"[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.I)
PHONE = re.compile(r"(?<!\d)0\d{2,3}[ .-]?\d{3}[ .-]?\d{3,4}(?!\d)")


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.mistakes = []

    def say(self, where, text):
        where = str(where)
        root = str(self.root) + os.sep
        self.mistakes.append(f"{where[len(root):] if where.startswith(root) else where}: {text}")

    def files(self, *folder):
        """Every YAML file of a folder that can be read; one that cannot is a mistake and does not stop the others."""
        for path in sorted(self.root.joinpath(*folder).glob("*.yaml")):
            try:
                data = load(path)
            except Mistake as mistake:
                where, _, text = str(mistake).partition(": ")
                if not where.startswith(str(path)):  # YAML's own words name the line only
                    place = re.search(r"line (\d+)", str(mistake))
                    where, text = f"{path}:{place[1] if place else 1}", " ".join(str(mistake).split())
                self.say(where, text)
                continue
            if isinstance(data, Map):
                yield path, data
            else:
                self.say(f"{path}:1", f"expected keys and values, found {data!r}")

    # What every mapping is held to.

    def keys(self, data, needed, optional=frozenset()):
        if not isinstance(data, Map):
            self.mistakes.append(f"expected keys and values, found {data!r}")
            return False
        for key in sorted(needed - set(data)):
            self.say(data.where, f"{key!r} is missing")
        for key in sorted(set(data) - needed - set(optional)):
            self.say(data.where, f"unknown key {key!r}; known: {', '.join(sorted(needed | set(optional)))}")
        return needed <= set(data)

    def lists(self, data, *names):
        for name in names:
            if not isinstance(data[name], list):
                self.say(data.where, f"{name}: expected a list, found {data[name]!r}")
                return False
        return True

    def pair(self, data, where, what):
        """A text for people, in both languages; the Vietnamese one is Vietnamese."""
        if not isinstance(data, dict):
            return self.say(where, f"{what}: expected vi and en, found {data!r}")
        for language in ("vi", "en"):
            text = data.get(language)
            if not isinstance(text, str) or not text.strip():
                self.say(where, f"{what}: {language!r} is missing")
                continue
            self.text(text, where, f"{what}.{language}")
        vi = data.get("vi")
        if isinstance(vi, str) and len(vi) > 25 and not VI_MARK.search(vi):
            self.say(where, f"{what}.vi: no Vietnamese letter in {vi!r}")

    def text(self, text, where, what):
        if not isinstance(text, str):
            return self.say(where, f"{what}: expected a text, found {text!r}")
        if text != unicodedata.normalize("NFC", text):
            self.say(where, f"{what}: not in Unicode NFC")
        if PHONE.search(text):
            self.say(where, f"{what}: looks like a telephone number")

    def date(self, value, where, what, parts=(3,)):
        if value is None:
            return
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}(-\d{2}){0,2}", value) or value.count("-") + 1 not in parts:
            self.say(where, f"{what}: expected a date \"YYYY-MM-DD\", found {value!r}")

    def span(self, start, end, where):
        if start and end and start > end:
            self.say(where, f"ends ({end}) before it begins ({start})")

    # The parts.

    def spec(self):
        spec = self.root / "spec"
        try:
            controls = gen_controls.read(spec)
            figures = gen_figures.read(spec)
        except (Mistake, OSError) as mistake:
            self.say(mistake, "the controls and figures cannot be read, so references to them are not checked")
            return {}, set()
        for control in controls:
            self.pair(control, control.where, control["control"])
            self.pair(control["remedy"], control.where, f"{control['control']}: remedy")
            for language in ("vi", "en"):
                steps = [line for line in control["remedy"][language].splitlines() if re.match(r"\d\. ", line)]
                if len(steps) > 3:
                    self.say(control.where, f"remedy.{language}: {len(steps)} steps, at most three are wanted")
            if ("now_s" in control["sql"]) != bool(control.get("clock")):
                self.say(control.where, f"{control['control']}: clock says {control.get('clock')}, but the SQL {'reads' if 'now_s' in control['sql'] else 'does not read'} now_s")
        found = [figure["figure"] for figure in figures]
        if found != FIGURES:
            self.say("spec/figures/figures.yaml", f"expected K01…K40 in order; missing {sorted(set(FIGURES) - set(found))}, extra {sorted(set(found) - set(FIGURES))}")
        for figure in figures:
            for part in [figure] + (figure.get("parts") or []):
                self.pair(part, part.where, figure["figure"])
            for name in ("unmeasured", "note"):
                if name in figure:
                    self.pair(figure[name], figure.where, f"{figure['figure']}: {name}")
        return {control["control"]: control for control in controls}, set(found)

    def directives(self, controls, figures):
        quotes = {}
        packs = {}
        for path, data in self.files("packs", "directives"):
            if not self.keys(data, DIRECTIVE_KEYS, DIRECTIVE_OPTIONAL) or not self.lists(data, "clauses"):
                continue
            if data["id"] != path.stem:
                self.say(data.where, f"the directive is named {data['id']!r}")
            packs[data["id"]] = data
            self.pair(data["title"], data.where, "title")
            self.date(data["date"], data.where, "date", parts=(1, 2, 3))
            for clause in data["clauses"]:
                if not self.keys(clause, CLAUSE_KEYS, {"note"}) or not self.lists(clause, "figures", "controls", "needs"):
                    continue
                if clause["id"] in quotes:
                    self.say(clause.where, f"clause {clause['id']!r} stands twice")
                quotes[clause["id"]] = clause
                self.clause(clause, controls, figures)
        for data in packs.values():
            if data["superseded_by"] is not None and data["superseded_by"] not in packs:
                self.say(data.where, f"superseded_by: unknown directive {data['superseded_by']!r}")
        for digit, (name, rows) in DISPATCHES.items():
            if name not in packs:
                self.say(f"packs/directives/{name}.yaml", "is missing")
                continue
            ids = [str(clause.get("id")) for clause in packs[name]["clauses"] if isinstance(clause, Map)]
            strange = [i for i in ids if not i.startswith(digit + "-")]
            if len(ids) != rows or strange:
                self.say(packs[name].where, f"expected {rows} clauses numbered {digit}-…, found {len(ids)}" + (f"; strange: {strange}" if strange else ""))
        return quotes

    def clause(self, clause, controls, figures):
        where, name = clause.where, clause["id"]
        self.text(clause["quote"], where, "quote")
        self.pair(clause["does"], where, "does")
        if clause["kind"] not in KINDS:
            self.say(where, f"kind: expected one of {', '.join(KINDS)}; found {clause['kind']!r}")
        if not clause["figures"]:
            self.say(where, f"{name}: names no figure")
        for what, known in (("figures", figures), ("controls", controls)):
            for reference in clause[what]:
                if known and reference not in known:
                    self.say(where, f"{what}: there is no {reference!r}")
            if len(set(clause[what])) != len(clause[what]):
                self.say(where, f"{what}: one is named twice")
        for need in clause["needs"]:
            self.pair(need, where, "needs")
        if not clause["controls"] and not clause["needs"]:
            self.say(where, f"{name}: neither controls nor needs: nothing would ever answer it")
        measured = [c for c in clause["controls"] if c in controls and controls[c].get("over") != "unit"]
        if clause["kind"] in ("W", "W (human)") and measured:
            self.say(where, f"{name}: is of kind {clause['kind']}, yet names controls that machines answer: {', '.join(measured)}")
        target = clause["target"]
        if not isinstance(target, int) or isinstance(target, bool) or not 0 <= target <= 100:
            self.say(where, f"target: expected whole percent, 0 to 100; found {target!r}")
        self.date(clause["by"], where, "by")

    def demands(self, quotes, path):
        """Every row of the table stands in a pack, with the same clause, quote, kind and figures; and nothing else does."""
        rows = {}
        for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            if len(cells) == 6 and re.fullmatch(r"\d-\d\S*", cells[0]):
                rows[cells[0]] = cells
        for name, (_, clause, quote, _, evidence, kind) in rows.items():
            have = quotes.get(name)
            if have is None:
                self.say("packs/directives", f"row {name} of the table is missing")
                continue
            if have["quote"] != quote.strip("“”"):
                self.say(have.where, f"{name}: the quote differs from the table:\n  table: {quote.strip('“”')}\n  pack:  {have['quote']}")
            if have["clause"] != clause:
                self.say(have.where, f"{name}: clause {have['clause']!r}, in the table {clause!r}")
            if have["figures"] != figures_of(evidence):
                self.say(have.where, f"{name}: figures {have['figures']}, in the table {figures_of(evidence)}")
            if have["kind"] != kind_of(kind):
                self.say(have.where, f"{name}: kind {have['kind']!r}, in the table {kind!r}")
        for name in sorted(set(quotes) - set(rows)):
            self.say(quotes[name].where, f"{name}: no such row in the table")

    def law(self, controls):
        texts, rules = {}, []
        for path, data in self.files("packs", "law"):
            if set(data) not in ({"texts"}, {"rules"}) or not self.lists(data, *data):
                self.say(f"{path}:1", "expected exactly one key, texts or rules, with a list")
                continue
            for text in data.get("texts", []):
                if self.keys(text, TEXT_KEYS, TEXT_OPTIONAL) and self.lists(text, "replaces", "replaced_by"):
                    if text["id"] in texts:
                        self.say(text.where, f"text {text['id']!r} stands twice")
                    texts[text["id"]] = text
            rules += [rule for rule in data.get("rules", []) if self.keys(rule, RULE_KEYS, RULE_OPTIONAL)]
        for text in texts.values():
            self.law_text(text, texts)
        for rule in rules:
            self.rule(rule, texts, controls)
        self.overlaps(rules)
        return texts, {rule["rule"] for rule in rules}

    def marks(self, texts, rules):
        """What src/secrecy/rules.c does not look at: dates, trust, names of texts and rules of packs/law, and that wordings are Vietnamese as it is typed."""
        for path, data in self.files("packs", "secrecy"):
            if not self.keys(data, MARK_KEYS, MARK_OPTIONAL):
                continue
            if data["text"] is not None and data["text"] not in texts:
                self.say(data.where, f"text: there is no {data['text']!r} in packs/law/texts.yaml")
            for what in ("from", "to"):
                self.date(data[what], data.where, what)
            self.span(data["from"], data["to"], data.where)
            self.trust(data)
            for stamp in data.get("stamps", []):
                if self.keys(stamp, STAMP_KEYS, {"letter"}) and stamp["rule"] not in rules:
                    self.say(stamp.where, f"rule: there is no {stamp['rule']!r} in packs/law")
            for sign in data.get("signs", []):
                self.keys(sign, SIGN_KEYS, SIGN_OPTIONAL)
            for entry in data.get("stamps", []) + data.get("signs", []):
                for word in entry.get("words", []):
                    self.text(word, entry.where, "words")

    def law_text(self, text, texts):
        self.pair(text, text.where, text["id"])
        for what, back in (("replaces", "replaced_by"), ("replaced_by", "replaces")):
            for other in text[what]:
                if other not in texts:
                    self.say(text.where, f"{what}: there is no text {other!r}")
                elif text["id"] not in texts[other][back]:
                    self.say(text.where, f"{what}: {other!r} does not name {text['id']!r} in {back}")
        for what in ("in_force_from", "in_force_to"):
            self.date(text[what], text.where, what)
        self.span(text["in_force_from"], text["in_force_to"], text.where)
        self.trust(text)
        if "note" in text:
            self.pair(text["note"], text.where, "note")

    def rule(self, rule, texts, controls):
        self.pair(rule, rule.where, rule["rule"])
        if rule["text"] is not None and rule["text"] not in texts:
            self.say(rule.where, f"text: there is no {rule['text']!r} in texts.yaml")
        for what in ("from", "to"):
            self.date(rule[what], rule.where, what)
        self.span(rule["from"], rule["to"], rule.where)
        self.trust(rule)
        if rule["value"] is None and rule["trust"] != "N":
            self.say(rule.where, f"{rule['rule']}: only a rule looked for and not found (trust N) may have no value")
        for name in rule.get("controls", []):
            if controls and name not in controls:
                self.say(rule.where, f"controls: there is no {name!r}")
                continue
            for value in numbers(rule["value"]) if controls else []:
                if not re.search(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])|'{re.escape(str(value))}%?'", controls[name]["sql"]):
                    self.say(rule.where, f"{rule['rule']}: control {name} does not use {value!r}")

    def trust(self, entry):
        for what in ("trust", "from_trust"):
            if what in entry and entry[what] not in TRUST:
                self.say(entry.where, f"{what}: expected one of {', '.join(TRUST)}; found {entry[what]!r}")
        if not isinstance(entry["source"], str) or not entry["source"].strip():
            self.say(entry.where, "source is empty")

    def overlaps(self, rules):
        """On any day at most one value of a rule (of one level) holds."""
        by_name = {}
        for rule in rules:
            by_name.setdefault((rule["rule"], rule.get("level")), []).append(rule)
        for (name, _), same in by_name.items():
            same.sort(key=lambda rule: rule["from"] or "")
            for earlier, later in zip(same, same[1:]):
                if earlier["to"] is None or earlier["to"] >= (later["from"] or ""):
                    self.say(later.where, f"{name}: in force at the same time as {earlier.where}")


def numbers(value):
    """What of a rule's value must be found in the SQL that rests on it."""
    if isinstance(value, bool) or value is None:
        return []
    return value if isinstance(value, list) else [value]


def figures_of(text):
    """K01-K03, K30 → K01 K02 K03 K30"""
    found = []
    for first, last in re.findall(r"K(\d\d)(?:\s*-\s*K(\d\d))?", text):
        found += [f"K{n:02}" for n in range(int(first), int(last or first) + 1)]
    return list(dict.fromkeys(found))


def kind_of(text):
    if text == "W (human)":
        return text
    letters = set(re.findall(r"[AW]", re.sub(r"\(wipe tool\)|for peripherals", "", text)))
    return "+".join(sorted(letters))


def check(root, demands=None):
    """The list of mistakes."""
    checker = Checker(root)
    try:
        controls, figures = checker.spec()
        quotes = checker.directives(controls, figures)
        checker.marks(*checker.law(controls))
        if demands:
            checker.demands(quotes, demands)
    except Mistake as mistake:
        checker.mistakes.append(str(mistake))
    return checker.mistakes


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).resolve().parent.parent).resolve()
    demands = os.environ.get("KHIEN_DEMANDS")
    mistakes = check(root, demands)
    for mistake in mistakes:
        print(mistake)
    if not demands:
        print("quotes not compared: KHIEN_DEMANDS is not set", file=sys.stderr)
    print(f"packs: {len(mistakes)} mistake{'s' * (len(mistakes) != 1)}", file=sys.stderr)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
