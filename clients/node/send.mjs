// Does what a plan says: puts exact octets on the wire.
//
// usage: node send.mjs HOST PORT PLAN

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const CANNOT = 77;

// "utf8" is said each time: a Buffer's other encodings drop or double octets.
const utf8 = (text) => Buffer.from(text, 'utf8');
const hex = (digits) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const points = (rest) =>
  utf8(String.fromCodePoint(...rest.split(' ').map((point) => parseInt(point, 16))));

// BigInt all the way: a Number would round what lies above 2^53, and its << and & stop at 32 bits.
function uleb(value) {
  const octets = [];
  for (; value > 0x7fn; value >>= 7n) octets.push(Number(value & 0x7fn) | 0x80);
  octets.push(Number(value));
  return Buffer.from(octets);
}

function sleb(value) {
  const octets = [];
  for (; value < -0x40n || value > 0x3fn; value >>= 7n) {
    octets.push(Number(value & 0x7fn) | 0x80);
  }
  octets.push(Number(value & 0x7fn));
  return Buffer.from(octets);
}

const zigzag = (value) => uleb((value << 1n) ^ (value >> 63n));

// Octets of an integer in two's complement, least significant first.
function integer(text, width) {
  let value = BigInt(text);
  const octets = Buffer.alloc(width);
  for (let i = 0; i < width; i++, value >>= 8n) octets[i] = Number(value & 0xffn);
  return octets;
}

function float(text, width) {
  const value = { inf: Infinity, '-inf': -Infinity, nan: NaN }[text] ?? Number(text);
  const octets = Buffer.alloc(width);
  if (width === 4) octets.writeFloatLE(value);
  else octets.writeDoubleLE(value);
  return octets;
}

function numbers(encode, width, order) {
  return (rest) =>
    Buffer.concat(
      rest.split(' ').map((text) => {
        const octets = encode(text, width);
        return order === 'be' ? octets.reverse() : octets;
      }),
    );
}

function frame(rest) {
  const gap = rest.indexOf(' ');
  const body = utf8(rest.slice(gap + 1));
  // The length counts octets: body.length of a Buffer, not of a string.
  return Buffer.concat([ENCODERS[rest.slice(0, gap)](String(body.length)), body]);
}

function repeat(rest) {
  const [count, octet] = rest.split(' ');
  return Buffer.alloc(Number(count), parseInt(octet, 16));
}

function ramp(rest) {
  return Buffer.alloc(Number(rest), Uint8Array.from(Array(251).keys()));
}

function noise(rest) {
  const [count, seed] = rest.split(' ').map(Number);
  const octets = Buffer.alloc(count);
  // The product stays below 2^53.
  for (let i = 0, x = seed; i < count; i++) {
    x = (x * 16807) % 2147483647;
    octets[i] = x >> 8;
  }
  return octets;
}

const ENCODERS = { text: utf8, points, bytes: hex, frame, repeat, ramp, noise };
for (const order of ['be', 'le']) {
  for (const width of [2, 4, 8]) {
    for (const sign of ['u', 'i']) {
      ENCODERS[sign + width * 8 + order] = numbers(integer, width, order);
    }
  }
  for (const width of [4, 8]) ENCODERS[`f${width * 8}${order}`] = numbers(float, width, order);
}
for (const sign of ['u', 'i']) ENCODERS[`${sign}8`] = numbers(integer, 1, 'be');
for (const [word, encode] of Object.entries({ uleb, sleb, zigzag })) {
  ENCODERS[word] = (rest) => Buffer.concat(rest.split(' ').map((text) => encode(BigInt(text))));
}

// One connection, ended as the contract says.
class Connection {
  static async open(host, port) {
    const connection = new Connection();
    // Without allowHalfOpen, Node ends its side as soon as the server has ended its own.
    connection.socket = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    await once(connection.socket, 'connect');
    return connection;
  }

  send(octets) {
    // Waiting for the callback keeps the order and surfaces errors; exiting before it would lose the tail.
    return new Promise((resolve, reject) => {
      this.socket.write(octets, (error) => (error ? reject(error) : resolve()));
    });
  }

  halfClose() {
    return new Promise((resolve) => this.socket.end(resolve));
  }

  async receive(count) {
    if (count === 'all') {
      for await (const piece of this.untilClosed()) process.stdout.write(piece);
      return;
    }
    for (let left = Number(count); left > 0; ) {
      // read(n) gives less than n only at the end of the stream.
      const piece = this.socket.read(Math.min(left, this.socket.readableLength) || 1);
      if (piece) {
        process.stdout.write(piece);
        left -= piece.length;
      } else if (this.socket.readableEnded) {
        throw new Error(`the server closed with ${left} octets still to receive`);
      } else {
        await Promise.race([once(this.socket, 'readable'), once(this.socket, 'end')]);
      }
    }
  }

  untilClosed() {
    return this.socket.iterator({ destroyOnReturn: false });
  }

  async finish() {
    if (!this.socket.writableEnded) await this.halfClose();
    // Closing with something unread would send RST and may destroy what is on its way.
    if (!this.socket.readableEnded) for await (const _ of this.untilClosed());
  }

  reset() {
    this.socket.resetAndDestroy();
  }
}

async function follow(lines, host, port) {
  let connection = await Connection.open(host, port);
  try {
    for (const [word, rest] of lines) {
      if (Object.hasOwn(ENCODERS, word)) await connection.send(ENCODERS[word](rest));
      else if (word === 'pause') await sleep(Number(rest));
      else if (word === 'half-close') await connection.halfClose();
      else if (word === 'receive') await connection.receive(rest);
      else if (word === 'connect') {
        await connection.finish();
        connection.socket.destroy();
        connection = await Connection.open(host, port);
      } else if (word === 'reset') return connection.reset();
    }
    await connection.finish();
  } finally {
    // After an error, an open socket would keep Node running.
    connection.socket.destroy();
  }
}

const ACTIONS = ['pause', 'half-close', 'receive', 'connect', 'reset'];

// An array of [word, rest]; split on LF alone.
function parse(plan) {
  const lines = plan.split('\n').map((line) => (line.startsWith('#') ? '' : line));
  return lines.map((line) => {
    const gap = line.indexOf(' ');
    return gap < 0 ? [line, ''] : [line.slice(0, gap), line.slice(gap + 1)];
  });
}

const [host, port, path] = process.argv.slice(2);
try {
  const lines = parse(readFileSync(path, 'utf8'));
  const known = (word) => word === '' || Object.hasOwn(ENCODERS, word) || ACTIONS.includes(word);
  const unknown = lines.findIndex(([word]) => !known(word));
  if (unknown >= 0) {
    console.error(`line ${unknown + 1}: cannot do ${JSON.stringify(lines[unknown][0])}`);
    // Not process.exit(), which may cut off what is still to be written.
    process.exitCode = CANNOT;
  } else {
    await follow(lines, host, Number(port));
  }
} catch (error) {
  console.error(`send.mjs: ${error.message}`);
  process.exitCode = 1;
}
