import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { python, sendLingering } from '../../../support/lingering.ts';
import { notifies, perl } from '../../../support/perl.ts';
import { shell, withServices } from '../../../support/services.ts';
import type { Attack } from '../attack.ts';
import { ask, attackMs } from '../attack.ts';

type Program = ReturnType<typeof shell>;

/** A service that makes noise for as long as an attack lasts. */
const noise = (what: string, program: Program): Attack => ({
  what,
  who: 'root',
  registry: withServices({ noisy: { ...program, Readiness: 'Alive', StopTimeout: 1, FdStoreMax: 16, RestartPolicy: 'Never' } }),
  async run() {
    await ask({ command: 'start', service: 'noisy' });
    await pause(attackMs);
    await ask({ command: 'stop', service: 'noisy' });
  },
});

/** Number of sendmsg(2), which Perl knows no word for. */
const sendmsg = process.arch === 'arm64' ? 211 : 46;
const storm =
  `${notifies} my $to = pack_sockaddr_un($ENV{NOTIFY_SOCKET}); open(my $null, "<", "/dev/null"); my $text = "FDSTORE=1"; ` +
  'my $part = pack("P Q", $text, length $text); my $rights = pack("Q l l l64", 272, 1, 1, (fileno $null) x 64); ' +
  'my $message = pack("P L x4 P Q P Q l x4", $to, length $to, $part, 1, $rights, length $rights, 0); ' +
  `while (1) { syscall(${sendmsg}, fileno $notify, $message, 0) }`;

/** Closing the last descriptor of such a connection takes thirty seconds, or until its peer is gone. */
const linger = { path: '/run/peinit/notify.sock', datagrams: 6, before: 64, descriptors: 20, seconds: 30, hold: attackMs / 1000 };

const lingering = (interpreter: string): Attack => ({
  what: 'sends the notify socket connections that take half a minute to close',
  who: 'ordinary user',
  async run() {
    execFileSync(interpreter, ['-c', sendLingering(linger)]);
  },
});

/** On the output and the notify socket. */
export const noises: readonly Attack[] = [
  noise('a service writes empty lines', shell('exec yes ""')),
  noise('a service writes short lines to both of its streams', shell('yes short & exec yes other >&2')),
  noise('a service writes long lines', shell('exec yes "$(head -c 100000 /dev/zero | tr "\\\\0" x)"')),
  noise('a service says STATUS= all the time', perl(`${notifies} while (1) { say_to("STATUS=" . ++$n) }`)),
  noise('a service says STATUS= at length', perl(`${notifies} my $long = "x" x 60000; while (1) { say_to("STATUS=$long") }`)),
  noise('a service sends notifications of many lines', perl(`${notifies} my $all = "A=1\\n" x 15000; while (1) { say_to($all) }`)),
  noise('a service wants 64 descriptors kept with each datagram', perl(storm)),
  {
    what: 'sends datagrams to the notify socket',
    who: 'ordinary user',
    async run() {
      const flood = `${notifies} my $end = time + ${attackMs / 1000}; while (time < $end) { say_to("READY=1") for 1..100 }`;
      execFileSync('perl', ['-e', flood]);
    },
  },
  {
    what: 'sends large datagrams to the notify socket',
    who: 'ordinary user',
    async run() {
      const long = 'my $long = "STATUS=" . ("x" x 60000);';
      const flood = `${notifies} ${long} my $end = time + ${attackMs / 1000}; while (time < $end) { say_to($long) }`;
      execFileSync('perl', ['-e', flood]);
    },
  },
  ...(python === null ? [] : [lingering(python)]),
];
