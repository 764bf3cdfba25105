/**
 * Whoever has no query right learns no state: all that a service without it can ask is answered alike, whatever the state is. And what has
 * got away from a service is nobody.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { ControlClient } from '../../../clients/typescript/generated/client.ts';
import { bootSettled, cannotRun, said, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import { asking, asks, control, whoami } from './trespass.ts';

const skip = cannotRun;

/** What is different in any two answers: ids, times, numbers. */
const withoutChance = (line: string): string =>
  line
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/"[^"]*_id":"?\w+"?/g, '')
    .replace(/\d+/g, 'N');

/** Every command about a service or the machine that could tell something, and the stream of events for a while. */
const questions = (operation: string): string => {
  const about = { service: 'hidden', wait: false };
  const requests = [
    ...['status', 'explain', 'start', 'stop', 'restart', 'reload', 'reset'].map((command) => ({ command, ...about })),
    { command: 'operation-status', operation_id: operation },
    ...['list', 'machine-status', 'jobs', 'whoami', 'reload-config'].map((command) => ({ command })),
    { command: 'explain', service: 'needs-hidden' },
    { command: 'status', service: 'needs-hidden' },
  ];
  return `perl -e '
use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0); $s->autoflush(1); connect($s, pack_sockaddr_un("${control}")) or die;
for (@ARGV) { print $s "$_\\n"; print scalar <$s> }' ${requests.map((request) => `'${JSON.stringify(request)}'`).join(' ')}`;
};

/** See by everybody with an identity. */
const seen = { sddl: 'O:SYG:SYD:(A;;GA;;;SY)(A;;0x3;;;AU)' };

t.test(
  'PRIN-006 SEC-006 SEC-013 a service without query right is answered alike by every command, whatever the state is',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      authority: true,
      registry: withServices({
        hidden: { ...shell('test -e /run/fail && exit 3; exec sleep 1000'), Readiness: 'Alive', RestartPolicy: 'Never' },
        'needs-hidden': { ...shell('exit 0'), Type: 'Oneshot', Requires: ['hidden'], ServiceSecurity: seen },
        snoop: { ...shell('. /run/questions'), Type: 'Oneshot', Identity: 'LocalService' },
        reader: {
          ...shell(
            `. /run/asks; exec perl -e 'use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0); $s->autoflush(1);
connect($s, pack_sockaddr_un("${control}")) or die; print $s "{\\"command\\":\\"subscribe\\",\\"since\\":0}\\n"; $| = 1; print while <$s>'`,
          ),
          Readiness: 'Alive',
          Identity: 'LocalService',
        },
      }),
    });
    writeFileSync(machine.path('/run/asks'), asks);
    const client = await machine.client();
    await client.start({ service: 'reader' });
    const first = await client.start({ service: 'hidden' });
    const operation = 'operation_id' in first ? first.operation_id : '';
    t.not(operation, '');
    const transcript = async (): Promise<readonly string[]> => {
      writeFileSync(machine.path('/run/questions'), questions(operation));
      const before = new Set((await client.status({ service: 'snoop', lines: 100 })).output.map(({ job }) => job));
      await client.start({ service: 'snoop' });
      const { output } = await client.status({ service: 'snoop', lines: 100 });
      return output.filter(({ job }) => !before.has(job)).map(({ text }) => withoutChance(text));
    };
    const stateOf = async (control: ControlClient): Promise<string> => (await control.status({ service: 'hidden' })).state;
    t.equal(await stateOf(client), 'active');
    const whenActive = await transcript();
    t.equal(whenActive.length, 15);
    await client.stop({ service: 'hidden' });
    t.equal(await stateOf(client), 'inactive');
    t.strictSame(await transcript(), whenActive, 'inactive like active');
    mkdirSync(machine.path('/run/fail'));
    await client.start({ service: 'hidden' });
    await machine.reaches('hidden', ({ state }) => state === 'failed');
    t.strictSame(await transcript(), whenActive, 'failed like active');
    const told = said(await client.status({ service: 'reader', lines: 200 })).join('\n');
    t.notMatch(told, /"service":"hidden"|\bhidden\b(?!.*needs-hidden)/, 'and no event names it');
  },
);

t.test(
  'ID-001 SEC-029 O-74 O-75 what has got away from a service is nobody once that has ended; its old connection stays',
  { skip },
  async (t) => {
    // What it connected while it was of the service stays what it was; what it connects later does not.
    const asksAfter = `perl -e 'use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0); $s->autoflush(1);

connect($s, pack_sockaddr_un("${control}")) or die; print $s "{\\"command\\":\\"whoami\\"}\\n"; scalar <$s>;
open(my $f, ">", "/run/connected");
until (-e "/run/go") { select(undef, undef, undef, 0.05) } print $s "{\\"command\\":\\"whoami\\"}\\n";
<$s> =~ /"user":"([^"]*)/; print "$1\\n"'; . /run/asks; ${whoami()}; ${asking({ command: 'status', service: 'leaks' })}`;
    const machine = await bootSettled(t, {
      registry: withServices({
        leaks: {
          ...shell(`mkdir -p /sys/fs/cgroup/away
(echo 0 > /sys/fs/cgroup/away/cgroup.procs; { ${asksAfter}; } > /run/said) &
until grep -q . /sys/fs/cgroup/away/cgroup.procs; do sleep 0.05; done; exec sleep 1000`),
          Readiness: 'Alive',
        },
      }),
    });
    writeFileSync(machine.path('/run/asks'), asks);
    const client = await machine.client();
    await client.start({ service: 'leaks' });
    await until('it is away', async () => (await machine.run('cat', '/sys/fs/cgroup/away/cgroup.procs')).stdout !== '');
    await until('it has a connection', () => existsSync(machine.path('/run/connected')));
    const marks = async (): Promise<string> => (await machine.run('ls', '/run/peinit/tokens')).stdout;
    const before = await marks();
    await client.stop({ service: 'leaks' });
    await until('its token is dead', async () => (await marks()) !== before);
    writeFileSync(machine.path('/run/go'), '');
    await until(
      'it has asked',
      () => existsSync(machine.path('/run/said')) && /(?:.*\n){3}/.test(readFileSync(machine.path('/run/said'), 'utf8')),
    );
    t.equal(readFileSync(machine.path('/run/said'), 'utf8'), 'S-1-5-18\nS-1-5-7\nACCESS_DENIED\n');
    await machine.shows(/counts as that of nobody: its mark \(group \d+\) is that of no living token/);
  },
);
