"""The generator: python3 -m gen KIND SPEC_DIR OUT_DIR [DEPFILE]"""

import pathlib
import sys

from . import api, cli, codes, controls, details, emit, errors, facts, figures, i18n, registers, roles, settings
from .load import Mistake, die

KINDS = {
    "errors": errors.generate,
    "messages": i18n.generate,
    "details": details.generate,
    "facts": facts.generate,
    "codes": codes.generate,
    "controls": controls.generate,
    "figures": figures.generate,
    "api": api.generate,
    "openapi": api.openapi,
    "settings": settings.generate,
    "cli": cli.generate,
    "docs": cli.documents,
    "registers": registers.generate,
    "roles": roles.generate,
    "web": None,
}


def web(spec, out):
    out.mkdir(parents=True, exist_ok=True)
    i18n.web(spec, out)
    api.typescript(spec, out)
    registers.web(spec, out)


KINDS["web"] = web


def write_depfile(path, target, spec):
    """Ninja re-runs us when any spec file, or the list of files in a spec directory, or the generator changes."""
    own = pathlib.Path(__file__).parent
    inputs = sorted(str(p) for p in [*spec.rglob("*"), spec, *own.glob("*.py")] if p.suffix in ("", ".yaml", ".py"))
    emit.write(path, f"{target}: " + " \\\n  ".join(p.replace(" ", "\\ ") for p in inputs) + "\n")


def main(arguments):
    if len(arguments) not in (3, 5) or arguments[0] not in KINDS:
        die(f"usage: gen KIND SPEC_DIR OUT_DIR [DEPFILE TARGET]; kinds: {', '.join(KINDS)}")
    spec, out = pathlib.Path(arguments[1]), pathlib.Path(arguments[2])
    try:
        KINDS[arguments[0]](spec, out)
    except Mistake as mistake:
        die(str(mistake))
    if len(arguments) == 5:
        write_depfile(arguments[3], arguments[4], spec)


main(sys.argv[1:])
