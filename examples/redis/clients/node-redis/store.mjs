// store.mjs HOST PORT CASE INPUT: one case with node-redis.
import { readFileSync } from 'node:fs';
import { createClient, RESP_TYPES } from 'redis';

const [host, port, name, path] = process.argv.slice(2);
const given = readFileSync(path);
const text = given.toString();
const store = createClient({ socket: { host, port: Number(port), reconnectStrategy: false } });
store.on('error', (error) => console.error(error));

const show = (value) => process.stdout.write(Buffer.isBuffer(value) ? value : String(value));
// Without this, answers are decoded as UTF-8.
const octets = () => store.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
const setGet = async (value) => {
  await store.set('k', value);
  show(await octets().get('k'));
};
const three = () => store.multi().set('k', text).append('k', '!').get('k');

const cases = {
  octets: () => setGet(Buffer.from(text, 'hex')),
  large: async () => {
    await store.set('k', text.repeat(100_000));
    show(await store.strLen('k'));
  },
  pipeline: async () => show((await three().execAsPipeline()).at(-1)),
  transaction: async () => show((await three().exec()).at(-1)),
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

await store.connect();
try {
  await (cases[name.replace('store/', '')] ?? (() => setGet(text)))();
} finally {
  await store.close();
}
