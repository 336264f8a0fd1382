"""Small damage to bytes: what a fuzzer does, without knowing anything of the format."""

from __future__ import annotations

import random

NASTY = (
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"%00", b"%ff", b"\n", b"&", b"=", b'"', "İ²٣🙂".encode()),
    *(b"null", b"true", b"-1", b"1e999", b"9" * 400, b"[]", b"{}", b'""', b"[" * 300),
    *(b": ", b"- ", b"*a", b"&a", b"!!python/object:x ", b"<<: "),
)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to six places cut, doubled, overwritten or filled with something nasty."""
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        end = min(len(data), at + chance.choice((0, 1, 2, 8, 40)))
        kind = chance.randrange(4)
        if kind == 0:
            data = data[:at] + data[end:]
        elif kind == 1:
            data = data[:end] + data[at:end] * chance.choice((1, 1, 1, 30)) + data[end:]
        elif kind == 2:
            data = data[:at] + bytes(chance.randrange(256) for _ in range(end - at)) + data[end:]
        else:
            data = data[:at] + chance.choice(NASTY) + data[end:]
    return data[:200_000]
