"""Turns RESP, the protocol of Redis, into a line of JSON for each command or reply.

A command's text is its name in capitals (Redis does not mind), then its arguments. One that is not plain is quoted as redis-cli quotes it,
and a long one told by its digest. Its fields are `spelled`, the name as it was sent, and `1`, `2`, .. for the arguments.
What is no RESP, or is cut off, is left out: it is undecoded then.
"""

import hashlib
import json
import sys

LONG = 256
ESCAPES = {"\r": "\\r", "\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


class CutOff(Exception):
    pass


def line(octets, at):
    end = octets.find(b"\r\n", at)
    if end < 0:
        raise CutOff
    return octets[at:end], end + 2


def string(octets, at, length):
    """A string that begins at `at`: its octets, its place, and where it ends."""
    end = at + length
    if length < 0 or octets[end : end + 2] != b"\r\n":
        raise CutOff
    return octets[at:end], end + 2


def shown(octets):
    if len(octets) > LONG:
        return f"({len(octets)} octets, sha256 {hashlib.sha256(octets).hexdigest()[:16]})"
    text = "".join(f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else escaped(c) for c in octets.decode("utf-8", "surrogateescape"))
    return text if text and text.isprintable() and not set(text) & set(" '\"\\") else f'"{text}"'


def escaped(character):
    if character in ESCAPES:
        return ESCAPES[character]
    return character if character.isprintable() else "".join(f"\\x{octet:02x}" for octet in character.encode())


def command(octets, at):
    """An array of strings; all that a client sends after its first octets."""
    head, place = line(octets, at)
    if head[:1] != b"*":
        raise ValueError
    arguments = []
    for _ in range(int(head[1:])):
        head, start = line(octets, place)
        if head[:1] != b"$":
            raise ValueError
        argument, place = string(octets, start, int(head[1:]))
        arguments.append((argument, start))
    (name, start), *rest = arguments
    fields = {"spelled": field(name, start)} | {str(number): field(*argument) for number, argument in enumerate(rest, 1)}
    return " ".join([shown(name.upper()), *(shown(argument) for argument, _ in rest)]), fields, place


def field(octets, at):
    return {"value": shown(octets), "at": at, "octets": len(octets)}


def reply(octets, at):
    head, place = line(octets, at)
    kind, rest = head[:1], head[1:]
    if kind in b"$=!" and kind:
        if rest == b"-1":
            return "(nil)", place
        text, place = string(octets, place, int(rest))
        return shown(text), place
    if kind in b"*~>%|" and kind:
        parts = []
        for _ in range(max(int(rest), 0) * (2 if kind in b"%|" else 1)):
            part, place = reply(octets, place)
            parts.append(part)
        return f"[{' '.join(parts)}]", place
    if kind not in (b"+", b"-", b":", b"_", b"#", b",", b"("):
        raise ValueError
    return {b"+": "", b"-": "error: ", b":": ""}.get(kind, "") + (rest.decode("utf-8", "backslashreplace") or "(nil)"), place


def messages(octets, received):
    at = 0
    while at < len(octets):
        try:
            text, *fields, end = (command if received else reply)(octets, at)
        except (CutOff, ValueError):
            return
        yield {"at": at, "octets": end - at, "text": text, "fields": fields[0] if fields else {}}
        at = end


for message in messages(sys.stdin.buffer.read(), sys.argv[1] == "received"):
    print(json.dumps(message))
