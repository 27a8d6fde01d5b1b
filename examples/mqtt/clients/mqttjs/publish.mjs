import { readFile } from 'node:fs/promises';

import mqtt from 'mqtt';

const [host, port, path] = process.argv.slice(2);
const lines = (await readFile(path, 'utf8')).split('\n');
const told = Object.fromEntries(lines.map((line) => [line.split(' ', 1)[0], line.replace(/^\S* ?/, '')]));

const client = await mqtt.connectAsync({
  host,
  port: Number(port),
  clientId: 'samewire',
  keepalive: 60,
  protocolVersion: { '3.1.1': 4, 5: 5 }[told.version],
  will: 'will-topic' in told
    ? { topic: told['will-topic'], payload: Buffer.from(told['will-payload']), qos: 1, retain: true }
    : undefined,
});
await client.publishAsync(told.topic, told.payload, { qos: Number(told.qos), retain: 'retain' in told });
await client.endAsync();
