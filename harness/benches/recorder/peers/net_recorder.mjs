// What one would write in an afternoon: JSON lines with base64, one line for each chunk, unbuffered.
// Usage: net_recorder.mjs PORT FILE
import fs from "node:fs";
import net from "node:net";

const [port, path] = process.argv.slice(2);
const out = fs.openSync(path, "w");
let connections = 0;

function write(event) {
  fs.writeSync(out, JSON.stringify(event) + "\n");
}

function now() {
  return Math.round(performance.now() * 1000);
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const connection = ++connections;
  let received = 0;
  write({ event: "open", connection, at_us: now(), peer: `${socket.remoteAddress}:${socket.remotePort}` });
  socket.on("data", (octets) => {
    write({ event: "data", connection, at_us: now(), offset: received, base64: octets.toString("base64") });
    received += octets.length;
  });
  socket.on("end", () => {
    write({ event: "close", connection, at_us: now(), bytes: received });
    socket.end();
  });
  socket.on("error", () => {});
});
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 1024 });
