"""spec/settings.yaml → gen/settings.h, settings.c"""

from . import emit
from .load import both_languages, field, load, only

C_TYPE = {"text": "const char *", "int": "int64_t ", "bool": "bool ", "duration": "int64_t ", "list": "char **"}
KEYS = {"key", "type", "default", "min", "max", "vi", "en"}


def read(spec):
    programs = load(spec / "settings.yaml")
    for program, settings in programs.items():
        for setting in settings:
            only(setting, KEYS)
            both_languages(setting)
            field(setting, "type", str, one_of=C_TYPE)
    return programs


def _field_name(setting):
    suffix = "_s" if setting["type"] == "duration" else ""
    return setting["key"].replace(".", "_") + suffix


def _row(program, setting):
    default = setting.get("default")
    text = None if default is None else str(default).lower() if isinstance(default, bool) else str(default)
    return (f"\t{{{emit.c_string(setting['key'])}, KH_SETTING_{setting['type'].upper()}, offsetof(struct kh_{program}_settings, {_field_name(setting)}), "
            f"{emit.c_string(text)}, {setting.get('min', 'INT64_MIN')}, {setting.get('max', 'INT64_MAX')}, "
            f"{{{emit.c_string(setting['vi'])}, {emit.c_string(setting['en'])}}}}},\n")


def generate(spec, out):
    programs = read(spec)
    head = """/* Read by kh_settings_load() of base/settings.h. Texts and lists are owned by the struct: kh_settings_done(). */
enum kh_setting_type { KH_SETTING_TEXT, KH_SETTING_INT, KH_SETTING_BOOL, KH_SETTING_DURATION, KH_SETTING_LIST };

struct kh_setting {
	const char *key;
	enum kh_setting_type type;
	size_t offset;
	const char *fallback; /* as it would stand in the file; NULL: unset */
	int64_t min, max;
	const char *help[2];
};
"""
    body = ""
    for program, settings in programs.items():
        head += f"\nstruct kh_{program}_settings {{\n" + "".join(
            f"\t{C_TYPE[s['type']]}{_field_name(s)}; /* {s['en']} */\n" for s in settings) + "};\n"
        head += f"#define KH_{program.upper()}_SETTINGS_COUNT {len(settings)}\nextern const struct kh_setting kh_{program}_settings_table[];\n"
        body += f"const struct kh_setting kh_{program}_settings_table[] = {{\n" + "".join(_row(program, s) for s in settings) + "};\n\n"
    emit.write(out / "settings.h", emit.header("spec/settings.yaml", head, ("stdbool.h", "stddef.h", "stdint.h")))
    emit.write(out / "settings.c", emit.source("spec/settings.yaml", "gen/settings.h", body))
