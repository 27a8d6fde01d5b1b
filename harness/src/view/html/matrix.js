// The matrix: rows of cases in groups, columns of clients, and how the keyboard moves in it.

/** From how many clients on their names stand upright. */
const MANY_CLIENTS = 8;

/** From how many clients on the matrix is printed across. */
const WIDE = 20;

/** Rows that are made at once. */
const CHUNK = 40;

/** Cells that are made before anybody scrolls. */
const AT_ONCE = 3000;

/** How high a row is, and how far from what is seen rows are made, in CSS pixels. */
const ROW = 26;
const AHEAD = 1500;

const table = document.querySelector("#matrix table");
let shown = [];

/** The rows that a part of the table has, and who stands over the columns; until it is seen, one row stands for all of them. */
const later = new Map();

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) make(target);
  },
  { root: byId("matrix"), rootMargin: `${AHEAD}px` },
);

function drawMatrix() {
  const selected = selection();
  const rows = selected.cases.flatMap((each) => selected.profiles.map((profile) => rowOf(each, profile, selected)));
  const kept = failuresFirst(rows.filter((row) => row.cells.some((cell) => cell?.matches)));
  shown = kept.flatMap((row) => row.cells.filter((cell) => cell?.matches).map((cell) => cell.trial));
  table.classList.toggle("upright", selected.columns.length >= MANY_CLIENTS);
  table.classList.toggle("wide", selected.columns.length >= WIDE);
  table.tHead.replaceChildren(headRow(selected.columns));
  drawRows(linesOf(kept), selected.columns);
  byId("count").textContent = `${shown.length} of ${counted(report.trials.length, "trial")} shown`;
  byId("fold").textContent = groups.every((group) => folded.has(group)) ? "Unfold all" : "Fold all";
  for (const button of byId("verdicts").children) button.setAttribute("aria-pressed", verdicts.has(button.value));
  const first = stopOf(table.querySelector("tbody td.trial") ?? table.querySelector("tbody th"));
  if (first) first.tabIndex = 0;
}

function rowOf(each, profile, selected) {
  const cells = selected.columns.map(([column]) => {
    const trial = trials.get(keyOf(each.name, profile, column));
    return trial && { trial, matches: selected.matches(trial) };
  });
  const failed = cells.some((cell) => cell?.matches && isFailure(cell.trial));
  return { case: each, group: groupOf(each.name), profile, cells, failed };
}

/** The rows of a group together, and those of a case; groups and cases that failed come first. */
function failuresFirst(rows) {
  const failed = (name) => new Set(rows.filter((row) => row.failed).map(name));
  const [failedGroups, failedCases] = [failed((row) => row.group), failed((row) => row.case.name)];
  const place = new Map(groups.map((group, index) => [group, index]));
  const rank = (row) => [!failedGroups.has(row.group), place.get(row.group), !failedCases.has(row.case.name)];
  const ranked = rows.map((row) => [rank(row), row]);
  const order = ([one], [other]) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
  return ranked.sort(order).map(([, row]) => row);
}

function headRow(shownColumns) {
  const heads = shownColumns.map(([, { client, platform, about }]) => {
    const name = platforms.length > 1 ? [client, element("small", {}, platform)] : [client];
    const title = [labelOf(about, client), about.version ?? about.why].filter(Boolean).join("\n");
    return element("th", { scope: "col", title }, element("span", {}, ...name));
  });
  return element("tr", { "aria-rowindex": 1 }, element("th", { scope: "col" }, "Case"), heads);
}

/** What makes each row of the table: the heads of groups, and cases where these are not folded. */
function linesOf(rows) {
  const of = new Map();
  for (const row of rows) {
    if (!of.has(row.group)) of.set(row.group, []);
    of.get(row.group).push(row);
  }
  return [...of].flatMap(([group, its]) => {
    const isFirst = (row, index) => row.case !== its[index - 1]?.case;
    const head = { trials: [], made: (shownColumns) => groupRow(group, its, shownColumns) };
    const lines = its.map((row, index) => ({ row, made: () => caseRow(row, isFirst(row, index)) }));
    return folded.has(group) ? [head] : [head, ...lines];
  });
}

/** Puts rows into the table: what fits on a screen at once, the rest in parts that are made when they come near. */
function drawRows(lines, shownColumns) {
  const parts = Array.from({ length: Math.ceil(lines.length / CHUNK) }, (_, part) => part * CHUNK).map((start) => {
    const part = element("tbody");
    later.set(part, { lines: lines.slice(start, start + CHUNK), start, shownColumns });
    return part;
  });
  nearby.disconnect();
  later.forEach((_, part) => parts.includes(part) || later.delete(part));
  table.setAttribute("aria-rowcount", lines.length + 1);
  table.style.setProperty("--name", `${Math.max(...lines.map(({ row }) => row?.case.name.length ?? 0), 0)}ch`);
  let cells = 0;
  for (const part of parts) {
    cells += CHUNK * (shownColumns.length + 1);
    if (part === parts[0] || cells <= AT_ONCE) make(part);
    else holdPlace(part);
  }
  table.replaceChildren(table.tHead, ...parts);
}

/** A row that is as high as those that it stands for. */
function holdPlace(part) {
  const cell = element("td", { colspan: later.get(part).shownColumns.length + 1 });
  cell.style.height = `${later.get(part).lines.length * ROW}px`;
  part.replaceChildren(element("tr", { class: "later", "aria-hidden": true }, cell));
  nearby.observe(part);
}

/** Makes the rows of a part, where they are not there. */
function make(part) {
  const what = later.get(part);
  if (!what) return;
  later.delete(part);
  nearby.unobserve(part);
  const rows = what.lines.map((line, index) => {
    const row = line.made(what.shownColumns);
    row.setAttribute("aria-rowindex", what.start + index + 2);
    return row;
  });
  part.replaceChildren(...rows);
}

function makeAll() {
  [...later.keys()].forEach(make);
}

function groupRow(group, rows, shownColumns) {
  const attributes = { "aria-expanded": String(!folded.has(group)), value: group, tabindex: -1, title: group };
  const button = element("button", attributes, group);
  const counts = shownColumns.map(([, column], index) =>
    groupCell(
      `${labelOf(column.about, column.client)} ${group}`,
      rows.map((row) => row.cells[index]),
    ),
  );
  return element("tr", { class: "group" }, element("th", { scope: "row" }, button), counts);
}

/** How many of a client's trials in a group failed, or else passed. */
function groupCell(name, cells) {
  const there = cells.filter((cell) => cell?.matches).map((cell) => cell.trial);
  const failed = there.filter(isFailure).length;
  const interrupted = there.filter((trial) => trial.verdict === "interrupted").length;
  const counts = unique(there.map((trial) => trial.kind)).map(
    (kind) => `${there.filter((trial) => trial.kind === kind).length} ${words(kind)}`,
  );
  const says = `${name}: ${counts.join(", ") || "none"}`;
  const passed = there.filter((trial) => trial.verdict === "passed").length;
  const rest = interrupted ? `${passed}+${interrupted}i` : passed ? String(passed) : there.length ? "–" : "";
  const text = failed ? `${failed}!` : rest;
  return element("td", { class: failed ? "failed" : false, tabindex: -1, title: says, "aria-label": says }, text);
}

/** A case is named in its first row, and its profiles stand below it. */
function caseRow({ case: each, profile, cells }, isFirst) {
  const name = each.name.slice(groupOf(each.name).length + 1);
  const also = profile !== "default" && `+${profile}`;
  const attributes = {
    scope: "row",
    class: isFirst ? false : "again",
    tabindex: -1,
    title: [`${each.name}${also || ""}`, each.about].join("\n"),
    "aria-label": [name, also].filter(Boolean).join(" "),
  };
  const says = [isFirst && name, isFirst && also && " ", also && element("small", {}, also)];
  return element("tr", {}, element("th", attributes, says), cells.map(trialCell));
}

function trialCell(cell) {
  if (!cell) return element("td", { tabindex: -1, "aria-label": "not tried" });
  const { trial, matches } = cell;
  const [mark, look] = lookOf(trial);
  const title = `${trial.link}: ${words(trial.kind)}`;
  const attributes = { class: `trial ${look}${isFailure(trial) ? " failed" : ""}${matches ? "" : " dim"}`, "data-link": trial.link };
  return element("td", { ...attributes, tabindex: -1, title, "aria-label": title.replace("::", " ") }, element("i", {}, mark));
}

/** The cell of a trial, which is made where it is not there yet. */
function cellOf(link) {
  const has = ({ lines }) => lines.some(({ row }) => row?.cells.some((cell) => cell?.trial.link === link));
  const find = () => table.querySelector(`[data-link="${CSS.escape(link)}"]`);
  return find() ?? [...later].filter(([, what]) => has(what)).map(([part]) => (make(part), find()))[0];
}

/** What takes the focus in a cell. */
function stopOf(cell) {
  return cell?.querySelector("button") ?? cell;
}

function focusCell(cell) {
  if (!cell) return;
  for (const stop of table.querySelectorAll("tbody [tabindex='0']")) stop.tabIndex = -1;
  stopOf(cell).tabIndex = 0;
  stopOf(cell).focus();
}

/** The cell that a key leads to, from the one that has the focus. */
function neighbour(cell, { key, ctrlKey }) {
  const row = cell.parentElement;
  const column = cell.cellIndex;
  switch (key) {
    case "ArrowUp":
      return rowBeside(row, -1)?.cells[column];
    case "ArrowDown":
      return rowBeside(row, 1)?.cells[column];
    case "ArrowLeft":
      return row.cells[column - 1];
    case "ArrowRight":
      return row.cells[column + 1];
    case "Home":
      return ctrlKey ? rowIn(table.tBodies[0], 1).cells[0] : row.cells[0];
    case "End":
      return [...(ctrlKey ? rowIn([...table.tBodies].at(-1), -1) : row).cells].at(-1);
  }
}

/** The next row in a direction, also where it is in another part that is not made yet. */
function rowBeside(row, way) {
  const beside = row.parentElement.rows[row.sectionRowIndex + way];
  const part = way > 0 ? row.parentElement.nextElementSibling : row.parentElement.previousElementSibling;
  return beside ?? (part?.localName === "tbody" ? rowIn(part, way) : undefined);
}

/** The row of a part that one comes to first. */
function rowIn(part, way) {
  make(part);
  return [...part.rows].at(way > 0 ? 0 : -1);
}
