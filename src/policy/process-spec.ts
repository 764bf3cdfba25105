/** What the processes of a service run with. PSD-007 3.5, 4.1. */
import type { JobType } from '../../gen/service/types.ts';
import type { ServiceDefinition } from './definition/definition.ts';
import type { EnvironmentSources, ProcessSpec } from './effects.ts';
import { isPlatformDaemon } from './platform-daemons.ts';

/**
 * From the snapshot of an activation. Only the main process has directories of its own, may notify and takes what is stored; the others
 * work from the root. EXEC-037.
 *
 * @param key the folded name of the service
 */
export function processSpec(
  key: string,
  type: JobType,
  definition: ServiceDefinition,
  { watchdogUsec, mainPid }: Pick<ProcessSpec, 'watchdogUsec' | 'mainPid'>,
): ProcessSpec {
  const isMain = type === 'service_main';
  return {
    environment: definition.environment,
    globalVariables: !isPlatformDaemon(key),
    workingDirectory: isMain ? definition.workingDirectory : '/',
    limits: { nofile: definition.limitNofile ?? null, core: definition.limitCore ?? null },
    critical: definition.errorControl === 'Critical',
    runtimeDirectories: isMain ? definition.runtimeDirectories : [],
    notifies: isMain,
    takesStored: isMain,
    keepsStored: isMain && definition.fdStoreKeep,
    watchdogUsec,
    mainPid: type === 'post_exec_hook' || type === 'reload_hook' ? mainPid : null,
  };
}

/** What a service runs as itself: all but its hooks, and those too where no HookIdentity is set. ID-010, ID-015, ID-016, ID-020. */
export const ownIdentity = ({
  identity,
  requiredPrivileges,
}: ServiceDefinition): { readonly identity: string; readonly requiredPrivileges: readonly string[] | null } => ({
  identity,
  requiredPrivileges: requiredPrivileges ?? null,
});

/** Null: nothing is read for its processes. */
export function environmentSources({ accountEnvironment, environmentFile: path }: ServiceDefinition): EnvironmentSources | null {
  if (path === undefined) return accountEnvironment ? { file: null, account: true } : null;
  const required = !path.startsWith('-');
  return { file: { path: required ? path : path.slice(1), required }, account: accountEnvironment };
}
