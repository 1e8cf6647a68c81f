"""spec/settings.yaml → gen/settings.h, settings.c"""

from . import emit
from .load import Mistake, both_languages, field, load, only

C_TYPE = {"text": "const char *", "int": "int64_t ", "bool": "bool ", "duration": "int64_t ", "list": "char **"}
KEYS = {"key", "type", "default", "min", "max", "values", "form", "at_least", "vi", "en"}
FORMS = ("any", "path", "listen", "host", "proxy", "hours", "url")  # enum kh_setting_form


def _check(setting, types):
    only(setting, KEYS)
    both_languages(setting)
    field(setting, "type", str, one_of=C_TYPE)
    field(setting, "form", str, default="any", one_of=FORMS)
    if (setting.get("values") or setting.get("form")) and setting["type"] not in ("text", "list"):
        raise Mistake(f"{setting.where}: values and form are for texts and lists")
    if setting.get("at_least") and types.get(setting["at_least"]) != setting["type"]:
        raise Mistake(f"{setting.where}: at_least: expected another setting of the same type, found {setting['at_least']!r}")


def read(spec):
    programs = load(spec / "settings.yaml")
    for settings in programs.values():
        types = {s.get("key"): s.get("type") for s in settings}
        for setting in settings:
            _check(setting, types)
    return programs


def _field_name(setting):
    suffix = "_s" if setting["type"] == "duration" else ""
    return setting["key"].replace(".", "_") + suffix


def _row(program, setting):
    default = setting.get("default")
    text = None if default is None else str(default).lower() if isinstance(default, bool) else str(default)
    values = "".join(emit.c_string(v) + ", " for v in setting.get("values") or [])
    return (f"\t{{{emit.c_string(setting['key'])}, KH_SETTING_{setting['type'].upper()}, offsetof(struct kh_{program}_settings, {_field_name(setting)}), "
            f"{emit.c_string(text)}, {setting.get('min', 'INT64_MIN')}, {setting.get('max', 'INT64_MAX')}, "
            f"{f'(const char *const[]){{{values}NULL}}' if values else 'NULL'}, KH_FORM_{setting.get('form', 'any').upper()}, {emit.c_string(setting.get('at_least'))}, "
            f"{{{emit.c_string(setting['vi'])}, {emit.c_string(setting['en'])}}}}},\n")


def generate(spec, out):
    programs = read(spec)
    head = """/* Read by base/settings.h and os/settings.h. Texts and lists are owned by the struct: kh_settings_done(). */
enum kh_setting_type { KH_SETTING_TEXT, KH_SETTING_INT, KH_SETTING_BOOL, KH_SETTING_DURATION, KH_SETTING_LIST };

/* What a text, or each item of a list, must look like. */
enum kh_setting_form {
	KH_FORM_ANY,
	KH_FORM_PATH,   /* begins with / */
	KH_FORM_LISTEN, /* 0.0.0.0:8443, [::]:8443 */
	KH_FORM_HOST,   /* a DNS name or an IP address */
	KH_FORM_PROXY,  /* none, http://HOST:PORT */
	KH_FORM_HOURS,  /* 11:30-13:00, mon-fri 19:00-06:00 */
	KH_FORM_URL,    /* http://…, https://… */
};

struct kh_setting {
	const char *key;
	enum kh_setting_type type;
	size_t offset;
	const char *fallback; /* as it would stand in the file; NULL: unset */
	int64_t min, max;     /* of a list: how many items */
	const char *const *values; /* the only ones; NULL: any */
	enum kh_setting_form form;
	const char *at_least; /* the setting that this one is not smaller than; NULL: none */
	const char *help[2];
};
"""
    body = ""
    for program, settings in programs.items():
        count, table = f"KH_{program.upper()}_SETTINGS_COUNT", f"kh_{program}_settings_table"
        head += (f"\n#define {count} {len(settings)}\n#define KH_{program.upper()}_SETTINGS {table}, {count}\nextern const struct kh_setting {table}[];\n"
                 f"struct kh_{program}_settings {{\n\tchar *where[{count}]; /* file:line:column of each; NULL: not from a file */\n" + "".join(
            f"\t{C_TYPE[s['type']]}{_field_name(s)}; /* {s['en']} */\n" for s in settings) + "};\n")
        body += f"const struct kh_setting {table}[] = {{\n" + "".join(_row(program, s) for s in settings) + "};\n\n"
    emit.write(out / "settings.h", emit.header("spec/settings.yaml", head, ("stdbool.h", "stddef.h", "stdint.h")))
    emit.write(out / "settings.c", emit.source("spec/settings.yaml", "gen/settings.h", body))
