"""Turns HTTP/1.1 messages with bodies of JSON into a line of JSON each; a value of a body is the field `json.PATH`.

Only bodies with a Content-Length are read: what is left over is undecoded, and so no case passes with it.
"""

import json
import sys


def decode(octets):
    at = 0
    while (end := octets.find(b"\r\n\r\n", at)) >= 0:
        start, *lines = octets[at:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        stop = end + 4 + int(headers.get("content-length", 0))
        if stop > len(octets):
            return
        fields = headers | dict(flat("json", parse(octets[end + 4 : stop])))
        yield {"at": at, "octets": stop - at, "text": start, "fields": fields}
        at = stop


def parse(body):
    # A number is what is written: 1 and 1.0 are two things to some readers.
    return json.loads(body, parse_int=str, parse_float=str) if body else {}


def flat(path, value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flat(f"{path}.{index}", inner)
    else:
        yield path, json.dumps(value) if value is None or isinstance(value, bool) else value


for message in decode(sys.stdin.buffer.read()):
    print(json.dumps(message))
