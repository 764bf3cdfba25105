/** The second run of a machine test, in a container: the runner says so by PEINIT_TEST_CONTAINER. */
import { join, relative } from 'node:path';
import t from 'tap';
import { exceptions } from '../machine/in-containers.ts';

const kind = process.env['PEINIT_TEST_CONTAINER'];
const file = relative(join(import.meta.dirname, '../..'), process.argv[1] ?? '');

/** Whether machines have no cgroups in this run. */
export const container: boolean = kind !== undefined;

/** Words of the launcher that boot a machine as this run wants it. */
export function inContainer(words: readonly string[]): readonly string[] {
  const boots = words[0] !== 'exec' && words[0] !== 'list' && !words.includes('--container');
  return kind === undefined || !boots ? words : ['--container', kind, ...words];
}

/** Leaves out the exceptions of this file, and marks the titles of the rest. An exception that no test has is one to take away. */
function markTests(kind: string): void {
  const unseen = new Set(exceptions.filter((exception) => exception.file === file && exception.title !== undefined));
  const test = t.test.bind(t) as (title: string, ...rest: readonly unknown[]) => Promise<unknown>;
  Object.assign(t, {
    test(title: string, ...rest: readonly unknown[]) {
      const exception = [...unseen].find((each) => each.title?.test(title));
      if (exception === undefined) return test(`${title} [${kind}]`, ...rest);
      left.add(exception);
      return Promise.resolve();
    },
  });
  const left = new Set<unknown>();
  process.on('exit', () => {
    for (const exception of unseen)
      if (!left.has(exception)) {
        console.error(`${file}: no test is titled ${exception.title}`);
        process.exitCode = 1;
      }
  });
}

if (kind !== undefined) markTests(kind);
