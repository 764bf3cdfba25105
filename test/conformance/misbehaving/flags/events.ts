/** What events say. */
import type { Json, JsonObject } from '../../json.ts';
import { isObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { flag, pushed, requests, without } from '../flag.ts';

const control = flag('control');
/** Events of those names with another payload. */
const payload = (names: readonly string[], change: (payload: JsonObject) => JsonObject) =>
  pushed((line) =>
    names.includes(String(line['event'])) && isObject(line['payload']) ? { ...line, payload: change(line['payload']) } : line,
  );
const member = (names: readonly string[], name: string, value: Json) => payload(names, (told) => ({ ...told, [name]: value }));

export const eventFlags: readonly Flag[] = [
  control(
    'since-forgotten',
    'what came after an event is not told to whoever asks for it',
    ['events/subscribe/since'],
    requests((asked) => without(asked, 'since')),
  ),
  control(
    'caller-unsaid',
    'the event of an operation does not tell who asked for it',
    ['events/requests/completed'],
    member(['operation.requested', 'operation.completed'], 'caller', null),
  ),
  control(
    'failure-without-reason',
    'the event of an operation that failed does not tell why',
    ['events/requests/failed'],
    payload(['operation.failed'], (told) => without(told, 'failure_reason')),
  ),
  control(
    'merged-event-without-target',
    'the event of a request that joined another one does not tell which',
    ['events/requests/merged-and-aborted'],
    member(['operation.merged'], 'merged_into', null),
  ),
  control(
    'record-without-exit',
    'the record of a job has no exit code',
    ['events/records/service'],
    member(['job.ended'], 'exit_code', null),
  ),
  control('arguments-unsaid', 'the record of a job has no arguments', ['events/records/service'], member(['job.ended'], 'arguments', [])),
  control(
    'hooks-are-main',
    'commands before the start are told as the main process',
    ['events/records/hooks'],
    member(['job.created'], 'type', 'service_main'),
  ),
  control(
    'ad-hoc-has-a-service',
    'an ad-hoc job is told as that of a service',
    ['events/records/ad-hoc'],
    member(['job.created'], 'service', 'jobs'),
  ),
  control(
    'errno-as-text',
    'the errno that a service tells is a text',
    ['events/notify/said'],
    payload(['notify.errno'], (told) => ({ ...told, value: String(told['value']) })),
  ),
  control(
    'refused-as-full',
    'every descriptor that is not kept is told as one too many',
    ['events/notify/store'],
    member(['fd_store.rejected'], 'outcome', 'full'),
  ),
  control(
    'denied-rights-unsaid',
    'the event of a request that was denied does not tell what it lacked',
    ['events/audit/access-denied'],
    member(['access.denied'], 'rights', []),
  ),
  control(
    'rejected-by-nobody',
    'the event of a void datagram does not tell who sent it',
    ['events/notify/rejected'],
    member(['notify.rejected'], 'pid', null),
  ),
];
