"""spec/cli/<program>.yaml → gen/cli_<program>.h/.c, man pages, bash completion"""

from . import emit, settings
from .load import Mistake, both_languages, field, load, load_dir, only

TYPES = ("flag", "text", "int", "path", "list", "duration", "size")
VERB_KEYS = {"verb", "args", "vi", "en", "options", "note", "hidden", "examples", "privileged"}
OPTION_KEYS = {"long", "short", "arg", "type", "vi", "en", "default", "values", "min", "max"}


def read(spec):
    programs, known = [], {error["name"] for error in load(spec / "errors.yaml")}
    for path, data in load_dir(spec / "cli"):
        only(data, {"program", "vi", "en", "verbs", "options", "files", "description", "hints"})
        both_languages(data)
        if field(data, "program", str) != path.stem:
            raise Mistake(f"{path}: the program is named {data['program']!r}")
        for verb in data["verbs"]:
            only(verb, VERB_KEYS)
            both_languages(verb)
            for option in verb.get("options") or []:
                _check_option(option)
        for option in data.get("options") or []:
            _check_option(option)
        for name, hint in (data.get("hints") or {}).items():
            both_languages(hint)
            if name not in known:
                raise Mistake(f"{hint.where}: there is no error {name}")
        programs.append(data)
    return programs


def _check_option(option):
    only(option, OPTION_KEYS)
    both_languages(option)
    if not (option.get("long") or option.get("short")):
        raise Mistake(f"{option.where}: an option needs long or short")
    field(option, "type", str, one_of=TYPES)
    if option["type"] != "flag":
        field(option, "arg", str)
    for value in option.get("values") or []:
        if value not in option["arg"] and not (value in option["vi"] and value in option["en"]):
            raise Mistake(f"{option.where}: the help does not name {value}")


def handler(verb):
    return "kh_verb_" + verb["verb"].replace(" ", "_").replace("-", "_")


def _c_values(option):
    return "(const char *const[]){" + "".join(emit.c_string(v) + ", " for v in option["values"]) + "NULL}" if option.get("values") else "NULL"


def _c_options(options):
    rows = "".join(
        f"\t\t{{{emit.c_string(o.get('long'))}, {ord(o['short']) if o.get('short') else 0}, {emit.c_string(o.get('arg'))}, KH_OPTION_{o['type'].upper()}, "
        f"{{{emit.c_string(o['vi'])}, {emit.c_string(o['en'])}}}, {_c_values(o)}, {o.get('min', 0)}, {o.get('max', 'INT64_MAX')}}},\n" for o in options or [])
    return f"(const struct kh_cli_option[]){{\n{rows}\t\t{{0}},\n\t}}"


def _c_words(words):
    """A text that is written in both languages, or in English alone: then only the man page has it."""
    return f"{{{emit.c_string(words['vi'])}, {emit.c_string(words['en'])}}}" if isinstance(words, dict) else "{NULL, NULL}"


def _c_examples(verb):
    return "(const char *const[]){" + "".join(emit.c_string(e) + ", " for e in verb["examples"]) + "NULL}" if verb.get("examples") else "NULL"


def _c_hints(hints):
    rows = "".join(f"{{KH_E_{name.upper()}, {_c_words(hint)}}}, " for name, hint in (hints or {}).items())
    return f"(const struct kh_cli_hint[]){{{rows}{{0}}}}"


def _counts(args):
    """NAME [NAME] PATH… → least and most positional arguments."""
    least = most = 0
    for word in (args or "").split():
        many = "…" in word or "..." in word
        least += not word.startswith("[")
        most = -1 if many or most < 0 else most + 1
    return least, most


def _c_verb(verb):
    least, most = _counts(verb.get("args"))
    return (f"\t{{{emit.c_string(verb['verb'])}, {emit.c_string(verb.get('args') or '')}, {{{emit.c_string(verb['vi'])}, {emit.c_string(verb['en'])}}}, "
            f"{emit.c_bool(verb.get('hidden'))}, {least}, {most}, {_c_options(verb.get('options'))}, {handler(verb)}, {_c_words(verb.get('note'))}, {_c_examples(verb)}}},\n")


def generate(spec, out):
    for program in read(spec):
        name = program["program"].replace("-", "_")
        protos = "".join(f"int {handler(v)}(struct kh_cli_call *call) KH_MUST_USE;\n" for v in program["verbs"])
        origin = f"spec/cli/{program['program']}.yaml"
        emit.write(out / f"cli_{name}.h", emit.header(origin, f"extern const struct kh_cli_program kh_cli_{name};\n\n" + protos, ("base/error.h", "base/options.h")))
        emit.write(out / f"cli_{name}.c", emit.source(origin, f"gen/cli_{name}.h",
                   f"static const struct kh_cli_verb verbs[] = {{\n{''.join(map(_c_verb, program['verbs']))}\t{{0}},\n}};\n\n"
                   f"const struct kh_cli_program kh_cli_{name} = {{\n\t{emit.c_string(program['program'])}, {{{emit.c_string(program['vi'])}, {emit.c_string(program['en'])}}}, verbs,\n"
                   f"\t{_c_options(program.get('options'))}, {_c_hints(program.get('hints'))},\n}};\n"))


# --- man pages: in English, and in Vietnamese of a program whose description is written in both; and completion

TITLES = {
    "en": {"NAME": "NAME", "SYNOPSIS": "SYNOPSIS", "DESCRIPTION": "DESCRIPTION", "COMMANDS": "COMMANDS", "OPTIONS": "COMMON OPTIONS", "SETTINGS": "SETTINGS", "EXIT": "EXIT STATUS",
           "ENVIRONMENT": "ENVIRONMENT", "FILES": "FILES", "options": "options", "default": "default", "unset": "unset", "not below": "not below", "to": "to"},
    "vi": {"NAME": "TÊN", "SYNOPSIS": "CÚ PHÁP", "DESCRIPTION": "MÔ TẢ", "COMMANDS": "CÁC LỆNH", "OPTIONS": "TÙY CHỌN CHUNG", "SETTINGS": "CẤU HÌNH", "EXIT": "MÃ KẾT THÚC",
           "ENVIRONMENT": "BIẾN MÔI TRƯỜNG", "FILES": "TỆP", "options": "tùy chọn", "default": "mặc định", "unset": "không đặt", "not below": "không nhỏ hơn", "to": "đến"},
}
EXITS = {
    "en": "0 nothing found or done; 1 something found; 2 wrong use or configuration; 3 could not be completed (unreadable files, missing or stale content, no connection).",
    "vi": "0 đã xong hoặc không thấy gì; 1 thấy điều phải xử lý; 2 dùng sai lệnh hoặc sai cấu hình; 3 không làm hết được việc (không đọc được tệp, thiếu hoặc cũ nội dung, hết đĩa, mất kết nối).",
}
ENVIRONMENT = {
    "en": (("KHIEN_LANG", "vi or en; else LANG decides; Vietnamese when neither says."), ("NO_COLOR", "no colours when set.")),
    "vi": (("KHIEN_LANG", "vi hoặc en; không đặt thì theo LANG; cả hai không nói gì thì là tiếng Việt."), ("NO_COLOR", "đặt thì không dùng màu.")),
}
SETTINGS_INTRO = {
    "en": "YAML; a key with dots is nested: \\fIa.b: 1\\fR is written as \\fIa:\\fR and, indented below it, \\fIb: 1\\fR.\n",
    "vi": "YAML; mục có dấu chấm được viết lồng nhau: \\fIa.b: 1\\fR viết là \\fIa:\\fR rồi thụt vào bên dưới \\fIb: 1\\fR.\n",
}
SETTINGS_OF = {"khien-agent": "agent", "khien-server": "server"}
TYPE_WORDS = {
    "en": {"text": "text", "int": "number", "bool": "true or false", "duration": "time: 90s, 15m, 12h, 7d", "list": "list"},
    "vi": {"text": "chữ", "int": "số", "bool": "true hoặc false", "duration": "thời gian: 90s, 15m, 12h, 7d", "list": "danh sách"},
}


def _roff(text):
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("\n.", "\n\\&.")


def _said(words, language):
    return words[language] if isinstance(words, dict) else words


def _option_roff(option, language):
    names = ", ".join(x for x in (f"-{option['short']}" if option.get("short") else None, f"--{option['long']}" if option.get("long") else None) if x)
    argument = f" \\fI{_roff(option['arg'])}\\fR" if option.get("arg") else ""
    return f".TP\n\\fB{_roff(names)}\\fR{argument}\n{_roff(option[language])}\n"


def _setting_roff(setting, language):
    words = TITLES[language]
    limits = f", {setting['min']} {words['to']} {setting['max']}" if "min" in setting and "max" in setting else ""
    limits += f": {', '.join(setting['values'])}" if setting.get("values") else ""
    limits += f", {words['not below']} {_roff(setting['at_least'])}" if setting.get("at_least") else ""
    default = setting.get("default")
    shown = words["unset"] if default is None else str(default).lower() if isinstance(default, bool) else str(default)
    return f".TP\n\\fB{_roff(setting['key'])}\\fR ({TYPE_WORDS[language][setting['type']]}{limits}; {words['default']}: {_roff(shown)})\n{_roff(setting[language])}\n"


def _settings_section(name, spec, language):
    if name not in SETTINGS_OF:
        return ""
    rows = settings.read(spec)[SETTINGS_OF[name]]
    return f".SH {TITLES[language]['SETTINGS']}\n" + SETTINGS_INTRO[language] + "".join(_setting_roff(row, language) for row in rows)


def _synopsis_roff(program, language):
    name, text = program["program"], ""
    for verb in program["verbs"]:
        if not verb.get("hidden"):
            arguments = f' " {_roff(verb["args"])}"' if verb.get("args") else ""  # in quotes: .RI puts no blank between its words
            text += f".B {_roff(name)} {_roff(verb['verb'])}\n.RI [ \"{TITLES[language]['options']}\" ]{arguments}\n.br\n"
    return text


def _verb_roff(verb, language):
    text = f".SS {_roff(verb['verb'])} {_roff(verb.get('args') or '')}\n{_roff(verb[language])}\n"
    text += "".join(_option_roff(option, language) for option in verb.get("options") or [])
    if verb.get("note"):
        text += f".PP\n{_roff(_said(verb['note'], language))}\n"
    return text + "".join(f".PP\n.EX\n{_roff(example)}\n.EE\n" for example in verb.get("examples") or [])


def man_section(name):
    return 8 if name in ("khien-server", "khien-agent") else 1


def man_page(program, spec, language):
    name, title = program["program"], TITLES[language]
    text = f".TH {name.upper()} {man_section(name)} \"\" Khiên\n.SH {title['NAME']}\n{_roff(name)} \\- {_roff(program[language])}\n.SH {title['SYNOPSIS']}\n" + _synopsis_roff(program, language)
    text += f".SH {title['DESCRIPTION']}\n" + _roff(_said(program.get("description") or program[language], language)) + f"\n.SH {title['COMMANDS']}\n"
    text += "".join(_verb_roff(verb, language) for verb in program["verbs"] if not verb.get("hidden"))
    if program.get("options"):
        text += f".SH {title['OPTIONS']}\n" + "".join(_option_roff(option, language) for option in program["options"])
    text += _settings_section(name, spec, language)
    text += f".SH {title['EXIT']}\n{EXITS[language]}\n"
    text += f".SH {title['ENVIRONMENT']}\n" + "".join(f".TP\n{variable}\n{meaning}\n" for variable, meaning in ENVIRONMENT[language])
    if program.get("files"):
        text += f".SH {title['FILES']}\n" + "".join(f".TP\n{_roff(p)}\n{_roff(_said(t, language))}\n" for p, t in program["files"].items())
    return text


def completion(program):
    name = program["program"]
    words = {}
    for verb in program["verbs"]:
        if not verb.get("hidden"):
            options = [f"--{o['long']}" for o in [*(verb.get("options") or []), *(program.get("options") or [])] if o.get("long")]
            words[verb["verb"]] = " ".join([*options, "--help"])
    firsts = " ".join(dict.fromkeys(v.split()[0] for v in words))
    longest_first = sorted(words.items(), key=lambda x: -len(x[0]))
    cases = "".join(f"    '{verb}'*) words='{options}' ;;\n" for verb, options in longest_first)
    verbs = {verb["verb"]: verb for verb in program["verbs"]}
    values = "".join(f"    '{verb}'*' --{o['long']}') words='{' '.join(o['values'])}' ;;\n" for verb, _ in longest_first for o in verbs[verb].get("options") or [] if o.get("long") and o.get("values"))
    groups = {}
    for verb in words:
        if " " in verb:
            groups.setdefault(verb.split()[0], []).append(verb.split()[1])
    seconds = "".join(f"    '{group}') words='{' '.join(members)}' ;;\n" for group, members in groups.items())
    function = "_" + name.replace("-", "_")
    return (f"# bash completion for {name}; made by tools/gen from spec/cli\n{function}() {{\n"
            f"  local current=${{COMP_WORDS[COMP_CWORD]}} said=\"${{COMP_WORDS[*]:1:COMP_CWORD-1}}\" words=''\n"
            f"  case $said in\n    '') words='{firsts} --help --version' ;;\n{seconds}{values}{cases}  esac\n"
            f"  if [[ $words == '' || ( $current != -* && $words == --* ) ]]; then COMPREPLY=($(compgen -f -- \"$current\"))\n"
            f"  else COMPREPLY=($(compgen -W \"$words\" -- \"$current\")); fi\n}}\ncomplete -o filenames -F {function} {name}\n")


def documents(spec, out):
    for program in read(spec):
        name = program["program"]
        emit.write(out / f"{name}.{man_section(name)}", man_page(program, spec, "en"))
        if isinstance(program.get("description"), dict):
            emit.write(out / f"{name}.vi.{man_section(name)}", man_page(program, spec, "vi"))
        emit.write(out / f"{name}.bash", completion(program))
