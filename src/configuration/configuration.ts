import type { Clock } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { RegistryHost, RegistryPort } from '../platform/registry.ts';
import type { Effect } from '../policy/effects.ts';
import { registrydKey } from '../policy/platform-daemons.ts';
import type { Policy } from '../policy/view.ts';
import type { LastRunWriter } from './last-run-writer.ts';
import { createLastRunWriter } from './last-run-writer.ts';
import { systemKey } from './model.ts';
import type { PathsRead } from './provisioned-paths.ts';
import { readPaths } from './provisioned-paths.ts';
import type { Reader, ReaderParts } from './read.ts';
import { createReader } from './read.ts';
import type { Reload } from './reload.ts';
import { createReload } from './reload.ts';
import type { Security } from './security.ts';
import { createSecurity } from './security.ts';
import { createRegistrySession } from './session.ts';

export interface ConfigurationParts extends Pick<ReaderParts, 'submit' | 'publish' | 'zone'> {
  /** Everything was read; it is looked at next. The security descriptors hold already. */
  readonly onRead: () => void;
  /** Tells whoever reads the console. */
  readonly warn: (text: string) => void;
  readonly kernel: Clock;
  readonly loop: Loop;
  /** The registry of this platform, not yet connected. */
  readonly openRegistry: (host: RegistryHost) => RegistryPort;
  readonly policy: Pick<Policy, 'service' | 'machine'>;
  /** The machine has been asked to end: a registry that is lost then is no loss. */
  readonly ending: () => boolean;
}

/** What the registry says, for as long as the machine lives: read at the boot, after every change and on demand. PSD-007 3.5. */
export interface Configuration extends Pick<Reader, 'settings' | 'globalVariables' | 'loadBuiltin'> {
  /** The security descriptors that are in force. */
  readonly security: Security['values'];
  /** Connects and reads one value: null, or why nothing can be read from this registry. */
  probe(done: (failure: string | null) => void): void;
  /** Reads what is to be there before Phase 2, or tells why it cannot. */
  provisionedPaths(done: (outcome: PathsRead | string) => void): void;
  /** Listens for changes from now on, and reads everything for the first time. */
  begin: Reload['first'];
  /** registryd is up again: connect, watch, and take what was missed as a change. */
  resume(): void;
  onEffect(effect: Effect): void;
  /** Reads everything again because somebody wants it. */
  reload: Reload['asked'];
  /** Why what stands in the registry now is not in force; null: it is. */
  refusal: Reload['refusal'];
  /** The machine is about to end: what is still to be written goes out while registryd is there. */
  readonly sendAll: LastRunWriter['sendAll'];
  readonly flush: LastRunWriter['flush'];
  close(): void;
}

export function createConfiguration(parts: ConfigurationParts): Configuration {
  const { kernel, loop, submit, publish, warn, policy } = parts;
  const registry = parts.openRegistry({
    onLost(reason) {
      // Somebody stops or restarts registryd, and knows.
      if (!parts.ending()) session.lost(reason, policy.service(registrydKey)?.state === 'stopping');
    },
  });
  const security = createSecurity(policy);
  const reader = createReader({
    registry,
    submit,
    publish,
    warn,
    zone: parts.zone,
    onRead(model) {
      security.take(model);
      parts.onRead();
    },
  });
  const reload = createReload({ reader, policy, warn });
  const lastRuns = createLastRunWriter({ kernel, loop, registry, warn });
  const session = createRegistrySession({
    kernel,
    loop,
    registry,
    warn,
    onChanged: reload.changed,
    onConnected: lastRuns.resume,
    wanted: () => !parts.ending() && policy.service(registrydKey)?.state === 'active',
  });

  /** The read with which Phase 1 ends. */
  function readVersion(done: (failure: string | null) => void): void {
    const key = `${systemKey}\\Services`;
    registry.query(key, 'SchemaVersion', (outcome) => {
      if (!outcome.ok) return done(`registryd did not pass the probe read of ${key}\\SchemaVersion: ${outcome.message}`);
      done(outcome.value.type === 'DWORD' ? null : `${key}\\SchemaVersion is ${outcome.value.type} and must be REG_DWORD`);
    });
  }

  return {
    get settings() {
      return reader.settings;
    },
    get globalVariables() {
      return reader.globalVariables;
    },
    get security() {
      return security.values;
    },
    loadBuiltin: reader.loadBuiltin,
    probe(done) {
      session.connect((failure) => (failure === null ? readVersion(done) : done(`the registry cannot be reached: ${failure}`)));
    },
    provisionedPaths: (done) => readPaths(registry, done),
    begin(done) {
      // Before the read, so that no change falls between the two. GEN-014.
      session.watch();
      reload.first(done);
    },
    resume: session.resume,
    onEffect(effect) {
      if (effect.kind === 'save-last-run') lastRuns.save(effect);
      else reload.onEffect(effect);
    },
    reload: reload.asked,
    refusal: reload.refusal,
    sendAll: lastRuns.sendAll,
    flush: lastRuns.flush,
    close() {
      lastRuns.close();
      registry.close();
    },
  };
}
