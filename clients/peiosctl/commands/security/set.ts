import { encodeDescriptor } from '../../../../src/security/descriptor.ts';
import { parseSddl } from '../../../../src/security/sddl.ts';
import { wellKnown } from '../../../../src/security/well-known.ts';
import type { RegistryConnection } from '../../../typescript/registry.ts';
import type { Context } from '../../command.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { readDirectory } from '../../principals.ts';
import { change, createPath } from '../../registry-changes.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { decide } from '../../security/decisions.ts';
import type { Guarded } from '../../security/guarded.ts';
import { objectOf, readGuarded } from '../../security/guarded.ts';
import { Principals } from '../../security/principals.ts';
import { showGuarded } from '../../security/print-guarded.ts';
import { UsageError } from '../../usage-error.ts';

export const set: RegistryVerb = {
  text: 'Changes who may do what with a service, or with the machine.',
  more: [
    'It holds from the next request on. SDDL has an owner, a group and a list: O:SYG:SYD:(A;;RIGHTS;;;WHO)... A list replaces the ' +
      'one before it as a whole; the first entry about somebody decides.',
    'RIGHTS on a service: 0x1 see, 0x2 start, 0x4 stop, 0x8 reload, added up; on the machine: 0x1 shut down, 0x2 reload definitions; GA ' +
      'everything. WHO: SY the system, BA administrators, AU everybody with an identity, WD everybody, or a SID.',
  ],
  arguments: [
    { name: 'SERVICE', is: { kind: 'service' }, text: 'the service; none with --machine and --shared', count: 'optional' },
    { name: 'SDDL', is: { kind: 'text' }, text: 'the descriptor, in quotes; none with --inherit', count: 'optional' },
  ],
  options: ['machine', 'shared', 'inherit', 'default', 'force'],
  examples: [
    { line: "security set web 'O:SYG:SYD:(A;;GA;;;SY)(A;;0xf;;;BA)'", text: 'administrators may start it as well' },
    { line: 'security set web --inherit', text: 'what holds for all services holds for web again' },
  ],
  async run(registry, context, words) {
    const { inherit, default: byDefault } = context.options.values;
    const { object, rest } = objectOf(await readGuarded(registry), context, words);
    const [sddl, extra] = rest;
    if (extra !== undefined) throw new UsageError(`there is one argument too many: ${extra}; SDDL stands in quotes`);
    if (inherit === true || byDefault === true) {
      if (sddl !== undefined) throw new UsageError(`${inherit === true ? '--inherit' : '--default'} takes no SDDL`);
      return remove(registry, context, object);
    }
    if (sddl === undefined) throw new UsageError('SDDL is missing');
    return write(registry, context, object, sddl);
  },
};

/** Characters of a text that say where its mistake is. */
const shownOfPlace = 16;

async function write(registry: RegistryConnection, context: Context, object: Guarded, sddl: string): Promise<number> {
  const read = parseSddl(sddl);
  if ('problem' in read) {
    const there = sddl.slice(read.at, read.at + shownOfPlace);
    context.complain(`SDDL, character ${read.at + 1}${there === '' ? ', its end' : ` (${there})`}: ${read.problem}`);
    return exitStatus.usage;
  }
  const data = Buffer.from(encodeDescriptor(read)).toString('base64');
  return changed(registry, context, object, async (transaction) => {
    await createPath(registry, object.key, transaction);
    return registry.set({ path: object.key.join('\\'), name: object.value, type: 'BINARY', data, transaction });
  });
}

async function remove(registry: RegistryConnection, context: Context, object: Guarded): Promise<number> {
  if (object.source !== 'own') {
    context.print(context.shown(`${object.name} has no descriptor of its own; in force is ${object.from}`));
    return exitStatus.done;
  }
  const path = object.key.join('\\');
  return changed(registry, context, object, (transaction) => registry.deleteValue({ path, name: object.value, transaction }));
}

/** One transaction, and what holds afterwards. */
async function changed(
  registry: RegistryConnection,
  context: Context,
  { key }: Guarded,
  act: (transaction: number) => Promise<object>,
): Promise<number> {
  const { result, status } = await change(registry, context, { done: 'set', paths: [key], piecemeal: true }, act);
  if (result === null) return status;
  const machine = await readGuarded(registry);
  const isService = context.options.values.machine !== true && context.options.values.shared !== true;
  const { object } = objectOf(machine, context, isService ? key.slice(-1) : []);
  const principals = new Principals(machine, await readDirectory(registry));
  const nameOf = (sid: string): string => principals.nameOf(sid);
  if (context.options.json) context.print(JSON.stringify(result));
  else for (const line of context.shown(showGuarded(object, nameOf))) context.print(line);
  const lost = lostBySystem(object, principals);
  if (lost.length > 0)
    context.complain(`warning: SYSTEM itself may not ${lost.join(', ')} any more, and so may no service that runs as it`);
  return status;
}

function lostBySystem({ descriptor, kind }: Guarded, principals: Principals): readonly string[] {
  if ('problem' in descriptor) return [];
  const made = decide(descriptor, principals.named(wellKnown.system).token, kind, (sid) => sid);
  return 'failed' in made ? [] : made.decisions.filter(({ granted }) => !granted).map(({ right }) => right);
}
