// When each trial ran: a lane for each client, a mark for each trial, as long as it took and in the colour of its outcome.

/** How wide a lane is in its own units, and the least that a mark is, so that it is seen: what failed stands out. */
const SPAN = 10000;
const LEAST = 12;
const LEAST_FAILED = 30;

/** Trials that ran at once and are told apart in a lane. */
const TRACKS = 8;

/** The parts of the time that are named below. */
const TICKS = [0, 0.25, 0.5, 0.75, 1];

const NEVER_RAN = ["missing", "setup-error", "interrupted"];
const hasRun = (trial) => !NEVER_RAN.includes(trial.verdict);

/** Whether the report says when each began; where not, those of a client are drawn end to end. */
const isTimed = report.trials.every((trial) => !hasRun(trial) || trial.began_ms != null);

/** A lane for each client of which a trial ran; those with failures come first. */
const lanes = [...columns.values()]
  .map((column) => laneOf(column, column.trials.filter(hasRun)))
  .filter(({ marks }) => marks.length > 0)
  .sort((one, other) => (other.failed > 0) - (one.failed > 0));
const lasted = Math.max(1, ...lanes.map(({ end }) => end));

function laneOf(column, ran) {
  const ends = [];
  let end = 0;
  const begins = (trial) => (isTimed ? trial.began_ms : end);
  const marks = (isTimed ? [...ran].sort((one, other) => one.began_ms - other.began_ms) : ran).map((trial) => {
    const from = begins(trial);
    const to = from + trial.duration_ms;
    const free = ends.findIndex((before) => before <= from);
    const track = free >= 0 ? free : ends.length < TRACKS ? ends.length : ends.indexOf(Math.min(...ends));
    ends[track] = Math.max(to, ends[track] ?? 0);
    end = Math.max(end, to);
    return { trial, from, to, track };
  });
  const took = ran.reduce((sum, trial) => sum + trial.duration_ms, 0);
  return { column, marks, tracks: ends.length, failed: ran.filter(isFailure).length, took, end };
}

const seconds = (ms) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s`);

/** Draws all lanes; what the filters leave out is pale. */
function drawLanes() {
  const isShown = shown.length === report.trials.length ? () => true : Set.prototype.has.bind(new Set(shown));
  byId("lanes").tBodies[0].replaceChildren(...lanes.map((lane) => laneRow(lane, isShown)));
}

function laneRow(lane, isShown) {
  const { column, marks, failed, took } = lane;
  const name = labelOf(column.about, column.client);
  const outcome = `${failed} of ${marks.length}`;
  const picture = svg(
    "svg",
    { class: "lane", viewBox: `0 0 ${SPAN} ${lane.tracks}`, preserveAspectRatio: "none", role: "img", "aria-label": `Trials of ${name} over time` },
    ...paths(lane, isShown),
  );
  picture.addEventListener("pointermove", (event) => (byId("under").textContent = says(under(lane, event))));
  picture.addEventListener("click", (event) => visit(under(lane, event).trial.link));
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, element("button", { class: "link", "data-client": column.client, title: name }, name)),
    element("td", {}, picture),
    element("td", { class: failed ? "failed" : false }, outcome),
    element("td", {}, seconds(took)),
  );
}

/** One path for each look, since a page has room for a dozen elements more easily than for a hundred thousand; failures lie on top. */
function paths({ marks, tracks }, isShown) {
  const looks = new Map();
  const high = tracks > 1 ? 0.86 : 1;
  for (const { trial, from, to, track } of marks) {
    const failed = isFailure(trial);
    const look = [isShown(trial) ? 1 : 0, failed ? 1 : 0, lookOf(trial)[1]].join(" ");
    const wide = Math.max(Math.round((SPAN * (to - from)) / lasted), failed ? LEAST_FAILED : LEAST);
    const x = Math.min(Math.round((SPAN * from) / lasted), SPAN - wide);
    if (!looks.has(look)) looks.set(look, []);
    looks.get(look).push(`M${x} ${track}h${wide}v${high}h-${wide}z`);
  }
  return [...looks].sort().map(([look, drawn]) => {
    const [whole, failed, kind] = look.split(" ");
    return svg("path", { class: [kind, whole === "0" && "pale", failed === "1" && "failed"].filter(Boolean).join(" "), d: drawn.join("") });
  });
}

/** The mark that is nearest to the pointer, on its track where there is one. */
function under({ marks, tracks }, { offsetX, offsetY, currentTarget: { clientWidth, clientHeight } }) {
  const at = (lasted * offsetX) / clientWidth;
  const track = Math.floor((tracks * offsetY) / clientHeight);
  const far = ({ from, to, track: its, trial }) =>
    Math.max(from - at, at - to, 0) + (its === track ? 0 : lasted / 100) - (isFailure(trial) ? lasted / 400 : 0);
  return marks.reduce((nearest, mark) => (far(mark) < far(nearest) ? mark : nearest));
}

function says({ trial, from }) {
  const when = isTimed ? `, from ${seconds(from)} on` : "";
  return `${trial.link}: ${words(trial.kind)}, ${seconds(trial.duration_ms)}${when}`;
}

/** What stands below the lanes. */
function timeAxis() {
  const ticks = TICKS.map((part) => element("span", {}, seconds(Math.round(part * lasted))));
  return element("tr", {}, element("th"), element("td", { class: "axis" }, ...ticks), element("td", { class: "rest", colspan: 2 }));
}
