"""Public sets of rules and signatures for tests and benchmarks: archives NAME.tar.zst in the folder named by KHIEN_TEST_DATA, or in ../shared/data."""

import os
import pathlib
import subprocess

import khien

FOLDER = pathlib.Path(os.environ.get("KHIEN_TEST_DATA", khien.ROOT.parent / "shared/data"))


def missing(*names):
    """The first of these sets that is not there; None: all are."""
    return next((name for name in names if not FOLDER.joinpath(f"{name}.tar.zst").exists()), None)


def unpack(name, below):
    """The set's folder, below the one given."""
    folder = pathlib.Path(below) / name
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(f"zstd -dc '{FOLDER}/{name}.tar.zst' | tar x -C '{folder}'", shell=True, check=True)
    return folder
