"""spec/cli/<program>.yaml → gen/cli_<program>.h/.c, man pages, bash completion"""

from . import emit, settings
from .load import Mistake, both_languages, field, load_dir, only

TYPES = ("flag", "text", "int", "path", "list", "duration", "size")
VERB_KEYS = {"verb", "args", "vi", "en", "options", "exits", "note", "hidden", "examples", "privileged"}
OPTION_KEYS = {"long", "short", "arg", "type", "vi", "en", "default", "values", "min", "max"}


def read(spec):
    programs = []
    for path, data in load_dir(spec / "cli"):
        only(data, {"program", "vi", "en", "verbs", "options", "files", "description"})
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
            f"{emit.c_bool(verb.get('hidden'))}, {least}, {most}, {_c_options(verb.get('options'))}, {handler(verb)}}},\n")


def generate(spec, out):
    for program in read(spec):
        name = program["program"].replace("-", "_")
        protos = "".join(f"int {handler(v)}(struct kh_cli_call *call) KH_MUST_USE;\n" for v in program["verbs"])
        origin = f"spec/cli/{program['program']}.yaml"
        emit.write(out / f"cli_{name}.h", emit.header(origin, f"extern const struct kh_cli_program kh_cli_{name};\n\n" + protos, ("base/options.h",)))
        emit.write(out / f"cli_{name}.c", emit.source(origin, f"gen/cli_{name}.h",
                   f"static const struct kh_cli_verb verbs[] = {{\n{''.join(map(_c_verb, program['verbs']))}\t{{0}},\n}};\n\n"
                   f"const struct kh_cli_program kh_cli_{name} = {{\n\t{emit.c_string(program['program'])}, {{{emit.c_string(program['vi'])}, {emit.c_string(program['en'])}}}, verbs,\n"
                   f"\t{_c_options(program.get('options'))},\n}};\n"))


# --- man pages (in English; the --help of the programs speaks both languages) and completion

def _roff(text):
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("\n.", "\n\\&.")


def _option_roff(option):
    names = ", ".join(x for x in (f"-{option['short']}" if option.get("short") else None, f"--{option['long']}" if option.get("long") else None) if x)
    argument = f" \\fI{_roff(option['arg'])}\\fR" if option.get("arg") else ""
    return f".TP\n\\fB{_roff(names)}\\fR{argument}\n{_roff(option['en'])}\n"


SETTINGS_OF = {"khien-agent": "agent", "khien-server": "server"}
TYPE_WORDS = {"text": "text", "int": "number", "bool": "true or false", "duration": "time: 90s, 15m, 12h, 7d", "list": "list"}


def _setting_roff(setting):
    limits = f", {setting['min']} to {setting['max']}" if "min" in setting and "max" in setting else ""
    limits += f": {', '.join(setting['values'])}" if setting.get("values") else ""
    limits += f", not below {_roff(setting['at_least'])}" if setting.get("at_least") else ""
    default = setting.get("default")
    shown = "unset" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
    return f".TP\n\\fB{_roff(setting['key'])}\\fR ({TYPE_WORDS[setting['type']]}{limits}; default: {_roff(shown)})\n{_roff(setting['en'])}\n"


def _settings_section(name, spec):
    if name not in SETTINGS_OF:
        return ""
    rows = settings.read(spec)[SETTINGS_OF[name]]
    intro = "YAML; a key with dots is nested: \\fIa.b: 1\\fR is written as \\fIa:\\fR and, indented below it, \\fIb: 1\\fR.\n"
    return ".SH SETTINGS\n" + intro + "".join(map(_setting_roff, rows))


def man_page(program, spec):
    name = program["program"]
    section = 8 if name in ("khien-server", "khien-agent") else 1
    text = f".TH {name.upper()} {section} \"\" Khiên\n.SH NAME\n{_roff(name)} \\- {_roff(program['en'])}\n.SH SYNOPSIS\n"
    for verb in program["verbs"]:
        if not verb.get("hidden"):
            arguments = f' " {_roff(verb["args"])}"' if verb.get("args") else ""  # in quotes: .RI puts no blank between its words
            text += f".B {_roff(name)} {_roff(verb['verb'])}\n.RI [ options ]{arguments}\n.br\n"
    text += ".SH DESCRIPTION\n" + _roff(program.get("description") or program["en"]) + "\n.SH COMMANDS\n"
    for verb in program["verbs"]:
        if verb.get("hidden"):
            continue
        text += f".SS {_roff(verb['verb'])} {_roff(verb.get('args') or '')}\n{_roff(verb['en'])}\n"
        text += "".join(map(_option_roff, verb.get("options") or []))
        if verb.get("note"):
            text += f".PP\n{_roff(verb['note'])}\n"
        for example in verb.get("examples") or []:
            text += f".PP\n.EX\n{_roff(example)}\n.EE\n"
    if program.get("options"):
        text += ".SH COMMON OPTIONS\n" + "".join(map(_option_roff, program["options"]))
    text += _settings_section(name, spec)
    text += (".SH EXIT STATUS\n0 nothing found or done; 1 something found; 2 wrong use or configuration; 3 could not be completed (unreadable files, "
             "missing or stale content, no connection).\n.SH ENVIRONMENT\n.TP\nKHIEN_LANG\nvi or en; else LANG decides; Vietnamese when neither says.\n"
             ".TP\nNO_COLOR\nno colours when set.\n")
    if program.get("files"):
        text += ".SH FILES\n" + "".join(f".TP\n{_roff(p)}\n{_roff(t)}\n" for p, t in program["files"].items())
    return section, text


def completion(program):
    name = program["program"]
    words = {}
    for verb in program["verbs"]:
        if not verb.get("hidden"):
            options = [f"--{o['long']}" for o in [*(verb.get("options") or []), *(program.get("options") or [])] if o.get("long")]
            words[verb["verb"]] = " ".join([*options, "--help"])
    firsts = " ".join(dict.fromkeys(v.split()[0] for v in words))
    cases = "".join(f"    '{verb}'*) words='{options}' ;;\n" for verb, options in sorted(words.items(), key=lambda x: -len(x[0])))
    groups = {}
    for verb in words:
        if " " in verb:
            groups.setdefault(verb.split()[0], []).append(verb.split()[1])
    seconds = "".join(f"    '{group}') words='{' '.join(members)}' ;;\n" for group, members in groups.items())
    function = "_" + name.replace("-", "_")
    return (f"# bash completion for {name}; made by tools/gen from spec/cli\n{function}() {{\n"
            f"  local current=${{COMP_WORDS[COMP_CWORD]}} said=\"${{COMP_WORDS[*]:1:COMP_CWORD-1}}\" words=''\n"
            f"  case $said in\n    '') words='{firsts} --help --version' ;;\n{seconds}{cases}  esac\n"
            f"  if [[ $words == '' || ( $current != -* && $words == --* ) ]]; then COMPREPLY=($(compgen -f -- \"$current\"))\n"
            f"  else COMPREPLY=($(compgen -W \"$words\" -- \"$current\")); fi\n}}\ncomplete -o filenames -F {function} {name}\n")


def documents(spec, out):
    for program in read(spec):
        section, text = man_page(program, spec)
        emit.write(out / f"{program['program']}.{section}", text)
        emit.write(out / f"{program['program']}.bash", completion(program))
