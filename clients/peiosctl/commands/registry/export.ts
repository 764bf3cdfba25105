import type { TreeNode } from '../../../../gen/registry/types.ts';
import { writeSeed } from '../../../../src/seed/write-seed.ts';
import { exitStatus } from '../../exit-statuses.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { wholeHive } from '../../registry-verb.ts';

export const exportKey: RegistryVerb = {
  text: 'Prints a key with all below it as a seed file.',
  arguments: [{ name: 'KEY', is: { kind: 'key' }, text: 'path of the key; everything when left out', count: 'optional' }],
  examples: [
    { line: 'registry export Machine/System/Services/web >web.yaml', text: 'a file that import takes' },
    { line: 'registry export --json', text: 'the whole registry as JSON' },
  ],
  async run(registry, context, [path = wholeHive]) {
    const { nodes } = await registry.readTree({ path });
    const keys = nodes.map((node: TreeNode) => ({ path: node.path === '' ? path : `${path}\\${node.path}`, values: node.values }));
    process.stdout.write(writeSeed(keys, context.options.json ? 'json' : 'yaml'));
    return exitStatus.done;
  },
};
