import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cannotRun, hostMounts, project, standInRuntime, start, temporaryDirectory } from './sandbox.ts';

t.test('the root of a sandbox', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const inside = (command: string, words: readonly string[] = [], cwd = project) =>
    start(t, ['--runtime', runtime, '--project', project, '--no-base', ...words, '--', 'sh', '-c', command], { cwd }).ended;

  t.test('O-08 the host mounts and superblock flags are the same before, during and after', async (t) => {
    const before = hostMounts();
    const machine = start(t, [
      '--runtime',
      runtime,
      '--no-base',
      '--console',
      '--',
      'sh',
      '-c',
      'mount -t tmpfs x /mnt && echo mounted && cat',
    ]);
    await new Promise((resolve) => machine.process.stdout?.once('data', resolve));
    t.equal(hostMounts(), before, 'while it runs');
    machine.process.stdin?.end();
    t.equal((await machine.ended).status, 0);
    t.equal(hostMounts(), before, 'afterwards');
  });

  t.test('what is written inside does not reach the host', async (t) => {
    const { status, stdout } = await inside(
      'echo changed > /etc/hostname && mkdir /made-inside && rm /etc/passwd && cat /etc/hostname; ls /',
    );
    t.equal(status, 0);
    t.match(stdout, /^changed\n/);
    t.match(stdout, /made-inside/);
    t.notOk(existsSync('/made-inside'));
    t.ok(existsSync('/etc/passwd'));
    t.not(readFileSync('/etc/hostname', 'utf8'), 'changed\n');
  });

  t.test(
    'BOOT-009 proc, sysfs (read-only) and /dev are there with their flags before PID 1 starts, and no devtmpfs is mounted',
    async (t) => {
      const { stdout } = await inside('cat /proc/self/mountinfo');
      const mounts = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' '));
      const flagsAt = (path: string) => mounts.filter((fields) => fields[4] === path).map((fields) => fields[5]);
      t.strictSame(flagsAt('/proc'), ['rw,nosuid,nodev,noexec,relatime']);
      t.strictSame(flagsAt('/sys'), ['ro,nosuid,nodev,noexec,relatime']);
      t.strictSame(flagsAt('/dev'), ['rw,nosuid,relatime']);
      t.strictSame(
        mounts.filter((fields) => fields.includes('devtmpfs') && fields[3] === '/'),
        [],
      );
    },
  );

  t.test('the kernel knobs of the host are read-only, those of the own network are not, sysrq is masked', async (t) => {
    const { stdout, stderr } = await inside(
      `echo 1 > /proc/sys/kernel/panic; echo 7 > /proc/sys/net/ipv4/ip_default_ttl && cat /proc/sys/net/ipv4/ip_default_ttl
       touch /sys/x; test ! -e /proc/sysrq-trigger || stat -c %t:%T /proc/sysrq-trigger`,
    );
    t.match(stderr, /\/proc\/sys\/kernel\/panic: Read-only file system/);
    t.match(stderr, /touch: cannot touch '\/sys\/x': Read-only file system/);
    t.equal(stdout, existsSync('/proc/sysrq-trigger') ? '7\n1:3\n' : '7\n', 'sysrq-trigger is /dev/null where the kernel has it');
    t.not(readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'utf8'), '7\n');
  });

  t.test('/dev has the usual nodes and no disk, /tmp is private and empty', async (t) => {
    const { stdout } = await inside('ls /dev; echo --; ls -A /tmp; echo --; head -c 3 /dev/zero | od -An -c; echo x > /dev/null');
    const [nodes, temporary, rest] = stdout.split('--\n');
    t.strictSame(nodes!.trim().split('\n'), [
      'console',
      'fd',
      'full',
      'null',
      'ptmx',
      'pts',
      'random',
      'shm',
      'stderr',
      'stdin',
      'stdout',
      'tty',
      'urandom',
      'zero',
    ]);
    // A project that stands below /tmp is bound there.
    t.equal(temporary, project.startsWith('/tmp/') ? `${project.split('/')[2]}\n` : '');
    t.match(rest, /\\0 +\\0 +\\0\n/);
  });

  t.test('every user can open a pty of the machine once PID 1 has mounted devpts, as it does: without options', async (t) => {
    const open = 'setpriv --reuid 12345 --clear-groups script -qec tty /dev/null';
    const { stdout, status } = await inside(`mount -t devpts -o nosuid,noexec devpts /dev/pts && ${open} && ls /dev/pts`);
    t.match(stdout, /^\/dev\/pts\/0\r\n/);
    t.equal(status, 0);
  });

  t.test('the project and the working directory are bound read-only wherever they lie, and COMMAND starts there', async (t) => {
    const directory = temporaryDirectory(t);
    writeFileSync(join(directory, 'here'), 'found\n');
    const { stdout, stderr } = await inside(`pwd; cat here; touch new; ls ${project}/package.json; touch ${project}/new`, [], directory);
    t.equal(stdout, `${directory}\nfound\n${project}/package.json\n`);
    t.equal(stderr.match(/Read-only file system/g)?.length, 2);
  });

  t.test('a working directory below /run is there too, on a private /run', async (t) => {
    mkdirSync('/run/peinit-sandbox-test', { recursive: true });
    writeFileSync('/run/peinit-sandbox-test/here', '');
    t.teardown(() => rmSync('/run/peinit-sandbox-test', { recursive: true }));
    const { stdout } = await inside('pwd; ls; ls /run', [], '/run/peinit-sandbox-test');
    t.equal(stdout, '/run/peinit-sandbox-test\nhere\npeinit\npeinit-sandbox-test\n');
  });

  t.test('a working directory that the machine itself writes is shown through the root: /, /usr, /tmp', async (t) => {
    const marker = temporaryDirectory(t);
    for (const directory of ['/', '/usr', '/tmp']) {
      const { status, stdout } = await inside(
        'pwd; touch written-here && ls -d usr bin/env peinit-sandbox-test-* 2>/dev/null',
        [],
        directory,
      );
      t.match(stdout, new RegExp(`^${directory}\n`), directory);
      t.not(stdout, `${directory}\n`, `${directory} shows what lies there`);
      t.not(status, 125);
      t.notOk(existsSync(join(directory, 'written-here')));
    }
    t.ok(existsSync(marker));
  });

  t.test('the runtime is at /usr/lib/peinit, read-only, with commands in front of the bundles it has', async (t) => {
    const { stdout } = await inside(
      'ls /usr/lib/peinit; touch /usr/lib/peinit/x 2>/dev/null || echo read-only; node -p 6*7; cat /usr/bin/peinit; ' +
        'ls /usr/sbin/registryd; ls /usr/sbin/eventd',
    );
    t.match(stdout, /^base.yaml\ncommands\nnode\npeinit.mjs\nregistryd.mjs\nread-only\n42\n#!\/bin\/sh\n/);
    t.match(stdout, /UV_THREADPOOL_SIZE=1[\s\S]*\$flags[\s\S]*"--nofile=\$\(ulimit -Sn\):\$\(ulimit -Hn\)" "\$@"\n/);
    t.match(stdout, /\/usr\/sbin\/registryd\n$/, 'and none without its bundle');
  });

  t.test('--root takes another directory as the lower layer, and makes inside what the machine needs', async (t) => {
    const root = temporaryDirectory(t);
    const source = join(temporaryDirectory(t), 'init.c');
    mkdirSync(join(root, 'only-here'));
    writeFileSync(
      source,
      '#include <dirent.h>\n#include <stdio.h>\nint main(void) { DIR *d = opendir("/"); for (struct dirent *e; ' +
        '(e = readdir(d));) puts(e->d_name); return 9; }\n',
    );
    execFileSync('gcc', ['-static', '-o', join(root, 'init'), source]);
    const { stdout, status } = await start(t, ['--runtime', runtime, '--root', root, '--init', '/init']).ended;
    t.equal(status, 9);
    t.strictSame(
      stdout.trim().split('\n').sort(),
      [...new Set(['.', '..', 'dev', 'init', 'only-here', 'proc', 'sys', 'tmp', 'usr', project.split('/')[1]])].sort(),
    );
    t.strictSame(readdirSync(root), ['init', 'only-here'], 'the directory itself is left as it was');
    const missing = await start(t, ['--runtime', runtime, '--root', root, '--init', '/bin/true']).ended;
    t.match(missing, { status: 125, stderr: /cannot execute \/bin\/true inside: No such file or directory/ });
  });

  t.test('a root without what loads a program is told what it lacks', async (t) => {
    const root = temporaryDirectory(t);
    const lacks = /its loader \/lib\S*\/ld-\S+ is missing in the machine's root\. Install there what it belongs to/;
    const words = ['--runtime', runtime, '--root', root];
    const importing = await start(t, [...words, '--', 'true']).ended;
    t.match(importing, { status: 125, stderr: /cannot run the registry import: \/usr\/lib\/peinit\/node: / });
    t.match(importing.stderr, lacks);
    const booting = await start(t, [...words, '--no-base', '--', 'true']).ended;
    t.match(booting, { status: 125, stderr: /cannot execute \/usr\/lib\/peinit\/node inside: / });
    t.match(booting.stderr, lacks);
    writeFileSync(join(root, 'script'), '#! /no/such/shell -x\n', { mode: 0o755 });
    const script = await start(t, [...words, '--init', '/script']).ended;
    t.match(script, { status: 125, stderr: /cannot execute \/script inside: its loader \/no\/such\/shell is missing/ });
  });

  t.test('--layer lays directories over the root, also when they lie below it', async (t) => {
    const layer = temporaryDirectory(t);
    mkdirSync(join(layer, 'usr/bin'), { recursive: true });
    mkdirSync(join(layer, 'new-top'));
    writeFileSync(join(layer, 'usr/bin/env'), 'from the layer\n');
    writeFileSync(join(layer, 'new-top/file'), 'also\n');
    const { stdout, status, stderr } = await inside('cat /usr/bin/env /new-top/file; ls /usr/bin/ls; touch /usr/bin/written', [
      '--layer',
      layer,
    ]);
    t.equal(stdout, 'from the layer\nalso\n/usr/bin/ls\n', stderr);
    t.equal(status, 0);
    t.notOk(existsSync(join(layer, 'usr/bin/written')));
  });

  t.test('--keep finds again what an earlier machine wrote, and serves one machine at a time', async (t) => {
    const keep = join(temporaryDirectory(t), 'kept');
    t.equal((await inside('echo lasting > /etc/kept-file; rm /etc/hostname', ['--keep', keep])).status, 0);
    t.match(await inside('cat /etc/kept-file; ls /etc/hostname', ['--keep', keep]), { stdout: 'lasting\n', status: 2 });
    const first = start(t, ['--runtime', runtime, '--project', project, '--no-base', '--keep', keep, '--', 'sh', '-c', 'echo up; cat']);
    await new Promise((resolve) => first.process.stdout?.once('data', resolve));
    t.match(await inside('true', ['--keep', keep]), { status: 2, stderr: /another machine is kept in .*kept and runs/ });
    first.process.stdin?.end();
    t.equal((await first.ended).status, 0);
  });
});
