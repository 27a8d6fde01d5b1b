import json
import sys
from urllib.request import Request, urlopen

url, case, path = sys.argv[1:]
base = f"http://{url}"
with open(path, encoding="utf-8") as file:
    given = file.read()
HEADERS = {"Content-Type": "application/json"}

if case in ("notes/post", "notes/moved"):
    request = Request(f"{base}/notes", given.encode("utf-8"), HEADERS)
elif case.startswith("notes/encode"):
    request = Request(f"{base}/notes", json.dumps(json.loads(given)).encode(), HEADERS)
elif case == "notes/header":
    request = Request(f"{base}/notes", headers={"X-Author": given})
else:
    request = Request(f"{base}{given}")

with urlopen(request) as answer:
    sys.stdout.write(answer.read().decode("utf-8"))
