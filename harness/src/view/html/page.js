// The view: filters and folded groups, which the address carries behind the trial that is open: #python/text/euro?verdict=differs

const form = byId("filters");
const fields = ["text", "client", "case", "hazard", "profile", "platform"];
const verdicts = new Set();
const folded = new Set();
const groups = unique(report.cases.map((each) => groupOf(each.name)));

function groupOf(name) {
  return name.split("/")[0];
}

function address(link) {
  const query = new URLSearchParams();
  for (const name of fields) if (form.elements[name].value) query.set(name, form.elements[name].value);
  if (verdicts.size) query.set("verdict", [...verdicts].join(" "));
  if (folded.size) query.set("fold", [...folded].join(" "));
  return `#${encodeURI(link)}${query.size ? `?${query}` : ""}`;
}

/** Takes the view from the address. */
function readAddress() {
  const [link, search = ""] = location.hash.slice(1).split("?");
  const query = new URLSearchParams(search);
  for (const name of fields) form.elements[name].value = query.get(name) ?? "";
  for (const [set, name] of [
    [verdicts, "verdict"],
    [folded, "fold"],
  ]) {
    set.clear();
    for (const value of query.get(name)?.split(" ") ?? []) set.add(value);
  }
  drawMatrix();
  show(decodeURI(link));
}

/** A glob as the command line takes it, or any part of a name. */
function caseFilter(glob) {
  const literal = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const pattern = literal.replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(glob.includes("*") ? `^${pattern}$` : pattern);
}

function selection() {
  const value = Object.fromEntries(fields.map((name) => [name, form.elements[name].value.trim()]));
  const terms = value.text.toLowerCase().split(/\s+/).filter(Boolean);
  const pattern = caseFilter(value.case);
  return {
    columns: [...columns].filter(
      ([, { client, platform }]) =>
        (!value.client || client === value.client) && (!value.platform || platform === value.platform),
    ),
    cases: report.cases.filter((each) => pattern.test(each.name) && (!value.hazard || each.hazards.includes(value.hazard))),
    profiles: profiles.filter((profile) => !value.profile || profile === value.profile),
    matches: (trial) => (!verdicts.size || verdicts.has(trial.verdict)) && terms.every((term) => haystack(trial).includes(term)),
  };
}

// What people do.

function fillForm() {
  const options = {
    client: unique([...columns.values()].map((column) => column.client)),
    hazard: unique(report.cases.flatMap((each) => each.hazards)).sort(),
    profile: profiles,
    platform: platforms,
  };
  for (const [name, values] of Object.entries(options)) {
    form.elements[name].append(...values.map((value) => element("option", {}, value)));
    form.elements[name].parentElement.hidden = values.length < 2;
  }
  byId("cases").append(...groups.map((group) => element("option", { value: `${group}/*` })));
  const buttons = Object.keys(VERDICTS).filter((verdict) => report.counts[verdict]);
  byId("verdicts").append(...buttons.map(verdictButton));
}

function verdictButton(verdict) {
  const [mark, look] = VERDICTS[verdict];
  const attributes = { type: "button", value: verdict, "aria-pressed": "false" };
  return element(
    "button",
    attributes,
    element("i", { class: look, "aria-hidden": true }, mark),
    ` ${report.counts[verdict]} ${words(verdict)}`,
  );
}

/** Adds a value to a set, or takes it away. */
function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}

/** Shows the view that the form and the buttons ask for. */
function update() {
  history.replaceState(null, "", address(""));
  drawMatrix();
}

/** Opens a trial, so that the back button closes it. */
function visit(link) {
  history.pushState(null, "", address(link));
  show(link);
}

async function copy(button) {
  const text = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    // Where a page may not write to the clipboard, a selection is one key away from it.
    getSelection().selectAllChildren(text);
    button.textContent = "Selected";
  }
}

form.addEventListener("input", update);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  event.preventDefault();
  for (const name of fields) form.elements[name].value = "";
  verdicts.clear();
  folded.clear();
  update();
});

byId("verdicts").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  toggle(verdicts, button.value);
  update();
});

byId("fold").addEventListener("click", () => {
  const all = groups.every((group) => folded.has(group));
  for (const group of groups) all ? folded.delete(group) : folded.add(group);
  update();
});

table.addEventListener("click", ({ target }) => {
  const cell = target.closest("tbody th, tbody td");
  if (!cell) return;
  const button = cell.querySelector("button");
  if (button) {
    toggle(folded, button.value);
    update();
    focusCell(table.querySelector(`button[value="${CSS.escape(button.value)}"]`).parentElement);
  } else {
    focusCell(cell);
    if (cell.dataset.link) visit(cell.dataset.link);
  }
});

table.addEventListener("keydown", (event) => {
  const cell = event.target.closest("tbody th, tbody td");
  if (cell?.dataset.link && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    visit(cell.dataset.link);
    return;
  }
  const next = cell && neighbour(cell, event);
  if (!next) return;
  event.preventDefault();
  focusCell(next);
});

dialog.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (target === dialog || button?.value === "close") {
    dialog.close();
  } else if (button?.value === "copy") {
    copy(button);
  } else if (button) {
    history.replaceState(null, "", address(button.value));
    show(button.value);
  }
});

dialog.addEventListener("close", () => {
  history.replaceState(null, "", address(""));
  focusCell(table.querySelector(`[data-link="${CSS.escape(dialog.dataset.link)}"]`));
});

addEventListener("hashchange", readAddress);

fillForm();
document.querySelector("main").hidden = false;
readAddress();
