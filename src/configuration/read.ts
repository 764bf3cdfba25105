import type { EventOf } from '../../gen/events/events.ts';
import { graphValidationError, graphValidationWarning } from '../../gen/events/events.ts';
import { settingDefaults } from '../../gen/settings/facts.ts';
import type { MachineSettings } from '../../gen/settings/types.ts';
import type { RegistryPort } from '../platform/registry.ts';
import { decodeDefinitions } from '../policy/definition/decode.ts';
import type { LoadDefinitions } from '../policy/events.ts';
import type { SettingFinding } from '../policy/settings/settings.ts';
import { decodeSettings, knownSchemaVersion } from '../policy/settings/settings.ts';
import type { TimerHistory } from '../policy/timers/history.ts';
import type { Handled, LoadAnswer } from '../policy/view.ts';
import { phaseOneRegistryd, withRegistryd } from './builtin-registryd.ts';
import { readHistory } from './last-runs.ts';
import type { RegistryModel } from './model.ts';
import { buildRegistryModel, systemKey } from './model.ts';

/**
 * What became of a read: the policy's answer with what was found of the settings that are in force now, or why nothing was read. `fatal`: a
 * boot cannot go on with it.
 */
export type LoadOutcome =
  | { readonly kind: 'read'; readonly answer: LoadAnswer; readonly settings: readonly string[]; readonly fatal: string | null }
  | { readonly kind: 'unread'; readonly message: string };

/**
 * peinit's copy of the registry and the way it is renewed: everything is read at once, and what was read is taken over as a whole or not
 * at all. At most one read is under way; a request that comes meanwhile gets one more read of its own. PSD-007 3.5, GEN-013.
 */
export interface Reader {
  readonly settings: MachineSettings;
  /** Variables of Phase 2 services, KEY=VALUE. */
  readonly globalVariables: readonly string[];
  /** Before there is a registry: registryd alone, by its built-in definition. */
  loadBuiltin(): void;
  load(strict: boolean, done: (outcome: LoadOutcome) => void): void;
  /** When timers fired last, by what was read last; what is wrong with that is told. Nobody can ask for it later. */
  takeHistory(): TimerHistory;
  /** Reads the security descriptors, which need not wait for anything. GEN-017. */
  loadSecurity(): void;
}

export interface ReaderParts {
  readonly registry: Pick<RegistryPort, 'readTree'>;
  readonly submit: (event: LoadDefinitions) => Handled;
  readonly publish: (event: EventOf) => void;
  readonly warn: (text: string) => void;
  /** Zone of the machine, looked for anew. TMR-008. */
  readonly zone: () => string;
  /** Everything was read; it is looked at next, the security descriptors first of all. */
  readonly onRead: (model: RegistryModel) => void;
}

/** What to do with what was read; null: nothing was, for that reason. */
type Request = (model: RegistryModel | null, failure: string) => void;

export function createReader(parts: ReaderParts): Reader {
  let settings: MachineSettings = { ...settingDefaults, schemaVersion: knownSchemaVersion };
  let globalVariables: readonly string[] = [];
  /** Only the boot wants to know. */
  let wantsHistory = true;
  let historyOf: (() => TimerHistory) | null = null;
  let waiting: Request[] = [];
  let reading = false;
  /** What the latest read found of the settings. */
  let found: ReadonlySet<string> = new Set();

  /** A read that somebody asked for tells of everything, others of what is new. EVT-013. */
  function tell(findings: readonly SettingFinding[], strict: boolean): void {
    for (const { key, name, kind, message } of findings) {
      if (!strict && found.has(message)) continue;
      parts.publish(
        (kind === 'warning' ? graphValidationWarning : graphValidationError)({ service: null, field: `${key}\\${name}`, message }),
      );
    }
    found = new Set(findings.map(({ message }) => message));
  }

  function submit(event: LoadDefinitions): LoadAnswer {
    const { answer } = parts.submit(event);
    if (answer === null || answer.kind === 'accepted' || answer.kind === 'settled') throw new Error('the policy did not answer a load');
    return answer;
  }

  /** `strict` refuses settings that are out of order; otherwise their defaults hold. KEY-020. */
  function take(model: RegistryModel, strict: boolean): LoadOutcome {
    const decoded = decodeSettings(model.valuesByKey);
    tell(decoded.findings, strict);
    const broken = decoded.findings.filter((finding) => finding.kind !== 'warning');
    if (strict && broken.length > 0) {
      const code = broken.some((finding) => finding.kind === 'undecodable') ? 'INTERNAL_ERROR' : 'INVALID_STATE';
      return {
        kind: 'read',
        answer: { kind: 'refused', code, message: broken.map((finding) => finding.message).join(' ') },
        settings: [],
        fatal: null,
      };
    }
    const definitions = decodeDefinitions(withRegistryd(model.definitions), model.keys, model.mounts);
    const answer = submit({
      kind: 'load-definitions',
      definitions,
      strict,
      settings: {
        maxParallelStarts: decoded.settings.maxParallelStarts,
        shutdownTimeoutSeconds: decoded.settings.shutdownTimeout,
        bootSuccessGraceSeconds: decoded.settings.bootSuccessGrace,
      },
      zone: parts.zone(),
    });
    if (answer.kind === 'refused') return { kind: 'read', answer, settings: [], fatal: null };
    historyOf = wantsHistory ? () => readHistory(model, definitions, parts.warn) : null;
    settings = decoded.settings;
    globalVariables = model.globalVariables;
    const messages = decoded.findings.map(({ message }) => message);
    return { kind: 'read', answer, settings: messages, fatal: broken.find((finding) => finding.fatal)?.message ?? null };
  }

  function readNext(): void {
    if (reading || waiting.length === 0) return;
    reading = true;
    const requests = waiting;
    waiting = [];
    parts.registry.readTree(systemKey, null, (outcome) => {
      reading = false;
      const model = outcome.ok ? buildRegistryModel(outcome.value) : null;
      if (model !== null) parts.onRead(model);
      for (const request of requests) request(model, outcome.ok ? '' : outcome.message);
      readNext();
    });
  }

  function read(request: Request): void {
    waiting.push(request);
    readNext();
  }

  return {
    get settings() {
      return settings;
    },
    get globalVariables() {
      return globalVariables;
    },
    loadBuiltin() {
      submit({ kind: 'load-definitions', definitions: decodeDefinitions([phaseOneRegistryd], []), strict: false });
    },
    load(strict, done) {
      read((model, failure) => {
        if (model !== null) done(take(model, strict));
        else done({ kind: 'unread', message: `registryd did not deliver ${systemKey}: ${failure}` });
      });
    },
    takeHistory() {
      const history = historyOf?.() ?? new Map();
      wantsHistory = false;
      historyOf = null;
      return history;
    },
    loadSecurity: () => read(() => undefined),
  };
}
