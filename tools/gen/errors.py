"""spec/errors.yaml → gen/errors.h, errors.c"""

from . import emit
from .load import both_languages, field, load, only


def generate(spec, out):
    rows = load(spec / "errors.yaml")
    enum, table = [], []
    for number, row in enumerate(rows, start=1):
        only(row, {"name", "class", "http", "exit", "vi", "en"})
        vi, en = both_languages(row)
        symbol = "KH_E_" + field(row, "name", str).upper()
        enum.append(f"\t{symbol} = -{number}, /* {en} */")
        table.append(
            f"\t{{{symbol}, {emit.c_string(row['name'])}, {emit.c_string(field(row, 'class', str))}, {field(row, 'http', int)}, "
            f"{field(row, 'exit', int)}, {{{emit.c_string(vi)}, {emit.c_string(en)}}}}},"
        )
    emit.write(
        out / "errors.h",
        emit.header(
            "spec/errors.yaml",
            "enum kh_error {\n" + "\n".join(enum) + "\n};\n\n"
            "struct kh_error_info {\n\tint code;\n\tconst char *name, *class_name;\n\tint http_status, exit_status;\n"
            "\tconst char *text[2]; /* by enum kh_language: Vietnamese, English */\n};\n\n"
            "extern const struct kh_error_info kh_errors[];\nextern const size_t kh_errors_count;\n",
        ),
    )
    emit.write(
        out / "errors.c",
        emit.source(
            "spec/errors.yaml",
            "gen/errors.h",
            "const struct kh_error_info kh_errors[] = {\n" + "\n".join(table) + "\n};\n"
            f"const size_t kh_errors_count = {len(rows)};\n",
        ),
    )
