"""Content inside every kind of container that a scan opens, made here: by Python, by libarchive, or byte by byte."""

import base64
import ctypes
import ctypes.util
import gzip
import hashlib
import struct
import zlib


def _library():
    archive = ctypes.CDLL(ctypes.util.find_library("archive"))
    for name in ("archive_write_new", "archive_entry_new"):
        getattr(archive, name).restype = ctypes.c_void_p
    archive.archive_write_data.restype = ctypes.c_ssize_t
    archive.archive_write_data.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    archive.archive_entry_set_size.argtypes = [ctypes.c_void_p, ctypes.c_int64]
    archive.archive_error_string.restype = ctypes.c_char_p
    return archive


def archived(form, members, options=b""):
    """By libarchive: 7zip, iso9660, cpio, newc, arbsd, xar …"""
    archive = _library()

    def must(code):
        if code < 0:
            raise RuntimeError(f"{form}: {archive.archive_error_string(a)}")

    a = ctypes.c_void_p(archive.archive_write_new())
    room = ctypes.create_string_buffer(sum(len(d) for _, d in members) * 2 + (1 << 20))
    used = ctypes.c_size_t()
    must(archive.archive_write_set_format_by_name(a, form.encode()))
    if options:
        must(archive.archive_write_set_options(a, options))
    must(archive.archive_write_set_bytes_in_last_block(a, 1))
    must(archive.archive_write_open_memory(a, room, ctypes.c_size_t(len(room)), ctypes.byref(used)))
    for name, data in members:
        entry = ctypes.c_void_p(archive.archive_entry_new())
        archive.archive_entry_set_pathname(entry, name.encode())
        archive.archive_entry_set_size(entry, len(data))
        archive.archive_entry_set_filetype(entry, 0o100000)
        archive.archive_entry_set_perm(entry, 0o644)
        must(archive.archive_write_header(a, entry))
        must(archive.archive_write_data(a, data, len(data)))
        archive.archive_entry_free(entry)
    must(archive.archive_write_close(a))
    archive.archive_write_free(a)
    return room.raw[: used.value]


def cab(name, data):
    """One folder, not compressed."""
    blocks = [data[i : i + 32768] for i in range(0, len(data), 32768)]
    names = name.encode() + b"\0"
    folder = struct.pack("<IHH", 36 + 8 + 16 + len(names), len(blocks), 0)
    file = struct.pack("<IIHHHH", len(data), 0, 0, 0, 0, 32) + names
    body = b"".join(struct.pack("<IHH", 0, len(b), len(b)) + b for b in blocks)
    size = 36 + len(folder) + len(file) + len(body)
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, size, 0, 36 + len(folder), 0, 3, 1, 1, 1, 0, 0, 0)
    return head + folder + file + body


def rpm(name, data):
    """A lead, two empty headers, and a cpio compressed by gzip."""
    lead = b"\xed\xab\xee\xdb\x03\x00\0\0\0\x01" + name.encode().ljust(66, b"\0") + b"\0\x01\0\x05" + bytes(16)
    header = b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", 1, 4) + struct.pack(">IIII", 1000, 4, 0, 1) + b"\0\0\0\x01"
    padding = bytes(-(len(lead) + len(header)) % 8)
    return lead + header + padding + header + gzip.compress(archived("newc", [(name, data)]), mtime=0)


def deb(name, data, tarred):
    return archived("arbsd", [("debian-binary", b"2.0\n"), ("control.tar.gz", gzip.compress(tarred(("control", b"Package: x\n")), mtime=0)),
                              ("data.tar.gz", gzip.compress(tarred((name, data)), mtime=0))])


def ole2(name, data):
    """One stream, in sectors of 512 bytes."""
    data = data.ljust(4096, b"\0")  # smaller ones would stand in the mini stream
    sectors = -(-len(data) // 512)
    fat = [0xFFFFFFFD, 0xFFFFFFFE] + [3 + i for i in range(sectors - 1)] + [0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))

    def entry(label, kind, child, start, size):
        wide = label.encode("utf-16-le") + b"\0\0"
        return wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36) + struct.pack("<IQ", start, size)

    empty = bytes(64) + struct.pack("<HBBIII", 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(48)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(data)) + empty + empty
    return head + struct.pack("<128I", *fat) + folder + data.ljust(sectors * 512, b"\0")


def pdf(data):
    packed = zlib.compress(data)
    return (b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n3 0 obj\n<</Length " + str(len(packed)).encode()
            + b"/Filter/FlateDecode>>\nstream\n" + packed + b"\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n")


def html(data):
    return b'<html><body><script src="data:text/plain;base64,' + base64.b64encode(data) + b'"></script></body></html>\n'


def noise(n, seed):
    """Bytes that hold no mark of any type."""
    out, state = bytearray(), hashlib.sha256(str(seed).encode()).digest()
    while len(out) < n:
        state = hashlib.sha256(state).digest()
        out += bytes(b | 0x80 for b in state)
    return bytes(out[:n])
