import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { cannotRun, project, start } from '../sandbox/sandbox.ts';

/** Asks V8, under the flags of PID 1, whether it takes the code that is stored for it. */
const question = `
  const { readFileSync } = require('node:fs');
  const { Script } = require('node:vm');
  const stem = '/usr/lib/peinit/peinit';
  const script = new Script(readFileSync(stem + '.js', 'latin1'), { filename: stem + '.js', cachedData: readFileSync(stem + '.code') });
  console.log('rejected', script.cachedDataRejected);`;

t.test('PID 1 runs by its stored code: V8 takes it under the flags that the launcher gives', { skip: cannotRun }, async (t) => {
  execFileSync('sh', [join(project, 'bin/build-runtime')]);
  const ask = `
    flags=$(tr '\\0' '\\n' < /proc/1/cmdline | sed -n '/^--disable/,/peinit.mjs/p' | grep -v peinit.mjs)
    exec /usr/lib/peinit/node $flags -e "$1"`;
  const runtime = join(project, 'build/runtime');
  const { status, stdout, stderr } = await start(t, ['--runtime', runtime, '--project', project, '--', 'sh', '-c', ask, 'ask', question])
    .ended;
  t.equal(status, 0, stderr);
  t.equal(stdout, 'rejected false\n');
});
