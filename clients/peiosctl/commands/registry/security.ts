import { RegistryFailure } from '../../../../src/registry/failure.ts';
import { keyDescriptorFrom } from '../../../../src/registry/security/given.ts';
import { rightWords } from '../../../../src/registry/security/rights.ts';
import type { Ace } from '../../../../src/security/ace.ts';
import { aceFlag } from '../../../../src/security/ace.ts';
import type { SecurityDescriptor } from '../../../../src/security/descriptor.ts';
import { decodeDescriptor } from '../../../../src/security/descriptor.ts';
import { formatSddl } from '../../../../src/security/sddl.ts';
import type { Sid } from '../../../../src/security/sid.ts';
import { principalName } from '../../../../src/security/well-known.ts';
import type { RegistryConnection } from '../../../typescript/registry.ts';
import { RegistryCallError } from '../../../typescript/registry.ts';
import type { Context } from '../../command.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { table } from '../../paint.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { UsageError } from '../../usage-error.ts';

export const security: RegistryVerb = {
  text: 'Shows or sets who may do what with a key.',
  more: [
    'Without SDDL it shows the descriptor, as SDDL and in words; with it those parts are set that it has: O: the owner, G: the group, ' +
      'D: who may do what, S: audit rules and the integrity label.',
    'Keys below stay as they are: they have taken over what was there when they were made. ' +
      'CI in an entry leaves it to keys that are made below from then on.',
    'KR reads, KA does everything; S-1-22-1-UID is a user of Linux, S-1-22-2-GID a group, peiosctl principal show NAME tells other SIDs.',
  ],
  arguments: [
    { name: 'KEY', is: { kind: 'key' }, text: 'path of the key' },
    { name: 'SDDL', is: { kind: 'text' }, text: 'the descriptor to set, or parts of one', count: 'optional' },
  ],
  examples: [
    { line: 'registry security Machine/System/Services/web', text: 'who may read and change the definition of web' },
    {
      line: "registry security Machine/App 'D:P(A;CI;KA;;;SY)(A;CI;KR;;;AU)'",
      text: 'everybody known may read it and keys made below, only SYSTEM change them',
    },
  ],
  async run(registry, context, [path = '', sddl]) {
    if (sddl !== undefined) return await setSecurity(registry, context, path, sddl);
    const descriptor = await readSecurity(registry, path);
    const shown = formatSddl(descriptor);
    if (context.options.json) context.print(JSON.stringify({ path, sddl: shown }));
    else for (const line of [shown, ...inWords(descriptor)]) context.print(line);
    return exitStatus.done;
  },
};

async function setSecurity(registry: RegistryConnection, context: Context, path: string, sddl: string): Promise<number> {
  try {
    await registry.securitySet({ path, security: Buffer.from(keyDescriptorFrom(sddl)).toString('base64') });
  } catch (error) {
    if (error instanceof RegistryFailure) throw new UsageError(error.message);
    throw error;
  }
  if (context.options.json) context.print(JSON.stringify({ path }));
  return exitStatus.done;
}

/** With the SACL where that may be read. */
async function readSecurity(registry: RegistryConnection, path: string): Promise<SecurityDescriptor> {
  let answer: { readonly security: string };
  try {
    answer = await registry.securityGet({ path, parts: ['owner', 'group', 'dacl', 'sacl'] });
  } catch (error) {
    if (!(error instanceof RegistryCallError) || error.error !== 'EACCES') throw error;
    answer = await registry.securityGet({ path });
  }
  const descriptor = decodeDescriptor(Buffer.from(answer.security, 'base64'));
  if ('malformed' in descriptor) throw new RegistryCallError('EIO', `registryd sent a broken descriptor: ${descriptor.malformed}`);
  return descriptor;
}

const who = (sid: Sid | null): string => (sid === null ? 'nobody' : (principalName(sid) ?? sid));

function inWords({ owner, dacl }: SecurityDescriptor): readonly string[] {
  if (dacl === null) return [`owner ${who(owner)}`, 'there is no list: everybody may do everything'];
  const rows = dacl.aces.map((ace) => [
    ace.kind === 'known' ? ace.type : 'unknown',
    ...(ace.kind === 'known' ? known(ace) : []),
    where(ace),
  ]);
  return [`owner ${who(owner)}`, ...table(rows, (_row, _column, padded) => padded)];
}

const known = ({ sid, mask }: Extract<Ace, { kind: 'known' }>): readonly string[] => [who(sid), rightWords(mask)];

/** What an entry is for. */
function where({ flags }: Ace): string {
  const origin = (flags & aceFlag.inherited) === 0 ? '' : ', inherited';
  if ((flags & aceFlag.containerInherit) === 0) return `this key${origin}`;
  const here = (flags & aceFlag.inheritOnly) === 0 ? 'this key and ' : '';
  const below = (flags & aceFlag.noPropagate) === 0 ? 'below' : 'directly below';
  return `${here}keys made ${below}${origin}`;
}
