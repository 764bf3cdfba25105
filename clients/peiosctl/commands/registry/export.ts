import type { TreeNode } from '../../../../gen/registry/types.ts';
import { writeSeed } from '../../../../src/seed/write-seed.ts';
import { exitStatus } from '../../command.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { wholeHive } from '../../registry-verb.ts';

export const exportKey: RegistryVerb = {
  usage: '[KEY]',
  text: 'Prints a key with all below it as a seed file.',
  least: 0,
  most: 1,
  async run(registry, context, [path = wholeHive]) {
    const { nodes } = await registry.readTree({ path });
    const keys = nodes.map((node: TreeNode) => ({ path: node.path === '' ? path : `${path}\\${node.path}`, values: node.values }));
    process.stdout.write(writeSeed(keys, context.options.json ? 'json' : 'yaml'));
    return exitStatus.done;
  },
};
