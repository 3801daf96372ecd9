# SPDX-License-Identifier: MIT
"""Real pictures made on the fly, of any size in bytes, and a few files that
only pretend to be pictures."""

import random
import struct
import zlib


def _png_chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


def png(width=64, height=48, size=0, seed=1):
    """A PNG of coloured stripes; exactly `size` bytes long when given."""
    rows = b"".join(
        b"\0" + bytes(channel
                      for x in range(width)
                      for channel in ((x * 4 + seed * 40) % 256,
                                      (y * 5 + seed * 70) % 256,
                                      (x * y + seed) % 256))
        for y in range(height))
    head = (b"\x89PNG\r\n\x1a\n"
            + _png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height,
                                              8, 2, 0, 0, 0)))
    tail = _png_chunk(b"IDAT", zlib.compress(rows)) + _png_chunk(b"IEND", b"")
    room = size - len(head) - len(tail)
    if size and room < 12 + 8:
        raise ValueError("a PNG of %d bytes cannot hold this picture" % size)
    padding = b""
    if size:
        comment = b"Comment\0"
        noise = random.Random(seed).randbytes(room - 12 - len(comment))
        # a private chunk: noise is not the Latin-1 text of a tEXt chunk
        padding = _png_chunk(b"noIs", comment + noise)
    return head + padding + tail


def photo(size, seed=1):
    """A PNG of noise, as large as `size` says and no more than a few
    thousand bytes smaller in its pixels: what a camera's picture is like."""
    side = max(8, int(((size - 400) / 3.1) ** 0.5))
    rand = random.Random(seed)
    rows = b"".join(b"\0" + rand.randbytes(side * 3) for _ in range(side))
    packed = zlib.compress(rows, 1)
    head = (b"\x89PNG\r\n\x1a\n"
            + _png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side,
                                              8, 2, 0, 0, 0)))
    data = b"".join(_png_chunk(b"IDAT", packed[i:i + 65536])
                    for i in range(0, len(packed), 65536))
    tail = _png_chunk(b"IEND", b"")
    room = size - len(head) - len(data) - len(tail) - 12
    if room < 0:
        raise ValueError("no photo of %d bytes" % size)
    return head + _png_chunk(b"noIs", bytes(room)) + data + tail


def _jpeg_segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _jpeg_scan(blocks, seed):
    """Blocks of one grey each: one bit for DC size 3, three bits of
    difference, one bit for "no more coefficients"."""
    rand = random.Random(seed)
    level = 0
    bits = []
    for _ in range(blocks):
        step = rand.choice((4, 5, 6, 7) if level <= 0 else (-7, -6, -5, -4))
        level += step
        bits.append("0%s0" % format(step if step > 0 else step + 7, "03b"))
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    data = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
    return data.replace(b"\xff", b"\xff\0")


def jpeg(width=64, height=48, size=0, seed=1):
    """A baseline grey JPEG (ITU T.81); exactly `size` bytes when given."""
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    one_code = bytes([1] + [0] * 15)
    head = (b"\xff\xd8"
            + _jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"))
    body = (_jpeg_segment(0xDB, b"\0" + bytes([16] * 64))
            + _jpeg_segment(0xC0, struct.pack(">BHHBBBB", 8, height, width,
                                              1, 1, 0x11, 0))
            + _jpeg_segment(0xC4, b"\0" + one_code + b"\3")
            + _jpeg_segment(0xC4, b"\x10" + one_code + b"\0")
            + _jpeg_segment(0xDA, b"\1\1\0\0\x3f\0")
            + _jpeg_scan(blocks, seed) + b"\xff\xd9")
    room = size - len(head) - len(body)
    if size and room < 4:
        raise ValueError("a JPEG of %d bytes cannot hold this picture" % size)
    comments = []
    rand = random.Random(seed)
    while size and room:
        # never leave less than a segment's own four bytes
        take = room if room <= 65537 else min(65537, room - 4)
        comments.append(_jpeg_segment(0xFE, rand.randbytes(take - 4)))
        room -= take
    return head + b"".join(comments) + body


def gif(width=16, height=16):
    """A GIF89a whose LZW codes are all literals between clear codes."""
    codes = []
    for i in range(width * height):
        if i % 2 == 0:
            codes.append("100")             # clear
        codes.append(format(i % 4, "03b"))
    codes.append("101")                     # end
    text = "".join(reversed(codes))         # first code in the low bits
    data = int(text, 2).to_bytes((len(text) + 7) // 8, "little")
    blocks = b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255]
                      for i in range(0, len(data), 255))
    return (b"GIF89a" + struct.pack("<HHBBB", width, height, 0x91, 0, 0)
            + bytes.fromhex("000000 ff0000 00ff00 0000ff")
            + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
            + b"\2" + blocks + b"\0;")


def webp():
    """A lossless WebP of one pixel."""
    return bytes.fromhex("52494646 1a000000 57454250 5650384c 0d000000"
                         "2f00000010071011118888fe0700")


PDF = (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
       b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
       b"trailer<</Root 1 0 R>>\n%%EOF\n")
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>\n"
SVG = (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">'
       b"<script>alert(1)</script></svg>\n")
