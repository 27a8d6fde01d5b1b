// What is behind a cell: the details of one trial.

const dialog = byId("trial");

/** What is to be open: while a block is inflated, somebody may ask for another trial. */
let wanted;

async function show(link) {
  const trial = links.get(link);
  wanted = trial;
  if (!trial) {
    dialog.close();
    if (link) byId("count").textContent = `There is no trial ${link} in this report.`;
    return;
  }
  if (!(await isLoaded(trial)) || wanted !== trial) return;
  const pressed = dialog.open && document.activeElement?.ariaLabel;
  dialog.replaceChildren(header(trial), ...details(trial));
  linkPlaces();
  dialog.scrollTop = 0;
  dialog.dataset.link = trial.link;
  if (!dialog.open) dialog.showModal();
  // The focus was on what is gone now: it goes to the button that was pressed, or where reading begins.
  const again = [...dialog.querySelectorAll("nav button:enabled")].find((button) => button.ariaLabel === pressed);
  (again ?? byId("trial-name")).focus();
}

/** Loads all that is known of a trial; where the page is cut off or changed, that is said. */
async function isLoaded(trial) {
  try {
    await busily(() => Promise.all([load(trial.block), loadAgreements()]));
    return true;
  } catch (error) {
    byId("count").textContent = `What is known of ${trial.link} cannot be read from this page: ${error.message}`;
    return false;
  }
}

/** All that is known of a trial, below its header. */
function details(trial) {
  const each = cases.get(trial.case);
  const isNew = (text) => text && !trial.sentence?.includes(text);
  return [
    element(
      "p",
      { class: "about" },
      each.about,
      " ",
      ...each.hazards.map((hazard) => element("span", { class: "hazard" }, hazard)),
    ),
    isNew(trial.problem) && element("p", { class: "problem" }, trial.problem),
    isNew(trial.known) && element("p", {}, `Known to fail: ${trial.known}`),
    ...why(trial),
    ...messages(trial),
    ...octets(trial),
    ...plan(trial, each),
    ...timeline(trial),
    ...traffic(trial),
    ...agreement(trial),
    ...client(trial),
    ...repeat(trial),
    ...asText(trial),
  ].filter(Boolean);
}

function section(title, ...children) {
  return [element("section", {}, element("h3", {}, title), ...children)];
}

function header(trial) {
  const failures = failuresShown();
  const at = isFailure(trial) ? failures.findIndex((other) => other.told_by === trial.told_by) : -1;
  const before = at < 0 ? undefined : failures[at - 1];
  const after = at < 0 ? failures[0] : failures[at + 1];
  return element(
    "header",
    {},
    element("h2", { id: "trial-name", tabindex: -1, autofocus: "" }, ...titleOf(trial)),
    ...verdictOf(trial),
    element(
      "nav",
      { "aria-label": "Failures" },
      trial.issue && element("button", { value: "issue", title: "Copy as Markdown, for somebody else's issue" }, "Copy as Markdown"),
      step("Previous failure", "↑", before),
      step("Next failure", "↓", after),
      element("button", { value: "close", "aria-label": "Close", title: "Close (Esc)" }, "✕"),
    ),
  );
}

function titleOf(trial) {
  const where = [trial.profile !== "default" && trial.profile, platforms.length > 1 && platformOf(trial)].filter(Boolean);
  return [trial.client, " ", element("b", {}, trial.case), where.length > 0 && ` (${where.join(", ")})`];
}

/** How it ended, and the one sentence that says why. */
function verdictOf(trial) {
  const [mark, look] = lookOf(trial);
  const also = trial.also.length > 0 && ` (also ${trial.also.map(words).join(", ")})`;
  const attempts = Object.entries(trial.attempts).map(([verdict, count]) => `${count} × ${words(verdict)}`);
  const others = alike(trial).map((other) => element("button", { value: other.link, class: "link" }, other.profile));
  return [
    element("span", { class: `badge ${look}` }, mark, " ", words(trial.kind)),
    also,
    attempts.length > 0 && ` (${attempts.join(", ")})`,
    trial.verdict !== "passed" && trial.sentence && element("p", { class: "decides" }, trial.sentence),
    trial.suspicion && element("p", { class: "suspicion" }, trial.suspicion),
    others.length > 0 && element("p", { class: "alike" }, "The same in ", ...between(others, ", ")),
  ];
}

function between(items, separator) {
  return items.flatMap((item, index) => (index > 0 ? [separator, item] : [item]));
}

/** The failures that are shown; those that are told with one that is shown are left out. */
function failuresShown() {
  const first = new Map();
  for (const trial of shown.filter(isFailure)) if (!first.has(trial.told_by)) first.set(trial.told_by, trial);
  return [...first.values()];
}

function step(name, mark, trial) {
  return element("button", { value: trial?.link ?? "", disabled: trial ? false : "", "aria-label": name, title: name }, mark);
}

/** The causes that are told: where messages tell what is different, that no cause is known is not so. */
function named(trial) {
  const isTold = trial.messages?.some(({ differences }) => differences?.length);
  return trial.diagnoses.filter(({ name }) => !isTold || name !== "unexplained");
}

function why(trial) {
  const items = named(trial).map((diagnosis, index) =>
    element(
      "li",
      index === 0 ? { class: "told", tabindex: -1 } : {},
      diagnosis.connection && `Connection ${diagnosis.connection}: `,
      diagnosis.sentence,
      " ",
      element("code", {}, diagnosis.name),
      diagnosis.hint && element("p", { class: "hint" }, diagnosis.hint),
    ),
  );
  return items.length ? section("Why", element("ul", { class: "why" }, ...items)) : [];
}

/** What leads from the first cause to its places, where they are drawn. */
function linkPlaces() {
  const told = dialog.querySelector(".told code");
  if (told && dialog.querySelector(".spot")) told.after(" ", element("button", { class: "link", value: "places" }, "show where"));
}

/** Brings what is linked into view, and the focus to it. */
function goTo(selector) {
  const there = dialog.querySelector(selector);
  there?.setAttribute("tabindex", -1);
  there?.focus({ preventScroll: true });
  there?.scrollIntoView({ block: "center" });
}

function plan(trial, { plan: text, file, line }) {
  const source = element("p", { class: "source" }, `${file}:${line}`);
  if (!text) return section("Case", source);
  const guilty = new Set(trial.diagnoses.map((diagnosis) => diagnosis.line));
  for (const { picture } of trial.drawings) guilty.add(picture.first_difference?.place?.line);
  const lines = text.replace(/\n$/, "").split("\n");
  const rows = lines.map((words, index) =>
    guilty.has(index + 1)
      ? element("li", { class: "guilty" }, element("mark", {}, words), element("b", {}, " ◀ differs here"))
      : element("li", {}, words),
  );
  return section("Plan", element("ol", { class: "plan scroll", tabindex: 0 }, ...rows), source);
}

function timeline({ timelines: all, processes = [] }) {
  if (!all.length) return [];
  const timelines = all.slice(0, CONNECTIONS);
  const start = timelines[0].open_us;
  const ends = timelines.flatMap((line) => [
    line.open_us,
    line.fin_us,
    line.close_us,
    ...moments(line).map((moment) => moment.at_us),
  ]);
  const span = Math.max(...ends) - start || 1;
  const x = (at) => `${1 + (98 * (at - start)) / span}%`;
  const lanes = timelines.map((line, index) => lane(line, 32 * index, x, start));
  const height = 32 * timelines.length + 18;
  const axis = [
    svg("text", { x: "1%", y: height - 4 }, "0 ms"),
    svg("text", { x: "99%", y: height - 4, "text-anchor": "end" }, milliseconds(span)),
  ];
  const says = timelines.map((line, index) => element("li", {}, story(line, index, start, processes[index])));
  return section(
    "Timeline",
    svg("svg", { class: "timeline", height, role: "img", "aria-label": "Timeline of connections and reads" }, ...lanes, ...axis),
    element("ul", { class: "story" }, ...says),
    moreConnections(all.length - timelines.length),
  );
}

const moments = (line) => [...line.received, ...line.sent];
const milliseconds = (us) => `${(us / 1000).toFixed(1)} ms`;
const sum = (moments) => moments.reduce((total, moment) => total + moment.octets, 0);

/** One connection: a bar while it was open, a tick up for each read, down for each answer, a triangle for FIN. */
function lane(line, top, x, start) {
  const middle = top + 16;
  const end = line.close_us ?? Math.max(line.open_us, ...moments(line).map((moment) => moment.at_us));
  const tick =
    (name, to) =>
    ({ at_us, octets }) =>
      svg(
        "line",
        { class: name, x1: x(at_us), x2: x(at_us), y1: middle, y2: to },
        svg("title", {}, `${name} ${counted(octets, "octet")} at ${milliseconds(at_us - start)}`),
      );
  return [
    svg("line", { class: "open", x1: x(line.open_us), x2: x(end), y1: middle, y2: middle }),
    line.received.map(tick("received", middle - 11)),
    line.sent.map(tick("sent", middle + 11)),
    line.fin_us !== null && svg("text", { class: "fin", x: x(line.fin_us), y: middle + 12, "text-anchor": "middle" }, "▲"),
  ].flat();
}

function story(line, index, start, held) {
  const part = (what, list) => list.length > 0 && `${counted(list.length, what)} (${counted(sum(list), "octet")})`;
  const parts = [
    `opened at ${milliseconds(line.open_us - start)}`,
    line.address && `came to ${line.address}`,
    line.tls && secured(line.tls),
    part("read", line.received),
    part("answer", line.sent),
    line.fin_us !== null && `FIN at ${milliseconds(line.fin_us - start)}`,
    line.close_us !== null && `closed at ${milliseconds(line.close_us - start)}`,
    line.by && `by ${ENDED_BY[line.by]}`,
    held && holders(held),
  ];
  return `Connection ${index + 1}: ${parts.filter(Boolean).join(", ")}`;
}

/** What came of a TLS handshake. */
function secured(tls) {
  if (tls.failed) return `no TLS: ${tls.failed}`;
  const named = tls.server_name && `to ${tls.server_name}`;
  return [tls.version, tls.cipher_suite, named, tls.alpn && `ALPN ${tls.alpn}`].filter(Boolean).join(" ");
}

/** Who sent: the processes that held the connection when they were looked up. */
function holders({ processes, inferred }) {
  if (!processes.length) return "held by a process that was gone before it was looked up";
  const names = processes.slice(0, PROCESSES).map(({ id, arguments: words }) => `${id}: ${words.join(" ")}`);
  const more = processes.length > PROCESSES ? ` and ${processes.length - PROCESSES} more` : "";
  const said = `held by ${processes.length === 1 ? "process" : "processes"} ${names.join(", ")}${more}`;
  return inferred ? `${said} (inferred: this is what was started here; whoever sent was gone before it was looked up)` : said;
}

/** Packets and what the recorder did, in the order in which it happened, and what is worth saying of them. */
function traffic({ packets, sentence, time_line: entries = [] }) {
  if (!packets) return [];
  const unsaid = packets.remarks.filter((remark) => !sentence?.includes(remark));
  const remarks = unsaid.map((remark) => element("li", {}, `Remark: ${remark}`));
  const agreed = packets.agreed > 0 && `Packets and capture agree on ${counted(packets.agreed, "connection")}.`;
  const heads = ["time", "connection", "way", "flags", "sequence", "acknowledged", "what"];
  const row = (entry) =>
    element(
      "tr",
      { class: entry.way ? "packet" : "did" },
      ...[entry.time, entry.connection, entry.way, entry.flags, entry.sequence, entry.acknowledged, entry.says].map((text) =>
        element("td", {}, text),
      ),
    );
  const table =
    entries.length > 0 &&
    element(
      "div",
      { class: "scroll", tabindex: 0 },
      element(
        "table",
        { class: "traffic" },
        element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
        element("tbody", {}, ...entries.map(row)),
      ),
    );
  return section(
    "Packets",
    agreed && element("p", {}, agreed),
    remarks.length > 0 && element("ul", { class: "remarks" }, ...remarks),
    packets.file &&
      element("p", {}, "For Wireshark: ", element("a", { href: `./${encodeURI(packets.file)}` }, packets.file)),
    table && element("p", { class: "key" }, "< was received, > was sent; what has no arrow is what the recorder did."),
    table,
  );
}

function agreement(trial) {
  const found = report.agreements.find((each) => each.case === trial.case && each.profile === trial.profile);
  if (!found) return [];
  const rows = found.groups.map((group) =>
    element(
      "li",
      {},
      ...between(
        group.clients.map((name) => (name === labelOf(trial, trial.client) ? element("b", {}, name) : name)),
        ", ",
      ),
      group.as_expected ? " (as expected)" : ` (not as expected${group.differs ? `: ${group.differs}` : ""})`,
    ),
  );
  return section("Who agrees", found.says && found.says !== trial.suspicion && element("p", { class: "says" }, found.says), element("ul", {}, ...rows));
}

function client(trial) {
  const { about } = columns.get(trial.column);
  const [[how, value] = []] =
    trial.exit === null ? [] : typeof trial.exit === "string" ? [[words(trial.exit)]] : Object.entries(trial.exit);
  const facts = {
    Version: about.version,
    Ended: how && `${how} ${value ?? ""}`,
    Time: `${trial.duration_ms} ms`,
    About: about.about,
    Install: about.install,
  };
  const list = Object.entries(facts).filter(([, fact]) => fact);
  return section(
    "Client",
    element("dl", {}, ...list.map(([name, fact]) => element("div", {}, element("dt", {}, name), element("dd", {}, fact)))),
    element("h4", {}, "stderr"),
    trial.stderr ? element("pre", { class: "scroll", tabindex: 0 }, trial.stderr) : element("p", {}, "empty"),
    ...server(trial),
  );
}

/** The server that answered, and its last lines. */
function server(trial) {
  if (!trial.server) return [];
  const { name, version, last_lines: lines } = trial.server;
  return [
    element("h4", {}, ["Server", name, version].filter(Boolean).join(" ")),
    lines ? element("pre", { class: "scroll", tabindex: 0 }, lines) : element("p", {}, "no last lines"),
  ];
}

function repeat(trial) {
  const capture =
    trial.capture && element("p", {}, "Capture: ", element("a", { href: `./${encodeURI(trial.capture)}` }, trial.capture));
  return section(
    "Repeat it",
    copyable(trial.repeat),
    capture,
    trial.capture_dropped && element("p", {}, "The capture was not kept."),
  );
}

function asText({ explanation, issue }) {
  const fold = (name, title, text) => text && element("details", { class: name }, element("summary", {}, title), copyable(text));
  return [fold("as-text", "As text", explanation.join("\n")), fold("issue", "As Markdown, for somebody else's issue", issue)];
}

function copyable(text) {
  return element(
    "div",
    { class: "copyable" },
    element("pre", { class: "scroll", tabindex: 0 }, text),
    element("button", { value: "copy" }, "Copy"),
  );
}
