// Octets in hex: expected over captured where they differ, and all that came where it is small.

/** Connections of a trial that are shown, and beyond them only what is drawn. */
const CONNECTIONS = 20;

/** Processes of a connection that are named. */
const PROCESSES = 5;

function octets(trial) {
  if (!trial.output && !trial.captured.length) return [];
  const drawings = new Map(trial.drawings.map((drawing) => [drawing.connection, drawing]));
  const count = Math.max(trial.expected.length, trial.captured.length);
  const shown = Array.from({ length: count }, (_, index) => index).filter((index) => index < CONNECTIONS || drawings.has(index + 1));
  const connections = shown.map((index) =>
    carried(`Connection ${index + 1}`, trial.expected[index], trial.captured[index], drawings.get(index + 1), placesOn(trial, index + 1)),
  );
  const more = moreConnections(count - shown.length, trial.undrawn && `${counted(trial.undrawn, "more connection")} differed`);
  return section("Octets", ...connections.flat(), more, ...printed(trial, drawings.get(null)));
}

/** Where the first cause that is told shows on a connection. */
function placesOn(trial, connection) {
  const [first] = named(trial);
  const isAlone = Math.max(trial.expected.length, trial.captured.length) === 1;
  return first && (first.connection ?? (isAlone ? 1 : 0)) === connection ? (first.spots ?? []) : [];
}

/** How many connections are not shown here. */
function moreConnections(count, said) {
  return count > 0 && element("p", {}, `And ${[counted(count, "more connection"), said].filter(Boolean).join("; ")}. The report has them all.`);
}

/** What the client printed; where that was not judged, nothing was expected of it. */
function printed(trial, drawing) {
  const title = "What the client received and printed";
  if (trial.expected_output.length + (trial.output?.length ?? 0) === 0) return [];
  const judged = drawing || trial.expected_output.length > 0;
  return carried(title, judged ? trial.expected_output : undefined, trial.output ?? undefined, drawing, [], "was not judged");
}

/** Whether both are the same octets. What is under a mask may vary, and has no digest; where it is wrong, there is a drawing. */
function isSame(expected, captured, drawing) {
  return !drawing && (expected.sha256 === null || expected.sha256 === captured.sha256);
}

/** Expected over captured where they differ, and what came in full where it is small. */
function carried(title, expected, captured, drawing, spots, unexpected = "was not expected") {
  const same = expected && captured && !expected.anything && isSame(expected, captured, drawing);
  const bends = expected?.parts?.length > 0;
  const wanted = expected && `${bends ? "at least " : ""}${counted(expected.length, "octet")}`;
  const came = captured && (captured.length ? `${counted(captured.length, "octet")} came` : "nothing came");
  const lengths = expected?.anything
    ? (came ?? "it did not come")
    : same
    ? `${counted(captured.length, "octet")}, as expected`
    : expected
      ? `expected ${wanted}, ${came ?? "and it did not come"}`
      : `${unexpected}; ${came}`;
  const endings = expected?.ending && captured?.ending && expected.ending !== captured.ending;
  const unknown = expected && captured && !same && !drawing && !expected.anything;
  return [
    element("h4", {}, title, element("small", {}, ` ${lengths}`)),
    endings && element("p", {}, `Expected to end in ${ENDINGS[expected.ending]}, ended in ${ENDINGS[captured.ending]}.`),
    ...(drawing && drawing.expected + drawing.captured > 0 ? picture(drawing.picture, spots) : []),
    ...(unknown ? digests(expected, captured) : []),
    expected && !same && !unknown && dump("All that was expected", expected, false),
    captured && dump("All that came", captured, same || expected?.anything),
  ].filter(Boolean);
}

/** What is known of octets that differ where nobody can say where. */
function digests(expected, captured) {
  const side = (name, { length, sha256 }) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, counted(length, "octet"), ", SHA-256 ", element("code", {}, sha256)));
  return [
    element("dl", { class: "digests" }, side("expected", expected), side("captured", captured)),
    element("p", {}, "Where they part is not known: the case has a digest, and no plan."),
  ];
}

function picture({ first_difference: first, windows, masks, more }, spots) {
  if (!first) return [element("p", {}, "What was looked at is the same.")];
  const rows = windows.flatMap((window, index) => [index > 0 && gap("…"), ...window.rows.map((row) => pictureRow(row, spots))]);
  const place = first.place;
  const octet = place && (place.octet ? `, octet ${place.octet} of ${place.of}` : ", after its last octet");
  const where = place ? [`, line ${place.line} of the plan, `, element("code", {}, place.field), octet] : [];
  return [
    first.part ? element("p", {}, first.part) : element("p", {}, `First difference at offset ${first.offset}`, ...where, "."),
    element("div", { class: "hex scroll", tabindex: 0, role: "group", "aria-label": "Expected over captured" }, ...rows),
    masks.length > 0 && element("p", {}, `?? may vary: ${masks.join(", ")}`),
    more > 0 && element("p", {}, `And at least ${counted(more, "more difference")}.`),
  ].filter(Boolean);
}

/** The place of each column of a row: a column is of it where an octet of it stands, on either side. */
function spotsIn({ expected, captured }, spots) {
  const offsets = ({ offset, hex }) => hex.split(" ").map((pair) => (pair === "--" ? null : offset++));
  const wanted = offsets(expected);
  const came = offsets(captured);
  const isIn = (at, start, length) => at != null && start <= at && at < start + length;
  return wanted.map((at, index) =>
    spots.find(
      (spot) =>
        isIn(at, spot.offset, spot.octets) || isIn(came[index], spot.captured_offset, spot.captured_octets),
    ),
  );
}

function pictureRow(row, spots) {
  if (row["left-out"])
    return gap(`… ${row["left-out"].expected} expected and ${row["left-out"].captured} captured octets more …`);
  const { expected, captured, marks } = row.octets;
  const differs = (index) => marks.slice(3 * index, 3 * index + 2) === "^^";
  const places = spotsIn(row.octets, spots);
  return element(
    "div",
    { class: "pair" },
    hexRow("expected", expected.offset, expected.hex.split(" "), expected.ascii, differs, places),
    hexRow("captured", captured.offset, captured.hex.split(" "), captured.ascii, differs, places),
  );
}

function gap(text) {
  return element("div", { class: "gap" }, text);
}

function hexRow(side, offset, pairs, ascii, differs = () => false, places = []) {
  const shown = (text, index) => (differs(index) ? element("mark", {}, text) : text);
  const marked = (texts, between) =>
    runs(texts.length, places).flatMap(([start, end, spot]) => {
      const cells = texts.slice(start, end).flatMap((text, index) => [index > 0 && between, shown(text, start + index)]);
      return [start > 0 && between, ...(spot ? [placed(spot, cells)] : cells)];
    });
  return element(
    "div",
    { class: `row ${side}` },
    side && element("span", { class: "side" }, side),
    element("span", { class: "offset" }, offset.toString(16).padStart(8, "0")),
    element("span", { class: "octets" }, ...marked(pairs, " ")),
    element("span", { class: "ascii" }, ...marked([...ascii], "")),
  );
}

/** Columns that are of the same place, or of none: where they begin and end, and which it is. */
function runs(columns, places) {
  const starts = Array.from({ length: columns }, (_, index) => index).filter((index) => index === 0 || places[index] !== places[index - 1]);
  return starts.map((start, index) => [start, starts[index + 1] ?? columns, places[start]]);
}

/** Cells of a place that the first cause tells. */
function placed({ offset, octets, looks_like: looks, follows }, cells) {
  const what = looks ? (follows ? `, ${looks}` : `, looks like ${looks}`) : "";
  return element("u", { class: follows ? "spot follows" : "spot", title: `Offset ${offset}, ${counted(octets, "octet")}${what}` }, ...cells);
}

/** All octets of one side, where the report has them; `??` where they may be anything. */
function dump(title, { base64, length, sha256, masks, parts }, opened) {
  if (parts?.length) {
    const items = parts.map((part) => element("li", {}, element("code", {}, part)));
    return element("details", { open: opened && "" }, element("summary", {}, title), element("ul", { class: "parts" }, ...items));
  }
  if (!length) return;
  if (base64 === null) {
    const digest = sha256 !== null && [", SHA-256 ", element("code", {}, sha256)];
    return element("p", {}, `${title}: ${counted(length, "octet")}, too many for this page`, ...(digest || []), ".");
  }
  const masked = new Set(masks.flatMap(({ start, length: many }) => Array.from({ length: many }, (_, index) => start + index)));
  const values = Array.from(atob(base64), (character) => character.charCodeAt(0));
  const width = matchMedia("(max-width: 40rem)").matches ? 8 : 16;
  const rows = Array.from({ length: Math.ceil(values.length / width) }, (_, row) => {
    const part = values.slice(row * width, (row + 1) * width);
    const shows = (as, hidden) => part.map((value, index) => (masked.has(row * width + index) ? hidden : as(value)));
    const ascii = shows((value) => (value >= 32 && value < 127 ? String.fromCharCode(value) : "."), "?");
    const pairs = shows((value) => value.toString(16).padStart(2, "0"), "??");
    return hexRow("", row * width, pairs.concat(Array(width - part.length).fill("  ")), ascii.join(""));
  });
  const hex = element("div", { class: "hex scroll", tabindex: 0, role: "group", "aria-label": title }, ...rows);
  const names = unique(masks.map(({ name }) => name)).join(", ");
  const legend = masks.length > 0 && element("p", {}, `?? may vary: ${names}`);
  return element("details", { open: opened && "" }, element("summary", {}, title), hex, legend);
}
