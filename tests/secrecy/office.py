"""Files made of others by LibreOffice: many at once in one process, with a profile of our own."""

import functools
import pathlib
import shutil
import subprocess
import tempfile

AT_ONCE = 150  # files per process: it grows with each


def there():
    return shutil.which("soffice") is not None


@functools.cache
def profile():
    """A new profile takes as long to make as ten files to convert: one for all of this program's calls, which are made one after the other."""
    return tempfile.TemporaryDirectory()


def convert(files, to, folder):
    """Converts each file to the format `to` ("doc", "pdf", "xls" …) into the folder; the files that came of it."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = [str(f) for f in files]
    for i in range(0, len(files), AT_ONCE):
        subprocess.run(["soffice", f"-env:UserInstallation=file://{profile().name}", "--headless", "--norestore", "--convert-to", to, "--outdir", folder, *files[i:i + AT_ONCE]], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=3600)
    return [path for path in (folder / f"{pathlib.Path(f).stem}.{to}" for f in files) if path.exists()]
