import { definitionFields } from '../../../../gen/definition/facts.ts';
import { nearest } from '../../../../src/registry/nearest.ts';
import { isPrivilege } from '../../../../src/security/privileges.ts';
import { isServiceKey } from '../../../../src/seed/fields.ts';
import { unknownFields } from '../../../../src/seed/unknown-fields.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { mistypedService } from '../../new-service.ts';
import { tellNextStart } from '../../next-start.ts';
import { noPrivilege } from '../../privilege-names.ts';
import { change, createPath } from '../../registry-changes.ts';
import { dataFromWords, isListField } from '../../registry-data.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { UsageError } from '../../usage-error.ts';

export const set: RegistryVerb = {
  text: 'Sets a value; creates the key where it is missing.',
  more: [
    'A known field gets its own type; elsewhere several words are a list, a number is a DWORD, and everything else text. ' +
      'Words that begin with - go behind --.',
    'What peinit would refuse is refused here, and so is a name that is nearly one of a field. A service that is not complete yet is ' +
      'taken over once it is; until then no other change takes effect. A new service with nearly the name of another one is made with ' +
      '--force only.',
    'A shell eats backslashes that are not in quotes; / works between the parts of a key as \\ does.',
  ],
  arguments: [
    { name: 'KEY', is: { kind: 'key' }, text: 'path of the key, its parts separated by / or \\' },
    { name: 'VALUE', is: { kind: 'value' }, text: 'name of the value' },
    { name: 'DATA', is: { kind: 'data' }, text: 'its data; several words are a list', count: 'any' },
  ],
  options: ['type', 'force'],
  examples: [
    { line: 'registry set Machine/System/Services/web StopTimeout 30', text: 'takes effect at once' },
    { line: 'registry set Machine/System/Services/web Arguments -- -c /etc/w.conf', text: 'a list whose first word begins with -' },
    { line: 'registry set Machine/System/Services/web Triggers boot', text: 'starts web with the machine' },
  ],
  async run(registry, context, [path = '', name = '', ...data]) {
    const force = context.options.values.force === true;
    const type = context.options.values['type'];
    // No words are the empty list.
    const mayBeEmpty = type?.toUpperCase() === 'MULTI_SZ' || isListField(path, name);
    if (data.length === 0 && !mayBeEmpty) throw new UsageError('DATA is missing');
    const value = dataFromWords(path, name, data, type);
    const parts = path.split(/[\\/]/);
    const mistyped = force ? null : await mistypedService(registry, parts);
    if (mistyped !== null)
      throw new UsageError(`there is no service ${mistyped.name}; is ${mistyped.meant} meant? --force makes a new one`);
    const doubt = doubtOf(parts, name, data);
    if (doubt !== null) context.complain(doubt.isError && !force ? doubt.message : `warning: ${doubt.message}`);
    if (doubt?.isError === true && !force) {
      context.complain('nothing was set; --force sets it all the same');
      return exitStatus.usage;
    }
    const { result, status } = await change(registry, context, { done: 'set', paths: [parts], piecemeal: true }, async (transaction) => {
      await createPath(registry, parts, transaction);
      return registry.set({ path, name, ...value, transaction });
    });
    if (context.options.json && result !== null) context.print(JSON.stringify(result));
    else if (status === exitStatus.done) await tellNextStart(context, parts, name);
    return status;
  },
};

/** What peinit would take and ignore: where something is nearly right it is a mistake. */
function doubtOf(
  path: readonly string[],
  name: string,
  data: readonly string[],
): { readonly message: string; readonly isError: boolean } | null {
  const [unknown] = unknownFields([{ path, values: [{ name }] }]);
  if (unknown !== undefined) return { message: unknown.message, isError: unknown.meant !== null };
  if (isServiceKey(path) && name.toLowerCase() === definitionFields.requiredPrivileges.name.toLowerCase()) {
    const wrong = data.find((word) => !isPrivilege(word));
    return wrong === undefined ? null : { message: `RequiredPrivileges: ${noPrivilege(wrong)}`, isError: true };
  }
  if (name.toLowerCase() !== 'triggers') return null;
  for (const word of data) {
    const type = word.split(':', 1)[0] ?? '';
    const meant = nearest(type, triggerTypes);
    if (meant !== null && meant !== type) return { message: `Triggers: there is no trigger ${word}; is ${meant} meant?`, isError: true };
  }
  return null;
}

const triggerTypes = ['boot', 'timer'] as const;
