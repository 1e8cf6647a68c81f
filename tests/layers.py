"""The layers of ARCHITECTURE.md: a directory of src/ may include only its own headers and those of directories below it; agent, server and cli never each
other's. Also: no drawers (util, common, …), and the system stays in the path. Run by `make check`."""

import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src"
SERVICES = {"crypto", "ipc", "sandbox", "db", "http"}
TAKERS = {"unpack"}
KNOWLEDGE = {"document", "malware", "sigma", "vulnerability", "indicator", "facts", "sensor", "sheet"}
JUDGES = {"secrecy"}  # what is read off documents
HOSTS = {"content", "scan", "search", "spool", "identity", "isolation", "record"}
WATCHERS = {"guard"}
PROGRAMS = {"agent", "server", "cli"}
BELOW = {"gen": set(), "base": {"gen"}, "os": {"gen", "base"}}
BELOW |= {name: {"gen", "base", "os"} | ({"ipc", "sandbox", "crypto"} if name in SERVICES else set()) for name in SERVICES}
BELOW |= {name: {"gen", "base"} for name in TAKERS}
BELOW |= {name: {"gen", "base", "os"} | SERVICES | TAKERS for name in KNOWLEDGE}
BELOW |= {name: {"gen", "base", "unpack", "document"} for name in JUDGES}
KNOWLEDGE |= JUDGES
BELOW |= {name: {"gen", "base", "os"} | SERVICES | TAKERS | KNOWLEDGE | HOSTS for name in HOSTS}
BELOW |= {name: {"gen", "base", "os"} | SERVICES | TAKERS | KNOWLEDGE | HOSTS for name in WATCHERS}
BELOW |= {name: {"gen", "base", "os"} | SERVICES | TAKERS | KNOWLEDGE | HOSTS | WATCHERS for name in PROGRAMS}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"/]+)/', re.M)
DRAWERS = re.compile(r"^(utils?|common|misc|shared|helpers?)$")
SYSTEM = re.compile(r"^\s*#\s*(el)?if(def)?\b.*(_WIN32|__linux__)", re.M)


def sources():
    return [p for p in SOURCE.rglob("*") if p.suffix in (".c", ".h")]


class Layers(unittest.TestCase):
    def test_includes_go_downward(self):
        wrong = []
        for path in sources():
            own = path.relative_to(SOURCE).parts[0]
            for target in INCLUDE.findall(path.read_text()):
                if target != own and target not in BELOW.get(own, set()):
                    wrong.append(f"{path.relative_to(SOURCE)} includes {target}/…")
        self.assertEqual(wrong, [])

    def test_every_directory_has_a_layer(self):
        self.assertEqual([d.name for d in SOURCE.iterdir() if d.is_dir() and d.name not in BELOW], [])

    def test_no_drawers(self):
        self.assertEqual([str(p) for p in SOURCE.rglob("*") if DRAWERS.match(p.stem)], [])

    def test_the_system_is_in_the_path(self):
        self.assertEqual([str(p) for p in sources() if p.relative_to(SOURCE).parts[0] != "os" and SYSTEM.search(p.read_text())], [])

    def test_headers_begin_with_what_they_are(self):
        bare = [str(p) for p in SOURCE.rglob("*.h") if not p.read_text().startswith("/*")]
        self.assertEqual(bare, [])


if __name__ == "__main__":
    sys.exit(unittest.main())
