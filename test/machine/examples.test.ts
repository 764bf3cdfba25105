import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootSettled, cannotRun, project } from '../support/machine.ts';

const skip = cannotRun;
const states: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'hello.yaml': { hello: 'active' },
  'oneshot.yaml': { prepare: 'completed', worker: 'active' },
  'conditions.yaml': { optional: 'skipped', main: 'active' },
};

t.test('every example is tested', async (t) => {
  t.strictSame(
    readdirSync(join(project, 'examples'))
      .filter((name) => name.endsWith('.yaml'))
      .sort(),
    Object.keys(states).sort(),
  );
});

for (const [file, expected] of Object.entries(states))
  t.test(`${file} comes up as its comments say`, { skip }, async (t) => {
    const machine = await bootSettled(t, { words: ['--registry', join(project, 'examples', file)] });
    const { services } = await (await machine.client()).list();
    for (const [service, state] of Object.entries(expected))
      t.equal(services.find((entry) => entry.service === service)?.state, state, service);
  });
