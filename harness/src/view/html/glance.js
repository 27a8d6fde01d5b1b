// The whole run at a glance: what failed for which cause, when each trial ran, and which took longest.

/** Causes and trials that are named. */
const CAUSES = 12;
const SLOWEST = 8;

/** Failures by what they are counted under, most first. */
function failuresByCause() {
  const found = new Map();
  for (const trial of report.trials.filter(isFailure)) {
    if (!found.has(causeOf(trial))) found.set(causeOf(trial), []);
    found.get(causeOf(trial)).push(trial);
  }
  return [...found].sort(([, one], [, other]) => other.length - one.length);
}

const causes = failuresByCause();

function drawGlance() {
  const most = causes[0]?.[1].length ?? 0;
  byId("causes").hidden = causes.length === 0;
  byId("causes").querySelector("tbody").replaceChildren(...causes.slice(0, CAUSES).map(([cause, of]) => causeRow(cause, of, most)));
  byId("more-causes").textContent = causes.length > CAUSES ? `And ${counted(causes.length - CAUSES, "more cause")}: see the filter.` : "";
  const slowest = report.trials.filter(hasRun).sort((one, other) => other.duration_ms - one.duration_ms).slice(0, SLOWEST);
  byId("slowest").hidden = slowest.length === 0;
  byId("slowest").querySelector("tbody").replaceChildren(...slowest.map((trial) => slowRow(trial, slowest[0].duration_ms)));
  byId("run").hidden = lanes.length === 0;
  byId("run-says").textContent = isTimed ? "" : " (end to end: this report does not say when each began)";
  byId("lanes").tFoot.replaceChildren(timeAxis());
}

function causeRow(cause, failed, most) {
  const clients = unique(failed.map((trial) => trial.column)).length;
  const isNamed = failed[0].cause != null;
  const name = isNamed ? cause : cause === "differs" ? "differs, no cause known" : words(cause);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, element("button", { class: "link", "data-cause": cause, "aria-pressed": "false", title: failed[0].sentence }, name)),
    element("td", {}, bar(failed.length, most, isNamed ? "bad" : lookOf(failed[0])[1])),
    element("td", {}, counted(failed.length, "trial"), ", ", counted(clients, "client")),
  );
}

function slowRow(trial, most) {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, element("button", { class: "link", "data-opens": trial.link, title: trial.link }, trial.link)),
    element("td", {}, bar(trial.duration_ms, most, lookOf(trial)[1])),
    element("td", {}, seconds(trial.duration_ms)),
  );
}

/** How much something is of the most that there is. */
function bar(value, most, look) {
  const width = `${Math.max(1, (100 * value) / (most || 1))}%`;
  return svg("svg", { class: `bar ${look}`, "aria-hidden": true }, svg("rect", { width, height: "100%", rx: 2 }));
}
