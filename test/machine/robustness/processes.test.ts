/** Services that misbehave: they multiply, do not die, die at the wrong moment, or say what is not theirs to say. */

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { notifies, perl } from '../../support/perl.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;

const populated = (machine: Machine, service: string): boolean => machine.processes(service).length > 0;
/** Processes of the machine that nobody has reaped. */
function zombies(machine: Machine): number {
  const proc = machine.path('/proc');
  let count = 0;
  for (const name of readdirSync(proc)) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (/^\d+ \(.*\) Z/s.test(readFileSync(`${proc}/${name}/stat`, 'utf8'))) count++;
    } catch {
      // It ended meanwhile.
    }
  }
  return count;
}

t.test(
  'OP-010 DEF-022 SIG-002 two hundred processes that ignore SIGTERM and fork for ever are all gone after a stop',
  { skip },
  async (t) => {
    const bomb = perl(
      '$SIG{TERM} = "IGNORE"; $SIG{CHLD} = "IGNORE"; for (1..200) { my $pid = fork; ' +
        'if (!defined $pid || $pid == 0) { while (1) { my $child = fork; exit 0 if defined $child && $child == 0; ' +
        'select undef, undef, undef, 0.2 } } } sleep 1000',
    );
    const machine = await bootSettled(t, { registry: withServices({ bomb: { ...bomb, Readiness: 'Alive', StopTimeout: 1 } }) });
    const client = await machine.client();
    await client.start({ service: 'bomb' });
    await until('the processes are there', () => machine.processes('bomb', 'main').length > 200);
    t.match(await client.stop({ service: 'bomb' }), { state: 'inactive', cause: 'explicit_stop' });
    t.notOk(populated(machine, 'bomb'));
    await until('no zombie is left', () => zombies(machine) === 0);
    t.match(await client.start({ service: 'bomb' }), { state: 'active' }, 'it starts again where all was killed');
    t.match(await client.stop({ service: 'bomb' }), { state: 'inactive' });
    t.notMatch(machine.console(), /error:/);
  },
);

t.test('EXEC-010 DEF-021 a pre-hook that hangs is killed by StartTimeout, and by a stop', { skip }, async (t) => {
  const hung = {
    ...shell('exec sleep 1000'),
    Readiness: 'Alive',
    RestartPolicy: 'Never',
    ExecStartPre: ['/bin/sh -c "trap true TERM; sleep 1000 & wait; sleep 1000"'],
  };
  const machine = await bootSettled(t, {
    registry: withServices({ late: { ...hung, StartTimeout: 1 }, stopped: { ...hung, StopTimeout: 1 } }),
  });
  const client = await machine.client();
  t.match(await client.start({ service: 'late' }), { state: 'failed' });
  // The hook is reaped; what it left behind is killed and may take a moment to vanish.
  await until('nothing of the first is left', () => !populated(machine, 'late'));
  await client.start({ service: 'stopped', wait: false });
  await until('the hook runs', () => populated(machine, 'stopped'));
  t.match(await client.stop({ service: 'stopped' }), { state: 'inactive' });
  await until('nothing of the second is left', () => !populated(machine, 'stopped'));
  await until('no zombie is left', () => zombies(machine) === 0);
  t.notMatch(machine.console(), /error:/);
});

t.test('NTF-005 what a service says right before its end still counts', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ brief: { ...perl(`${notifies} say_to("READY=1\\nSTATUS=bye")`), RestartPolicy: 'Never' } }),
  });
  const client = await machine.client();
  const events: string[] = [];
  const reading = (async () => {
    for await (const event of (await machine.client()).subscribe({ events: ['notify.*', 'service.state'] })) {
      if ('event' in event && typeof event.event === 'string') events.push(`${event.event} ${JSON.stringify(event.payload)}`);
    }
  })().catch(() => {});
  for (let round = 0; round < 100; round++) {
    const answer = await client.start({ service: 'brief' });
    if ('state' in answer && answer.state === 'failed')
      return t.fail(`round ${round}: ${JSON.stringify(await client.status({ service: 'brief' }))}`);
    while ((await client.status({ service: 'brief' })).state === 'active');
  }
  const told = (): number => events.filter((event) => /notify.status.*bye/.test(event)).length;
  await until('all was told', () => told() >= 100);
  t.equal(told(), 100);
  await machine.powerOff();
  await reading;
});

t.test('NTF-004 NTF-006 NTF-020 notifications of strangers, children and hooks change nothing, in whatever number', { skip }, async (t) => {
  const liar = perl(
    `${notifies} if (fork == 0) { say_to("READY=1\\nSTATUS=of a child") for 1..20000; exit } wait; say_to("READY=1\\nSTATUS=mine"); ` +
      'sleep 1000',
  );
  const hook = `/usr/bin/perl -e "${notifies} say_to(q(READY=1) . chr(10) . q(STATUS=of a hook)) for 1..100"`;
  const machine = await bootSettled(t, {
    registry: withServices({ liar: { ...liar, ExecStartPre: [hook] } }),
  });
  const client = await machine.client();
  const stranger = machine.run('perl', '-e', `${notifies} say_to("READY=1\\nSTATUS=of a stranger\\nSTOPPING=1") for 1..20000`);
  const seen: (string | null)[] = [];
  const starting = client.start({ service: 'liar' });
  const other = await machine.client();
  for (;;) {
    const status = await other.status({ service: 'liar' });
    if (status.state === 'starting') seen.push(status.status_text);
    if (status.state === 'active' || status.state === 'failed') break;
  }
  t.match(await starting, { state: 'active' });
  t.ok(
    seen.every((text) => text === null),
    `nothing was taken over: ${seen.find((text) => text !== null)}`,
  );
  await machine.reaches('liar', ({ status_text: text }) => text === 'mine');
  await stranger;
  t.match(await client.status({ service: 'liar' }), { state: 'active', status_text: 'mine' });
});

t.test('NTF-011 NTF-021 NTF-022 a status of 65 kB is kept, one of 70 kB and broken datagrams are refused whole', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      large: perl(
        `${notifies} setsockopt($notify, SOL_SOCKET, SO_SNDBUF, pack("i", 1 << 20)); say_to("READY=1\\nrubbish"); ` +
          `say_to("READY=1\\nSTATUS=" . "x" x 70000); say_to("STATUS=\\xff\\nREADY=1"); say_to(""); say_to("=\\nREADY=1"); ` +
          'say_to("STATUS=" . "y" x 65000); say_to("READY=1"); sleep 1000',
      ),
    }),
  });
  const client = await machine.client();
  t.match(await client.start({ service: 'large' }), { state: 'active' });
  t.equal((await client.status({ service: 'large' })).status_text, 'y'.repeat(65_000));
});

t.test('ST-022 services that crash without pause, beside clients that never stop asking, hold up nobody', { skip }, async (t) => {
  const crashing = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `crash-${index}`,
      { ...shell('exit 1'), Readiness: 'Alive', Triggers: ['boot'], RestartDelay: 0, RestartMaxRetries: 1_000_000, RestartWindow: 1 },
    ]),
  );
  const machine = await bootSettled(t, {
    registry: withServices({ ...crashing, app: { ...shell('exec sleep 1000'), Readiness: 'Alive' } }),
  });
  const end = Date.now() + 3000;
  const worst = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const client = await machine.client();
      let slowest = 0;
      while (Date.now() < end) {
        const before = performance.now();
        await Promise.all([client.status({ service: 'crash-1' }), client.list({}), client.status({ service: 'app' })]);
        slowest = Math.max(slowest, performance.now() - before);
      }
      return slowest;
    }),
  );
  t.ok(Math.max(...worst) < 2000, `at worst ${Math.max(...worst).toFixed(0)} ms`);
  const client = await machine.client();
  t.match(await client.start({ service: 'app' }), { state: 'active' });
  for (const name of Object.keys(crashing)) {
    await client.stop({ service: name });
    t.match(await client.status({ service: name }), { state: /inactive|failed/, current_job: null });
  }
  await until('no zombie is left', () => zombies(machine) === 0);
  t.notMatch(machine.console(), /error:/);
});
