"""spec/roles.yaml → gen/roles.h, roles.c"""

from . import emit
from .load import Mistake, both_languages, field, load, only


def read(spec):
    data = load(spec / "roles.yaml")
    only(data, {"rights", "roles"})
    rights = {r["right"]: r for r in data["rights"]}
    for role in data["roles"]:
        only(role, {"role", "vi", "en", "rights"})
        both_languages(role)
        for right in field(role, "rights", list):
            if right not in rights:
                raise Mistake(f"{role.where}: unknown right {right!r}")
    return data


def symbol(right):
    return "KH_RIGHT_" + right.upper().replace(".", "_")


def generate(spec, out):
    data = read(spec)
    enum = "".join(f"\t{symbol(r['right'])} = 1 << {i},\n" for i, r in enumerate(data["rights"]))
    rows = "".join(f"\t{{{emit.c_string(r['role'])}, {{{emit.c_string(r['vi'])}, {emit.c_string(r['en'])}}}, "
                   f"{' | '.join(symbol(x) for x in r['rights']) or '0'}}},\n" for r in data["roles"])
    emit.write(out / "roles.h", emit.header("spec/roles.yaml", "enum kh_right {\n\tKH_RIGHT_NONE = 0,\n" + enum + "};\n" + """
struct kh_role {
	const char *name;
	const char *label[2];
	unsigned rights; /* of enum kh_right */
};

"""
               f"#define KH_ROLES_COUNT {len(data['roles'])}\nextern const struct kh_role kh_roles[KH_ROLES_COUNT];\n\n"
               f"/* \"unit.read\" and so on: the name of the right 1u << i. */\n"
               f"#define KH_RIGHTS_COUNT {len(data['rights'])}\nextern const char *const kh_right_names[KH_RIGHTS_COUNT];\n"))
    emit.write(out / "roles.c", emit.source("spec/roles.yaml", "gen/roles.h",
               "const struct kh_role kh_roles[KH_ROLES_COUNT] = {\n" + rows + "};\n\n"
               "const char *const kh_right_names[KH_RIGHTS_COUNT] = {" + ", ".join(emit.c_string(r["right"]) for r in data["rights"]) + "};\n"))
