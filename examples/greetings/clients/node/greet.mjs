import net from 'node:net';

const messages = {
  'greetings/text': 'Hello, server! é\n',
  'greetings/raw': Buffer.from([0x0c, 0x22]),
};

const [host, port, name] = process.argv.slice(2);
net.connect(Number(port), host).end(messages[name]);
