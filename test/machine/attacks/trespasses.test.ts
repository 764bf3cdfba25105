/** Each row of the table is tried on a machine with an authority, by a service or from outside; what comes of it is compared. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import t from 'tap';
import type { ControlClient } from '../../../clients/typescript/generated/client.ts';
import { container } from '../../support/in-container.ts';
import { python } from '../../support/lingering.ts';
import { matchEach } from '../../support/lists.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, said, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import type { Facts, Logged, Target, Trespass } from './trespass.ts';
import { asks, control, passes } from './trespass.ts';
import { trespasses } from './trespasses.ts';

const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'], Identity: 'LocalService' };
const passing = `
import socket
listener = socket.socket(socket.AF_UNIX); listener.bind("\\0${passes}"); listener.listen()
while True:
    peer, _ = listener.accept()
    own = socket.socket(socket.AF_UNIX); own.connect("${control}")
    socket.send_fds(peer, [b"x"], [own.fileno()]); own.close(); peer.close()`;
const registry = withServices({
  victim: {
    ...sleeper,
    RuntimeDirectories: ['victim'],
    // Its secret lies where everybody may look, so its mode alone guards it.
    ExecStartPre: ['/bin/sh -c "mkdir -p /attacks; install -m 1777 -d /attacks/open"'],
    HookIdentity: 'SYSTEM',
    ...shell('umask 077; echo secret > /attacks/open/secret; exec sleep 1000'),
  },
  other: python === null ? sleeper : { ...sleeper, ImagePath: python, Arguments: ['-c', passing] },
  gone: sleeper,
  /** Starts for as long as nobody says READY=1 for it. */
  waiting: { ...sleeper, Readiness: 'Notify', StartTimeout: 600, Triggers: [] },
  broken: { ...sleeper, ServiceSecurity: { hex: '6a1f93c0de5542' } },
  intruder: { ...shell('. /run/attacks/asks; . /run/attacks/script'), Type: 'Oneshot', Identity: 'LocalService' },
});

/** Programs that would give something to whoever may take it. */
const prepare = `set -e
cp "$(command -v id)" /attacks/set-uid; chmod 4755 /attacks/set-uid
cp "$(command -v grep)" /attacks/capable; setcap cap_net_raw+ep /attacks/capable
setpriv --reuid 1000 --regid 1000 --clear-groups sh -c '/attacks/set-uid -u; /attacks/capable CapEff /proc/self/status'`;

async function targetOf(machine: Machine, client: ControlClient, service: string): Promise<Target> {
  const pid = (await client.status({ service })).current_job?.pid ?? 0;
  const text = readFileSync(machine.path(`/proc/${pid}/status`), 'utf8');
  const numbers = (name: string): readonly number[] =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim().split(/\s+/).map(Number) ?? [];
  const marks = new Set(
    (await machine.run('ls', '/run/peinit/tokens')).stdout
      .split('\n')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
  const mark = numbers('Groups').find((group) => marks.has(group));
  const [uid, gid] = [numbers('Uid')[0], numbers('Gid')[0]];
  if (uid === undefined || gid === undefined || mark === undefined) throw new Error(`${service} has no ids: ${text}`);
  return { pid, uid, gid, mark };
}

type Told = { readonly event?: string | undefined; readonly payload?: object | undefined };

interface Rig {
  readonly machine: Machine;
  readonly client: ControlClient;
  readonly facts: Facts;
  /** What the audit has so far. */
  readonly events: readonly Told[];
}

/** Keeps what the machine tells. */
function follow(client: ControlClient): readonly Told[] {
  const events: Told[] = [];
  const listen = async (): Promise<void> => {
    for await (const line of client.subscribe({ events: ['access.denied', 'notify.rejected'], since: 0 })) events.push(line);
  };
  // It ends with the machine.
  listen().catch(() => undefined);
  return events;
}

const fits = (payload: object, wanted: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(wanted).every(([name, value]) => Reflect.get(payload, name) === value);

async function isLogged({ machine, client, events }: Rig, logged: Logged): Promise<boolean> {
  if ('event' in logged) return events.some(({ event, payload }) => event === logged.event && fits(payload ?? {}, logged.payload));
  if ('console' in logged) return logged.console.test(machine.console());
  return said(await client.status({ service: logged.of, lines: 100 })).some((line) => logged.line.test(line));
}

async function attempt({ machine, client, facts }: Rig, { by, script }: Trespass): Promise<readonly string[]> {
  writeFileSync(machine.path('/run/attacks/script'), script(facts));
  if (by === 'root') {
    const { stdout, stderr } = await machine.run('sh', '-c', '. /run/attacks/asks; . /run/attacks/script');
    return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  }
  const before = new Set((await client.status({ service: 'intruder', lines: 100 })).output.map(({ job }) => job));
  await client.start({ service: 'intruder', wait: true });
  const { output } = await client.status({ service: 'intruder', lines: 100 });
  return output.filter(({ job }) => !before.has(job)).map(({ text }) => text);
}

async function bootVictim(t: Test): Promise<Rig> {
  const machine = await bootSettled(t, { authority: true, registry, limitMs: 120_000 });
  const client = await machine.client();
  const of = (service: string): Promise<Target> => targetOf(machine, client, service);
  const gone = await of('gone');
  await client.stop({ service: 'gone', wait: true });
  mkdirSync(machine.path('/run/attacks'));
  chmodSync(machine.path('/run/attacks'), 0o755);
  writeFileSync(machine.path('/run/attacks/asks'), asks);
  const { stdout, stderr } = await machine.run('sh', '-c', prepare);
  t.match(stdout, /^0\nCapEff:\t0000000000002000\n/, `without peinit these programs give something: ${stderr}`);
  const isDead = async (): Promise<boolean> => !(await machine.run('ls', '/run/peinit/tokens')).stdout.includes(String(gone.mark));
  await until('the token of what has ended is dead', isDead);
  await client.start({ service: 'waiting', wait: false });
  const facts = { victim: await of('victim'), other: await of('other'), gone, container };
  return { machine, client, facts, events: follow(await machine.client()) };
}

t.test('what somebody tries who may not', { skip: cannotRun, timeout: 150_000 }, async (t) => {
  const rig = await bootVictim(t);
  const { machine, client, facts } = rig;
  for (const trespass of trespasses)
    await t.test(
      `${trespass.ids} ${trespass.outcome}: ${trespass.what}`,
      { skip: trespass.needs === null && 'needs python3' },
      async (t) => {
        const lines = await attempt(rig, trespass);
        matchEach(t, lines, trespass.says(facts), `it says ${JSON.stringify(lines)}`);
        for (const logged of trespass.logged?.(facts) ?? [])
          await until(
            `a record: ${JSON.stringify(logged)}`,
            async () => {
              // peinit says some things once a second at most, and the others with the next one.
              if (await isLogged(rig, logged)) return true;
              await attempt(rig, trespass);
              return false;
            },
            { more: machine.console, limitMs: 8_000 },
          );
        const { state, current_job: job } = await client.status({ service: 'victim' });
        t.strictSame([state, job?.pid], ['active', facts.victim.pid], 'nothing has become of its victim');
        t.equal((await client.status({ service: 'waiting' })).state, 'starting', 'nobody is taken for ready');
      },
    );
});
