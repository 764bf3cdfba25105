/** Members of answers. */
import type { Json, JsonObject } from '../../json.ts';
import { isList, isObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, everywhere, flag, requests, without } from '../flag.ts';

const control = flag('control');
const list = (change: (services: readonly Json[]) => readonly Json[]) =>
  answers(['list'], (line) => (isList(line['services']) ? { ...line, services: change(line['services']) } : line));
const status = (change: (line: JsonObject) => JsonObject) => answers(['status'], change);

export const answerFlags: readonly Flag[] = [
  control(
    'numbers-as-text',
    'numbers are written as texts',
    ['matrix/status/active'],
    answers([], (line) => everywhere(line, (_name, value) => (typeof value === 'number' ? String(value) : value))),
  ),
  control(
    'nulls-left-out',
    'members that are null are left out',
    ['matrix/status/inactive'],
    answers([], (line) => everywhere(line, (_name, value) => (value === null ? undefined : value))),
  ),
  control(
    'list-unsorted',
    'the list has no order',
    ['answers/list/*'],
    list((services) => [...services].reverse()),
  ),
  control(
    'list-says-more',
    'entries of the list have members that nobody knows',
    ['answers/list/*'],
    list((services) => services.map((one) => (isObject(one) ? { ...one, pid: 1 } : one))),
  ),
  control(
    'list-without-health',
    'entries of the list have no health',
    ['answers/list/*'],
    list((services) => services.map((one) => (isObject(one) ? without(one, 'health') : one))),
  ),
  control(
    'list-forgets-one',
    'the list leaves out what does not run',
    ['answers/list/*'],
    list((services) => services.filter((one) => isObject(one) && one['state'] !== 'inactive')),
  ),
  control(
    'pid-of-init',
    'the process of a service is told as that of another',
    ['answers/status/main-process'],
    status((line) => everywhere(line, (name, value) => (name === 'pid' ? 1 : value))),
  ),
  control(
    'job-forgotten',
    'status does not tell the job that runs',
    ['matrix/status/active'],
    status((line) => ({ ...line, current_job: null })),
  ),
  control(
    'operation-forgotten',
    'status does not tell the operation that is under way',
    ['matrix/status/starting'],
    status((line) => ({ ...line, current_operation: null })),
  ),
  control(
    'health-unsaid',
    'status does not tell the health of a service that has a check',
    ['answers/health/healthy'],
    status((line) => ({ ...line, health: null })),
  ),
  control(
    'status-text-lost',
    'what a service says of itself is lost',
    ['notify/status/*'],
    status((line) => ({ ...line, status_text: null })),
  ),
  control(
    'uptime-stands-still',
    'status does not tell for how long a service is up',
    ['matrix/status/active'],
    status((line) => ({ ...line, uptime_seconds: null })),
  ),
  control(
    'cause-is-one',
    'every state has the same cause',
    ['answers/causes/process-crash'],
    status((line) => ({ ...line, cause: 'explicit_start' })),
  ),
  control(
    'identity-unsaid',
    'a job does not tell whose process it is',
    ['matrix/status/active'],
    status((line) => everywhere(line, (name, value) => (name === 'identity' ? undefined : value))),
  ),
  control(
    'waiting-is-running',
    'a service that is not ready yet is told as up',
    ['notify/start/ready'],
    answers(['status'], (line) => (line['state'] === 'starting' ? { ...line, state: 'active' } : line)),
  ),
  control(
    'reload-config-without-summary',
    'reload-config does not tell what changed',
    ['registry/reload/add'],
    answers(['reload-config'], (line) => without(line, 'summary')),
  ),
  control(
    'reload-config-without-restored',
    'reload-config leaves out lists that are empty',
    ['registry/reload/add'],
    answers(['reload-config'], (line) => (isObject(line['summary']) ? { ...line, summary: without(line['summary'], 'restored') } : line)),
  ),
  control(
    'protocol-unsaid',
    'machine-status does not tell the version of the protocol',
    ['answers/machine/machine-status'],
    answers(['machine-status'], (line) => without(line, 'protocol')),
  ),
  control(
    'machine-never-settles',
    'machine-status tells that the boot goes on',
    ['answers/machine/machine-status'],
    answers(['machine-status'], (line) => ({ ...line, phase: 'booting', settled_at: null })),
  ),
  control(
    'health-lost-in-list',
    'the list does not tell the health of a service that has a check',
    ['answers/health/healthy'],
    list((services) => services.map((one) => (isObject(one) ? { ...one, health: null } : one))),
  ),
  control(
    'unhealthy-is-healthy',
    'a check that failed changes no health',
    ['answers/health/no-program'],
    status((line) => (line['health'] === 'unhealthy' ? { ...line, health: 'healthy' } : line)),
  ),
  control(
    'failures-are-crashes',
    'whatever failed is told as a crash',
    ['answers/causes/pre-*-failure', 'answers/causes/readiness-timeout'],
    answers([], (line) => (line['state'] === 'failed' ? { ...line, cause: 'process_crash' } : line)),
  ),
  control(
    'skipped-is-inactive',
    'a service that was skipped is told as inactive',
    ['answers/causes/checks'],
    answers([], (line) => (line['state'] === 'skipped' ? { ...line, state: 'inactive' } : line)),
  ),
  control(
    'restarts-unsaid',
    'a service that was restarted by its policy is told as started by somebody',
    ['answers/causes/restart-policy'],
    status((line) => (line['cause'] === 'restart_policy' ? { ...line, cause: 'explicit_start' } : line)),
  ),
  control(
    'dependency-has-no-cause',
    'a service that was started for another one is told as started by somebody',
    ['answers/causes/dependency-start'],
    status((line) => (line['cause'] === 'dependency_start' ? { ...line, cause: 'explicit_start' } : line)),
  ),
  control(
    'removal-unsaid',
    'status does not tell that the definition is gone',
    ['registry/reload/removed'],
    status((line) => ({ ...line, definition_removed: false })),
  ),
  control(
    'lines-as-ever',
    'status has as many lines of output as it likes',
    ['answers/status/lines'],
    requests((asked) => (asked['command'] === 'status' ? without(asked, 'lines') : asked)),
  ),
  control(
    'job-id-of-a-service',
    'the main process has the same job after a restart',
    ['answers/status/main-process'],
    status((line) =>
      isObject(line['current_job'])
        ? { ...line, current_job: { ...line['current_job'], id: '0190f2b4-0000-7000-8000-000000000000' } }
        : line,
    ),
  ),
  control(
    'force-unsaid',
    'status does not tell that a service had to be killed',
    ['notify/stopping/no-signal'],
    status((line) => ({ ...line, forced: null })),
  ),
  control(
    'reload-always-confirmed',
    'a reload of which the service said nothing is confirmed',
    ['notify/reload/command-fails', 'notify/reload/silent'],
    answers(['reload'], (line) => ({ ...line, mode: 'confirmed' })),
  ),
  control(
    'stopping-job-unsaid',
    'a job that was asked to end is told as if it was not',
    ['jobs/control/stop-without-waiting'],
    answers(['job-stop', 'job-status'], (line) => (isObject(line['job']) ? { ...line, job: { ...line['job'], stopping: false } } : line)),
  ),
  control(
    'job-output-unsaid',
    'what a job wrote is not told to who asks for it later',
    ['jobs/control/stop-without-waiting'],
    answers(['job-status'], (line) => ({ ...line, output: [] })),
  ),
];
