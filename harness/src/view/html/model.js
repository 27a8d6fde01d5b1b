"use strict";

// The report, and what all of the page uses. Everything comes from the JSON in this page. Text becomes text nodes and attributes, never
// markup, so nothing that was recorded can become part of the page.

const report = JSON.parse(document.getElementById("report").textContent);

/** A mark, what it looks like, and what it says. Capital letters fail a run, small ones do not. */
const VERDICTS = {
  passed: ["✓", "good"],
  differs: ["≠", "bad"],
  crashed: ["C", "broken"],
  "timed-out": ["T", "broken"],
  "setup-error": ["S", "broken"],
  interrupted: ["I", "broken"],
  "wrong-ending": ["E", "odd"],
  "out-of-turn": ["W", "odd"],
  "wrong-output": ["O", "odd"],
  flaky: ["F", "odd"],
  "unexpected-pass": ["P", "odd"],
  "known-failure": ["k", "known"],
  unsupported: ["u", "skipped"],
  missing: ["m", "skipped"],
};

const ENDINGS = { fin: "FIN", reset: "RST", open: "nothing" };
const ENDED_BY = {
  peer: "the client",
  recorder: "the recorder, as it was told",
  "idle-timeout": "the recorder: nothing came for too long",
  limit: "the recorder: a limit was reached",
  stopped: "the recorder: it was stopped",
};

const byId = (id) => document.getElementById(id);
const unique = (values) => [...new Set(values)];
const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
const words = (name) => name.replaceAll("-", " ");

/** An element; an attribute or a child that is absent or `false` is left out. */
function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value != null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}

// What is shown: columns of clients, rows of cases.

const platformOf = (of) => `${report.runs[of.run].os}-${report.runs[of.run].arch}`;
const platforms = unique(report.runs.map((run) => `${run.os}-${run.arch}`));
const profiles = unique(report.trials.map((trial) => trial.profile));
const cases = new Map(report.cases.map((each) => [each.name, each]));
const columns = new Map();
const trials = new Map();
const links = new Map();

for (const client of report.clients) {
  columns.set(columnOf(client.name, platformOf(client)), { client: client.name, platform: platformOf(client), about: client });
}
for (const trial of report.trials) {
  trial.column = columnOf(trial.client, platformOf(trial));
  trial.link = trial.name.replace("::", "/") + (platforms.length > 1 ? `@${platformOf(trial)}` : "");
  trials.set(keyOf(trial.case, trial.profile, trial.column), trial);
  links.set(trial.link, trial);
}

function columnOf(client, platform) {
  return `${client} ${platform}`;
}

function keyOf(name, profile, column) {
  return `${name} ${profile} ${column}`;
}

/** All that a search looks at, made when it is first asked for. */
function haystack(trial) {
  trial.haystack ??= [
    [trial.link, trial.verdict, trial.also, trial.problem, trial.known, trial.stderr, columns.get(trial.column)?.about.about],
    [cases.get(trial.case)?.about, cases.get(trial.case)?.hazards, cases.get(trial.case)?.plan],
    trial.diagnoses.map((diagnosis) => [diagnosis.name, diagnosis.sentence]),
  ]
    .flat(3)
    .join("\n")
    .toLowerCase();
  return trial.haystack;
}
