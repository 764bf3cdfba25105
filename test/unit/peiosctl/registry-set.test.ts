/** What a mistyped name of a service leads to, and what is said while a service is not complete. */
import t from 'tap';
import { set } from '../../../clients/peiosctl/commands/registry/set.ts';
import { dataFromWords } from '../../../clients/peiosctl/registry-data.ts';
import { said, tableRegistry } from '../../support/peiosctl.ts';

const services = 'Machine\\System\\Services';
const hello = { ImagePath: '/bin/true' };
const table = () => tableRegistry({ [services]: { SchemaVersion: 1 }, [`${services}\\hello`]: hello });

t.test('a new service with nearly the name of another one is refused, and made with --force', async (t) => {
  const { registry, value } = table();
  const run = async (name: string, ...words: readonly string[]) => {
    const { context, complained } = said(words);
    try {
      return { status: await set.run(registry, context, [`Machine/System/Services/${name}`, 'StopTimeout', '30']), complained };
    } catch (error) {
      return { refused: (error as Error).message };
    }
  };
  t.strictSame(await run('helo'), { refused: 'there is no service helo; is hello meant? --force makes a new one' });
  t.strictSame(await run('registyrd'), { refused: 'there is no service registyrd; is registryd meant? --force makes a new one' });
  t.equal(value(`${services}\\helo`, 'StopTimeout'), undefined);
  t.strictSame(await run('hello'), { status: 0, complained: [] });
  t.equal(value(`${services}\\hello`, 'StopTimeout'), 30);
  t.match(await run('hello-2'), { status: 0 }, 'a number more is no typing error');
  t.match(await run('world'), { status: 0 });
  t.match(await run('helo', '--force'), { status: 0 });
  t.equal(value(`${services}\\helo`, 'StopTimeout'), 30);
});

t.test('a service that is not complete is told with what finishes it and what deletes it', async (t) => {
  const { registry } = table();
  const first = said([]);
  t.equal(await set.run(registry, first.context, ['Machine/System/Services/other', 'StopTimeout', '30']), 0);
  t.strictSame(first.complained, [
    'set. other is not complete (ImagePath is missing), and until it is, no other change takes effect. ' +
      'Set what is missing, or: peiosctl registry delete Machine/System/Services/other',
  ]);
  const warning =
    'changes of the registry are not taken over: nothing was changed: ' +
    'service other: ImagePath is missing. Absolute path of the program. Set it, or delete the key.';
  const second = said([], { machineStatus: async () => ({ warnings: [warning] }) });
  t.equal(await set.run(registry, second.context, ['Machine/System/Services/hello', 'StopTimeout', '30']), 1);
  t.strictSame(second.complained, [
    'set, but not in force: other is not complete (ImagePath is missing), and until it is, no change takes effect. ' +
      'Set what is missing, or: peiosctl registry delete Machine/System/Services/other',
  ]);
});

t.test('what counts from the next start of a running service is told as that', async (t) => {
  const { registry } = table();
  const printed = async (state: string, ...words: readonly string[]): Promise<readonly string[]> => {
    const { context, printed } = said([], { status: async () => ({ state }) });
    t.equal(await set.run(registry, context, words), 0);
    return printed;
  };
  const hello = 'Machine/System/Services/hello';
  t.strictSame(await printed('active', hello, 'Arguments', 'x'), ['counts from the next start: peiosctl restart hello']);
  t.strictSame(await printed('inactive', hello, 'Arguments', 'y'), [], 'it does not run');
  t.strictSame(await printed('active', hello, 'StopTimeout', '5'), [], 'this counts at once');
  const alone = said([]);
  t.equal(await set.run(registry, alone.context, [hello, 'Arguments', 'z']), 0);
  t.strictSame(alone.printed, [], 'there is no peinit to ask');
});

t.test('RequiredPrivileges takes names that there are, and a descriptor its SDDL alone', async (t) => {
  const { registry } = table();
  const key = 'Machine/System/Services/hello';
  const refused = async (name: string) => {
    const { context, complained } = said([]);
    const status = await set.run(registry, context, [key, 'RequiredPrivileges', name]);
    return { status, complained };
  };
  t.strictSame(await refused('CAP_NET_BIND_SERVICE'), {
    status: 2,
    complained: [
      'RequiredPrivileges: there is no privilege CAP_NET_BIND_SERVICE; is SeBindPrivilegedPortPrivilege meant?',
      'nothing was set; --force sets it all the same',
    ],
  });
  t.match((await refused('SeAudit')).complained[0], /is SeAuditPrivilege meant\?/);
  t.strictSame(await refused('SeAuditPrivilege'), { status: 0, complained: [] });
  const words = ['O:SYD:(A;;GA;;;SY)'];
  t.equal(dataFromWords(key, 'ServiceSecurity', words, undefined).type, 'BINARY');
});
