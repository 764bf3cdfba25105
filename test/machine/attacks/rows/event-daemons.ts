import { setTimeout as pause } from 'node:timers/promises';
import { perl } from '../../../support/perl.ts';
import { shell, withServices } from '../../../support/services.ts';
import type { Attack } from '../attack.ts';
import { ask, attackMs } from '../attack.ts';

/** Listens where process 1 hands over, as root, and does this with each connection. */
const listening = (does: string) =>
  perl(
    'use Socket; $SIG{PIPE} = q(IGNORE); mkdir q(/run/eventd); unlink q(/run/eventd/log.sock); ' +
      'socket(my $at, AF_UNIX, SOCK_STREAM, 0); bind($at, pack_sockaddr_un(q(/run/eventd/log.sock))) or die; listen($at, 8) or die; ' +
      `my $ack = qq({"acked":{"log":0,"event":0}}\\n); while (accept(my $to, $at)) { ${does} }`,
  );

/** An event daemon while services write all they can. */
const daemon = (what: string, does: string): Attack => ({
  what: `an event daemon ${what}, while a service floods`,
  who: 'root',
  registry: withServices({
    eventd: { ...listening(does), Readiness: 'Alive', StopTimeout: 1, RestartPolicy: 'Never' },
    noisy: { ...shell('exec yes "some line that is not empty"'), Readiness: 'Alive', StopTimeout: 1, RestartPolicy: 'Never' },
  }),
  async run() {
    await ask({ command: 'start', service: 'noisy' });
    await ask({ command: 'start', service: 'eventd' });
    await pause(attackMs);
    await ask({ command: 'stop', service: 'noisy' });
    await ask({ command: 'stop', service: 'eventd' });
  },
});

/** On the other end of the link to the event daemon. */
export const eventDaemons: readonly Attack[] = [
  daemon('acknowledges the same all the time and reads nothing', 'my $many = $ack x 2000; while (defined syswrite $to, $many) {}'),
  daemon(
    'reads one byte at a time and acknowledges none',
    'syswrite $to, $ack; while (sysread $to, my $byte, 1) { select(undef, undef, undef, 0.001) }',
  ),
  daemon('hangs up after a few bytes, later each time', 'sysread $to, my $bytes, ++$n; syswrite $to, $ack if $n % 2; close $to;'),
  daemon('answers with a line that never ends', 'my $long = "x" x 65536; while (defined syswrite $to, $long) {} close $to;'),
];
