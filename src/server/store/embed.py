"""schema/NNN_name.sql → migrations.c: python3 embed.py OUT FILE…"""

import pathlib
import re
import sys


def c_string(text):
    return "\n".join('\t "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in text.splitlines())


def main(out, files):
    rows = []
    for number, path in enumerate(sorted(map(pathlib.Path, files), key=lambda p: p.name), start=1):
        match = re.fullmatch(r"(\d{3})_[a-z0-9_]+\.sql", path.name)
        if not match or int(match[1]) != number:
            sys.exit(f"{path}: expected {number:03d}_name.sql: migrations are numbered without a gap")
        rows.append(f"\t{{{number}, \"{path.stem}\",\n{c_string(path.read_text(encoding='utf-8'))}}},\n")
    pathlib.Path(out).write_text(
        "/* Made by embed.py from src/server/schema. Do not edit. */\n#include \"server/store/migrate.h\"\n\n"
        f"const struct kh_migration kh_migrations[] = {{\n{''.join(rows)}}};\nconst size_t kh_migrations_count = {len(rows)};\n", encoding="utf-8")


main(sys.argv[1], sys.argv[2:])
