"""Writing C and text."""

import pathlib

HEADER = "/* Made by tools/gen from {source}. Do not edit: edit the source. */\n"


def c_string(text):
    if text is None:
        return "NULL"
    out = []
    for byte in text.encode("utf-8"):
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def c_chunks(text, size=400):
    """A long text as one literal over many lines."""
    return "\n".join("\t" + c_string(text[i:i + size]) for i in range(0, len(text), size))


def c_bool(value):
    return "true" if value else "false"


def header(source, body, includes=("stddef.h",)):
    lines = [HEADER.format(source=source), "#pragma once\n"]
    lines += [f"#include <{name}>" if "/" not in name else f'#include "{name}"' for name in includes]
    return "\n".join(lines) + "\n\n" + body


def source(origin, own_header, body):
    return HEADER.format(source=origin) + f'#include "{own_header}"\n\n' + body


def write(path, text):
    pathlib.Path(path).write_text(text, encoding="utf-8")
