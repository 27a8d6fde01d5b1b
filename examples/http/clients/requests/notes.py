import json
import sys

import requests

url, case, path = sys.argv[1:]
base = f"http://{url}"
with open(path, encoding="utf-8") as file:
    given = file.read()
HEADERS = {"Content-Type": "application/json"}

if case in ("notes/post", "notes/moved"):
    answer = requests.post(f"{base}/notes", data=given.encode("utf-8"), headers=HEADERS)
elif case.startswith("notes/encode"):
    answer = requests.post(f"{base}/notes", json=json.loads(given))
elif case == "notes/header":
    answer = requests.get(f"{base}/notes", headers={"X-Author": given})
else:
    answer = requests.get(f"{base}{given}")

answer.raise_for_status()
sys.stdout.write(answer.text)
