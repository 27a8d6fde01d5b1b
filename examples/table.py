"""table.py REPORT.json...: what the clients of these reports do differently, and why, as Markdown. Run by ci/real-clients."""

import json
import sys
from pathlib import Path

HEAD = """# What real clients do differently on the wire

Written by `ci/real-clients`, from the reports of [examples/](../examples): each difference is a known failure of a client, with its reason, and
passes nowhere unseen. What is not here, all of them do the same.
"""


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text):
    # What a client sent is shown, and nothing in it is Markdown.
    fence = "``" if "`" in text else "`"
    space = " " if fence == "``" else ""
    return f"{fence}{space}{text}{space}{fence}"


def told(trial):
    """The first thing that is said of octets or messages, else of how it ended."""
    for connection in trial["messages"] or []:
        for difference in connection.get("differences", []):
            return difference["says"]
    return (trial["problem"] or "").split("\n")[0]


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
        yield table(["client", "what is said of it", "reason"], [[who, code(told(trial)), trial["known"]] for _, (who, trial) in sorted(found.items())])


def main(paths):
    print(HEAD, end="")
    for path in map(Path, paths):
        report = json.loads(path.read_text())
        if not any(trial["verdict"] == "known-failure" for trial in report["trials"]):
            continue
        print(f"\n## {path.parent.name}\n")
        # The version is one line: some programs print their whole licence.
        versions = [[client["name"], (client["version"] or client["status"]).split("\n")[0]] for client in report["clients"]]
        print(table(["client", "version"], sorted(versions)), end="")
        print("".join(section(report)), end="")


main(sys.argv[1:])
