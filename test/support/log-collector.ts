/**
 * An event daemon for tests: acknowledges what it is handed, and keeps the records as they came in a file.
 *
 *   node log-collector.ts FILE
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { notify } from '../../clients/typescript/notify.ts';
import { endpoints } from '../../gen/output/facts.ts';
import type { OutputRecord } from '../../gen/output/types.ts';

const { path } = endpoints.log;
const file = process.argv[2] ?? '/run/records';
const held = { log: 0, event: 0 };

mkdirSync(dirname(path), { recursive: true });
const server = createServer((socket) => {
  let partial = '';
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop() ?? '';
    for (const record of lines.map((line) => JSON.parse(line) as OutputRecord)) {
      if (record.kind === 'log') held.log = record.first_id + record.lines.length - 1;
      if (record.kind === 'event') held.event = record.id;
      if (record.kind === 'dropped') held[record.of] = record.to;
    }
    if (lines.length > 0) appendFileSync(file, `${lines.join('\n')}\n`);
    if (lines.length > 0) socket.write(`${JSON.stringify({ acked: held })}\n`);
  });
});
server.listen(path, () => notify({ ready: true }));
