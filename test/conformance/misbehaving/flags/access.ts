/** Who may what. */
import type { Flag } from '../flag.ts';
import { flag, refusals } from '../flag.ts';

const control = flag('control');

export const accessFlags: readonly Flag[] = [
  control('everybody-is-system', 'nobody is refused anything', ['access/denied/stranger'], { trusts: true }),
  control(
    'denied-is-unknown',
    'what somebody may not is told as not there',
    ['access/denied/stranger'],
    refusals([], (line) => (line['code'] === 'ACCESS_DENIED' ? { ...line, code: 'UNKNOWN_SERVICE' } : line)),
  ),
  control('list-refused', 'list is refused to those who may query nothing', ['access/denied/stranger'], {
    line: (text, asked) => [
      // registryd is there on every machine, and nobody's but SYSTEM's.
      asked?.['command'] === 'list' && !text.includes('"service":"registryd"')
        ? '{"status":"error","code":"ACCESS_DENIED","message":"no"}'
        : text,
    ],
  }),
  control(
    'rights-of-stop',
    'restart needs no right to stop',
    ['access/rights/start'],
    refusals(['restart'], (line, asked) =>
      line['code'] === 'ACCESS_DENIED'
        ? {
            status: 'ok',
            operation_id: '0190f2b4-0000-7000-8000-000000000000',
            service: asked['service'] ?? null,
            state: 'active',
            cause: 'explicit_start',
            warnings: [],
          }
        : line,
    ),
  ),
  control(
    'stranger-reloads-config',
    'everybody may reload the configuration',
    ['access/machine/stranger'],
    refusals(['reload-config'], () => ({
      status: 'ok',
      summary: { added: [], updated: [], restored: [], marked_removed: [], discarded: [] },
      warnings: [],
    })),
  ),
  control(
    'stranger-ends-machine',
    'everybody may end the machine',
    ['access/machine/stranger'],
    refusals(['shutdown'], () => ({ status: 'ok' })),
  ),
  control(
    'names-are-secret',
    'a service that is not there is told as one that somebody may not see',
    ['errors/arguments/unknown-service-for-strangers'],
    refusals([], (line) => (line['code'] === 'UNKNOWN_SERVICE' ? { ...line, code: 'ACCESS_DENIED' } : line)),
  ),
];
