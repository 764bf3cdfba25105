import { settingFields } from '../../gen/settings/facts.ts';

const { key, name } = settingFields.maxParallelStarts;

/** Identity of the service with that number, and what the registry has to have for it. */
export interface Identities {
  readonly of: (number: number) => string;
  readonly keys: (count: number) => Record<string, object>;
}

export const everySystem: Identities = { of: () => 'SYSTEM', keys: () => ({}) };

/** A registry file with services that become ready by READY=1, each with what an ordinary definition has. */
export function seedOf(
  count: number,
  parallel: number,
  serviceProgram: string,
  identities: Identities = everySystem,
  words: readonly string[] = [],
): string {
  const keys: Record<string, object> = { [key]: { [name]: parallel }, ...identities.keys(count) };
  for (let number = 0; number < count; number++) {
    keys[`Machine\\System\\Services\\bench-${String(number).padStart(4, '0')}`] = {
      DisplayName: `Service ${number} of the boot benchmark`,
      Triggers: ['boot'],
      Identity: identities.of(number),
      ImagePath: serviceProgram,
      ...(words.length === 0 ? {} : { Arguments: words }),
      Readiness: 'Notify',
      RestartPolicy: 'OnFailure',
      RestartDelay: 1,
      StartTimeout: 60,
    };
  }
  return JSON.stringify(keys);
}
