"""What one would write in an afternoon: JSON lines with base64, one line for each read, unbuffered.

Usage: asyncio_recorder.py PORT FILE
"""

import asyncio
import base64
import itertools
import json
import sys
import time

port, path = int(sys.argv[1]), sys.argv[2]
out = open(path, "wb", buffering=0)
numbers = itertools.count(1)


def write(event, connection, **more):
    line = {"event": event, "connection": connection, "at_us": time.monotonic_ns() // 1000, **more}
    out.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


async def record(reader, writer):
    connection, received = next(numbers), 0
    write("open", connection, peer=str(writer.get_extra_info("peername")))
    while octets := await reader.read(256 * 1024):
        write("data", connection, offset=received, base64=base64.b64encode(octets).decode())
        received += len(octets)
    write("close", connection, bytes=received)
    writer.close()


async def main():
    server = await asyncio.start_server(record, "127.0.0.1", port, backlog=1024, limit=256 * 1024)
    await server.serve_forever()


asyncio.run(main())
