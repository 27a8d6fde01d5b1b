// On paper: what failed first, each failure in full, then the matrix, and who the clients were. Where a trial is open, that trial alone.

/** Failures that are printed in full. Nothing can be inflated once it is printed, so they are loaded before. */
const ON_PAPER = 300;

let paper = 0;

/** Loads the failures that are shown; stops where others are by now. */
async function loadForPaper() {
  const mine = ++paper;
  const blocks = unique(failuresShown().slice(0, ON_PAPER).map((trial) => trial.block));
  for (const block of blocks) {
    if (mine !== paper) return;
    // What cannot be read is said when it is opened.
    await load(block).catch(() => {});
  }
  if (blocks.length) await loadAgreements().catch(() => {});
}

addEventListener("beforeprint", () => {
  if (dialog.open) return;
  makeAll();
  const failures = failuresShown();
  const more = failures.length - ON_PAPER;
  byId("printed").replaceChildren(
    ...failures.slice(0, ON_PAPER).map(onPaper),
    ...(more > 0 ? [element("p", {}, `And ${counted(more, "more failure")}, which the page itself has.`)] : []),
  );
  byId("appendix").replaceChildren(document.querySelector(".clients").cloneNode(true));
});

addEventListener("afterprint", () => {
  byId("printed").replaceChildren();
  byId("appendix").replaceChildren();
});

/** What is not loaded yet is told in one sentence. */
function onPaper(trial) {
  const known = trial.diagnoses && report.agreements ? details(trial) : [];
  return element("article", {}, element("h2", {}, ...titleOf(trial)), ...verdictOf(trial), ...known);
}
