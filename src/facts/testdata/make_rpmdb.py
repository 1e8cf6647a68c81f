"""Makes rpmdb.sqlite and dnf's history.sqlite of a recorded tree, with invented packages: python3 make_rpmdb.py TREE

Headers as rpm writes them into its database: u32 entries, u32 bytes of data, entries {tag, type, offset, count}, data; big-endian.
"""

import pathlib
import sqlite3
import struct
import sys

INT32, INT64, STRING, I18N = 4, 5, 6, 9
PACKAGES = [
    dict(name="bash", version="5.1.8", release="9.el9", arch="x86_64", vendor="Rocky Enterprise Software Foundation", licence="GPLv3+", source="bash-5.1.8-9.el9.src.rpm",
         installed=1725000000, size=7738778),
    dict(name="dbus", version="1.12.20", release="8.el9", arch="x86_64", epoch=1, vendor="Rocky Enterprise Software Foundation", source="dbus-1.12.20-8.el9.src.rpm",
         installed=1725000001, size=0),
    dict(name="mdatp", version="101.24062.0001", release="1", arch="x86_64", vendor="Microsoft Corporation", source="mdatp-101.24062.0001-1.src.rpm", installed=1725000002,
         large=5_000_000_000),
    dict(name="in-house-tool", version="1.0", release="1", arch="noarch", installed=1725000003),
    dict(name="gpg-pubkey", version="350d275d", release="6279464b", installed=1725000004),
]
HISTORY = [  # name, epoch, version, release, arch, repository, action, reason
    ("bash", 0, "5.1.8", "6.el9", "x86_64", "anaconda", 1, 2),
    ("bash", 0, "5.1.8", "9.el9", "x86_64", "baseos", 6, 2),
    ("bash", 0, "5.1.8", "6.el9", "x86_64", "@System", 7, 2),
    ("dbus", 1, "1.12.20", "8.el9", "x86_64", "anaconda", 1, 1),
    ("mdatp", 0, "101.24062.0001", "1", "x86_64", "packages-microsoft-com-prod", 1, 2),
    ("in-house-tool", 0, "1.0", "1", "noarch", "@commandline", 1, 2),
]


def header(package):
    fields = [(1000, STRING, package["name"]), (1001, STRING, package["version"]), (1002, STRING, package["release"])]
    for key, tag, kind in (("epoch", 1003, INT32), ("installed", 1008, INT32), ("size", 1009, INT32), ("vendor", 1011, STRING), ("licence", 1014, STRING),
                           ("arch", 1022, STRING), ("source", 1044, STRING), ("large", 5009, INT64)):
        if key in package:
            fields.append((tag, kind, package[key]))
    entries, data = b"", b""
    for tag, kind, value in fields:
        size = {INT32: 4, INT64: 8}.get(kind, 1)
        data += b"\0" * (-len(data) % size)
        entries += struct.pack(">IIiI", tag, kind, len(data), 1)
        data += struct.pack(">I", value) if kind == INT32 else struct.pack(">Q", value) if kind == INT64 else value.encode() + b"\0"
    return struct.pack(">II", len(fields), len(data)) + entries + data


def make(path, statements):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    for sql, rows in statements:
        db.executemany(sql, rows) if rows is not None else db.execute(sql)
    db.commit()
    db.execute("VACUUM")
    db.close()


def main(tree):
    make(tree / "var/lib/rpm/rpmdb.sqlite", [
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)", None),
        ("INSERT INTO Packages(blob) VALUES (?)", [(header(p),) for p in PACKAGES] + [(b"not a header",)]),
    ])
    repositories = sorted({row[5] for row in HISTORY})
    make(tree / "var/lib/dnf/history.sqlite", [
        ("CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT NOT NULL)", None),
        ("CREATE TABLE rpm (item_id INTEGER UNIQUE NOT NULL, name TEXT, epoch INTEGER, version TEXT, release TEXT, arch TEXT)", None),
        ("CREATE TABLE trans_item (id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, action INTEGER, reason INTEGER, state INTEGER)", None),
        ("INSERT INTO repo VALUES (?,?)", list(enumerate(repositories))),
        ("INSERT INTO rpm VALUES (?,?,?,?,?,?)", [(i, *row[:5]) for i, row in enumerate(HISTORY)]),
        ("INSERT INTO trans_item VALUES (?,1,?,?,?,?,1)", [(i, i, repositories.index(row[5]), row[6], row[7]) for i, row in enumerate(HISTORY)]),
    ])


main(pathlib.Path(sys.argv[1]))
