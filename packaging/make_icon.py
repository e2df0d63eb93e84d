"""Draws packaging/icon.png: three notes and the links between them. Run it again to change the icon."""

import pathlib
import struct
import zlib

SIZE = 512
SAMPLES = 2
PAPER, INK, GROUND = (250, 247, 240), (46, 64, 87), (226, 149, 120)
NOTES = [(168, 176, 68), (360, 224, 52), (208, 372, 44)]
LINKS = [(0, 1), (0, 2), (1, 2)]


def distance_to_link(x, y, a, b):
    (ax, ay, _), (bx, by, _) = NOTES[a], NOTES[b]
    t = max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)))
    return ((x - ax - t * (bx - ax)) ** 2 + (y - ay - t * (by - ay)) ** 2) ** 0.5


def colour_at(x, y):
    corner = max(abs(x - SIZE / 2) - 144, 0) ** 2 + max(abs(y - SIZE / 2) - 144, 0) ** 2
    if corner > 96**2:
        return (0, 0, 0, 0)
    for cx, cy, radius in NOTES:
        away = ((x - cx) ** 2 + (y - cy) ** 2) ** 0.5
        if away < radius - 16:
            return (*GROUND, 255)
        if away < radius:
            return (*PAPER, 255)
    if min(distance_to_link(x, y, a, b) for a, b in LINKS) < 8:
        return (*PAPER, 255)
    return (*INK, 255)


def pixel(column, row):
    points = [
        colour_at(column + (i + 0.5) / SAMPLES, row + (j + 0.5) / SAMPLES)
        for i in range(SAMPLES)
        for j in range(SAMPLES)
    ]
    alpha = sum(p[3] for p in points)
    if alpha == 0:
        return bytes(4)
    return bytes([*(sum(p[c] * p[3] for p in points) // alpha for c in range(3)), alpha // len(points)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(SIZE)) for y in range(SIZE))
header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
image = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
pathlib.Path(__file__).with_name("icon.png").write_bytes(image)
