#!/usr/bin/env python3
"""Writes the seeds of the target `evtx`: the smallest logs that reach each layer.

    python3 fuzz/seeds/make_evtx.py

empty.evtx     a file header and no chunk
one-event.evtx one chunk with one record: a template, and the two values put into it
"""
import struct
import zlib
from pathlib import Path

FOLDER = Path(__file__).parent / "evtx"
CHUNK = 0x10000
GUID = bytes(range(1, 17))


def file_header(chunks, next_record):
    fields = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, max(chunks - 1, 0), next_record, 128, 1, 3, 4096, chunks)
    fields += bytes(120 - len(fields))
    return (fields + struct.pack("<II", 0, zlib.crc32(fields))).ljust(4096, b"\0")


def name(text, offset):
    """A name as it stands where it is first used: its own offset, then next, hash, characters, zero."""
    hashed = 0
    for character in text:
        hashed = (hashed * 65599 + ord(character)) & 0xFFFFFFFF
    utf16 = text.encode("utf-16-le")
    return struct.pack("<IIHH", offset + 4, 0, hashed & 0xFFFF, len(text)) + utf16 + b"\0\0"


def element(text_of_name, content, at):
    """<Name>content</Name>, where `content` makes its bytes from where it starts; `at` is where the element starts."""
    # token, dependency, size: 7 bytes before the name's offset
    named = name(text_of_name, at + 7) + b"\x02"
    rest = named + content(at + 7 + len(named)) + b"\x04"
    return struct.pack("<BHI", 1, 0xFFFF, len(rest)) + rest


def substitution(number, kind):
    return lambda at: struct.pack("<BHB", 13, number, kind)


def system(at):
    event_id = element("EventID", substitution(0, 6), at)
    return event_id + element("Channel", substitution(1, 1), at + len(event_id))


def template_instance(at):
    definition_at = at + 10
    fragment = b"\x0f\x01\x01\x00"
    event = element("Event", lambda at: element("System", system, at), definition_at + 24 + len(fragment))
    body = fragment + event + b"\0"
    definition = struct.pack("<I", 0) + GUID + struct.pack("<I", len(body)) + body
    channel = "System".encode("utf-16-le")
    values = struct.pack("<IHBBHBBH", 2, 2, 6, 0, len(channel), 1, 0, 1056) + channel
    return struct.pack("<BBII", 12, 1, struct.unpack("<I", GUID[:4])[0], definition_at) + definition + values


def chunk(record_id):
    at = 512
    fragment = b"\x0f\x01\x01\x00"
    instance_at = at + 24 + len(fragment)
    binxml = fragment + template_instance(instance_at) + b"\0"
    size = 24 + len(binxml) + 4
    size += -size % 8
    record = struct.pack("<4sIQQ", b"**\0\0", size, record_id, 133000000000000000) + binxml
    record = record.ljust(size - 4, b"\0") + struct.pack("<I", size)
    header = struct.pack("<8sQQQQIIII", b"ElfChnk\0", record_id, record_id, record_id, record_id,
                         128, at, at + size, zlib.crc32(record)).ljust(120, b"\0")
    # The first template's offset stands in the table's slot for its id; the names are found from their elements.
    templates = [0] * 32
    templates[struct.unpack("<I", GUID[:4])[0] % 32] = instance_at + 10
    tables = bytes(256) + struct.pack("<32I", *templates)
    checked = zlib.crc32(header + tables)
    return (header + struct.pack("<II", 1, checked) + tables + record).ljust(CHUNK, b"\0")


FOLDER.mkdir(exist_ok=True)
(FOLDER / "empty.evtx").write_bytes(file_header(0, 1))
(FOLDER / "one-event.evtx").write_bytes(file_header(1, 2) + chunk(1))
