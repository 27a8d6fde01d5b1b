
/** Says why the page did not open, where it did not. */
function opened(opening) {
  const state = document.getElementById("state");
  opening.then(
    () => state.remove(),
    (error) => {
      state.className = "problem";
      state.textContent = `This page did not open: ${error.message}. The report itself is in report.json, beside this page.`;
      throw error;
    },
  );
}
