import type { TreeNode } from '../../../../gen/registry/types.ts';
import { formatOwn, ownDescriptors } from '../../../../src/registry/security/exported.ts';
import { writeSeed } from '../../../../src/seed/write-seed.ts';
import type { RegistryConnection } from '../../../typescript/registry.ts';
import { RegistryCallError } from '../../../typescript/registry.ts';
import { exitStatus } from '../../exit-statuses.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { wholeHive } from '../../registry-verb.ts';

export const exportKey: RegistryVerb = {
  text: 'Prints a key with all below it as a seed file.',
  more: ['Descriptors of keys are in it where they are not those that the keys would inherit; what you may not read is told and left out.'],
  arguments: [{ name: 'KEY', is: { kind: 'key' }, text: 'path of the key; everything when left out', count: 'optional' }],
  exits: { failed: 'something was left out' },
  examples: [
    { line: 'registry export Machine/System/Services/web >web.yaml', text: 'a file that import takes' },
    { line: 'registry export --json', text: 'the whole registry as JSON' },
  ],
  async run(registry, context, [given = wholeHive]) {
    const path = given.replaceAll('/', '\\');
    const { nodes } = await registry.readTree({ path, security: true });
    const keys = nodes.map((node: TreeNode) => ({
      path: node.path === '' ? path : `${path}\\${node.path}`,
      values: node.values,
      denied: node.denied === true,
      security: node.security === undefined ? null : Buffer.from(node.security, 'base64'),
    }));
    const own = ownDescriptors(keys, await securityAbove(registry, path));
    const read = keys.filter(({ denied }) => !denied);
    const seed = read.map(({ path, values }) => ({ path, values, security: formatOwn(own.get(path)) }));
    process.stdout.write(writeSeed(seed, context.options.json ? 'json' : 'yaml'));
    const lost = [
      ...keys.filter(({ denied }) => denied).map(({ path }) => `${path} is left out with all below it: you may not read it`),
      ...read.filter(({ security }) => security === null).map(({ path }) => `${path} is without its descriptor: you may not read that`),
    ];
    for (const line of lost.slice(0, mostTold)) context.complain(line);
    if (lost.length > mostTold) context.complain(`and ${lost.length - mostTold} more`);
    return lost.length === 0 ? exitStatus.done : exitStatus.failed;
  },
};

const mostTold = 20;

/** Of the key above; null: there is none, or it may not be read. */
async function securityAbove(registry: RegistryConnection, path: string): Promise<Uint8Array | null> {
  const names = path.split('\\').slice(0, -1);
  if (names.length === 0) return null;
  try {
    return Buffer.from((await registry.securityGet({ path: names.join('\\') })).security, 'base64');
  } catch (error) {
    if (error instanceof RegistryCallError && error.error === 'EACCES') return null;
    throw error;
  }
}
