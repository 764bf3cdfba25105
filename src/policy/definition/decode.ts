/**
 * Registry values to a definition, by the schema's table of fields. All that is wrong with a definition is found in one go; a
 * definition with any finding but warnings is broken, and harms no other. PSD-007 3.2, DEF-070.
 */
import { definitionDefaults, definitionFields } from '../../../gen/definition/facts.ts';
import { adviseOnDefinition } from './advice.ts';
import type { FieldReport } from './decode-fields.ts';
import { decodeFields, foldedRows } from './decode-fields.ts';
import { decodeMounts } from './decode-mounts.ts';
import type { ServiceDefinition } from './definition.ts';
import { foldName, isServiceName } from './names.ts';
import { quote } from './problem.ts';
import { defaultReloadAction } from './reload-action.ts';
import type { Decoded, DefinitionSet, Finding, RawDefinition } from './set.ts';
import { defaultStopSignal } from './signals.ts';
import { indexValues } from './values.ts';

const rows = foldedRows(definitionFields);

/** What fields are without a value; those that are read further than text have theirs in the words of {@link ServiceDefinition}. */
const defaults: Readonly<Record<string, unknown>> = {
  ...definitionDefaults,
  execReload: defaultReloadAction,
  healthCheck: null,
  readinessCheck: null,
  stopSignal: defaultStopSignal,
};

const none: readonly never[] = [];

/** Who may take ownership may do the rest then. */
const letSystemIn = 'As SYSTEM, set its owner with `peiosctl registry security KEY O:SY`, and then who may do what with D:.';

/**
 * @param raws keys below Machine\System\Services, undecoded
 * @param keys full paths of all keys below Machine\System\Services and Machine\System\Init, in any case
 * @param mounts keys below Machine\System\Boot\Mounts, undecoded
 */
export function decodeDefinitions(
  raws: Iterable<RawDefinition>,
  keys: Iterable<string>,
  mounts: Iterable<RawDefinition> = none,
): DefinitionSet {
  const byName = new Map<string, Decoded>();
  for (const raw of raws) {
    const key = foldName(raw.name);
    const earlier = byName.get(key);
    byName.set(key, earlier === undefined ? decodeDefinition(raw) : defineTwice(earlier, raw.name));
  }
  // No service can have such a name, so the mount is the one that is meant.
  for (const mount of decodeMounts(mounts, defaults)) byName.set(foldName(mount.name), asMount(mount, byName.get(foldName(mount.name))));
  const services = [...byName.values()];
  return { services, keys: new Set(Array.from(keys, (path) => path.toLowerCase())) };
}

/** One service by its values alone, for the daemon and for tools that ask beforehand what it would say. */
export function decodeDefinition(raw: RawDefinition): Decoded {
  const { name } = raw;
  const findings: Finding[] = [];
  const report = (kind: Finding['kind'], field: string | null, entry: number | null, what: string, remedy: string): void => {
    const place = field === null ? '' : ` ${field}${entry === null ? '' : `[${entry}]`}`;
    findings.push({ service: name, field, message: `service ${shown(name)}:${place} ${what}. ${remedy}`, kind });
  };

  if (!isServiceName(name)) {
    report('invalid', null, null, 'the name of its key is no service name', 'Rename the key to 1 to 128 characters of A-Z a-z 0-9 . _ -');
  }
  if (raw.denied === true) {
    report('invalid', null, null, 'its key does not let SYSTEM read it', letSystemIn);
    return { name, definition: null, findings };
  }
  const definition = readable(raw, report);
  checkTogether(definition, (field) => findings.some((finding) => finding.field === field && finding.kind !== 'warning'), report);
  if (findings.some(({ kind }) => kind !== 'warning')) return { name, definition: null, findings };
  for (const { field, what, remedy } of adviseOnDefinition(definition)) report('warning', field, null, what, remedy);
  return { name, definition, findings };
}

/** What can be read of a definition, without what does not go together: fields that cannot are as if they were not there, and told. */
export function readable(raw: RawDefinition, report: FieldReport): ServiceDefinition {
  const fields: Record<string, unknown> = { ...defaults, name: raw.name };
  decodeFields(rows, indexValues(raw.values), fields, report);
  // Every member was read by its row: type, names and syntax are those that the schema states.
  return fields as unknown as ServiceDefinition;
}

/** Fields that are right by themselves and wrong together. `isWrong`: that one is told already. */
function checkTogether(definition: ServiceDefinition, isWrong: (field: string) => boolean, report: FieldReport): void {
  const { healthCheck, healthCheckRetries: retries, healthCheckInterval: interval, restartWindow } = definition;
  // A service must be found unhealthy before its restart counter is forgotten, else it would restart for ever. PSD-007 4.2, HC-007.
  if (healthCheck !== null && retries * interval >= restartWindow && !checkFields.some(isWrong)) {
    const what = `times HealthCheckInterval is ${retries * interval} s, but must be less than RestartWindow (${restartWindow} s)`;
    report('invalid', definitionFields.healthCheckRetries.name, null, what, 'Raise RestartWindow, or lower one of the others.');
  }
  const probes = definition.readinessCheck !== null && definition.readiness === 'Notify';
  if (definition.type === 'Simple' && probes && !readinessFields.some(isWrong)) {
    const remedy = 'A program that sends READY=1 needs no check: remove ReadinessCheck, or set Readiness to 1 (Alive).';
    report('invalid', definitionFields.readinessCheck.name, null, 'is for Readiness Alive only, and Readiness is Notify', remedy);
  }
}

const checkFields = [
  definitionFields.healthCheck,
  definitionFields.healthCheckRetries,
  definitionFields.healthCheckInterval,
  definitionFields.restartWindow,
].map(({ name }) => name);
const readinessFields = [definitionFields.type, definitionFields.readiness, definitionFields.readinessCheck].map(({ name }) => name);

const shown = (name: string): string => (isServiceName(name) ? name : quote(name));

function asMount(mount: Decoded, service: Decoded | undefined): Decoded {
  if (service === undefined) return mount;
  const message = `service ${mount.name}: a key below Services has the name of this mount and counts for nothing. Delete the key.`;
  return { ...mount, findings: [...mount.findings, { service: mount.name, field: null, message, kind: 'warning' }] };
}

/** The registry compares names without case, so this is a fault of who read it; none of the two can be told to be right. */
function defineTwice(earlier: Decoded, again: string): Decoded {
  const message = `service ${shown(earlier.name)}: it is defined twice, also as ${quote(again)}. Keep one of the keys.`;
  return {
    name: earlier.name,
    definition: null,
    findings: [...earlier.findings, { service: earlier.name, field: null, message, kind: 'invalid' }],
  };
}
