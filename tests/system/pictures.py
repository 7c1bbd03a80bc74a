"""Pictures as tests need them: PNG of 8 bits a channel, without any library."""
import struct
import zlib


class Picture:
    """RGB or grey; rows of bytes."""

    def __init__(self, width, height, channels, pixels):
        self.width, self.height, self.channels, self.pixels = width, height, channels, bytes(pixels)

    @classmethod
    def plain(cls, width, height, *colour):
        return cls(width, height, len(colour), bytes(colour) * (width * height))

    def crop(self, left, top, right, bottom):
        rows = [self.pixels[(y * self.width + left) * self.channels:(y * self.width + right) * self.channels]
                for y in range(top, bottom)]
        return Picture(right - left, bottom - top, self.channels, b"".join(rows))

    def filled(self, left, top, right, bottom, *colour):
        pixels = bytearray(self.pixels)
        for y in range(top, bottom):
            start = (y * self.width + left) * self.channels
            pixels[start:start + (right - left) * self.channels] = bytes(colour) * (right - left)
        return Picture(self.width, self.height, self.channels, pixels)

    def distance(self, other):
        """Mean absolute difference of the samples."""
        return sum(abs(a - b) for a, b in zip(self.pixels, other.pixels)) / len(self.pixels)

    def png(self):
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        stride = self.width * self.channels
        rows = b"".join(b"\0" + self.pixels[y * stride:(y + 1) * stride] for y in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, {1: 0, 3: 2, 4: 6}[self.channels], 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

    @classmethod
    def read(cls, png):
        at, packed = 8, b""
        while at < len(png):
            size, kind = struct.unpack(">I4s", png[at:at + 8])
            data = png[at + 8:at + 8 + size]
            if kind == b"IHDR":
                width, height, bits, colour, *_ = struct.unpack(">IIBBBBB", data)
            if kind == b"IDAT":
                packed += data
            at += size + 12
        channels = {0: 1, 2: 3, 6: 4}[colour]
        assert bits == 8
        return cls(width, height, channels, cls._unfilter(zlib.decompress(packed), width * channels, height, channels))

    @staticmethod
    def _unfilter(data, stride, height, channels):
        out, before = bytearray(), bytes(stride)
        for y in range(height):
            kind, row = data[y * (stride + 1)], bytearray(data[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
            for x in range(stride):
                left = row[x - channels] if x >= channels else 0
                corner = before[x - channels] if x >= channels else 0
                row[x] = (row[x] + (0, left, before[x], (left + before[x]) // 2, paeth(left, before[x], corner))[kind]) & 255
            out += row
            before = row
        return out


def paeth(left, above, corner):
    """PNG's predictor: whichever of the three is nearest to left + above - corner."""
    estimate = left + above - corner
    return min((abs(estimate - left), 0, left), (abs(estimate - above), 1, above), (abs(estimate - corner), 2, corner))[2]
