// On paper: what failed first, each failure in full, then the matrix, and who the clients were. Where a trial is open, that trial alone.

addEventListener("beforeprint", () => {
  if (dialog.open) return;
  byId("printed").replaceChildren(...failuresOnPaper().map(onPaper));
  byId("appendix").replaceChildren(document.querySelector(".clients").cloneNode(true));
});

addEventListener("afterprint", () => {
  byId("printed").replaceChildren();
  byId("appendix").replaceChildren();
});

/** The failures that are shown; what kept a client from all its trials once. */
function failuresOnPaper() {
  const told = new Set();
  return failuresShown().filter((trial) => {
    const why = `${trial.column} ${trial.verdict} ${trial.problem}`;
    const again = trial.problem !== null && told.has(why);
    told.add(why);
    return !again;
  });
}

function onPaper(trial) {
  return element("article", {}, element("h2", {}, ...titleOf(trial)), ...verdictOf(trial), ...details(trial));
}
