// Octets in messages: what is different in them, with the octets in which it is seen.

function messages(trial) {
  const told = (trial.messages ?? []).map((each) => [each, inMessages(each, trial)]).filter(([, lines]) => lines.length > 0);
  // What is different is never behind what is as expected.
  const shown = told.filter(([{ differences }], index) => index < CONNECTIONS || differences?.length).slice(0, 2 * CONNECTIONS);
  const lines = shown.flatMap(([, lines]) => lines);
  return lines.length > 0 ? section("Messages", ...lines, moreConnections(told.length - shown.length)) : [];
}

function inMessages({ connection, decoder, version, judges, failed, count, differences, more }, trial) {
  if (!trial.failed) return [];
  const title = connection ? `Connection ${connection}` : "What the client received and printed";
  const by = `${counted(count, "message")}, decoded by ${decoder}${version ? ` (${version})` : ""}`;
  const said = ({ says, picture }) => [element("p", {}, says), ...(judges ? [cameIn(picture)] : [])];
  return [
    element("h4", {}, title, element("small", {}, ` ${judges && !differences?.length ? `${by}, as expected` : by}`)),
    failed && element("p", {}, `No messages: ${failed}`),
    ...(differences ?? []).flatMap(said),
    more > 0 && element("p", {}, `And ${counted(more, "more difference")}.`),
  ].filter(Boolean);
}

/** The rows of what came alone: in octets it is not known what was expected. */
function cameIn({ rows }) {
  const row = ({ octets }) => {
    const marked = (index) => octets.marks.slice(3 * index, 3 * index + 2) === "^^";
    const { offset, hex, ascii } = octets.captured;
    return hexRow("captured", offset, hex.split(" "), ascii, marked);
  };
  const shown = rows.filter((each) => each.octets?.captured.hex);
  return (
    shown.length > 0 &&
    element("div", { class: "hex scroll", tabindex: 0, role: "group", "aria-label": "Captured" }, ...shown.map(row))
  );
}
