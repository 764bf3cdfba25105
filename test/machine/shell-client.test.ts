/**
 * The client in shell, which knows of the protocol what gen/wire.json says and nothing else: it reaches every socket, and what it prints
 * of a real machine is what the published schemas say. With the event daemon.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { WireDocument } from '../../spec/plugin/targets/json/wire-document.ts';
import { lineFaults } from '../support/line-schemas.ts';
import { bootSettled, cannotRun, project, shell, withServices } from '../support/machine.ts';

const layer = join(project, '.cache/shell-client');
const skip = cannotRun || (existsSync(layer) ? false : 'jq and socat are missing: bin/setup --only=tools');
const program = join(project, 'examples/shell-client/peinit.sh');

t.test('O-171 a client that only reads gen/wire.json speaks with every socket', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    eventd: true,
    layers: [layer],
    registry: withServices({
      web: { ...shell('echo hello; exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'] },
    }),
  });
  await machine.reaches('eventd', ({ state }) => state === 'active');

  /** Its lines, each held against its schema. */
  const ask = async (where: string, command: string, ...members: readonly string[]): Promise<readonly Line[]> => {
    const { status, stdout, stderr } = await machine.run(program, where, command, ...members);
    t.equal(status, 0, `${where} ${command}: ${stderr}`);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    for (const [index, line] of lines.entries()) {
      const name = index > 0 && existsSync(join(project, `gen/json-schema/${where}/${command}.line.json`)) ? 'line' : 'answer';
      t.equal(lineFaults(`${where}/${command}.${name}`, line), '', JSON.stringify(line));
    }
    return lines;
  };
  /** The status that it ended with, and what it said. */
  const refused = async (...words: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await machine.run(program, ...words);
    t.equal(stdout, '');
    return `${status} ${stderr.trim()}`;
  };

  const [settled] = await ask('control', 'machine-status', 'wait=true');
  t.match(settled, { status: 'ok', phase: 'settled', protocol: { major: Number, minor: Number } });
  t.match((await ask('control', 'status', 'service=web'))[0], { service: 'web', state: 'active' });
  t.match((await ask('control', 'stop', 'service=web'))[0], { state: 'inactive', operation_id: String });
  t.match(
    (await ask('control', 'stop', 'service=web'))[0],
    { state: 'inactive', current_operation: null },
    'the second form of its answer',
  );
  t.match((await ask('control', 'start', 'service=web', 'wait=false'))[0], { operation_id: String });
  for (const command of ['list', 'boot-status', 'timeline', 'whoami', 'output', 'jobs', 'timers', 'reload-config'])
    await ask('control', command);
  await ask('control', 'explain', 'service=web');
  const [, ...events] = await ask('control', 'subscribe', 'events=["service.*"]', 'since=0', 'follow=false');
  t.ok(events.length > 5 && events.every(({ event }) => String(event).startsWith('service.')), `${events.length} events`);

  const key = 'path=Machine\\System\\Services\\web';
  t.match((await ask('registry', 'query', key, 'name=ImagePath'))[0], { id: 1, type: 'SZ', data: '/bin/sh' });
  t.match((await ask('registry', 'read-tree', key))[0], { more: false });
  await ask('registry', 'set', key, 'name=Spare', 'type=QWORD', 'data="18446744073709551615"');
  t.match((await ask('registry', 'query', key, 'name=Spare'))[0], { type: 'QWORD', data: '18446744073709551615' });
  await ask('registry', 'info', key);

  const [, started, ...rest] = await ask('jobs', 'submit', 'image_path=/bin/echo', 'arguments=["one job","é"]');
  t.match(started, { kind: 'started', pid: Number });
  t.strictSame(
    rest.filter(({ kind }) => kind === 'output').map(({ text }) => text),
    ['one job é'],
  );
  t.match(rest.at(-1), { kind: 'ended', final_state: 'completed', exit_code: 0 });

  const [logs = {}] = await ask('output', 'logs', 'services=["web"]', 'most=1');
  t.strictSame(listIn(logs, 'entries', 'text'), ['hello']);
  const [boots = {}] = await ask('output', 'boots');
  t.strictSame(listIn(boots, 'boots', 'current'), [true]);
  await ask('output', 'storage');
  await ask('output', 'events', 'names=["job.*"]');

  t.match(await refused('control', 'status', 'service=nope'), /^1 peinit\.sh: UNKNOWN_SERVICE: no service "nope" is defined/);
  t.match(await refused('registry', 'query', 'path=Machine\\Nowhere', 'name=x'), /^1 peinit\.sh: ENOENT: /);
  t.match(await refused('output', 'logs', 'boot=never'), /^1 peinit\.sh: UNKNOWN_BOOT: /);
  t.match(await refused('jobs', 'submit', 'image_path=nowhere'), /^1 peinit\.sh: INVALID_ARGUMENTS: member "image_path"/);
  t.equal(await refused('control', 'stop'), '2 peinit.sh: stop needs service');
  t.equal(await refused('control', 'start', 'service=web', 'foo=1'), '2 peinit.sh: start has no member foo');
  t.match(await refused('control', 'sing'), /^2 peinit\.sh: no socket of control has a command sing; there are: start, stop, /);
  t.match(await refused('control', 'start', 'service=web', 'wait=yes'), /^2 .*wait must be boolean as JSON/);

  const nowhere = await machine.run('env', 'PEINIT_SOCKET=/run/nowhere.sock', program, 'control', 'list');
  const hint = 'peinit.sh: there is no socket at /run/nowhere.sock; is this inside a machine that peinit runs?\n';
  t.strictSame({ ...nowhere }, { ...nowhere, status: 3, stdout: '', stderr: hint });
  const bare = await machine.run('env', 'PATH=/nowhere', 'WIRE_JSON=/nowhere', '/bin/bash', program, 'protocol');
  t.match(bare, { status: 2, stderr: /peinit\.sh: jq is not installed/ });

  // Facts of another version, and facts that this daemon does not keep to.
  const facts = JSON.parse(readFileSync(join(project, 'gen/wire.json'), 'utf8'));
  const other = async (change: (wire: Changed) => void, ...words: readonly string[]): Promise<string> => {
    const changed = structuredClone(facts);
    change(changed);
    writeFileSync(machine.path('/etc/wire.json'), JSON.stringify(changed));
    const { status, stdout, stderr } = await machine.run('env', 'WIRE_JSON=/etc/wire.json', program, ...words);
    return `${status} ${(stdout + stderr).trim()}`;
  };
  const { major, minor } = (facts as WireDocument).protocol ?? { major: 0, minor: 0 };
  const versions = (word: string, to: string): string => `0 ${word}: the daemon speaks ${major}.${minor}, this client ${to}`;
  const speaking = (version: object) => other((wire) => Object.assign(wire, { protocol: version }), 'protocol');
  t.equal(await other(() => undefined, 'protocol'), versions('same', `${major}.${minor}`));
  t.equal(await speaking({ major, minor: minor + 1 }), versions('older', `${major}.${minor + 1}`));
  t.equal(await speaking({ major: major + 1, minor: 0 }), versions('incompatible', `${major + 1}.0`));
  const commands = (wire: Changed): Changed => wire.packages.control.services.ControlService.commands;
  t.match(
    await other((wire) => Object.assign(commands(wire), { sing: commands(wire).list }), 'control', 'sing'),
    /^1 peinit\.sh: INVALID_COMMAND: /,
    'a command that the daemon does not know',
  );
  const place = 'the line.services[].state must be a number, not string';
  t.equal(
    await other(
      (wire) => {
        wire.packages.control.messages.ListEntry.members.state.type = 'uint32';
      },
      'control',
      'list',
    ),
    `3 peinit.sh: not the protocol: ${place}; ${place}; ${place}`,
    'an answer that is not what the facts say',
  );
});

// biome-ignore lint/suspicious/noExplicitAny: what a test changes in it.
type Changed = any;

interface Line {
  readonly [member: string]: unknown;
}

/** A member of each element of a list. */
const listIn = (line: Line, list: string, member: string): readonly unknown[] => (line[list] as readonly Line[]).map((one) => one[member]);
