/**
 * The peer of the control benchmark: the least a line server in plain Node does. node:net, JSON.parse, one look into a Map,
 * JSON.stringify of the very object that peinit answered; no limits, no checks, no rights.
 *
 *   node ceiling.ts SOCKET ANSWER
 */
import { createServer } from 'node:net';

const [path = '', answer = '{}'] = process.argv.slice(2);
const status = JSON.parse(answer) as { service: string };
const services = new Map([[status.service, status]]);

const server = createServer((socket) => {
  let partial = '';
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop() ?? '';
    let answers = '';
    for (const line of lines) {
      const request = JSON.parse(line) as { service: string };
      answers += `${JSON.stringify(services.get(request.service) ?? null)}\n`;
    }
    if (answers !== '') socket.write(answers);
  });
});
server.listen(path, () => process.stdout.write('listening\n'));
