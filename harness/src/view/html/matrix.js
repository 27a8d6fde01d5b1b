// The matrix: rows of cases in groups, columns of clients, and how the keyboard moves in it.

/** From how many clients on their names stand upright. */
const MANY_CLIENTS = 8;

/** From how many clients on the matrix is printed across. */
const WIDE = 20;

const table = document.querySelector("#matrix table");
let shown = [];

function drawMatrix() {
  const selected = selection();
  const rows = selected.cases.flatMap((each) => selected.profiles.map((profile) => rowOf(each, profile, selected)));
  const kept = rows.filter((row) => row.cells.some((cell) => cell?.matches));
  shown = kept.flatMap((row) => row.cells.filter((cell) => cell?.matches).map((cell) => cell.trial));
  table.classList.toggle("upright", selected.columns.length >= MANY_CLIENTS);
  table.classList.toggle("wide", selected.columns.length >= WIDE);
  table.tHead.replaceChildren(headRow(selected.columns));
  table.tBodies[0].replaceChildren(
    ...groups.flatMap((group) =>
      groupRows(
        group,
        kept.filter((row) => row.group === group),
        selected.columns,
      ),
    ),
  );
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
  return { case: each, group: groupOf(each.name), profile, cells };
}

function headRow(shownColumns) {
  const heads = shownColumns.map(([, { client, platform, about }]) => {
    const name = platforms.length > 1 ? [client, element("small", {}, platform)] : [client];
    const title = [labelOf(about, client), about.version ?? about.why].filter(Boolean).join("\n");
    return element("th", { scope: "col", title }, element("span", {}, ...name));
  });
  return element("tr", {}, element("th", { scope: "col" }, "Case"), heads);
}

function groupRows(group, rows, shownColumns) {
  if (!rows.length) return [];
  const attributes = { "aria-expanded": String(!folded.has(group)), value: group, tabindex: -1, title: group };
  const button = element("button", attributes, group);
  const counts = shownColumns.map(([, column], index) =>
    groupCell(
      `${labelOf(column.about, column.client)} ${group}`,
      rows.map((row) => row.cells[index]),
    ),
  );
  const head = element("tr", { class: "group" }, element("th", { scope: "row" }, button), counts);
  const isFirst = (row, index) => row.case !== rows[index - 1]?.case;
  return folded.has(group) ? [head] : [head, ...rows.map((row, index) => caseRow(row, isFirst(row, index)))];
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
  const rows = table.tBodies[0].rows;
  const row = cell.parentElement.sectionRowIndex;
  const column = cell.cellIndex;
  switch (key) {
    case "ArrowUp":
      return rows[row - 1]?.cells[column];
    case "ArrowDown":
      return rows[row + 1]?.cells[column];
    case "ArrowLeft":
      return rows[row].cells[column - 1];
    case "ArrowRight":
      return rows[row].cells[column + 1];
    case "Home":
      return rows[ctrlKey ? 0 : row].cells[0];
    case "End":
      return [...rows[ctrlKey ? rows.length - 1 : row].cells].at(-1);
  }
}
