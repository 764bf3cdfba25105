import { settingFields } from '../../gen/settings/facts.ts';

const { key, name } = settingFields.maxParallelStarts;

/** A registry file with services that become ready by READY=1, each with what an ordinary definition has. */
export function seedOf(count: number, parallel: number, serviceProgram: string): string {
  const keys: Record<string, object> = { [key]: { [name]: parallel } };
  for (let number = 0; number < count; number++) {
    keys[`Machine\\System\\Services\\bench-${String(number).padStart(4, '0')}`] = {
      DisplayName: `Service ${number} of the boot benchmark`,
      Triggers: ['boot'],
      Identity: 'SYSTEM',
      ImagePath: serviceProgram,
      Readiness: 'Notify',
      RestartPolicy: 'OnFailure',
      RestartDelay: 1,
      StartTimeout: 60,
    };
  }
  return JSON.stringify(keys);
}
