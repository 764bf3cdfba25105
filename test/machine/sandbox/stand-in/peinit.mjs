/**
 * PID 1 of a sandbox under test: as little as the launcher needs. Words of its command line choose how it behaves:
 * phase=settled|recovery|stopping|never, end=STATUS (ends at once), refuse=1 (takes no shutdown), deaf=1 (ignores signals),
 * reboots=N (ends with 133 in the first N boots; reboots=N:STATUS with another), failed=NAME,... and restarting=NAME,...
 * (services that are so).
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const word = (name) =>
  process.argv
    .slice(2)
    .find((argument) => argument.startsWith(`${name}=`))
    ?.slice(name.length + 1);

console.log(`booted ${JSON.stringify({ pid: process.pid, flags: process.execArgv, words: process.argv.slice(2), env: process.env })}`);

if (word('end') !== undefined) process.exit(Number(word('end')));

const boots = existsSync('/boots') ? Number(readFileSync('/boots', 'utf8')) + 1 : 1;
writeFileSync('/boots', String(boots));
const [reboots, rebootStatus = 133] = (word('reboots') ?? '0').split(':');
if (boots <= Number(reboots)) process.exit(Number(rebootStatus));

for (const [signal, status] of [
  ['SIGINT', 133],
  ['SIGTERM', 0],
  ['SIGPWR', 0],
]) {
  process.on(signal, () => {
    console.log(`got ${signal}`);
    if (word('deaf') === undefined) process.exit(status);
  });
}

function answer(request) {
  if (request.command === 'shutdown') {
    if (word('refuse') !== undefined) return { status: 'error', code: 'INVALID_STATE', message: 'no' };
    setImmediate(() => process.exit(0));
    return { status: 'ok' };
  }
  const phase = word('phase') ?? 'settled';
  if (phase === 'never' && request.wait) return null;
  const extra = { 'strange "key\\': ['{', { '}': null }, 1.5e3] };
  const waitingFor = phase === 'never' ? ['slow-one', 'slow-two'] : [];
  return {
    ...extra,
    status: 'ok',
    mode: 'full',
    phase: phase === 'never' ? 'booting' : phase,
    reason: 'as asked',
    waiting_for: waitingFor,
    failed: word('failed')?.split(',') ?? [],
    restarting: word('restarting')?.split(',') ?? [],
  };
}

const socket = '/run/peinit/control.sock';
mkdirSync('/run/peinit', { recursive: true });
rmSync(socket, { force: true });
createServer((connection) => {
  let text = '';
  connection.on('error', () => {});
  connection.on('data', (bytes) => {
    text += bytes;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const request = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      console.log(`request ${JSON.stringify(request)}`);
      const reply = answer(request);
      if (reply !== null) connection.write(`${JSON.stringify(reply)}\n`);
    }
  });
}).listen(socket, () => console.log('ready'));
