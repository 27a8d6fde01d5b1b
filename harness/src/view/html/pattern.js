// The patterns of cases that `--case` takes: globs of full names, `!` before one takes its cases away.

/** What these patterns, with blanks between them, let through. */
function caseFilter(text) {
  const patterns = text.split(/\s+/).filter(Boolean);
  const unwanted = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => matcher(pattern.slice(1)));
  const wanted = patterns.filter((pattern) => !pattern.startsWith("!")).map(matcher);
  return (name) => (!wanted.length || wanted.some((is) => is(name))) && !unwanted.some((is) => is(name));
}

/** One pattern. A word that is no glob and no case's name is a part of names: whoever types it is not done yet. */
function matcher(pattern) {
  const part = (name) => name.includes(pattern);
  if (!/[*?[\]{}\\]/.test(pattern)) return cases.has(pattern) ? (name) => name === pattern : part;
  try {
    const whole = new RegExp(`^(?:${regex(pattern)})$`, "su");
    return (name) => whole.test(name);
  } catch {
    return part;
  }
}

/** A glob as a regular expression: `*` and `?` match `/` too, and what has no end is no glob. */
function regex(glob) {
  const token = /\*+|\?|\[([!^]?)(\]?[^\]]*)\]|\\(.)|([{},])|([^])/gu;
  let depth = 0;
  const made = glob.replace(token, (whole, not, set, escaped, brace, other) => {
    if (whole[0] === "*") return ".*";
    if (whole === "?") return ".";
    if (set !== undefined) return `[${not ? "^" : ""}${set.replace(/[\\\][^&|]/g, "\\$&")}]`;
    if (brace === "{") return depth++, "(?:";
    if (brace === "}") return depth--, ")";
    if (brace === ",") return depth > 0 ? "|" : ",";
    return (escaped ?? other).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  if (depth !== 0) throw new SyntaxError(glob);
  return made;
}
