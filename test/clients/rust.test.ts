/** The Rust client: its code is clean, its own tests pass, and its examples, its driver and its throughput program work in a machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootForClients, lacks, runHere, runIn } from '../support/clients.ts';
import { cannotRun, project } from '../support/machine.ts';

const home = join(project, 'clients/rust');
const examples = join(project, 'build/rust/debug/examples');
const cargo = (...words: readonly string[]): string => runHere([join(project, 'bin/cargo'), ...words]);

const missing = lacks([join(project, 'bin/cargo'), '--version'], 'install Rust 1.71 or newer');
const clippyMissing = missing || lacks([join(project, 'bin/cargo'), 'clippy', '--version'], 'rustup component add clippy rustfmt');

interface Package {
  readonly name: string;
  readonly version: string;
  readonly rust_version: string | null;
}

/** Its manifest states none, its own checks build with this one; only the examples and the driver take it. */
const statedElsewhere: { readonly [name: string]: string } = { 'signal-hook': '1.40' };

const numbers = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return 1000 * major + minor;
};

t.test('each package of the lock file builds with the oldest Rust that is stated', { skip: missing, timeout: 300_000 }, async (t) => {
  const words = ['metadata', '--format-version', '1', '--locked', '--all-features', '--filter-platform', 'x86_64-unknown-linux-gnu'];
  const { packages } = JSON.parse(cargo(...words)) as { readonly packages: readonly Package[] };
  const stated = packages.find(({ name }) => name === 'peinit')?.rust_version ?? '0';
  t.match(readFileSync(join(home, 'Cargo.lock'), 'utf8'), /^version = 3$/m, 'and its form is one that such a cargo reads');
  t.ok(packages.length > 10);
  for (const { name, version, rust_version } of packages) {
    const wanted = rust_version ?? statedElsewhere[name];
    t.ok(wanted !== undefined && numbers(wanted) <= numbers(stated), `${name} ${version} wants ${wanted}, stated is ${stated}`);
  }
});

t.test(
  'printed and written code is in the form of rustfmt, and clippy has nothing to say',
  { skip: clippyMissing, timeout: 600_000 },
  async (t) => {
    t.equal(cargo('fmt', '--check'), '');
    // With the oldest Rust stated, clippy also tells what the standard library did not have then.
    t.equal(cargo('clippy', '--quiet', '--locked', '--lib', '--', '-D', 'warnings'), '');
    t.equal(cargo('clippy', '--quiet', '--locked', '--all-targets', '--features', 'tokio', '--', '-D', 'warnings'), '');
  },
);

t.test('its own tests pass', { skip: missing, timeout: 600_000 }, async (t) => {
  const told = cargo('test', '--quiet', '--locked', '--features', 'tokio', '--lib', '--test', 'link');
  t.match(told, /test result: ok\. [1-9]\d* passed; 0 failed/);
});

t.test('inside a machine', { skip: missing || cannotRun, timeout: 600_000 }, async (t) => {
  cargo('build', '--quiet', '--locked', '--examples', '--features', 'tokio');
  const machine = await bootForClients(t, ['clients/rust/examples/service.yaml'], { authority: true });
  await runIn(machine, 'cp', join(examples, 'service'), '/usr/local/bin/hello-rust');

  await t.test('the tool starts the service, has it reload and stops it', async (t) => {
    const [started, ...rest] = (await runIn(machine, join(examples, 'tool'), 'hello-rust')).trim().split('\n');
    t.match(started, /^start: done as operation [0-9a-f-]{36}$/);
    t.strictSame(rest, [
      'status: active',
      'it says: greeting at @hello-rust, reloaded',
      'inactive -> starting by explicit_start',
      'starting -> active by explicit_start',
      'active -> reloading by explicit_reload',
      'reloading -> active by explicit_reload',
      'active -> stopping by explicit_stop',
      'stopping -> inactive by explicit_stop',
    ]);
  });

  await t.test('the tool says which service it does not find', async (t) => {
    const { status, stderr } = await machine.run(join(examples, 'tool'), 'nobody');
    t.equal(stderr, 'no service is called nobody\n');
    t.equal(status, 1);
  });

  await t.test('the service goes on with the listener that was kept for it', async (t) => {
    const client = await machine.client();
    await client.start({ service: 'hello-rust' });
    await client.restart({ service: 'hello-rust' });
    const { stored_descriptors } = await machine.reaches('hello-rust', (status) =>
      status.output.some(({ text }) => text.startsWith('goes on')),
    );
    t.strictSame(stored_descriptors, ['listener']);
    await client.stop({ service: 'hello-rust' });
  });

  await t.test('the tool for tokio follows its job', async (t) => {
    const said = await runIn(machine, join(examples, 'follow'));
    t.strictSame(said.trim().split('\n'), [
      'it wrote: working',
      'it wrote: done',
      'it ended with exit code Some(0)',
      'the machine is settled',
    ]);
  });

  await t.test('the throughput program asks with a bare socket and through the client', async (t) => {
    for (const mode of ['bare', 'client']) {
      const words = ['--service', 'hello-rust', '--requests', '100', '--mode', mode];
      t.match(JSON.parse(await runIn(machine, join(examples, 'throughput'), ...words)), { mode, requests: 100, seconds: Number });
    }
  });
});
