/** Definitions of other service managers, taken over and started. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { bootSettled, cannotRun, said, withServices } from '../support/machine.ts';
import { until } from '../support/wait.ts';
import { fixtures } from '../unit/import/support.ts';

const skip = cannotRun;

const unit = `[Unit]
Description=Says what it got
[Service]
Type=exec
Environment=WORD="two words"
ExecStartPre=/bin/sh -c 'echo "before: \${WORD}" > /run/said'
ExecStart=/bin/sh -c 'echo "main: $0 $1" >> /run/said; exec sleep 1000' \${WORD} $WORD
StandardOutput=journal
`;

t.test('a unit is taken over at once, and starts with the words that systemd would give it', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({}) });
  const write = await machine.run('sh', '-c', `cat > /run/said.service <<'END'\n${unit}END`);
  t.match(write, { status: 0 });
  const imported = await machine.run('peiosctl', 'import', '--from', 'systemd', '--apply', '/run/said.service');
  t.match(imported, {
    status: 0,
    stdout: /^imported \d+ values in 1 key\n$/,
    stderr: /^Not needed here:\n {2}said\.service:8 {2}StandardOutput/,
  });
  t.match(await machine.run('peiosctl', 'start', 'said'), { status: 0 });
  // It is up before its program has said anything.
  const text = (): string => readFileSync(machine.path('/run/said'), 'utf8');
  await until('it has said both', () => text().split('\n').length > 2, { more: text });
  t.equal(text(), 'before: two words\nmain: two words two\n');
});

t.test('without --apply a registry file comes out that can be imported; nothing else is touched', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({}) });
  const conf = readFileSync(`${fixtures}/supervisord.conf`, 'utf8');
  await machine.run('sh', '-c', `cat > /run/supervisord.conf <<'END'\n${conf}END`);
  const script = 'peiosctl import --from supervisord /run/supervisord.conf > /run/out.yaml 2> /run/table; echo $?; peiosctl list';
  t.equal((await machine.run('sh', '-c', script)).stdout.split('\n')[0], '0');
  t.match(await machine.run('peiosctl', 'status', 'php-fpm'), { status: 1, stderr: /UNKNOWN_SERVICE/ });
  t.match(await machine.run('peiosctl', 'registry', 'import', '/run/out.yaml'), { status: 0, stdout: /^imported \d+ values in 5 keys\n$/ });
  t.match(await machine.run('peiosctl', 'import', '--from', 'supervisor', '/run/out.yaml'), {
    status: 2,
    stderr: /is supervisord meant\?/,
  });
  t.match(await machine.run('peiosctl', 'import', '--from', 'systemd', '/run/gone.service'), {
    status: 2,
    stderr: /gone\.service.*cannot be read/,
  });
  t.match(await machine.run('peiosctl', 'import', '--from', 'procfile', '/dev/null'), {
    status: 1,
    stderr: /no service came out of the files/,
  });
});

const served = `[Service]
Type=exec
User=www-data
AmbientCapabilities=CAP_NET_BIND_SERVICE
StateDirectory=served
ExecStart=/bin/sh -c 'grep -E "^(Uid|CapEff|NoNewPrivs):" /proc/self/status > /var/lib/served/status; echo $HOME; exec sleep 1000'
`;

t.test('O-81 DEF-019 a unit with a user runs as that user, with a directory of its own and the port it was given', { skip }, async (t) => {
  const machine = await bootSettled(t, { authority: true });
  await machine.run('sh', '-c', `cat > /run/served.service <<'END'\n${served}END`);
  t.match(await machine.run('peiosctl', 'import', '--from', 'systemd', '--apply', '/run/served.service'), {
    status: 0,
    stdout: /^imported \d+ values in 2 keys\n$/,
    stderr: /AmbientCapabilities +it is granted to the service, as SeBindPrivilegedPortPrivilege/,
  });
  t.match(await machine.run('peiosctl', 'start', 'served'), { status: 0 });
  await machine.reaches('served', (status) => said(status).includes('/var/www'));
  const uid = (await machine.run('id', '-u', 'www-data')).stdout.trim();
  t.equal(
    (await machine.run('cat', '/var/lib/served/status')).stdout,
    `Uid:\t${Array(4).fill(uid).join('\t')}\nCapEff:\t0000000000000400\nNoNewPrivs:\t1\n`,
  );
});
