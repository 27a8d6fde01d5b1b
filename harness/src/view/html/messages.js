// Octets in messages: all of them in a table, with what is different open, and the octets in which it is seen.

/** Characters of a message's text that name it in what is said of it. */
const NAME = 80;

function messages(trial) {
  const told = (trial.messages ?? []).map((each) => [each, inMessages(each, trial)]).filter(([, lines]) => lines.length > 0);
  // What is different is never behind what is as expected.
  const shown = told.filter(([{ differences }], index) => index < CONNECTIONS || differences?.length).slice(0, 2 * CONNECTIONS);
  const lines = shown.flatMap(([, lines]) => lines);
  return lines.length > 0 ? section("Messages", ...lines, moreConnections(told.length - shown.length)) : [];
}

function inMessages(decoded, trial) {
  if (!trial.failed) return [];
  const { connection, decoder, version, judges, failed, count, messages: all = [], differences = [], more } = decoded;
  const title = connection ? `Connection ${connection}` : "What the client received and printed";
  const by = `${counted(count, "message")}, decoded by ${decoder}${version ? ` (${version})` : ""}`;
  // In the table stands what is said of a message that is in it.
  const beside = differences.filter(({ message }) => !message || message > all.length);
  return [
    element("h4", {}, title, element("small", {}, ` ${judges && !differences.length ? `${by}, as expected` : by}`)),
    failed && element("p", {}, `No messages: ${failed}`),
    ...beside.flatMap((difference) => said(difference, judges)),
    more > 0 && element("p", {}, `And ${counted(more, "more difference")}.`),
    all.length > 0 && messageTable(decoded, title),
  ].filter(Boolean);
}

/** What is said of a difference; where octets are judged, they have a picture of their own. */
function said({ says, picture }, judges, name = "") {
  const rest = says.startsWith(name) ? says.slice(name.length) : says;
  return [element("p", { class: "said" }, rest), judges && cameIn(picture)].filter(Boolean);
}

/** How what is said of a message begins, which stands above it already. */
function nameOf(number, text, says) {
  const letters = [...text];
  const short = letters.length > NAME ? `${letters.slice(0, NAME).join("")}...` : text;
  const names = [`message ${number}, ${short}: `, `message ${number}: `];
  return names.find((name) => says.startsWith(name));
}

function messageTable({ messages: all, differences = [], judges, count }, title) {
  const different = new Map();
  for (const each of differences) different.set(each.message, [...(different.get(each.message) ?? []), each]);
  const rows = all.map((message, index) => messageRow(message, index + 1, different.get(index + 1) ?? [], judges));
  const heads = ["", "offset", "octets", "message"].map((head) => element("th", { scope: "col" }, head));
  return [
    element(
      "table",
      { class: "messages", "aria-label": `Messages: ${title}` },
      element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...rows),
    ),
    count > all.length && element("p", {}, `And ${counted(count - all.length, "more message")}, which the report has not.`),
  ];
}

/** A message: its text, and behind it what is different and its fields, which are there from the start where something is different. */
function messageRow({ at, octets, text, fields = [], undecoded, ignored }, number, differences, judges) {
  const isOpen = differences.length > 0;
  const what = [undecoded && "undecoded", ignored && "ignored"].filter(Boolean).join(", ");
  const summary = element("summary", {}, text || "no text", what && element("small", {}, ` ${what}`));
  const inside = () => [
    ...differences.flatMap((each) => said(each, judges, nameOf(number, text, each.says))),
    undecoded && !isOpen && element("p", {}, `Undecoded: ${undecoded}`),
    fields.length > 0 && fieldList(fields, differences),
  ].filter(Boolean);
  const isPlain = !isOpen && !undecoded && !fields.length;
  const details = element("details", { class: "message", open: isOpen && "" }, summary, ...(isOpen ? inside() : []));
  // The fields of many messages are made when somebody asks for them.
  if (!isOpen) details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(...inside()), { once: true });
  const cells = [number, at, octets].map((value) => element("td", {}, String(value)));
  return element(
    "tr",
    { class: [isOpen && "different", ignored && "ignored"].filter(Boolean).join(" ") },
    ...cells,
    element("td", {}, isPlain ? element("span", {}, text, what && element("small", {}, ` ${what}`)) : details),
  );
}

/** Fields and their values; marked are those of which it is said that they differ. */
function fieldList(fields, differences) {
  const told = differences.map(({ says }) => says);
  const isTold = ({ name }) => told.some((says) => [": ", "; "].some((before) => says.includes(`${before}${name} is `)));
  const rows = fields.map((field) =>
    element(
      "div",
      {},
      element("dt", {}, field.name),
      element("dd", {}, isTold(field) ? element("mark", {}, field.value) : field.value),
    ),
  );
  return element("dl", { class: "fields" }, ...rows);
}

/** The rows of what came alone: in octets it is not known what was expected. */
function cameIn({ rows }) {
  const row = ({ octets }) => {
    const marked = (index) => octets.marks.slice(3 * index, 3 * index + 2) === "^^";
    const { offset, hex, ascii } = octets.captured;
    return hexRow("captured", offset, hex.split(" "), ascii, marked);
  };
  const shown = rows.filter((each) => each.octets?.captured.hex);
  return (
    shown.length > 0 &&
    element("div", { class: "hex scroll", tabindex: 0, role: "group", "aria-label": "Captured" }, ...shown.map(row))
  );
}
