#!/usr/bin/python3
"""What is said of the set of unseen.py, per half, format and encoding: `tests/secrecy/unseen_table.py [--half A|B] [--examples]`. Half B is only counted: its papers are not named."""

import argparse
import pathlib
import sys

import confusion
import layout_set
import test_marks
import unseen


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--half", choices="AB", action="append")
    words.add_argument("--variants", type=int, default=1)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--examples", action="store_true", help="name the papers of half A of which something else was said")
    chosen = words.parse_args()
    test_marks.build("tests/secrecy/khien-test-marks", "tests/secrecy/khien-test-scan")
    folder = pathlib.Path(test_marks.ROOT / f"out/secrecy/unseen-{chosen.variants}-{chosen.seed}")
    rows = {str(folder / row["path"]): row for row in layout_set.make(folder, chosen.variants, chosen.seed, which="unseen")}
    tables = {h: confusion.Table() for h in chosen.half or "AB"}
    of_half = [path for path, row in rows.items() if unseen.half(row["place"]) in tables]
    for path, level in test_marks.said_of(test_marks.BUILD / "tests/secrecy/khien-test-marks", of_half):
        tables[unseen.half(rows[path]["place"])].add(rows[path], level)
    for h, table in tables.items():
        print(f"half {h}\n{table.text()}\n{table.totals()}\n")
        if chosen.examples and h == "A":
            print(table.examples(table.wrong, len(table.wrong)))


if __name__ == "__main__":
    sys.exit(main())
