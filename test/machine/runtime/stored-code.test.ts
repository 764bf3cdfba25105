import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { cannotRun, project, start } from '../sandbox/sandbox.ts';

/** Asks V8 whether it takes the code that is stored for a program, under the flags that the question is asked with. */
const question = `
  const { readFileSync } = require('node:fs');
  const { Script } = require('node:vm');
  const stem = '/usr/lib/peinit/' + process.argv[1];
  const script = new Script(readFileSync(stem + '.js', 'latin1'), { filename: stem + '.js', cachedData: readFileSync(stem + '.code') });
  console.log('rejected', script.cachedDataRejected);`;

/** `flags`: a shell script that prints those of the program. */
async function isTaken(t: Test, program: string, flags: string): Promise<void> {
  execFileSync('sh', [join(project, 'bin/build-runtime')]);
  const runtime = join(project, 'build/runtime');
  const ask = `exec /usr/lib/peinit/node $(${flags}) -e "$1" ${program}`;
  const { status, stdout, stderr } = await start(t, ['--runtime', runtime, '--project', project, '--', 'sh', '-c', ask, 'ask', question])
    .ended;
  t.equal(status, 0, stderr);
  t.equal(stdout, 'rejected false\n');
}

t.test('PID 1 runs by its stored code: V8 takes it under the flags that the launcher gives', { skip: cannotRun }, (t) =>
  isTaken(t, 'peinit', `tr '\\0' '\\n' </proc/1/cmdline | sed -n '/^--disable/,/peinit.mjs/p' | grep -v peinit.mjs`),
);

t.test('peiosctl runs by its stored code: V8 takes it under the flags that the command gives', { skip: cannotRun }, (t) =>
  isTaken(t, 'peiosctl', `sed -n 's/^exec [^ ]*node \\(.*\\) [^ ]*peiosctl.mjs.*/\\1/p' /usr/bin/peiosctl`),
);
