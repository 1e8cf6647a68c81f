"""spec/i18n/{vi,en}/*.yaml → gen/messages.h, messages.c, and web messages (JSON)"""

import json
import re

from . import codes, emit
from .load import Mistake, load_dir

WEB = "web."  # keys of the console: not in the C programs
PART = re.compile(r"\{([a-z_]+)\}")


def read(spec):
    """key → (vi, en); both languages must have every key with the same parts."""
    texts = {}
    for language in ("vi", "en"):
        texts[language] = {}
        for path, data in load_dir(spec / "i18n" / language):
            for key, text in (data or {}).items():
                if not isinstance(text, str):
                    raise Mistake(f"{path}: {key}: expected a text, found {text!r} (quote it)")
                if key in texts[language]:
                    raise Mistake(f"{path}: key {key!r} stands in two files")
                texts[language][key] = text
    missing = set(texts["vi"]) ^ set(texts["en"])
    if missing:
        raise Mistake(f"spec/i18n: only in one language: {', '.join(sorted(missing))}")
    for key, text in texts["vi"].items():
        if set(PART.findall(text)) != set(PART.findall(texts["en"][key])):
            raise Mistake(f"spec/i18n: {key}: the two languages have different parts in braces")
    return {key: (texts["vi"][key], texts["en"][key]) for key in sorted(texts["vi"])}


def generate(spec, out):
    texts = {key: pair for key, pair in read(spec).items() if not key.startswith(WEB)}
    enum = [f"\tKH_T_{re.sub('[^A-Z0-9]', '_', key.upper())}," for key in texts]
    table = [f"\t{{{emit.c_string(vi)}, {emit.c_string(en)}}}," for vi, en in texts.values()]
    emit.write(out / "messages.h", emit.header("spec/i18n", "enum kh_message {\n" + "\n".join(enum) + "\n\tKH_T_COUNT,\n};\n\n"
               "extern const char *const kh_messages[KH_T_COUNT][2];\n"))
    emit.write(out / "messages.c", emit.source("spec/i18n", "gen/messages.h",
               "const char *const kh_messages[KH_T_COUNT][2] = {\n" + "\n".join(table) + "\n};\n"))


def web(spec, out):
    texts, words = read(spec), codes.words(spec)
    twice = texts.keys() & words.keys()
    if twice:
        raise Mistake(f"spec/i18n: {', '.join(sorted(twice))}: the words of codes stand in spec/codes.yaml")
    texts = {key: pair for key, pair in sorted((texts | words).items()) if key.startswith(WEB)}
    for place, language in enumerate(("vi", "en")):
        emit.write(out / f"messages.{language}.json",
                   json.dumps({key: pair[place] for key, pair in texts.items()}, ensure_ascii=False, indent=1) + "\n")
