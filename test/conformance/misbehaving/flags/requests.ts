/** What is made of requests. */
import type { Flag } from '../flag.ts';
import { flag, objectOf, refusal, refusals, requests } from '../flag.ts';

const control = flag('control');
const known = [
  'command',
  'service',
  'wait',
  'timeout',
  'operation_id',
  'type',
  'forced',
  'reason',
  'events',
  'services',
  'lines',
  'token',
  'job_id',
  'kinds',
];
const recode = (from: string, to: string) => refusals([], (line) => (line['code'] === from ? { ...line, code: to } : line));

export const requestFlags: readonly Flag[] = [
  control(
    'unknown-member-refused',
    'a member that the command does not have is refused',
    ['errors/arguments/more-members'],
    requests((asked, link) => {
      const strange = Object.keys(asked).find((name) => !known.includes(name));
      if (strange === undefined) return asked;
      link.answer(refusal('INVALID_ARGUMENTS'));
      return null;
    }),
  ),
  control(
    'text-is-boolean',
    'a text is taken for a boolean',
    ['errors/arguments/wait'],
    requests((asked) => {
      const { wait } = asked;
      return typeof wait === 'string' || typeof wait === 'number' ? { ...asked, wait: Boolean(wait) } : asked;
    }),
  ),
  control(
    'number-is-name',
    'a number is taken for the name of a service',
    ['errors/members/service-*'],
    requests((asked) => (typeof asked['service'] === 'number' ? { ...asked, service: String(asked['service']) } : asked)),
  ),
  control(
    'null-is-absent',
    'null is taken for a member that is not there',
    ['errors/members/wait-*', 'errors/members/service-*'],
    requests((asked) => Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null))),
  ),
  control(
    'service-left-out',
    'a command for a service without its name takes the first one',
    ['errors/arguments/service'],
    requests((asked) => (asked['command'] === 'status' && asked['service'] === undefined ? { ...asked, service: 'registryd' } : asked)),
  ),
  control(
    'command-in-any-case',
    'a command may be written in capitals',
    ['errors/commands/case', 'errors/arguments/command'],
    requests((asked) => (typeof asked['command'] === 'string' ? { ...asked, command: asked['command'].toLowerCase() } : asked)),
  ),
  control(
    'command-shortened',
    'a command may be written with blanks around it',
    ['errors/commands/spelling'],
    requests((asked) => (typeof asked['command'] === 'string' ? { ...asked, command: asked['command'].trim() } : asked)),
  ),
  control(
    'name-with-blanks',
    'blanks around the name of a service are left out',
    ['errors/names/blanks'],
    requests((asked) => (typeof asked['service'] === 'string' ? { ...asked, service: asked['service'].trim() } : asked)),
  ),
  control(
    'name-in-its-case-only',
    'the name of a service is known in its own case only',
    ['answers/status/any-case'],
    requests((asked, link) => {
      const { service } = asked;
      if (typeof service !== 'string' || service === service.toLowerCase()) return asked;
      link.answer(refusal('UNKNOWN_SERVICE'));
      return null;
    }),
  ),
  control(
    'unknown-command-malformed',
    'a command that nobody knows is malformed',
    ['errors/arguments/command'],
    recode('INVALID_COMMAND', 'MALFORMED_REQUEST'),
  ),
  control(
    'arguments-are-commands',
    'wrong arguments have the code of an unknown command',
    ['errors/arguments/service'],
    recode('INVALID_ARGUMENTS', 'INVALID_COMMAND'),
  ),
  control(
    'unknown-service-as-argument',
    'a service that nobody knows has the code of wrong arguments',
    ['errors/arguments/unknown-service'],
    recode('UNKNOWN_SERVICE', 'INVALID_ARGUMENTS'),
  ),
  control(
    'unknown-operation-as-service',
    'an operation that nobody knows has the code of a service',
    ['errors/arguments/operation-id'],
    recode('UNKNOWN_OPERATION', 'UNKNOWN_SERVICE'),
  ),
  control(
    'invalid-state-as-internal',
    'what the state forbids is told as an internal error',
    ['matrix/reload/inactive'],
    recode('INVALID_STATE', 'INTERNAL_ERROR'),
  ),
  control('shutdown-type-guessed', 'a shutdown of an unknown type is refused as unknown command', ['errors/arguments/shutdown-type'], {
    line: (text, asked) => [
      asked?.['command'] === 'shutdown' && objectOf(text)?.['status'] === 'error'
        ? text.replace('INVALID_ARGUMENTS', 'INVALID_COMMAND')
        : text,
    ],
  }),
];
