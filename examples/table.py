"""table.py REPORT.json...: what the clients of these reports do differently, and why, as Markdown. Run by ci/real-clients."""

import json
import sys
from pathlib import Path

HEAD = """# What real clients do differently on the wire

Written by `ci/real-clients`, from the reports of [examples/](../examples): each difference is a known failure of a client, with its reason, and
passes nowhere unseen. What is not here, all of them do the same.
"""


def table(heads, rows):
    first, *lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in [heads, *rows]]
    return f"{first}|{'---|' * len(heads)}\n{''.join(lines)}"


def code(text):
    # What a client sent is shown, and nothing in it is Markdown.
    fence = "``" if "`" in text else "`"
    space = " " if fence == "``" else ""
    return f"{fence}{space}{text}{space}{fence}"


def told(trial):
    """The first thing that is said of octets or messages, else of how it ended."""
    for connection in trial.get("messages") or []:
        for difference in connection.get("differences", []):
            return difference["says"]
    # A sentence is broken into lines there.
    return trial["explanation"][0].rstrip(":")


def versions(report):
    clients = sorted((client["name"], client["version"] or client["status"]) for client in report["clients"])
    servers = sorted({(server["name"], server["version"]) for trial in report["trials"] if (server := trial.get("server"))})
    rows = clients + [(f"server {name}", version) for name, version in servers]
    # Some programs print their whole licence.
    return [(name, " ".join(version.split("\n")[0].split())) for name, version in rows]


def label(trial):
    # `ruby+c-locale::notes/header`: the profile is told where nothing differs without it.
    return trial["name"].split("::")[0]


def section(report):
    trials = [trial for trial in report["trials"] if trial["verdict"] == "known-failure"]
    abouts = {case["name"]: case["about"] for case in report["cases"]}
    for name in dict.fromkeys(trial["case"] for trial in trials):
        yield f"\n### {name}\n\n{abouts[name]}.\n\n"
        found = {}
        for trial in trials:
            if trial["case"] == name:
                found.setdefault(trial["client"], (label(trial), trial))
        rows = [[who, code(told(trial)), trial["known"]] for _, (who, trial) in sorted(found.items())]
        yield table(["client", "what is said of it", "reason"], rows)


def main(paths):
    print(HEAD, end="")
    for path in map(Path, paths):
        report = json.loads(path.read_text())
        if not any(trial["verdict"] == "known-failure" for trial in report["trials"]):
            continue
        print(f"\n## {path.parent.name}\n")
        print(table(["client", "version"], versions(report)), end="")
        print("".join(section(report)), end="")


main(sys.argv[1:])
