"""spec/i18n/details.vi.yaml → gen/details.h, details.c: what kh_words() of base/i18n.h looks up"""

import re

from . import emit
from .load import Mistake, load

CATALOGUE = "i18n/details.vi.yaml"
PLACE = re.compile(r"%(?:(\d+)\$)?[-0 +#]*(\*|\d+)?(?:\.(\*|\d+))?(hh|ll|[hljztL])?([a-zA-Z%])")


def places(text):
    """The arguments a printf format takes, in the order in which they are given: ["s", "lld"]. Places may be numbered (%2$s): then all are, each once."""
    found = [m for m in PLACE.finditer(text) if m.group(5) != "%"]
    kinds = [("*" * ((m.group(2) == "*") + (m.group(3) == "*"))) + (m.group(4) or "") + m.group(5) for m in found]
    numbers = [int(m.group(1)) for m in found if m.group(1)]
    if not numbers:
        return kinds
    if sorted(numbers) != list(range(1, len(found) + 1)) or any("*" in kind for kind in kinds):
        raise ValueError("number every place, each once, and none with *")
    return [kind for _, kind in sorted(zip(numbers, kinds))]


def read(spec):
    """English → Vietnamese; both take the same arguments."""
    path = spec / CATALOGUE
    texts = load(path)
    for english, vietnamese in texts.items():
        if not isinstance(english, str) or not isinstance(vietnamese, str) or not vietnamese:
            raise Mistake(f"{path}: {english!r}: expected a text, found {vietnamese!r} (quote it)")
        try:
            same = places(english) == places(vietnamese)
        except ValueError as error:
            raise Mistake(f"{path}: {english!r}: {error}") from error
        if not same:
            raise Mistake(f"{path}: {english!r}: the Vietnamese takes {places(vietnamese)}, the English {places(english)}")
    return texts


def generate(spec, out):
    texts = read(spec)
    rows = [f"\t{{{emit.c_string(english)}, {emit.c_string(texts[english])}}},\n" for english in sorted(texts, key=str.encode)]
    emit.write(out / "details.h", emit.header(f"spec/{CATALOGUE}", "struct kh_detail_words {\n\tconst char *english, *vietnamese;\n};\n\n"
               "extern const struct kh_detail_words kh_details[]; /* by the bytes of the English */\nextern const size_t kh_details_count;\n"))
    emit.write(out / "details.c", emit.source(f"spec/{CATALOGUE}", "gen/details.h",
               "const struct kh_detail_words kh_details[] = {\n" + "".join(rows) + f"}};\nconst size_t kh_details_count = {len(rows)};\n"))
