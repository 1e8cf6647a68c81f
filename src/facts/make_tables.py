"""Data of the facts → C tables: packs/lists/os-support.yaml, products.yaml, receivers.yaml.

    make_tables.py OS_SUPPORT PRODUCTS RECEIVERS OUT.c
"""

import calendar
import json
import sys
import time

import yaml

LISTS = ("packages", "services", "files", "processes", "realtime", "signatures", "versions")
KNOWLEDGE = ("realtime", "signatures", "versions", "reader")  # what nobody can know of a product that is only guessed
KEYS = {"protection": {"product", "vendor", "kind", "licence", "reader", "source", "verified", *LISTS}, "remote_tools": {"product", "vendor", "kind", *LISTS}}
KINDS = {"protection": ("av", "edr", "agent"), "remote_tools": ("cloud", "desktop", "tunnel")}


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def die(path, text):
    sys.exit(f"{path}: {text}")


def c_string(text):
    """A C string literal: JSON's escapes of ASCII are C's, other characters stay UTF-8."""
    return "NULL" if text is None else json.dumps(text, ensure_ascii=False)


def day_end(day):
    """Last second of a day in Viet Nam (UTC+7); 0 for none."""
    if day is None:
        return 0
    return calendar.timegm(time.strptime(str(day), "%Y-%m-%d")) + 17 * 3600 - 1


def os_support(path):
    rows = []
    for row in load(path)["systems"]:
        if set(row) - {"distro", "version", "support_end", "paid_end"}:
            die(path, f"unknown key in {row}")
        rows.append(f"\t{{{c_string(row['distro'])}, {c_string(row['version'])}, {day_end(row['support_end'])}, {day_end(row.get('paid_end'))}}},")
    return "const struct kh_os_support kh_os_support_table[] = {\n" + "\n".join(rows) + "\n\t{0},\n};\n"


def receivers(path):
    rows = [f"\t{{0x{row['vendor']:04x}, 0x{row['product']:04x}, 0x{row.get('last', row['product']):04x}, {c_string(row['name'])}}},"
            for row in load(path)["receivers"]]
    return "const struct kh_receiver kh_receivers[] = {\n" + "\n".join(rows) + "\n\t{0},\n};\n"


def c_list(values):
    if not values:
        return "NULL"
    return "(const char *const[]){" + ", ".join(c_string(value) for value in values) + ", NULL}"


def check_source(path, row):
    """A product of which more is claimed than its name says where that stands."""
    verified = row.get("verified", True)
    if verified and not row.get("source"):
        die(path, f"{row['product']}: say its source, or verified: false")
    if not verified and [key for key in KNOWLEDGE if key in row]:
        die(path, f"{row['product']}: is a guess, and so cannot have {', '.join(KNOWLEDGE)}")


def product(path, group, row):
    if set(row) - KEYS[group] or row["kind"] not in KINDS[group]:
        die(path, f"{row['product']}: a key or a kind is not known")
    if group == "protection":
        check_source(path, row)
    fields = [f"\t\t.{key} = {c_string(row[key])}," for key in ("product", "vendor", "kind", "licence") if key in row]
    fields += [f"\t\t.{key} = {c_list(row[key])}," for key in LISTS if row.get(key)]
    if not row.get("verified", True):
        fields.append("\t\t.guessed = true,")
    if "reader" in row:
        fields.append(f"\t\t.read = kh_protection_{row['reader']},")
    return "\t{\n" + "\n".join(fields) + "\n\t},"


def products(path, group):
    rows = [product(path, group, row) for row in load(path)[group]]
    return f"const struct kh_product kh_products_{group}[] = {{\n" + "\n".join(rows) + "\n\t{0},\n};\n"


def main(arguments):
    os_path, products_path, receivers_path, out = arguments
    parts = [
        "/* Made by src/facts/make_tables.py; do not edit. */",
        '#include "facts/os_support.h"\n#include "facts/products.h"\n#include "facts/protection_readers.h"\n#include "facts/receivers.h"\n',
        os_support(os_path),
        receivers(receivers_path),
        products(products_path, "protection"),
        products(products_path, "remote_tools"),
    ]
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(parts))


main(sys.argv[1:])
