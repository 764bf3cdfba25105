/** Descriptors that guard services and the machine: one that cannot be evaluated makes every request about them fail. SEC-028, O-64. */
import { mountFields } from '../../gen/mounts/facts.ts';
import { settingFields } from '../../gen/settings/facts.ts';
import { systemKey } from '../configuration/model.ts';
import type { RegistryNode } from '../platform/registry.ts';
import type { DescriptorValue } from '../policy/definition/security.ts';
import { controlSecurityIn, serviceSecurityIn } from '../policy/definition/security.ts';
import { soundness } from '../security/soundness.ts';
import type { Objection } from './judge.ts';

/** @param nodes all below Machine\System, their paths relative to it */
export function judgeDescriptors(nodes: readonly RegistryNode[]): readonly Objection[] {
  return nodes.flatMap(({ path, values }): readonly Objection[] => {
    const [area = '', name, ...below] = path.split('\\');
    const key = `${systemKey}\\${path}`;
    const [entry, ...further] = below;
    if (entry !== undefined && further.length === 0 && isKey(`${area}\\${name}`, 'Boot\\Mounts'))
      return judged(serviceSecurityIn(values), key, mountFields.serviceSecurity.name, `the mount of ${entry}`);
    if (below.length > 0) return [];
    if (isKey(key, settingFields.controlSecurity.key))
      return judged(controlSecurityIn(values), key, settingFields.controlSecurity.name, 'the machine');
    if (isKey(`${systemKey}\\${area}`, settingFields.serviceSecurity.key)) {
      const about = name === undefined ? 'a service without one of its own' : name;
      return judged(serviceSecurityIn(values), key, settingFields.serviceSecurity.name, about);
    }
    return [];
  });
}

const isKey = (key: string, other: string): boolean => key.toLowerCase() === other.toLowerCase();

function judged(value: DescriptorValue | null, path: string, name: string, about: string): readonly Objection[] {
  if (value === null) return [];
  const { problem, warning } = value instanceof Uint8Array ? soundness(value) : { problem: value.problem, warning: null };
  const whole = `${path}\\${name}`;
  const remedy = `Until it is corrected or removed, every request about ${about} fails with INTERNAL_ERROR.`;
  if (problem !== null) return [{ weight: 'unusable', path, name, message: `${whole} ${problem}. ${remedy}` }];
  return warning === null ? [] : [{ weight: 'warning', path, name, message: `${whole} ${warning}. An empty one (D:) lets nobody.` }];
}
