"""store.py HOST PORT CASE INPUT: one case with redis-py."""

import sys

import redis

host, port, case, path = sys.argv[1:]
with open(path, "rb") as file:
    given = file.read()
store = redis.Redis(host, int(port))


def shown(value):
    sys.stdout.buffer.write(value if isinstance(value, bytes) else str(value).encode())


def set_get(value):
    store.set("k", value)
    shown(store.get("k"))


def three(transaction):
    pipe = store.pipeline(transaction=transaction)
    shown(pipe.set("k", given).append("k", "!").get("k").execute()[-1])


match case.removeprefix("store/"):
    case "octets":
        set_get(bytes.fromhex(given.decode()))
    case "large":
        store.set("k", given.decode() * 100_000)
        shown(store.strlen("k"))
    case "pipeline":
        three(transaction=False)
    case "transaction":
        three(transaction=True)
    case "expire":
        store.set(given.decode(), 1)
        shown(int(store.expire(given.decode(), 60)))
    case "increment":
        store.set("k", given)
        shown(store.incr("k"))
    case "float":
        store.set("k", 1e21)
    case "boolean":
        store.ping()
        store.set("k", True)
    case "nothing":
        store.ping()
        store.set("k", None)
    case "capitals" | "introduction":
        store.ping()
    case _:
        set_get(given.decode())
store.close()
