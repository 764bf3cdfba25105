/** eventd's configuration as the registry has it now; what was known last while registryd is away. */
import type { RegistryConnection } from '../../../clients/typescript/registry.ts';
import type { TreeNode } from '../../../gen/registry/types.ts';
import { fromWire } from '../../platform/hosted/registry-values.ts';
import { messageOf } from '../daemon/problem.ts';
import { watchKey } from '../daemon/watched-key.ts';
import type { Configuration, ConfigurationNode } from './configuration.ts';
import { eventdKey, readConfiguration } from './configuration.ts';

export interface ConfigurationSource {
  /** It was read once, or could not be; or nothing of that for so long. */
  whenRead(waitMs: number): Promise<void>;
  close(): void;
}

export interface SourceOptions {
  readonly socket: string;
  onRead(configuration: Configuration): void;
  warn(text: string): void;
}

const nodeOf = ({ path, values, denied }: TreeNode): ConfigurationNode => ({
  path,
  ...(denied === true ? { denied } : {}),
  values: values.flatMap(({ name, type, data }) => fromWire(name, type, data) ?? []),
});

export function watchConfiguration({ socket, onRead, warn }: SourceOptions): ConfigurationSource {
  let connection: RegistryConnection | null = null;
  /** Counts what was told of changes, and which of them were read. */
  let version = 0;
  let readVersion = 0;
  let isReading = false;
  let told: readonly string[] = [];
  const first = Promise.withResolvers<void>();

  /** Reads until what was read is what holds. */
  async function read(from: RegistryConnection): Promise<void> {
    isReading = true;
    try {
      while (readVersion !== version && connection === from) {
        const at = version;
        const { nodes } = await from.readTree({ path: eventdKey });
        readVersion = at;
        take(nodes.map(nodeOf));
      }
    } finally {
      isReading = false;
    }
  }

  function take(nodes: readonly ConfigurationNode[]): void {
    const configuration = readConfiguration(nodes);
    for (const problem of configuration.problems) if (!told.includes(problem)) warn(problem);
    told = configuration.problems;
    onRead(configuration);
    first.resolve();
  }

  /** The end of the connection is told by its watch; a key that cannot be read is tried again with its next change. */
  function readAgain(from: RegistryConnection): void {
    if (isReading) return;
    read(from).catch((error: unknown) => {
      if (from.failure === null) warn(`${eventdKey} cannot be read: ${messageOf(error)}; what was read before holds`);
    });
  }

  const end = watchKey({
    socket,
    key: eventdKey,
    prepare: async (registry) => void (await registry.create({ path: eventdKey })),
    async begun(registry) {
      connection = registry;
      version += 1;
      await read(registry);
    },
    changed() {
      version += 1;
      if (connection !== null) readAgain(connection);
    },
    lost() {
      connection = null;
    },
    warn(text) {
      warn(text);
      first.resolve();
    },
  });
  return {
    async whenRead(waitMs) {
      const timer = setTimeout(first.resolve, waitMs);
      await first.promise;
      clearTimeout(timer);
    },
    close: end,
  };
}
