// What the page carries is deflated, and the browser inflates it: an outline of all trials when it opens, and of what else is known of
// them a block at a time, when somebody wants to see it.

const byId = (id) => document.getElementById(id);

if (!globalThis.DecompressionStream) {
  throw new Error("this browser cannot inflate what the page carries (it takes Chrome or Edge 80, Safari 16.4, Firefox 113, or later)");
}

/** The JSON that stands deflated in an element. */
async function inflated(id) {
  const characters = atob(byId(id).textContent);
  const octets = new Uint8Array(characters.length);
  for (let at = 0; at < octets.length; at++) octets[at] = characters.charCodeAt(at);
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

let works = 0;

/** Shows that the page is at work for as long as this takes. */
async function busily(work) {
  works += 1;
  document.body.classList.add("busy");
  try {
    return await work();
  } finally {
    works -= 1;
    if (!works) document.body.classList.remove("busy");
  }
}

/** A function that does its work once for each argument, however often it is asked. */
function once(work) {
  const done = new Map();
  return (argument) => {
    if (!done.has(argument)) done.set(argument, work(argument));
    return done.get(argument);
  };
}
