// The view: filters and folded groups, which the address carries behind the trial that is open: #python::text/euro?verdict=differs

const form = byId("filters");
const fields = ["text", "client", "case", "hazard", "cause", "profile", "platform"];
const verdicts = new Set();
const folded = new Set();
const groups = unique(report.cases.map((each) => groupOf(each.name)));

function groupOf(name) {
  return name.split("/")[0];
}

function address(link) {
  const query = new URLSearchParams();
  for (const name of fields) if (form.elements[name].value) query.set(name, form.elements[name].value);
  if (form.elements.missing.checked) query.set("missing", "shown");
  if (verdicts.size) query.set("verdict", [...verdicts].join(" "));
  if (folded.size) query.set("fold", [...folded].join(" "));
  return `#${encodeURI(link)}${query.size ? `?${query}` : ""}`;
}

/** The trial that the address names, as it stands there or as every view says it. */
function linkOf(hash) {
  const [link] = hash.slice(1).split("?");
  try {
    return decodeURIComponent(link);
  } catch {
    return link;
  }
}

/** Takes the view from the address. */
async function readAddress() {
  const [, search = ""] = location.hash.split("?");
  const query = new URLSearchParams(search);
  for (const name of fields) form.elements[name].value = query.get(name) ?? "";
  form.elements.missing.checked = query.has("missing");
  for (const [set, name] of [
    [verdicts, "verdict"],
    [folded, "fold"],
  ]) {
    set.clear();
    for (const value of query.get(name)?.split(" ") ?? []) set.add(value);
  }
  await redraw();
  await show(linkOf(location.hash));
}

/** Draws what the form and the buttons ask for, once all is there that a search looks at. */
async function redraw() {
  if (form.elements.text.value.trim()) await busily(loadSaid);
  drawMatrix();
  drawLanes();
  for (const button of byId("causes").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", button.dataset.cause === form.elements.cause.value);
  }
  busily(loadForPaper);
}

function selection() {
  const value = Object.fromEntries(fields.map((name) => [name, form.elements[name].value.trim()]));
  const terms = value.text.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = caseFilter(value.case);
  return {
    columns: columnsOf(value),
    cases: report.cases.filter((each) => isWanted(each.name) && (!value.hazard || each.hazards.includes(value.hazard))),
    profiles: profiles.filter((profile) => !value.profile || profile === value.profile),
    matches: (trial) =>
      (!verdicts.size || verdicts.has(trial.kind)) &&
      (!value.cause || (isFailure(trial) && causeOf(trial) === value.cause)) &&
      hasAll(trial, terms),
  };
}

function hasAll(trial, terms) {
  if (!terms.length) return true;
  const texts = haystack(trial);
  return terms.every((term) => texts.some((text) => text.includes(term)));
}

/** The clients that are asked for; those that are absent stay away unless they are asked for, or there are no others. */
function columnsOf({ client, platform }) {
  const all = [...columns].filter(([, of]) => (!client || client === of.client) && (!platform || platform === of.platform));
  const there = all.filter(([, of]) => !isAbsent(of));
  return client || form.elements.missing.checked || verdicts.has("missing") || !there.length ? all : there;
}

// What people do.

function fillForm() {
  const options = {
    client: unique([...columns.values()].map((column) => column.client)),
    hazard: unique(report.cases.flatMap((each) => each.hazards)).sort(),
    cause: causes.map(([cause]) => cause),
    profile: profiles,
    platform: platforms,
  };
  for (const [name, values] of Object.entries(options)) {
    form.elements[name].append(...values.map((value) => element("option", {}, value)));
    form.elements[name].parentElement.hidden = values.length < 2;
  }
  byId("cases").append(...groups.map((group) => element("option", { value: `${group}/*` })));
  byId("verdicts").append(...kinds.map(verdictButton));
  const absent = [...columns.values()].filter(isAbsent).length;
  byId("absent").textContent = counted(absent, "missing client");
  byId("absent").parentElement.hidden = absent === 0 || absent === columns.size;
}

function verdictButton(kind) {
  const [mark, look] = VERDICTS[kind];
  const count = report.trials.filter((trial) => trial.kind === kind).length;
  const attributes = { type: "button", value: kind, "aria-pressed": "false" };
  return element("button", attributes, element("i", { class: look, "aria-hidden": true }, mark), ` ${count} ${words(kind)}`);
}

/** Adds a value to a set, or takes it away. */
function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}

/** Shows the view that the form and the buttons ask for. */
function update() {
  history.replaceState(null, "", address(""));
  return redraw();
}

/** Opens a trial, so that the back button closes it. */
function visit(link) {
  history.pushState({ opened: true }, "", address(link));
  show(link);
}

/** Copies the text of an element. */
async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    // Where a page may not write to the clipboard, a selection is one key away from it.
    if (text.closest("details")) text.closest("details").open = true;
    text.scrollIntoView({ block: "center" });
    getSelection().selectAllChildren(text);
    button.textContent = "Selected";
  }
}

form.addEventListener("input", update);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  event.preventDefault();
  for (const name of fields) form.elements[name].value = "";
  form.elements.missing.checked = false;
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

table.addEventListener("click", async ({ target }) => {
  const cell = target.closest("tbody th, tbody td");
  if (!cell) return;
  const button = cell.querySelector("button");
  if (button) {
    toggle(folded, button.value);
    await update();
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
    copy(button, button.previousElementSibling);
  } else if (button?.value === "issue") {
    copy(button, dialog.querySelector(".issue pre"));
  } else if (button?.value === "places") {
    goTo(dialog.querySelector(".spot:not(.follows)") ? ".spot:not(.follows)" : ".spot");
  } else if (target.closest(".spot")) {
    goTo(".told");
  } else if (button) {
    history.replaceState(history.state, "", address(button.value));
    show(button.value);
  }
});

dialog.addEventListener("close", () => {
  const { link } = dialog.dataset;
  // Where opening it made a step, closing it takes that step back, or the next Back would do nothing.
  if (linkOf(location.hash) && history.state?.opened) history.back();
  else if (linkOf(location.hash)) history.replaceState(null, "", address(""));
  focusCell(cellOf(link));
});

// Going back draws the matrix anew, and what had the focus in it is another element then.
addEventListener("hashchange", async () => {
  const focused = document.activeElement?.dataset.link;
  await readAddress();
  if (focused && !dialog.open) focusCell(cellOf(focused));
});

byId("glance").addEventListener("click", ({ target }) => {
  const { cause, client, opens } = target.closest("button")?.dataset ?? {};
  if (opens) return visit(opens);
  const [name, value] = cause ? ["cause", cause] : ["client", client];
  if (!value) return;
  const field = form.elements[name];
  field.value = field.value === value ? "" : value;
  update();
});

fillForm();
drawGlance();
document.querySelector("main").hidden = false;
await busily(readAddress);
performance.mark("usable");
