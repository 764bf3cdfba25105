/** The Go client: its code is clean, its own tests pass, and its examples and its driver work inside a machine. */
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootForClients, lacks, runHere, runIn } from '../support/clients.ts';
import type { Machine } from '../support/machine.ts';
import { cannotRun, project } from '../support/machine.ts';

const home = join(project, 'clients/go');
/** Below the project, so that a machine sees it. */
const programs = join(project, 'build/go');
mkdirSync(programs, { recursive: true });

const missing = lacks(['go', 'version'], 'install Go 1.24 or newer, as go.mod wants it', /go1\.(2[4-9]|[3-9]\d)/);
const raceMissing = missing || lacks(['gcc', '--version'], 'the race detector needs a C compiler');

/** Nothing is fetched: the module has no dependency. */
const env = { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOPROXY: 'off', CGO_ENABLED: '1' };
const go = (...words: readonly string[]): string => runHere(['go', ...words], { cwd: home, env });

t.test('printed and written code is in the form of gofmt, and go vet has nothing to say', { skip: missing }, async (t) => {
  t.equal(runHere(['gofmt', '-l', '.'], { cwd: home }), '');
  t.equal(go('vet', './...'), '');
});

t.test('what is printed for a schema with every option, names in two packages included, compiles', { skip: missing }, async (t) => {
  const tiny = join(programs, 'tiny');
  const stored = join(project, 'test/unit/generator/fixtures/tiny-output/clients/go');
  rmSync(tiny, { recursive: true, force: true });
  for (const path of ['go.mod', 'internal']) cpSync(join(home, path), join(tiny, path), { recursive: true });
  for (const path of globSync('{wire,notify}/**/*.go.txt', { cwd: stored }))
    cpSync(join(stored, path), join(tiny, path.replace(/\.txt$/, '')));
  t.equal(runHere(['gofmt', '-l', '.'], { cwd: tiny }), '');
  t.equal(runHere(['go', 'vet', './internal/...', './wire/...', './notify/...'], { cwd: tiny, env }), '');
});

t.test('the module needs nothing but the standard library', { skip: missing }, async (t) => {
  t.equal(go('list', '-m', 'all').trim(), 'github.com/peios/peinit/clients/go');
});

t.test('its own tests pass under the race detector', { skip: raceMissing, timeout: 600_000 }, async (t) => {
  t.match(go('test', '-race', './...'), /^ok\s/m);
});

/** What the driver says to these lines, without what differs from run to run. */
async function drive(machine: Machine, lines: readonly object[]): Promise<readonly unknown[]> {
  const script = lines.map((line) => JSON.stringify(line)).join('\n');
  const said = await runIn(machine, 'sh', '-c', `${join(programs, 'driver')} <<'END'\n${script}\nEND`);
  return said
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

/** What the driver said, with one word for what differs from run to run or is for people. */
const settled = (said: unknown): unknown =>
  JSON.parse(JSON.stringify(said), (member, value: unknown) => {
    if (member === 'message' || member === 'unsupported') return 'words';
    if (member === 'watch' || member === 'pid') return 0;
    return member === 'job_id' ? 'id' : member === 'at' ? 'at' : value;
  });

t.test('inside a machine', { skip: missing || cannotRun, timeout: 600_000 }, async (t) => {
  go('build', '-o', `${programs}/`, './examples/service', './examples/tool', './driver', './bench');
  const machine = await bootForClients(t, ['clients/go/examples/service.yaml'], { authority: true });
  await runIn(machine, 'cp', join(programs, 'service'), '/usr/local/bin/hello-go');

  await t.test('the tool starts the service, has it reload and stops it', async (t) => {
    const [started, ...rest] = (await runIn(machine, join(programs, 'tool'), 'hello-go')).trim().split('\n');
    t.match(started, /^start: done as operation [0-9a-f-]{36}$/);
    t.strictSame(rest, [
      'status: active',
      'it says: greeting at @hello-go, reloaded',
      'inactive -> starting by explicit_start',
      'starting -> active by explicit_start',
      'active -> reloading by explicit_reload',
      'reloading -> active by explicit_reload',
      'active -> stopping by explicit_stop',
      'stopping -> inactive by explicit_stop',
    ]);
  });

  await t.test('the tool says which service it does not find', async (t) => {
    const { status, stderr } = await machine.run(join(programs, 'tool'), 'nobody');
    t.equal(stderr, 'no service is called nobody\n');
    t.equal(status, 1);
  });

  await t.test('the service goes on with the listener that was kept for it', async (t) => {
    const client = await machine.client();
    await client.start({ service: 'hello-go' });
    await client.restart({ service: 'hello-go' });
    const { output, stored_descriptors } = await machine.reaches('hello-go', (status) =>
      status.output.some(({ text }) => text.startsWith('goes on')),
    );
    t.strictSame(
      output.map(({ text }) => text),
      ['goes on with the listener of the run before'],
    );
    t.strictSame(stored_descriptors, ['listener']);
    await client.stop({ service: 'hello-go' });
  });

  await t.test('the driver tells what the client saw of the control socket, the registry and jobs', async (t) => {
    const key = 'Machine\\System\\Services\\hello-go';
    const said = await drive(machine, [
      { do: 'open', connection: 'c', socket: 'control', path: '/run/peinit/control.sock' },
      { do: 'call', connection: 'c', call: '1', command: 'explain', members: { service: 'nobody' } },
      { do: 'call', connection: 'c', call: '2', command: 'stop', members: { service: 'hello-go', wait: false } },
      { do: 'call', connection: 'c', call: '3', command: 'stop', members: { service: 'hello-go', later: true } },
      { do: 'open', connection: 'r', socket: 'registry', path: '/run/registry/registry.sock' },
      { do: 'stream', connection: 'r', stream: 'w', command: 'watch', members: { path: key } },
      {
        do: 'call',
        connection: 'r',
        call: '4',
        command: 'set',
        members: { path: key, name: 'Big', type: 'QWORD', data: '18446744073709551615' },
      },
      { do: 'take', stream: 'w', count: 1, timeout_ms: 60_000 },
      { do: 'call', connection: 'r', call: '5', command: 'query-all', members: { path: 'Nowhere' } },
      { do: 'answer', call: '5' },
      { do: 'answer', call: '1' },
      { do: 'submit', stream: 'j', path: '/run/peinit/jfs.sock', members: { image_path: '/bin/echo', arguments: ['é "'] } },
      { do: 'take', stream: 'j', count: 9, timeout_ms: 60_000 },
      { do: 'open', connection: 'n', socket: 'control', path: '/run/nowhere' },
    ]);
    const done = { done: true };
    t.strictSame(said.map(settled), [
      done,
      done,
      done,
      { unsupported: 'words' },
      done,
      { answer: { watch: 0 } },
      done,
      { lines: [{ watch: 0, type: 'value_set', path: key, name: 'Big', more: false }], ended: false },
      done,
      { error: { code: 'ENOENT', message: 'words' } },
      { error: { code: 'UNKNOWN_SERVICE', message: 'words' } },
      { answer: { job_id: 'id' } },
      {
        lines: [
          { kind: 'started', pid: 0, at: 'at' },
          { kind: 'output', stream: 'stdout', at: 'at', text: 'é "' },
          { kind: 'ended', at: 'at', lost: 0, final_state: 'completed', exit_code: 0 },
        ],
        ended: true,
      },
      { failed: { kind: 'connection', message: 'words' } },
    ]);
  });

  await t.test('the throughput program asks with a bare socket and through the client', async (t) => {
    for (const mode of ['bare', 'client']) {
      const said: unknown = JSON.parse(
        await runIn(machine, join(programs, 'bench'), '--service', 'hello-go', '--requests', '100', '--mode', mode),
      );
      t.match(said, { mode, requests: 100, seconds: Number });
    }
  });
});
