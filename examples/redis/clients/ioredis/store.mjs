// store.mjs HOST PORT CASE INPUT: one case with ioredis.
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';

const [host, port, name, path] = process.argv.slice(2);
const given = readFileSync(path);
const text = given.toString();
const store = new Redis({ host, port: Number(port) });

const show = (value) => process.stdout.write(Buffer.isBuffer(value) ? value : String(value));
const setGet = async (value) => {
  await store.set('k', value);
  show(await store.getBuffer('k'));
};
const last = async (pipeline) => (await pipeline.set('k', text).append('k', '!').get('k').exec()).at(-1)[1];

const cases = {
  octets: () => setGet(Buffer.from(text, 'hex')),
  large: async () => {
    await store.set('k', text.repeat(100_000));
    show(await store.strlen('k'));
  },
  pipeline: async () => show(await last(store.pipeline())),
  transaction: async () => show(await last(store.multi())),
  expire: async () => {
    await store.set(text, '1');
    show(await store.expire(text, 60));
  },
  increment: async () => {
    await store.set('k', text);
    show(await store.incr('k'));
  },
  float: () => store.set('k', 1e21),
  boolean: () => store.ping().then(() => store.set('k', true)),
  nothing: () => store.ping().then(() => store.set('k', null)),
  capitals: () => store.ping(),
  introduction: () => store.ping(),
};

try {
  await (cases[name.replace('store/', '')] ?? (() => setGet(text)))();
} finally {
  store.disconnect();
}
