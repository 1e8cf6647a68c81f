"""A file system whose server has trouble, as a network share may: it lists files well, and then cannot give them. Spoken to the kernel by hand (FUSE's protocol, linux/fuse.h), so
that every answer can be chosen.

    with stale.Mount(directory, {"good": b"text", "stale": errno.ESTALE, "dead": stale.NO_ANSWER, "short": (1000, b"less than it says")}): …
"""

import contextlib
import ctypes
import errno
import os
import pathlib
import stat
import struct
import subprocess
import threading
import unittest

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, INTERRUPT, BATCH_FORGET = 1, 2, 3, 14, 15, 17, 18, 25, 26, 27, 28, 29, 36, 42
NO_ANSWER = object()
DIRECT_IO = 1
MS_NOSUID, MS_NODEV = 2, 4


class Mount:
    """A name's value: its content; or an error that reading gives; or NO_ANSWER; or (size that is said, content)."""

    def __init__(self, at, files):
        self.at, self.files, self.names = pathlib.Path(at), files, ["", *files]

    def __enter__(self):
        try:
            self.fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        except OSError as e:
            raise unittest.SkipTest(f"no /dev/fuse: {e}") from e
        options = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        if ctypes.CDLL(None, use_errno=True).mount(b"stale", os.fsencode(self.at), b"fuse", MS_NOSUID | MS_NODEV, options) != 0:
            os.close(self.fd)
            raise unittest.SkipTest(f"FUSE cannot be mounted: {os.strerror(ctypes.get_errno())}")
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-f", "-l", self.at], check=False)
        self.thread.join(10)
        os.close(self.fd)

    def serve(self):
        with contextlib.suppress(OSError):  # unmounted
            while True:
                self.answer(os.read(self.fd, 1 << 18))

    def answer(self, asked):
        _, what, unique, node = struct.unpack_from("<IIQQ", asked)
        if what in (FORGET, BATCH_FORGET, INTERRUPT):
            return
        said = self.say(what, node, asked[40:])
        if said is NO_ANSWER:
            return
        error, body = (-said, b"") if isinstance(said, int) else (0, said)
        with contextlib.suppress(FileNotFoundError):  # who asked is gone
            os.write(self.fd, struct.pack("<IiQ", 16 + len(body), error, unique) + body)

    def say(self, what, node, rest):
        if what == INIT:
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 12, 9, 1 << 17, 1, 32, 0, 0)
        if what == LOOKUP:
            name = os.fsdecode(rest.rstrip(b"\0"))
            return struct.pack("<QQQQII", self.names.index(name) + 1, 0, 0, 0, 0, 0) + self.attributes(self.names.index(name) + 1) if name in self.files else errno.ENOENT
        if what == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + self.attributes(node)
        if what in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, DIRECT_IO if what == OPEN else 0, 0)
        if what == READDIR:
            return self.listing(struct.unpack_from("<Q", rest, 8)[0])
        if what == READ:
            return self.content(node, *struct.unpack_from("<QI", rest, 8))
        if what == STATFS:
            return struct.pack("<QQQQQIIII24x", 1000, 0, 0, 10, 0, 4096, 255, 4096, 0)
        return b"" if what in (RELEASE, RELEASEDIR, FLUSH) else errno.ENOSYS

    def attributes(self, node):
        if node == 1:
            return struct.pack("<QQQQQQIIIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, stat.S_IFDIR | 0o755, 2, 0, 0, 0, 4096, 0)
        value = self.files[self.names[node - 1]]
        size = len(value) if isinstance(value, bytes) else value[0] if isinstance(value, tuple) else 1000
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, 8, 0, 0, 0, 0, 0, 0, stat.S_IFREG | 0o644, 1, 0, 0, 0, 4096, 0)

    def listing(self, start):
        body = b""
        for node, name in list(enumerate(self.names, 1))[1:]:
            if node > start:
                raw = os.fsencode(name)
                body += struct.pack("<QQII", node, node, len(raw), stat.S_IFREG >> 12) + raw + b"\0" * (-len(raw) % 8)
        return body

    def content(self, node, offset, size):
        value = self.files[self.names[node - 1]]
        value = value[1] if isinstance(value, tuple) else value
        return value[offset : offset + size] if isinstance(value, bytes) else value
