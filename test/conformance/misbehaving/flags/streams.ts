/** Streams: events, jobs, watches. */
import { isObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, flag, objectOf, pushed, requests, without } from '../flag.ts';

const control = flag('control');
const jobs = flag('jobs');
const query = flag('query');

const jobMembers = ['image_path', 'arguments', 'environment', 'timeout', 'working_directory', 'description'];

export const streamFlags: readonly Flag[] = [
  control(
    'events-of-all',
    'a subscription for some events gets all of them',
    ['events/subscribe/by-name'],
    requests((asked) => (asked['command'] === 'subscribe' ? without(asked, 'events') : asked)),
  ),
  control(
    'events-of-none',
    'a subscription for a service leaves it out',
    ['events/subscribe/steps'],
    pushed((line) => (line['event'] === 'service.state' ? null : line)),
  ),
  control(
    'event-ids-repeat',
    'events all have the same number',
    ['events/subscribe/ids'],
    pushed((line) => ('event' in line ? { ...line, id: 1 } : line)),
  ),
  control(
    'events-twice',
    'an event is told twice',
    ['events/subscribe/steps'],
    pushed((line) => ('event' in line ? [line, line] : line)),
  ),
  control(
    'events-without-payload',
    'an event does not tell what happened',
    ['events/subscribe/steps'],
    pushed((line) => ('event' in line ? { ...line, payload: {} } : line)),
  ),
  control(
    'events-flat',
    'what happened is told beside the event',
    ['events/subscribe/steps'],
    pushed((line) => ('event' in line && isObject(line['payload']) ? { ...without(line, 'payload'), ...line['payload'] } : line)),
  ),
  control(
    'events-without-time',
    'an event does not tell when',
    ['events/subscribe/steps'],
    pushed((line) => without(line, 'timestamp')),
  ),
  control(
    'states-skip-starting',
    'a service is told to be up at once',
    ['events/subscribe/steps'],
    pushed((line) => {
      const payload = isObject(line['payload']) ? line['payload'] : {};
      return payload['to'] === 'starting' ? null : line;
    }),
  ),
  jobs('job-lines-late', 'the end of a job is told before what it wrote', ['jobs/submit/echo'], {
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
    ['jobs/submit/both-streams'],
    pushed((line) => ('stream' in line ? { ...line, stream: 'stdout' } : line)),
  ),
  jobs(
    'job-always-succeeds',
    'a job that fails is told to have ended well',
    ['jobs/submit/echo'],
    pushed((line) => (line['kind'] === 'ended' ? { ...without(line, 'failure_cause'), final_state: 'completed', exit_code: 0 } : line)),
  ),
  jobs(
    'job-without-status',
    'the end of a job has no exit status',
    ['jobs/submit/echo'],
    pushed((line) => (line['kind'] === 'ended' ? without(line, 'exit_code') : line)),
  ),
  jobs(
    'job-loses-lines',
    'a line of a job is lost',
    ['jobs/submit/echo'],
    pushed((line) => (line['kind'] === 'output' ? null : line)),
  ),
  jobs(
    'job-starts-twice',
    'a job is told to start twice',
    ['jobs/submit/echo'],
    pushed((line) => (line['kind'] === 'started' ? [line, line] : line)),
  ),
  jobs(
    'job-lost-unsaid',
    'it is not told how many lines were lost',
    ['jobs/submit/echo'],
    pushed((line) => (line['kind'] === 'ended' ? without(line, 'lost') : line)),
  ),
  jobs(
    'job-empty-lines-lost',
    'empty lines of a job are lost',
    ['jobs/submit/echo'],
    pushed((line) => (line['text'] === '' ? null : line)),
  ),
  jobs(
    'job-signal-as-code',
    'a job that a signal killed has an exit code, as shells have it',
    ['jobs/submit/signal'],
    pushed((line) => ('exit_signal' in line ? { ...without(line, 'exit_signal'), exit_code: 128 + Number(line['exit_signal']) } : line)),
  ),
  jobs(
    'job-members-passed-over',
    'a member that a job does not have is passed over',
    ['jobs/refused/members'],
    requests((asked) => Object.fromEntries(Object.entries(asked).filter(([name]) => jobMembers.includes(name)))),
  ),
  jobs(
    'job-variables-lost',
    'a job does not have its variables',
    ['jobs/submit/members'],
    requests((asked) => without(asked, 'environment')),
  ),
  jobs(
    'job-numbers-as-text',
    'variables of a job may be numbers',
    ['jobs/refused/types'],
    requests((asked) =>
      isObject(asked['environment'])
        ? { ...asked, environment: Object.fromEntries(Object.entries(asked['environment']).map(([name, value]) => [name, String(value)])) }
        : asked,
    ),
  ),
  query(
    'no-present-boot',
    'the present boot is not among those that are known',
    ['query/boots/boots'],
    answers(['boots'], (line) => ({ ...line, boots: [] })),
  ),
  query(
    'no-current-boot',
    'which boot is the present one is not told',
    ['query/boots/boots'],
    answers(['boots'], (line) => ({
      ...line,
      boots: (Array.isArray(line['boots']) ? line['boots'] : []).map((boot) => (isObject(boot) ? { ...boot, current: false } : boot)),
    })),
  ),
];
