"""Writes the seeds of `sd`, `cert` and `keyfile`: small, each with one thing the others have not."""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent


def sid(*subs, authority=5):
    return struct.pack(">BBHI", 1, len(subs), 0, authority) + struct.pack(f"<{len(subs)}I", *subs)


def ace(kind, flags, mask, who, between=b"", behind=b""):
    body = struct.pack("<I", mask) + between + who + behind
    return struct.pack("<BBH", kind, flags, 4 + len(body)) + body


def acl(*aces, revision=2, slack=b""):
    body = b"".join(aces) + slack
    return struct.pack("<BBHHH", revision, 0, 8 + len(body), len(aces), 0) + body


def descriptor(control, owner=b"", group=b"", sacl=b"", dacl=b""):
    offsets, body = {}, b""
    for name, part in (("sacl", sacl), ("dacl", dacl), ("owner", owner), ("group", group)):
        offsets[name] = 20 + len(body) if part else 0
        body += part
    places = [offsets[name] for name in ("owner", "group", "sacl", "dacl")]
    return struct.pack("<BBHIIII", 1, 0, control | 0x8000, *places) + body


def prop(number, data):
    return struct.pack("<III", number, 1, len(data)) + data


def utf16(text):
    return (text + "\0").encode("utf-16-le")


def write(path, data):
    (HERE / path).write_bytes(data)


system, service, everyone = sid(18), sid(20), sid(0, authority=1)
key_file = acl(ace(0, 0, 0x1F01FF, system), ace(1, 0x10, 0x120089, service), slack=bytes(4))
write("sd/key-file", descriptor(0x9004, system, system, dacl=key_file))
write("sd/null-dacl", descriptor(0x0004, service))
guids = struct.pack("<I", 3) + bytes(range(32))
rare = acl(
    ace(5, 2, 0x30, everyone, between=guids),
    ace(9, 0, 0x1, service, behind=b"artx\x01\0\0\0"),
    ace(1, 0, 0x1, sid(4, authority=3)),
    struct.pack("<BBHI", 0x40, 0, 8, 7),
    revision=4,
)
label = acl(ace(0x11, 0, 1, sid(0x4000, authority=16)), ace(2, 0xC0, 0x1F01FF, everyone))
write("sd/rare-entries", descriptor(0x0C14, system, b"", label, rare))

fixtures = HERE / "../../crates/rdpfix-formats/tests/cert_fixtures"
der = (fixtures / "client-only.der").read_bytes()
names = utf16("TSSecKeySet1"), utf16("Microsoft Enhanced Cryptographic Provider v1.0")
provider = struct.pack("<7I", 28, 28 + len(names[0]), 1, 0x20, 0, 0, 1) + b"".join(names)
write("cert/with-key", prop(3, bytes(20)) + prop(2, provider) + prop(11, utf16("RDP")) + prop(32, der))
write("cert/der", (fixtures / "rdp-ec.der").read_bytes())
write("cert/cut", prop(19, b"") + prop(32, der)[:40])

public = b"RSA1" + struct.pack("<IIII", 72, 512, 63, 65537) + bytes(range(1, 65)) + bytes(8)
name = b"TSSecKeySet1\0"
header = struct.pack("<10I", 2, 0, len(name), 0, 0, len(public), 32, 20, 0, 8)
write("keyfile/capi", header + name + bytes(20) + public + bytes(40))
cng = "tp-key".encode("utf-16-le")
write("keyfile/cng", struct.pack("<7I", 1, 0, len(cng), 2, 4, 8, 12) + bytes(16) + cng + bytes(24))
write("keyfile/name", b"f686aace6942fb7f7ceb231212eef4a4_94f748d5-d585-4309-9e7a-4be163cfc6d4")
