import { join } from 'node:path';
import t from 'tap';
import { cannotBoot, directory, needsRecovery, runInVm, startVm } from '../support/vm.ts';

const skip = cannotBoot();
t.setTimeout(900_000);

const key = 'Machine\\System\\Init';

/** Sets one value after the other, each under a name of its own, and tells each once it is acknowledged. */
const writer = `
const socket = require('node:net').connect('/run/registry/registry.sock');
let number = Number(process.argv[1]);
const value = () => ({ name: 'N' + number, type: 'DWORD', data: number });
const set = () => socket.write(JSON.stringify({ id: number, op: 'set', path: process.argv[2], ...value() }) + '\\n');
socket.setEncoding('utf8');
let text = '';
socket.on('data', (part) => {
  text += part;
  for (let end = text.indexOf('\\n'); end >= 0; end = text.indexOf('\\n')) {
    const answer = JSON.parse(text.slice(0, end));
    text = text.slice(end + 1);
    if (answer.status !== 'ok') throw new Error(JSON.stringify(answer));
    console.log('acknowledged ' + answer.id + ' ' + 'x'.repeat(60));
    number++;
    set();
  }
});
set();
`;

t.test('a cut of the power in the middle of writes loses nothing that registryd has acknowledged', { skip }, async (t) => {
  const image = join(directory(t), 'disk.img');
  const acknowledged = new Set<number>();
  for (let cut = 1; cut <= 3; cut++) {
    const number = Math.max(0, ...acknowledged) + 1000;
    const vm = startVm(t, ['--keep', image, '--', 'node', '-e', writer, String(number), key]);
    await vm.shows(new RegExp(`acknowledged ${number + 20 * cut} `));
    vm.process.kill('SIGTERM');
    await vm.ends();
    t.ok(needsRecovery(image), `cut ${cut} left the disk as it was`);
    for (const [, each] of vm.output().matchAll(/acknowledged (\d+) /g)) acknowledged.add(Number(each));
    const after = await runInVm(t, ['--keep', image], `peiosctl registry export '${key}'`);
    t.equal(after.status, 0, after.console);
    const kept = new Set(
      [...after.output.matchAll(/^ +N(\d+): (\d+)$/gm)].filter(([, name, data]) => name === data).map(([, name]) => Number(name)),
    );
    const lost = [...acknowledged].filter((each) => !kept.has(each));
    t.same(lost, [], `cut ${cut}: all ${acknowledged.size} acknowledged writes are there`);
  }
});
