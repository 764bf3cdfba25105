/**
 * What the conformance suite has no case about (.ci/conformance-gaps.ts) stands here with its reason, and may not stand here once there is
 * one.
 */
import { join } from 'node:path';
import t from 'tap';
import { conformanceGaps, readSubjects } from '../../../.ci/conformance-gaps.ts';
import { loadSuite } from '../../conformance/runner/load.ts';

const subjects = readSubjects(join(import.meta.dirname, '../../..'));
const gaps = conformanceGaps(subjects, loadSuite().cases);

const inside = 'nothing from outside makes the daemon fail';
const disk = 'the disk would have to be full, or the store held up for half a minute';
const atOnce = 'such an operation is carried out at once and never seen waiting';
const unbooted = 'it takes a boot that goes wrong, or its end';
const later = 'no case yet';

const abandoned = 'one abandoned service is asked everything: matrix/abandoned';

const without: Readonly<Record<string, string>> = {
  'cell matrix/start/abandoned': abandoned,
  'cell matrix/stop/abandoned': abandoned,
  'cell matrix/restart/abandoned': abandoned,
  'cell matrix/reload/abandoned': abandoned,
  'cell matrix/reset/abandoned': abandoned,
  'cell matrix/status/abandoned': abandoned,
  'code registry/EEXIST': 'a key that is there is answered with created false',
  'code registry/EBUSY': disk,
  'code registry/ETIMEDOUT': disk,
  'code registry/EIO': inside,
  'code registry/ENOTSUP': 'no call is without support',
  'code registry/EPERM': later,
  'code output/BUSY': 'it takes as many requests as the daemon serves at once',
  'code output/TOO_SLOW': 'it takes a reader that holds still for long',
  'code output/STORE_FAILED': inside,
  'code output/INTERNAL': inside,
  'code jobs/INTERNAL_ERROR': inside,
};
/** By the beginning of their names. */
const withoutGroups: Readonly<Record<string, string>> = {
  'cell conflicts/pending-stop/': atOnce,
  'cell conflicts/pending-reload/': atOnce,
  'cell conflicts/pending-restart/restart': 'the second one waits as well, which the matrix shows (restart in backoff)',
  'event machine.': unbooted,
  'event event_store.replaced': unbooted,
  'event ': later,
};

const excused = (name: string): boolean => name in without || Object.keys(withoutGroups).some((begin) => name.startsWith(begin));

t.test('there is a case about every command, code, cell and event, or a reason why there is none', async (t) => {
  t.ok(Object.keys(subjects).length > 150);
  t.strictSame(
    gaps.filter((name) => !excused(name)),
    [],
  );
});

t.test('no reason is out of date', async (t) => {
  t.strictSame(
    Object.keys(without).filter((name) => !gaps.includes(name)),
    [],
  );
  t.strictSame(
    Object.keys(withoutGroups).filter((begin) => !gaps.some((name) => name.startsWith(begin))),
    [],
  );
});
