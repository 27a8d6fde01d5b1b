// On paper: what failed first, each failure in full, then the matrix, and who the clients were. Where a trial is open, that trial alone.

addEventListener("beforeprint", () => {
  if (dialog.open) return;
  byId("printed").replaceChildren(...failuresShown().map(onPaper));
  byId("appendix").replaceChildren(document.querySelector(".clients").cloneNode(true));
});

addEventListener("afterprint", () => {
  byId("printed").replaceChildren();
  byId("appendix").replaceChildren();
});

function onPaper(trial) {
  return element("article", {}, element("h2", {}, ...titleOf(trial)), ...verdictOf(trial), ...details(trial));
}
