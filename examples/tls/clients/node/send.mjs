// Sends a file under TLS, and prints what is answered.

import { readFileSync } from "node:fs";
import { connect } from "node:tls";

const [host, port, file, ca, cert, key] = process.argv.slice(2);
const secured = connect({ host, port, ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) }, () => {
  secured.write(readFileSync(file));
});
secured.pipe(process.stdout);
