import { createIdentityReader } from '../daemon/identities.ts';
import { Problem } from '../daemon/problem.ts';
import { serveUntilTerminated } from '../daemon/process.ts';
import { readIdRules } from './id-rules.ts';
import type { ServeOptions } from './options.ts';
import { program } from './program.ts';
import { createAuthorityRegistry } from './registry.ts';
import { createBatches } from './serve/batches.ts';
import { startServer } from './serve/server.ts';
import { createUserFiles } from './user-files.ts';

/** Whoever starts us gives up later. */
const firstReadMs = 20_000;
/** A file that could not be written is tried again. */
const namesAgainMs = 10_000;

const warn = (text: string): void => console.error(`authd: ${text}`);

/** Serves until it is told to end; the answer is the exit status. Throws Problem. */
export function serve({ socket, registrySocket, etc }: ServeOptions): Promise<number> {
  return serveUntilTerminated(program.name, async (shim, tell) => {
    const files = createUserFiles(shim, etc);
    const registry = createAuthorityRegistry({ socket: registrySocket, onChange: () => void batches.refresh(), warn });
    let status = { given: '', names: '' };
    let told = '';
    const say = (next: Partial<typeof status>): void => {
      status = { ...status, ...next };
      const text = [status.given, status.names].filter((part) => part !== '').join('; ');
      if (text !== told) tell(text);
      told = text;
    };
    let problem: string | null = null;
    const batches = createBatches({
      registry,
      files,
      rules: readIdRules(shim),
      onNames(found) {
        if (found !== null && found !== problem) warn(`given ids have no names: ${found}`);
        problem = found;
        say({ names: found === null ? '' : `without names: ${found}` });
        if (found !== null) setTimeout(() => void batches.refresh(), namesAgainMs).unref();
      },
      onGiven: ({ ids, accounts }) => say({ given: `accounts: ${accounts.size}, ids given: ${ids.size}` }),
      warn,
    });
    if ((await registry.model(firstReadMs)) === null)
      throw new Problem(`the registry has not answered for ${firstReadMs / 1000} s`, 'look at registryd: peiosctl status registryd');
    await batches.refresh();
    await Promise.all((await registry.newServices()).map((request) => new Promise((given) => batches.add(request, given))));
    const server = await startServer({ path: socket, shim, peerOf: createIdentityReader(shim, warn), batches, warn });
    return {
      ready: () => undefined,
      async close() {
        await server.close();
        registry.close();
      },
    };
  });
}
