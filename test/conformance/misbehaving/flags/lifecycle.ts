/** What commands do in each state, and what their answers say. */
import type { JsonObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, flag, refusal, refusals, requests, without } from '../flag.ts';

const control = flag('control');
const anId = '0190f2b4-0000-7000-8000-000000000000';
const acknowledges = (line: JsonObject): boolean => typeof line['operation_id'] === 'string';
const acknowledgement = (line: JsonObject): JsonObject => ({
  status: 'ok',
  operation_id: anId,
  service: line['service'] ?? null,
  state: line['state'] ?? null,
  cause: line['cause'] ?? null,
  warnings: [],
});
/** A command whose answer is a status, as the cells already and noop have it. */
const made = (command: string) => answers([command], (line) => (acknowledges(line) ? line : acknowledgement(line)));
const refusedAs = (command: string) => answers([command], (line) => (acknowledges(line) ? line : refusal('INVALID_STATE')));
const accepted = (command: string) =>
  refusals([command], (line, asked) =>
    line['code'] === 'INVALID_STATE'
      ? acknowledgement({ service: asked['service'] ?? null, state: 'inactive', cause: 'explicit_stop' })
      : line,
  );
const member = (command: readonly string[], name: string, change: (value: unknown) => unknown) =>
  answers(command, (line) => (name in line ? ({ ...line, [name]: change(line[name]) } as JsonObject) : line));

export const lifecycleFlags: readonly Flag[] = [
  control('start-of-active', 'start of an active service makes an operation', ['matrix/start/active'], made('start')),
  control('start-of-active-refused', 'start of an active service is refused', ['matrix/start/active'], refusedAs('start')),
  control('stop-of-inactive', 'stop of an inactive service makes an operation', ['matrix/stop/inactive'], made('stop')),
  control('stop-of-inactive-refused', 'stop of a service that does not run is refused', ['matrix/stop/inactive'], refusedAs('stop')),
  control('reset-of-inactive', 'reset of an inactive service makes an operation', ['matrix/reset/inactive'], made('reset')),
  control('reset-of-active', 'reset of an active service is accepted', ['matrix/reset/active'], accepted('reset')),
  control('reload-of-inactive', 'reload of a service that does not run is accepted', ['matrix/reload/inactive'], accepted('reload')),
  control(
    'start-never-waits',
    'start is answered before the service is up',
    ['matrix/start/inactive', 'matrix/start/failed', 'notify/start/ready'],
    requests((asked) => (asked['command'] === 'start' ? { ...asked, wait: false } : asked)),
  ),
  control(
    'stop-never-waits',
    'stop is answered before the service is down',
    ['matrix/stop/active'],
    requests((asked) => (asked['command'] === 'stop' ? { ...asked, wait: false } : asked)),
  ),
  control(
    'restart-never-waits',
    'restart is answered before the service is up again',
    ['matrix/restart/active'],
    requests((asked) => (asked['command'] === 'restart' ? { ...asked, wait: false } : asked)),
  ),
  control(
    'always-waits',
    'wait: false waits',
    ['matrix/status/starting', 'matrix/status/stopping'],
    requests((asked) => (asked['wait'] === false ? without(asked, 'wait') : asked)),
  ),
  control(
    'restart-has-its-cause',
    'a restart has a cause of its own in its answer',
    ['matrix/restart/active'],
    member(['restart'], 'cause', () => 'explicit_restart'),
  ),
  control(
    'stop-says-stopping',
    'the answer to a stop says that the service is stopping still',
    ['matrix/stop/active'],
    member(['stop'], 'state', () => 'stopping'),
  ),
  control(
    'start-is-stop',
    'restart leaves the service down',
    ['matrix/restart/active'],
    requests((asked) => (asked['command'] === 'restart' ? { ...asked, command: 'stop' } : asked)),
  ),
  control(
    'restart-is-start',
    'restart of an active service leaves its process',
    ['matrix/restart/active'],
    requests((asked) => (asked['command'] === 'restart' ? { ...asked, command: 'start' } : asked)),
  ),
  control(
    'reload-without-mode',
    'the answer to a reload does not say how it went',
    ['matrix/reload/active'],
    answers(['reload'], (line) => without(line, 'mode')),
  ),
  control(
    'acknowledgement-without-cause',
    'an acknowledgement has no cause',
    ['matrix/start/inactive'],
    answers(['start', 'stop', 'restart'], (line) => (acknowledges(line) ? without(line, 'cause') : line)),
  ),
  control(
    'acknowledgement-without-warnings',
    'an acknowledgement has no warnings',
    ['matrix/start/inactive'],
    answers(['start', 'stop', 'restart'], (line) => (acknowledges(line) ? without(line, 'warnings') : line)),
  ),
  control(
    'status-as-acknowledgement',
    'where nothing is to be done the answer is no status',
    ['matrix/reset/inactive'],
    answers(['start', 'stop', 'reset'], (line) => (acknowledges(line) ? line : acknowledgement(line))),
  ),
  control(
    'failed-is-started',
    'a start that fails is answered as if the service was up',
    ['answers/causes/process-crash'],
    answers(['start', 'restart'], (line) =>
      acknowledges(line) && line['state'] !== 'active' ? { ...line, state: 'active', cause: 'explicit_start' } : line,
    ),
  ),
];
