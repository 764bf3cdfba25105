/** Streams: events, jobs, watches. */
import { isObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, flag, objectOf, pushed, requests, without } from '../flag.ts';

const control = flag('control');
const jobs = flag('jobs');
const query = flag('query');

export const streamFlags: readonly Flag[] = [
  control(
    'events-of-all',
    'a subscription for some events gets all of them',
    ['events/**'],
    requests((asked) => (asked['command'] === 'subscribe' ? without(asked, 'events') : asked)),
  ),
  control(
    'events-of-none',
    'a subscription for a service leaves it out',
    ['events/**'],
    pushed((line) => (line['event'] === 'service.state' ? null : line)),
  ),
  control(
    'event-ids-repeat',
    'events all have the same number',
    ['events/**'],
    pushed((line) => ('event' in line ? { ...line, id: 1 } : line)),
  ),
  control(
    'events-twice',
    'an event is told twice',
    ['events/**'],
    pushed((line) => ('event' in line ? [line, line] : line)),
  ),
  control(
    'events-without-payload',
    'an event does not tell what happened',
    ['events/**'],
    pushed((line) => ('event' in line ? { ...line, payload: {} } : line)),
  ),
  control(
    'events-flat',
    'what happened is told beside the event',
    ['events/**'],
    pushed((line) => ('event' in line && isObject(line['payload']) ? { ...without(line, 'payload'), ...line['payload'] } : line)),
  ),
  control(
    'events-without-time',
    'an event does not tell when',
    ['events/**'],
    pushed((line) => without(line, 'timestamp')),
  ),
  control(
    'states-skip-starting',
    'a service is told to be up at once',
    ['events/**'],
    pushed((line) => {
      const payload = isObject(line['payload']) ? line['payload'] : {};
      return payload['to'] === 'starting' ? null : line;
    }),
  ),
  jobs('job-lines-late', 'the end of a job is told before what it wrote', ['jobs/**'], {
    line(text, _asked, link) {
      const line = objectOf(text);
      const held = (link.memory.get('output') as string[] | undefined) ?? [];
      link.memory.set('output', held);
      if (line?.['kind'] === 'output') {
        held.push(text);
        return [];
      }
      return line?.['kind'] === 'ended' ? [text, ...held] : [text];
    },
  }),
  jobs(
    'stderr-is-stdout',
    'what a job writes to standard error is told as its output',
    ['jobs/**'],
    pushed((line) => ('stream' in line ? { ...line, stream: 'stdout' } : line)),
  ),
  jobs(
    'job-always-succeeds',
    'a job that fails is told to have ended well',
    ['jobs/**'],
    pushed((line) => (line['kind'] === 'ended' ? { ...without(line, 'failure_cause'), final_state: 'completed', exit_code: 0 } : line)),
  ),
  jobs(
    'job-without-status',
    'the end of a job has no exit status',
    ['jobs/**'],
    pushed((line) => (line['kind'] === 'ended' ? without(line, 'exit_code') : line)),
  ),
  jobs(
    'job-loses-lines',
    'a line of a job is lost',
    ['jobs/**'],
    pushed((line) => (line['kind'] === 'output' ? null : line)),
  ),
  jobs(
    'job-starts-twice',
    'a job is told to start twice',
    ['jobs/**'],
    pushed((line) => (line['kind'] === 'started' ? [line, line] : line)),
  ),
  jobs(
    'job-lost-unsaid',
    'it is not told how many lines were lost',
    ['jobs/**'],
    pushed((line) => (line['kind'] === 'ended' ? without(line, 'lost') : line)),
  ),
  query(
    'no-present-boot',
    'the present boot is not among those that are known',
    ['query/**'],
    answers(['boots'], (line) => ({ ...line, boots: [] })),
  ),
  query(
    'no-current-boot',
    'which boot is the present one is not told',
    ['query/**'],
    answers(['boots'], (line) => ({
      ...line,
      boots: (Array.isArray(line['boots']) ? line['boots'] : []).map((boot) => (isObject(boot) ? { ...boot, current: false } : boot)),
    })),
  ),
];
