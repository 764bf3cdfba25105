import { join } from 'node:path';
import t from 'tap';
import { cannotBoot, directory, runInVm, startVm } from '../support/vm.ts';

const skip = cannotBoot();
t.setTimeout(900_000);

/** Sets a rising number, one acknowledged write after the other, and tells each number once it is acknowledged. */
const writer = `
const socket = require('node:net').connect('/run/registry/registry.sock');
let number = Number(process.argv[1]);
const set = () => socket.write(JSON.stringify({ id: number, op: 'set', path: 'Machine\\\\System\\\\Init', name: 'Number', type: 'DWORD', data: number }) + '\\n');
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
  let number = 1;
  for (let cut = 1; cut <= 3; cut++) {
    const vm = startVm(t, ['--keep', image, '--', 'node', '-e', writer, String(number)]);
    await vm.shows(new RegExp(`acknowledged ${number + 20 * cut} `));
    vm.process.kill('SIGTERM');
    await vm.ended;
    const told = [...vm.output().matchAll(/acknowledged (\d+) /g)].map(([, each]) => Number(each));
    const last = told.at(-1) ?? 0;
    const after = await runInVm(t, ['--keep', image], "peiosctl registry get 'Machine\\System\\Init' Number");
    t.equal(after.status, 0, after.console);
    t.ok(Number(after.output) >= last, `cut ${cut}: ${after.output.trim()} is there, ${last} was acknowledged`);
    number = Number(after.output) + 1;
  }
});
