"""spec/codes.yaml → gen/codes.h, codes.c; and the words of the console"""

import re

from . import emit
from .load import Mistake, both_languages, load, load_dir, only


def read(spec):
    """family → {code: (vi, en)}"""
    families = {}
    for family, codes in load(spec / "codes.yaml").items():
        for code, words in codes.items():
            if not re.fullmatch(r"[a-z][a-z0-9_.]*", code):
                raise Mistake(f"{codes.where}: {family}: {code!r} is no code: expected a-z, 0-9, _ and points")
            only(words, {"vi", "en"})
        families[family] = {code: both_languages(words) for code, words in codes.items()}
    # A control's name is a code too, so that a record may name one (spec/registers/exception.yaml).
    families["control_name"] = {path.stem: both_languages(control) for path, control in load_dir(spec / "controls")}
    return families


def _enum(family, codes):
    names = [f"KH_{family}_{code}".upper().replace(".", "_") for code in codes]
    return f"enum kh_{family} {{\n" + "".join(f"\t{name},\n" for name in names) + f"\tKH_{family.upper()}_COUNT,\n}};\n" \
        f"extern const struct kh_code kh_codes_{family}[KH_{family.upper()}_COUNT + 1];\n\n"


def _table(family, codes):
    rows = "".join(f"\t{{{emit.c_string(code)}, {{{emit.c_string(vi)}, {emit.c_string(en)}}}}},\n" for code, (vi, en) in codes.items())
    return f"const struct kh_code kh_codes_{family}[KH_{family.upper()}_COUNT + 1] = {{\n{rows}}};\n\n"


def generate(spec, out):
    families = read(spec)
    emit.write(out / "codes.h", emit.header("spec/codes.yaml", """struct kh_code {
	const char *name;    /* as it is stored and sent; NULL ends a table */
	const char *text[2]; /* by enum kh_language */
};

/* The words for a code; the code itself when the table has none of that name. */
const char *kh_code_text(const struct kh_code *codes, const char *name, int language);

""" + "".join(_enum(*item) for item in families.items())))
    emit.write(out / "codes.c", emit.source("spec/codes.yaml", "gen/codes.h", "#include <string.h>\n\n" + "".join(_table(*item) for item in families.items())
               + """const char *kh_code_text(const struct kh_code *codes, const char *name, int language)
{
	for (; name && codes->name; codes++)
		if (strcmp(codes->name, name) == 0)
			return codes->text[language];
	return name;
}
"""))


def words(spec):
    """Message key of the console → (vi, en)."""
    return {f"web.{family}.{code}": pair for family, codes in read(spec).items() for code, pair in codes.items()}
