/** What peiosctl boot-status prints. */
import t from 'tap';
import { formatBootStatus } from '../../../clients/peiosctl/format-boot-status.ts';
import type { BootStatusResponse } from '../../../gen/control/types.ts';

const status: BootStatusResponse = {
  mode: 'full',
  reason: null,
  attempt: 1,
  limit: 3,
  confirmed: false,
  confirmed_at: null,
  waiting_for: [],
  remaining_seconds: 12,
  grace_seconds: 30,
  ends: [],
  phase: 'settled',
};
const text = (change: Partial<BootStatusResponse>): string => formatBootStatus({ ...status, ...change }, null).join('\n');

t.test('O-138 boot-status tells the attempt, whether the boot counts, what it waits for and how others ended', async (t) => {
  t.equal(
    text({}),
    [
      '  mode       full',
      '  attempt    1 of 3',
      '  success    not yet: in 12 s, if the critical services stay up until then (BootSuccessGrace is 30)',
    ].join('\n'),
  );
  t.match(text({ confirmed: true, confirmed_at: '2026-06-01T12:00:00.000000000Z' }), /success {4}yes, 2026-06-01 \d\d:00:00$/);
  t.match(
    text({ remaining_seconds: null, waiting_for: ['db', 'web'] }),
    /must all be up, and stay up for 30 s \(BootSuccessGrace is 30\)\n {2}waits for {2}db, web$/,
  );
  t.match(text({ attempt: 3 }), /attempt {4}3 of 3; the next boot is Recovery if this one does not succeed/);
  t.match(text({ attempt: 9, limit: 0 }), /attempt {4}9; any number may fail \(peios\.bootattempts=0\)/);
  t.match(text({ attempt: null }), /attempt {4}this boot could not be counted/);
  t.match(text({ attempt: 3, confirmed: true }), /attempt {4}3 of 3$/m);
  t.match(text({ phase: 'stopping', remaining_seconds: null }), /success {4}no: the machine shuts down before$/);
  t.match(text({ phase: 'stopping', confirmed: true, confirmed_at: '2026-06-01T12:00:00.000000000Z' }), /success {4}yes/);
  const recovery = text({
    mode: 'recovery',
    attempt: null,
    reason: 'no clock',
    ends: [{ attempt: 2, at: '2026-06-01T12:00:00.000000000Z', reason: 'it broke' }],
  });
  t.equal(
    recovery.replace(/ \d\d:00:00/, ''),
    [
      '  mode       recovery',
      '  reason     no clock',
      '  attempt    none: Recovery is not counted',
      '  success    no: Recovery is none',
      '  boot 2     2026-06-01: it broke',
    ].join('\n'),
  );
});
