import type { SpawnRequest } from '../kernel/kernel.ts';

/**
 * A process of peinit's own, outside all services: as peinit itself, in the root directory, with an empty environment, /dev/null for
 * each standard stream, and nothing kept or limited, unless `more` says otherwise.
 *
 * @param path absolute path of the program
 */
export const plainProcess = (path: string, words: readonly string[], more: Partial<SpawnRequest>): SpawnRequest => ({
  path,
  argv: [path, ...words],
  environment: [],
  ownPidVariables: [],
  workingDirectory: '/',
  cgroup: -1,
  stdin: -1,
  stdout: -1,
  stderr: -1,
  stored: [],
  limits: [],
  oomScoreAdj: null,
  projection: null,
  remote: false,
  ...more,
});
