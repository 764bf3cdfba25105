/** Mount entries to definitions, by the schema's table of their fields. What is wrong with one harms no other. D-13, O-141. */
import { mountDefaults, mountFields } from '../../../gen/mounts/facts.ts';
import type { MountEntry } from '../../../gen/mounts/types.ts';
import { decodeFields, foldedRows } from './decode-fields.ts';
import type { ServiceDefinition } from './definition.ts';
import { contradiction, mountName, mountService } from './mount.ts';
import { parseMountPoint } from './mount-point.ts';
import { quote } from './problem.ts';
import type { Decoded, Finding, RawDefinition } from './set.ts';
import { foldValueName, indexValues } from './values.ts';

const rows = foldedRows(mountFields);
const { mountPoint: pointRow } = mountFields;
/** What is told of one of them may be why they do not go together. */
const isContradicted: ReadonlySet<string> = new Set(
  [mountFields.device, mountFields.fsType, mountFields.options, mountFields.fsck].map(({ name }) => name),
);

/** Name of the mount that a key below Mounts stands for; without a mount point that can be used it is that of the key. */
export function mountOf(raw: RawDefinition): string {
  const value = indexValues(raw.values).find(foldValueName(pointRow.name));
  const point = value?.type === 'SZ' && typeof value.data === 'string' ? parseMountPoint(value.data) : null;
  return point?.ok === true ? mountName(String(point.value)) : `mount:${raw.name}`;
}

/** @param base a definition with nothing but defaults */
export function decodeMounts(raws: Iterable<RawDefinition>, base: Readonly<Record<string, unknown>>): Decoded[] {
  const byName = new Map<string, Decoded>();
  for (const raw of raws) {
    const decoded = decodeMount(raw, base);
    const earlier = byName.get(decoded.name);
    byName.set(decoded.name, earlier === undefined ? decoded : mountedTwice(earlier, raw.name));
  }
  return withThoseAbove([...byName.values()]);
}

function decodeMount(raw: RawDefinition, base: Readonly<Record<string, unknown>>): Decoded {
  const name = mountOf(raw);
  const findings: Finding[] = [];
  const report = (kind: Finding['kind'], field: string | null, entry: number | null, what: string, remedy: string): void => {
    const place = field === null ? '' : ` ${field}${entry === null ? '' : `[${entry}]`}`;
    findings.push({ service: name, field, message: `service ${name}: entry ${quote(raw.name)}:${place} ${what}. ${remedy}`, kind });
  };
  if (raw.denied === true)
    report('invalid', null, null, 'does not let SYSTEM read it', 'As SYSTEM, set its owner with `peiosctl registry security`.');
  const fields: Record<string, unknown> = { ...mountDefaults };
  if (raw.denied !== true) decodeFields(rows, indexValues(raw.values), fields, report);
  // Every member was read by its row: types, names and syntax are those that the schema states.
  const entry = fields as unknown as MountEntry;
  const against = findings.some(({ field }) => field === null || isContradicted.has(field)) ? null : contradiction(entry);
  if (against !== null) report('invalid', against.field, null, against.what, against.remedy);
  if (findings.length > 0) return { name, definition: null, findings };
  return { name, definition: { ...base, ...mountService(entry) } as unknown as ServiceDefinition, findings };
}

function mountedTwice(earlier: Decoded, key: string): Decoded {
  const message = `service ${earlier.name}: its mount point is that of another entry as well, ${quote(key)}. Keep one of them.`;
  return {
    ...earlier,
    definition: null,
    findings: [...earlier.findings, { service: earlier.name, field: 'MountPoint', message, kind: 'invalid' }],
  };
}

/** Empty above the first name. */
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** What lies on another mount, or is mounted below it, needs that one. O-141. */
function withThoseAbove(all: readonly Decoded[]): Decoded[] {
  const points = new Set(all.flatMap(({ definition }) => definition?.mount?.point ?? []));
  const nearest = (path: string, own: string): string | undefined => {
    let above = path;
    while (above !== '' && (above === own || !points.has(above))) above = parentOf(above);
    return above === '' ? undefined : above;
  };
  return all.map((decoded): Decoded => {
    const { definition } = decoded;
    const plan = definition?.mount;
    if (definition === null || plan === undefined) return decoded;
    const needed = [nearest(parentOf(plan.point), plan.point), nearest(plan.device, plan.point)].flatMap((point) =>
      point === undefined ? [] : [mountName(point)],
    );
    const requires = [...new Set([...definition.requires, ...needed])];
    return { ...decoded, definition: { ...definition, requires } };
  });
}
