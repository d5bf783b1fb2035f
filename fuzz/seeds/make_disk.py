#!/usr/bin/env python3
"""Writes the seeds of `container`, `partition` and `ntfs`: sparse images, as rdpfix_disk::oracle::Sparse reads them.

The NTFS volume is made by mkntfs and filled through ntfs-3g (root and /dev/fuse); all else is encoded here.
Usage: make_disk.py [FOLDER]   (default: beside this file)
"""
import os, re, shutil, struct, subprocess, sys, tempfile, uuid, zlib

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
END = 32 << 20


def write(target, name, pieces):
    """`pieces`: offset -> bytes."""
    os.makedirs(os.path.join(OUT, target), exist_ok=True)
    with open(os.path.join(OUT, target, name), 'wb') as f:
        for offset in sorted(pieces):
            for match in re.finditer(rb'[^\0](?:.{0,12}[^\0])*', pieces[offset], re.S):
                for i in range(0, len(match[0]), 0xFFFF):
                    part = match[0][i:i + 0xFFFF]
                    f.write(struct.pack('<IH', offset + match.start() + i, len(part)) + part)


# ---- containers
def vhd_sum(b, at):
    s = ~sum(b[:at] + b[at + 4:]) & 0xFFFFFFFF
    return b[:at] + struct.pack('>I', s) + b[at + 4:]

def vhd_footer(kind, size, header):
    b = b'conectix' + struct.pack('>IIQ', 2, 0x10000, header) + bytes(16) + struct.pack('>QQ4xI', size, size, kind)
    return vhd_sum(b.ljust(512, b'\0'), 64)

def crc32c(b):
    c = 0xFFFFFFFF
    for x in b:
        c ^= x
        for _ in range(8):
            c = c >> 1 ^ (0x82F63B78 if c & 1 else 0)
    return ~c & 0xFFFFFFFF

def sealed(b):
    return b[:4] + struct.pack('<I', crc32c(b)) + b[8:]

def guid(text):
    return uuid.UUID(text).bytes_le

write('container', 'fixed.vhd', {0: b'disk', END - 512: vhd_footer(2, END - 512, 2**64 - 1)})

header = b'cxsparse' + struct.pack('>QQIII', 2**64 - 1, 1536, 0x10000, 8, 65536)
write('container', 'dynamic.vhd', {
    0: vhd_footer(3, 500000, 512), 512: vhd_sum(header.ljust(1024, b'\0'), 36),
    1536: struct.pack('>8I', 4, *[2**32 - 1] * 6, 140), 2560: b'block', END - 512: vhd_footer(3, 500000, 512)})

head = (b'head' + bytes(4) + struct.pack('<Q', 7) + b'\1' * 32 + bytes(16) + struct.pack('<HHIQ', 0, 1, 1 << 20, 1 << 20))
regions = b'regi' + bytes(4) + struct.pack('<II', 2, 0)
for kind, at in (('2DC27766-F623-4200-9D64-115E9BFD4A08', 3), ('8B7CA206-4790-4B9A-B8FE-575F050F886E', 2)):
    regions += guid(kind) + struct.pack('<QII', at << 20, 1 << 20, 1)
items = [('CAA16737-FA36-4D43-B3B6-33F0AA44E76B', struct.pack('<II', 1 << 20, 0)),
         ('2FA54224-CD1B-4876-B211-5DBED83BF4B8', struct.pack('<Q', 5 << 19)),
         ('8141BF1D-A96F-4709-BA47-F233A8FAAB5F', struct.pack('<I', 512))]
table = b'metadata' + struct.pack('<HH20x', 0, len(items))
values = b''
for kind, value in items:
    table += guid(kind) + struct.pack('<IIII', 65536 + len(values), len(value), 0, 0)
    values += value
write('container', 'disk.vhdx', {
    0: b'vhdxfile', 65536: sealed(head.ljust(4096, b'\0')), 192 << 10: sealed(regions.ljust(65536, b'\0')),
    2 << 20: table, (2 << 20) + 65536: values, 3 << 20: struct.pack('<3Q', 4 << 20 | 6, 0, 2), 4 << 20: b'block'})

packer = zlib.compressobj(9, zlib.DEFLATED, -12)
packed = packer.compress(b'packed! ' * 64) + packer.flush()
qcow2 = b'QFI\xfb' + struct.pack('>IQIIQIIQQIIQ', 3, 0, 0, 9, 100 * 512, 0, 2, 512, 0, 0, 0, 0)
qcow2 += struct.pack('>QQQII', 1, 0, 0, 4, 104)
write('container', 'disk.qcow2', {
    0: qcow2, 512: struct.pack('>2Q', 1024 | 1 << 63, 0), 1024: struct.pack('>4Q', 1536 | 1 << 63, 2048 | 1 << 62, 1, 0),
    1536: b'cluster', 2048: packed})


# ---- partition tables
def entry(kind, start, count):
    return struct.pack('<4xB3xII', kind, start, count)

def record(*entries):
    return (bytes(446) + b''.join(entries)).ljust(510, b'\0') + b'\x55\xaa'

def boot(oem):
    return b'\xeb\x52\x90' + oem

write('partition', 'mbr-logical', {
    0: record(entry(7, 64, 64), entry(15, 200, 1000), entry(7, 3000, 60)), 64 * 512: boot(b'NTFS    '),
    200 * 512: record(entry(7, 8, 32), entry(5, 100, 100)), 208 * 512: boot(b'-FVE-FS-'),
    300 * 512: record(entry(7, 8, 32)), 3000 * 512: boot(b'ReFS\0\0\0\0')})

for size in (512, 4096):
    parts = b''
    for kind, first, last, name in (('C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 40, 99, 'EFI'),
                                    ('E3C9E316-0B5C-4DB8-817D-F92DF00215AE', 100, 149, 'MSR'),
                                    ('EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', 150, 999, 'Windows')):
        parts += (guid(kind) + b'\1' * 16 + struct.pack('<QQQ', first, last, 0) + name.encode('utf-16le')).ljust(128, b'\0')
    parts = parts.ljust(8 * 128, b'\0')
    last = END // size - 1
    def gpt(own, other, array):
        def make(crc):
            return b'EFI PART' + struct.pack('<IIIIQQQQ16xQIII', 0x10000, 92, crc, 0, own, other, 34, last - 34,
                                             array, 8, 128, zlib.crc32(parts))
        return make(zlib.crc32(make(0)))
    write('partition', f'gpt-{size}', {
        0: record(entry(0xEE, 1, last)), size: gpt(1, last, 2), 2 * size: parts,
        (last - 1) * size: parts, last * size: gpt(last, 1, last - 1), 150 * size: boot(b'NTFS    ')})


# ---- NTFS
def ntfs(name, sector, cluster, fill):
    work = tempfile.mkdtemp()
    image, mount = os.path.join(work, 'image'), os.path.join(work, 'mount')
    os.mkdir(mount)
    with open(image, 'wb') as f:
        f.truncate(END)
    subprocess.run(['mkntfs', '-F', '-Q', '-q', '-L', 'Seed', '-p', '0', '-H', '255', '-S', '63', '-s', str(sector),
                    '-c', str(cluster), image], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(['ntfs-3g', '-o', 'compression,streams_interface=xattr', image, mount], check=True)
    try:
        fill(mount, cluster)
    finally:
        subprocess.run(['fusermount', '-u', mount], check=True)
    with open(image, 'rb') as f:
        content = f.read()
    upcase = struct.pack('<512H', *range(97), *range(65, 91), *range(123, 512))[:256]
    table = content.find(upcase)
    pieces = {}
    unused_until = 0
    for at in range(0, len(content), 512):
        part = content[at:at + 512]
        in_table = table >= 0 and table <= at < table + (128 << 10)
        # Records without a file, and those that are kept for the system.
        if part[:4] == b'FILE' and (not part[22] & 1 or 12 <= struct.unpack_from('<I', part, 44)[0] < 24):
            unused_until = at + struct.unpack_from('<I', part, 28)[0]
        if part.strip(b'\0') and part.strip(b'\xff') and not in_table and at >= unused_until:
            pieces[at] = part
    write('ntfs', name, pieces)
    shutil.rmtree(work)

def fill(mount, cluster):
    def path(*parts):
        return os.path.join(mount, *parts)
    os.makedirs(path('Windows', 'System32', 'config'))
    with open(path('Windows', 'System32', 'config', 'SYSTEM'), 'wb') as f:
        f.write(b'regf' + bytes(300))
    with open(path('stream.txt'), 'wb') as f:
        f.write(b'a')
    os.setxattr(path('stream.txt'), 'user.Zone.Identifier', b'[ZoneTransfer]')
    with open(path('sparse'), 'wb') as f:
        f.write(b'start' * 200)
        f.seek(100000)
        f.write(b'end')
    os.mkdir(path('packed'))
    os.setxattr(path('packed'), 'system.ntfs_attrib', struct.pack('<I', 0x800))
    with open(path('packed', 'text'), 'wb') as f:
        f.write((b'the same words over and over. ' * 3000)[:18 * cluster if cluster == 512 else 3000])
    os.mkdir(path('many'))
    for i in range(12):
        open(path('many', 'a rather long name that fills an index %d' % i), 'wb').close()
    target = '\\??\\C:\\Windows'.encode('utf-16le')
    junction = struct.pack('<IHHHHHH', 0xA0000003, len(target) + 12, 0, 0, len(target), len(target) + 2, 0) + target + bytes(4)
    os.mkdir(path('junction'))
    os.setxattr(path('junction'), 'system.ntfs_reparse_data', junction)

ntfs('volume-512', 512, 512, fill)
ntfs('volume-4096', 4096, 4096, fill)
