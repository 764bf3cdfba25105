/** Counts visits in redis and tells peinit how it is doing. */
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { notify } from '../../clients/typescript/index.ts';

/** One command over the redis protocol; resolves with the first line of the answer without its type. */
function redis(...words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(6379, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.once('connect', () =>
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`),
    );
    socket.once('data', (answer: string) => {
      socket.end();
      resolve(answer.slice(1, answer.indexOf('\r\n')));
    });
    socket.once('error', reject);
  });
}

const server = createServer(async (request, response) => {
  try {
    const visits = await redis('INCR', 'visits');
    response.end(`visit ${visits} to ${request.url}\n`);
    console.log(`visit ${visits} to ${request.url}`);
    notify({ status: `${visits} visits` });
  } catch (error) {
    response.statusCode = 503;
    response.end(`redis does not answer: ${String(error)}\n`);
    console.error(`a visit was turned away: ${String(error)}`);
  }
});

server.listen(3000, '127.0.0.1', async () => {
  await redis('PING');
  notify({ ready: true, status: 'waiting for the first visit' });
});

process.on('SIGTERM', () => {
  notify({ stopping: true });
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
