"""Does what a plan says: puts exact octets on the wire.

usage: python3 send.py HOST PORT PLAN
"""

import os
import socket
import struct
import sys
import time
from typing import Callable, Dict, Iterator, List

CANNOT = 77
PIECE = 65536
RAMP = bytes(range(251))

# "<" and ">" also switch off native sizes and padding, which struct would use without them.
NUMBERS = {
    "u8": ">B", "i8": ">b",
    "u16be": ">H", "u16le": "<H", "i16be": ">h", "i16le": "<h",
    "u32be": ">I", "u32le": "<I", "i32be": ">i", "i32le": "<i",
    "u64be": ">Q", "u64le": "<Q", "i64be": ">q", "i64le": "<q",
}  # fmt: skip
FLOATS = {"f32be": ">f", "f32le": "<f", "f64be": ">d", "f64le": "<d"}


def uleb(value: int) -> bytes:
    octets = bytearray()
    while value >= 0x80:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def sleb(value: int) -> bytes:
    octets = bytearray()
    while not -0x40 <= value < 0x40:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value & 0x7F)
    return bytes(octets)


def zigzag(value: int) -> bytes:
    return uleb(value * 2 if value >= 0 else -value * 2 - 1)


VARINTS = {"uleb": uleb, "sleb": sleb, "zigzag": zigzag}


def packed(layout: str, kind: Callable[[str], float]) -> Callable[[str], bytes]:
    return lambda rest: b"".join(struct.pack(layout, kind(n)) for n in rest.split(" "))


def varints(encode: Callable[[int], bytes]) -> Callable[[str], bytes]:
    return lambda rest: b"".join(encode(int(n)) for n in rest.split(" "))


def text(rest: str) -> bytes:
    # Never the default encoding: under LC_ALL=C it may be ASCII.
    return rest.encode("utf-8")


def points(rest: str) -> bytes:
    return text("".join(chr(int(point, 16)) for point in rest.split(" ")))


def octets(rest: str) -> bytes:
    return bytes.fromhex(rest)


def frame(rest: str) -> bytes:
    prefix, _, body = rest.partition(" ")
    # The length counts octets, not characters.
    length = str(len(text(body)))
    return ENCODERS[prefix](length) + text(body)


def repeat(rest: str) -> bytes:
    count, octet = rest.split(" ")
    return bytes.fromhex(octet) * int(count)


def ramp(rest: str) -> bytes:
    count = int(rest)
    return (RAMP * (count // len(RAMP) + 1))[:count]


def noise(rest: str) -> bytes:
    count, x = (int(n) for n in rest.split(" "))
    made = bytearray(count)
    for i in range(count):
        x = x * 16807 % 2147483647
        made[i] = x >> 8 & 255
    return bytes(made)


ENCODERS: Dict[str, Callable[[str], bytes]] = {
    "text": text,
    "points": points,
    "bytes": octets,
    "frame": frame,
    "repeat": repeat,
    "ramp": ramp,
    "noise": noise,
    **{word: packed(layout, int) for word, layout in NUMBERS.items()},
    **{word: packed(layout, float) for word, layout in FLOATS.items()},
    **{word: varints(encode) for word, encode in VARINTS.items()},
}
ACTIONS = {"pause", "half-close", "receive", "connect", "reset"}


class Connection:
    """One connection, ended as the contract says."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.half_closed = False

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)
        self.half_closed = True

    def receive(self, count: str) -> None:
        if count == "all":
            for piece in self.until_closed():
                sys.stdout.buffer.write(piece)
            return
        left = int(count)
        while left:
            piece = self.socket.recv(min(left, PIECE))
            if not piece:
                raise EOFError(f"the server closed with {left} octets still to receive")
            sys.stdout.buffer.write(piece)
            left -= len(piece)

    def until_closed(self) -> Iterator[bytes]:
        return iter(lambda: self.socket.recv(PIECE), b"")

    def finish(self) -> None:
        if not self.half_closed:
            self.half_close()
        # Closing with something unread would send RST and may destroy what is on its way.
        for _ in self.until_closed():
            pass
        self.socket.close()

    def reset(self) -> None:
        # Lingering for 0 seconds makes close() send RST. Windows has shorts in this struct.
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.socket.close()


def follow(lines: List[str], host: str, port: int) -> None:
    connection = Connection(host, port)
    for line in lines:
        word, _, rest = line.partition(" ")
        if word in ENCODERS:
            # Not send(), which may take a part only and says how much in a result nobody reads.
            connection.socket.sendall(ENCODERS[word](rest))
        elif word == "pause":
            time.sleep(int(rest) / 1000)
        elif word == "half-close":
            connection.half_close()
        elif word == "receive":
            connection.receive(rest)
        elif word == "connect":
            connection.finish()
            connection = Connection(host, port)
        elif word == "reset":
            connection.reset()
            return
    connection.finish()


def main() -> int:
    host, port, path = sys.argv[1:]
    with open(path, "rb") as file:
        # Not splitlines(), which also splits on U+0085, U+2028 and others.
        lines = file.read().decode("utf-8").split("\n")
    lines = ["" if line.startswith("#") else line for line in lines]
    for number, line in enumerate(lines, 1):
        word = line.partition(" ")[0]
        if word and word not in ENCODERS and word not in ACTIONS:
            print(f"line {number}: cannot do {word!a}", file=sys.stderr)
            return CANNOT
    follow(lines, host, int(port))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, EOFError) as error:
        sys.exit(f"send.py: {error}")
