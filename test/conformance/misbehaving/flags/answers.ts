/** Members of answers. */
import type { Json, JsonObject } from '../../json.ts';
import { isList, isObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, everywhere, flag, without } from '../flag.ts';

const control = flag('control');
const list = (change: (services: readonly Json[]) => readonly Json[]) =>
  answers(['list'], (line) => (isList(line['services']) ? { ...line, services: change(line['services']) } : line));
const status = (change: (line: JsonObject) => JsonObject) => answers(['status'], change);

export const answerFlags: readonly Flag[] = [
  control(
    'numbers-as-text',
    'numbers are written as texts',
    ['answers/**', 'matrix/**'],
    answers([], (line) => everywhere(line, (_name, value) => (typeof value === 'number' ? String(value) : value))),
  ),
  control(
    'nulls-left-out',
    'members that are null are left out',
    ['answers/**', 'matrix/**'],
    answers([], (line) => everywhere(line, (_name, value) => (value === null ? undefined : value))),
  ),
  control(
    'list-unsorted',
    'the list has no order',
    ['answers/**'],
    list((services) => [...services].reverse()),
  ),
  control(
    'list-says-more',
    'entries of the list have members that nobody knows',
    ['answers/**'],
    list((services) => services.map((one) => (isObject(one) ? { ...one, pid: 1 } : one))),
  ),
  control(
    'list-without-health',
    'entries of the list have no health',
    ['answers/**'],
    list((services) => services.map((one) => (isObject(one) ? without(one, 'health') : one))),
  ),
  control(
    'list-forgets-one',
    'the list leaves a service out',
    ['answers/**'],
    list((services) => services.slice(0, -1)),
  ),
  control(
    'pid-of-init',
    'the process of a service is told as that of another',
    ['answers/**', 'matrix/**', 'notify/**'],
    status((line) => everywhere(line, (name, value) => (name === 'pid' ? 1 : value))),
  ),
  control(
    'job-forgotten',
    'status does not tell the job that runs',
    ['answers/**', 'matrix/**'],
    status((line) => ({ ...line, current_job: null })),
  ),
  control(
    'operation-forgotten',
    'status does not tell the operation that is under way',
    ['answers/**', 'conflicts/**'],
    status((line) => ({ ...line, current_operation: null })),
  ),
  control(
    'health-unsaid',
    'status does not tell the health of a service that has a check',
    ['answers/**'],
    status((line) => ({ ...line, health: null })),
  ),
  control(
    'status-text-lost',
    'what a service says of itself is lost',
    ['notify/**', 'answers/**'],
    status((line) => ({ ...line, status_text: null })),
  ),
  control(
    'uptime-stands-still',
    'status does not tell for how long a service is up',
    ['answers/**', 'matrix/**'],
    status((line) => ({ ...line, uptime_seconds: null })),
  ),
  control(
    'cause-is-one',
    'every state has the same cause',
    ['answers/**', 'matrix/**'],
    status((line) => ({ ...line, cause: 'explicit_start' })),
  ),
  control(
    'identity-unsaid',
    'a job does not tell whose process it is',
    ['answers/**', 'matrix/**'],
    status((line) => everywhere(line, (name, value) => (name === 'identity' ? undefined : value))),
  ),
  control(
    'waiting-is-running',
    'a service that is not ready yet is told as up',
    ['notify/**', 'answers/**'],
    answers(['status'], (line) => (line['state'] === 'starting' ? { ...line, state: 'active' } : line)),
  ),
  control(
    'reload-config-without-summary',
    'reload-config does not tell what changed',
    ['registry/**'],
    answers(['reload-config'], (line) => without(line, 'summary')),
  ),
  control(
    'reload-config-silent',
    'reload-config tells of no change',
    ['registry/**'],
    answers(['reload-config'], (line) => ({
      ...line,
      summary: { added: [], updated: [], restored: [], marked_removed: [], discarded: [] },
    })),
  ),
  control(
    'protocol-unsaid',
    'machine-status does not tell the version of the protocol',
    ['answers/**'],
    answers(['machine-status'], (line) => without(line, 'protocol')),
  ),
  control(
    'machine-never-settles',
    'machine-status tells that the boot goes on',
    ['answers/**'],
    answers(['machine-status'], (line) => ({ ...line, phase: 'booting', settled_at: null })),
  ),
];
