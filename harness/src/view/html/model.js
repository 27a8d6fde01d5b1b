// The report, and what all of the page uses. Everything comes from what is deflated in this page. Text becomes text nodes and attributes,
// never markup, so nothing that was recorded can become part of the page.

const report = await inflated("outline");

/** A mark, what it looks like, and what it says. Capital letters fail a run, small ones do not. */
const VERDICTS = {
  passed: ["✓", "good"],
  differs: ["≠", "bad"],
  crashed: ["C", "broken"],
  "accepted-bad-certificate": ["A", "bad"],
  "timed-out": ["T", "broken"],
  "setup-error": ["S", "broken"],
  interrupted: ["I", "broken"],
  "wrong-ending": ["E", "odd"],
  "wrong-output": ["O", "odd"],
  "out-of-turn": ["W", "odd"],
  flaky: ["F", "odd"],
  "unexpected-pass": ["P", "odd"],
  "known-failure": ["k", "known"],
  unsupported: ["u", "skipped"],
  missing: ["m", "skipped"],
  "missing-required": ["M", "broken"],
};

/** What is said of a verdict where that is not its name. */
const SAID = { "missing-required": "missing, required" };

const ENDINGS = { fin: "FIN", truncated: "FIN without close_notify", reset: "RST", open: "nothing" };
const ENDED_BY = {
  peer: "the client",
  recorder: "the recorder, as configured",
  "idle-timeout": "the recorder: the connection was idle for too long",
  limit: "the recorder: a limit was reached",
  upstream: "the recorder: its upstream failed",
  tls: "the recorder: there was no TLS, or no more",
  stopped: "the recorder: it was stopped",
};

const unique = (values) => [...new Set(values)];
const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
const words = (name) => SAID[name] ?? name.replaceAll("-", " ");
const lookOf = (trial) => VERDICTS[trial.kind] ?? ["?", "odd"];

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

/** Every trial as the outline has it. The rest of what is known is put into it once its block is loaded. */
report.trials = report.trials.run.map((run, index) => {
  const of = (column) => report.trials[column][index];
  const text = (column) => report.texts[column][of(column)];
  const [client, profile, name] = [text("client"), text("profile"), text("case")];
  return {
    run,
    name: report.names[index] ?? `${client}${profile === "default" ? "" : `+${profile}`}::${name}`,
    client,
    profile,
    case: name,
    verdict: text("verdict"),
    failed: of("failed") === 1,
    sentence: text("sentence"),
    cause: text("cause"),
    told_by: of("told_by"),
    began_ms: of("began_ms"),
    duration_ms: of("duration_ms"),
    block: of("block"),
    also: [],
    attempts: {},
  };
});

const inBlock = new Map();
for (const trial of report.trials) {
  if (!inBlock.has(trial.block)) inBlock.set(trial.block, []);
  inBlock.get(trial.block).push(trial);
}

/** Puts all that is known of the trials of a block into them. */
const load = once(async (block) => {
  const known = await inflated(`block-${block}`);
  inBlock.get(block).forEach((trial, index) => Object.assign(trial, known[index]));
});

/** Loads who agrees with whom. */
const loadAgreements = once(async () => {
  report.agreements = await inflated("agreements");
});

// What is shown: columns of clients, rows of cases.

const platformOf = (of) => `${report.runs[of.run].os}-${report.runs[of.run].arch}`;
const platforms = unique(report.runs.map((run) => `${run.os}-${run.arch}`));
const profiles = unique(report.trials.map((trial) => trial.profile));
const cases = new Map(report.cases.map((each) => [each.name, each]));
const columns = new Map();
const trials = new Map();
const links = new Map();

for (const client of report.clients) {
  const column = { client: client.name, platform: platformOf(client), about: client, trials: [] };
  // Of the shards of a platform, one may have been where the client is.
  const known = columns.get(columnOf(client.name, column.platform));
  if (!known || known.about.status !== "ready") columns.set(columnOf(client.name, column.platform), column);
}
for (const trial of report.trials) {
  trial.column = columnOf(trial.client, platformOf(trial));
  trial.link = labelOf(trial, trial.name);
  trial.kind = trial.verdict === "missing" && trial.failed ? "missing-required" : trial.verdict;
  trials.set(keyOf(trial.case, trial.profile, trial.column), trial);
  columns.get(trial.column)?.trials.push(trial);
  links.set(trial.link, trial);
  // Of several platforms, the name alone is that of the trial that somebody looks for: of one that failed.
  if (!links.get(trial.name)?.failed) links.set(trial.name, trial);
}
const kinds = Object.keys(VERDICTS).filter((kind) => report.trials.some((trial) => trial.kind === kind));

/** Whether it was run and failed, or could not be: what was cut off did not fail. */
function isFailure(trial) {
  return trial.failed && trial.verdict !== "interrupted";
}

/** As every view says it: `python`, and where there are several platforms, `python on linux-x86_64`. */
function labelOf(of, name) {
  return platforms.length > 1 ? `${name} on ${platformOf(of)}` : name;
}

function columnOf(client, platform) {
  return `${client} ${platform}`;
}

function keyOf(name, profile, column) {
  return `${name} ${profile} ${column}`;
}

/** Whether a client is not there, and nobody said that it must be. */
function isAbsent({ about, trials: of }) {
  return about.status === "missing" && !of.some((trial) => trial.failed);
}

/** The trials of the same client on the same case that are told with this one: they failed alike in other profiles. */
function alike(trial) {
  if (!trial.failed) return [];
  const others = profiles.map((profile) => trials.get(keyOf(trial.case, profile, trial.column)));
  return others.filter((other) => other && other !== trial && other.told_by === trial.told_by);
}

/** What a failure is counted under: its cause, or where none is known how it ended. */
function causeOf(trial) {
  return trial.cause ?? trial.kind;
}

/** Loads what a search looks at and the outline has not. Of each trial a text is kept, and no more. */
const loadSaid = once(async () => {
  for (const block of report.searched) {
    const known = await inflated(`block-${block}`);
    inBlock.get(block).forEach((trial, index) => (trial.said = allSaid(known[index])));
  }
});

function allSaid({ also, problem, known, stderr, diagnoses }) {
  return lower(also, problem, known, stderr, diagnoses.map(({ name, sentence }) => [name, sentence]));
}

const lower = (...texts) => texts.flat(3).join("\n").toLowerCase();

const ofCase = once((name) => {
  const { about, hazards, plan } = cases.get(name) ?? {};
  return lower(about, hazards, plan);
});
const ofClient = once((column) => lower(columns.get(column)?.about.about));

/** All that a search looks at, in parts. */
function haystack(trial) {
  trial.own ??= lower(trial.link, words(trial.kind), trial.kind, trial.sentence);
  return [trial.own, ofCase(trial.case), ofClient(trial.column), trial.said ?? ""];
}
