"""Reads registry hives with dissect.regf and prints them as lines, to compare with ours.

    regf_oracle.py HIVE [LOG ...]

Logs are replayed by the code below, which was written from the specification and shares nothing with ours:
dissect.regf reads no logs. A line is `K path ticks class descriptor` or `V path name type data`, names and bytes in
hexadecimal.
"""

import io
import struct
import sys

from dissect.regf import regf

SEED = 0x82EF4D887A4E55C5
MASK = 0xFFFFFFFF


def decode_name(blob, size, is_compressed):
    """dissect.regf tries UTF-8 first; Windows stores Latin-1."""
    return blob.decode("latin-1") if is_compressed else blob.decode("utf-16-le", "replace")


regf.decode_name = decode_name


def marvin32(data):
    low, high = SEED & MASK, SEED >> 32

    def rotated(word, by):
        return ((word << by) | (word >> (32 - by))) & MASK

    padded = data + b"\x80"
    padded += bytes(-len(padded) % 4) + bytes(4)
    for (word,) in struct.iter_unpack("<I", padded):
        low = (low + word) & MASK
        high ^= low
        low = (rotated(low, 20) + high) & MASK
        high = rotated(high, 9) ^ low
        low = (rotated(low, 27) + high) & MASK
        high = rotated(high, 19)
    return high << 32 | low


def entries(log):
    """The entries of a log that follow one another from its own sequence number on."""
    expected, at = struct.unpack_from("<I", log, 4)[0], 512
    while log[at : at + 4] == b"HvLE":
        size, _, sequence, bins_size, count = struct.unpack_from("<5I", log, at + 4)
        body_hash, header_hash = struct.unpack_from("<QQ", log, at + 24)
        entry = log[at : at + size]
        if sequence != expected or header_hash != marvin32(entry[:32]) or body_hash != marvin32(entry[40:]):
            return
        pages, source = [], 40 + 8 * count
        for number in range(count):
            target, length = struct.unpack_from("<II", entry, 40 + 8 * number)
            pages.append((target, entry[source : source + length]))
            source += length
        yield sequence, bins_size, pages
        expected, at = expected + 1, at + size


def replayed(hive, logs):
    primary, secondary = struct.unpack_from("<II", hive, 4)
    if primary == secondary:
        return hive
    hive, last = bytearray(hive), None
    for log in sorted(logs, key=lambda log: struct.unpack_from("<I", log, 4)):
        first = struct.unpack_from("<I", log, 4)[0]
        if first < secondary or last not in (None, first - 1):
            continue
        for sequence, bins_size, pages in entries(log):
            last = sequence
            hive.extend(bytes(max(0, 4096 + bins_size - len(hive))))
            for target, page in pages:
                hive[4096 + target : 4096 + target + len(page)] = page
    return bytes(hive)


def descriptor(hive, offset):
    if offset == MASK:
        return b""
    record = hive.cell_data(offset)
    return record[20 : 20 + struct.unpack_from("<I", record, 16)[0]]


def walk(hive, key, path, out):
    text = path.encode().hex()
    name_of_class = (key.class_name or "").encode().hex()
    security = descriptor(hive, key.cell.Security).hex()
    print("K", text, key.cell.LastWriteTime, name_of_class, security, sep="\t", file=out)
    for value in key.values():
        name = "" if value.cell.NameLength == 0 else value.name
        kind = value.cell.Type & MASK
        print("V", text, name.encode().hex(), int(kind), value.data.hex(), sep="\t", file=out)
    for subkey in key.subkeys():
        walk(hive, subkey, f"{path}\\{subkey.name}" if path else subkey.name, out)


def main():
    sys.setrecursionlimit(5000)
    hive, *logs = [open(path, "rb").read() for path in sys.argv[1:]]
    hive = regf.RegistryHive(io.BytesIO(replayed(hive, logs)))
    with open(sys.stdout.fileno(), "w", encoding="ascii", newline="\n", closefd=False) as out:
        walk(hive, hive.root(), "", out)


main()
