import { parseSddl } from '../../../../src/security/sddl.ts';
import type { RegistryConnection } from '../../../typescript/registry.ts';
import type { Context } from '../../command.ts';
import { exitStatus } from '../../exit-statuses.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import type { Guarded } from '../../security/guarded.ts';
import { objectOf, readGuarded } from '../../security/guarded.ts';
import { remove, store } from '../../security/store.ts';
import { UsageError } from '../../usage-error.ts';

export const set: RegistryVerb = {
  text: 'Changes who may do what with a service, or with the machine.',
  more: [
    'It holds from the next request on. SDDL has an owner, a group and a list: O:SYG:SYD:(A;;RIGHTS;;;WHO)... A list replaces the ' +
      'one before it as a whole; the first entry about somebody decides.',
    'RIGHTS on a service: 0x1 see, 0x2 start, 0x4 stop, 0x8 reload, added up; on the machine: 0x1 shut down, 0x2 reload definitions, 0x4 ' +
      'see and 0x8 stop ad-hoc jobs of others; GA everything. WHO: SY the system, BA administrators, AU everybody with an identity, WD ' +
      'everybody, or a SID: S-1-22-1-UID is a user of Linux, S-1-22-2-GID a group.',
    'To add or take away one entry is easier with security grant and security revoke, which take names.',
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
  return (await store(registry, context, object, read)).status;
}
