/** The example image, its files laid over this host's root as the Containerfile lays them over Debian, booted as the runtimes boot it. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import t from 'tap';
import { until } from '../support/wait.ts';
import { cannotRun, enter, freshName, listed, project, start, temporaryDirectory } from './sandbox/sandbox.ts';

const recipe = readFileSync(join(project, 'examples/container/Containerfile'), 'utf8');
const seed = join(project, 'examples/container/app.yaml');

/** The words of an instruction in its list form. */
const words = (instruction: string): readonly string[] =>
  JSON.parse(new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(recipe)?.[1] ?? '');
const healthCheck = /^HEALTHCHECK .* CMD (.*)$/m.exec(recipe)?.[1] ?? '';

/** A mount namespace in which the image is at /mnt/root; its process holds it. */
async function makeImage(t: Test): Promise<number> {
  const script = `mount -t tmpfs image /mnt && mkdir /mnt/files /mnt/upper /mnt/work /mnt/root &&
    ${project}/bin/container-root /mnt/files ${seed} >&2 &&
    mount -t overlay image -o lowerdir=/mnt/files:/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root &&
    rm -rf /mnt/root/run/* && echo made && exec cat`;
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => holder.stdin.end());
  for await (const line of createInterface({ input: holder.stdout })) if (line === 'made') return holder.pid ?? 0;
  throw new Error('the image was not made');
}

t.test('the example image', { skip: cannotRun }, async (t) => {
  const image = await makeImage(t);

  function run(kind: string, command: readonly string[], more: readonly string[] = []) {
    const name = freshName();
    const [entry = '', ...rest] = [...words('ENTRYPOINT'), ...command];
    const running = start(
      t,
      [
        ...['--root', '/mnt/root', '--container', kind, '--name', name, ...more, '--init', `/usr/bin/${entry}`],
        ...rest.flatMap((word) => ['--init-arg', word]),
      ],
      { through: ['nsenter', `--mount=/proc/${image}/ns/mnt`] },
    );
    const inside = (...command: readonly string[]) => enter(t, name, command);
    const shows = (pattern: RegExp) =>
      until(`the console shows ${pattern}`, () => pattern.test(running.stdout()), { more: () => running.stdout() + running.stderr() });
    return { name, running, inside, shows };
  }

  for (const kind of ['docker', 'rootless']) {
    t.test(`O-15 O-17 ${kind}: healthy by its health check, and its status is that of the main service when it is stopped`, async (t) => {
      const { name, running, inside, shows } = run(kind, words('CMD'));
      await shows(/app: active/);
      const checked = await inside('sh', '-c', healthCheck);
      t.match({ status: checked.status, stdout: checked.stdout }, { status: 0, stdout: /app.*active/s }, checked.stderr);
      const { pid } = await listed(name);
      process.kill(pid, recipe.match(/^STOPSIGNAL (\S+)$/m)?.[1]);
      const { status, stdout } = await running.ended;
      t.match(stdout, /^app: serving$/m, 'what it writes is on the log of the container');
      t.match(stdout, /app: stopped.*power off/s);
      t.equal(status, 7);
    });
  }

  t.test('nothing of the host is in it: its peinit and its registry are its own', async (t) => {
    const { inside, shows } = run('docker', words('CMD'));
    await shows(/app: active/);
    const { stdout } = await inside('cut', '-d ', '-f5', '/proc/1/mountinfo');
    t.notMatch(stdout, /\/usr\/lib\/peinit|\/work|\/tmp/);
    const { status } = await inside('peiosctl', 'status', 'prepare');
    t.equal(status, 0);
  });

  t.test('an unhealthy main service shows in the health check, and a stop that was asked for keeps the container', async (t) => {
    const { inside, shows } = run('docker', words('CMD'));
    await shows(/app: active/);
    t.equal((await inside('peiosctl', 'stop', 'app')).status, 0);
    t.equal((await inside('sh', '-c', healthCheck)).status, 1);
    t.equal((await inside('peiosctl', 'start', 'app')).status, 0);
    t.equal((await inside('sh', '-c', healthCheck)).status, 0);
  });

  t.test('O-70 the container ends with its main service, and with its status', async (t) => {
    const own = join(temporaryDirectory(t), 'own.json');
    const app = { Arguments: ['-c', 'exit 5'], RestartPolicy: 'Never' };
    writeFileSync(own, JSON.stringify({ 'Machine\\System\\Services\\app': app }));
    const { running } = run('docker', words('CMD'), ['--registry', own]);
    const { status, stdout } = await running.ended;
    t.match(stdout, /going down for poweroff: the main service app has ended/);
    t.equal(status, 5);
  });

  t.test('a container that is started again finds what it left, also a stale /run', async (t) => {
    const keep = temporaryDirectory(t);
    for (const round of ['first', 'second']) {
      const { name, running, inside, shows } = run('docker', words('CMD'), ['--keep', keep]);
      await shows(/app: active/);
      const { stdout } = await inside('sh', '-c', 'cat /var/mark; echo left > /var/mark; ls -d /run/peinit/control.sock');
      t.equal(stdout, round === 'first' ? '/run/peinit/control.sock\n' : 'left\n/run/peinit/control.sock\n');
      // As by `docker kill`: PID 1 removes nothing.
      process.kill((await listed(name)).pid, 'SIGKILL');
      t.equal((await running.ended).status, 137);
    }
  });
});
