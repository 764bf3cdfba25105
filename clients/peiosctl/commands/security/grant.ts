import type { Acl } from '../../../../src/security/acl.ts';
import type { SecurityDescriptor } from '../../../../src/security/descriptor.ts';
import type { Sid } from '../../../../src/security/sid.ts';
import type { RegistryConnection } from '../../../typescript/registry.ts';
import type { Context } from '../../command.ts';
import type { Argument } from '../../description.ts';
import { readDirectory } from '../../principals.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { decide } from '../../security/decisions.ts';
import { granting, revoking } from '../../security/entries.ts';
import type { Guarded } from '../../security/guarded.ts';
import { objectOf, readGuarded } from '../../security/guarded.ts';
import { Principals } from '../../security/principals.ts';
import { store } from '../../security/store.ts';
import type { Kind } from '../../security/words.ts';
import { commandBits, machineKind, rightNamed, rightWords, serviceKind } from '../../security/words.ts';
import { UsageError } from '../../usage-error.ts';

const who: Argument = {
  name: 'PRINCIPAL',
  is: { kind: 'text' },
  text: 'a user or group of Linux (unix:NAME), an account, a local group, service:NAME, or a SID',
  count: 'optional',
};
const service: Argument = {
  name: 'SERVICE',
  is: { kind: 'service' },
  text: 'the service; none with --machine and --shared',
  count: 'optional',
};
const right: Argument = {
  name: 'RIGHT',
  is: { kind: 'words', words: [...rightWords(serviceKind), 'restart', ...rightWords(machineKind)] },
  text: 'see, start, stop, restart, reload; of the machine shut-down, reload-definitions, see-jobs, stop-jobs',
  count: 'any',
};

export const grant: RegistryVerb = {
  text: 'Lets somebody do something with a service, or with the machine.',
  more: [
    'It holds from the next request on. The descriptor in force gets an entry more; a service that had none of its own has one from then ' +
      'on, and no longer follows what is set for all. What an entry before it denies stays denied, which is told.',
  ],
  arguments: [service, who, right],
  options: ['machine', 'shared'],
  examples: [
    { line: 'security grant web alice see restart', text: 'the user alice sees web, starts and stops it, and nothing else' },
    { line: 'security grant --shared unix:adm see start stop reload', text: 'the group adm of /etc/group manages all services' },
  ],
  run: (registry, context, words) =>
    changeEntries(registry, context, words, true, (acl, sid, bits) => {
      if (bits === null) throw new UsageError('RIGHT... is missing');
      return granting(acl, sid, bits);
    }),
};

export const revoke: RegistryVerb = {
  text: 'Takes from somebody what an entry of its own lets it do.',
  more: ['Without RIGHT all of it. What it may do as a member of a group, or as anybody, stays, which is told.'],
  arguments: [service, who, right],
  options: ['machine', 'shared'],
  examples: [
    { line: 'security revoke web alice', text: 'alice may no longer do anything with web' },
    { line: 'security revoke web Administrators stop', text: 'administrators see it only' },
  ],
  run: (registry, context, words) =>
    changeEntries(registry, context, words, false, (acl, sid, bits, { name, from, kind }, principals) => {
      const after = revoking(acl, sid, bits, kind);
      if (after === null) throw new UsageError(`no entry lets ${principals.nameOf(sid)} do that with ${name}; in force is ${from}`);
      return after;
    }),
};

type NextList = (acl: Acl, sid: Sid, bits: number | null, object: Guarded, principals: Principals) => Acl;

async function changeEntries(
  registry: RegistryConnection,
  context: Context,
  words: readonly string[],
  wanted: boolean,
  next: NextList,
): Promise<number> {
  const machine = await readGuarded(registry);
  const { object, rest } = objectOf(machine, context, words);
  const [text, ...names] = rest;
  if (text === undefined) throw new UsageError('PRINCIPAL is missing');
  const principals = new Principals(machine, await readDirectory(registry));
  const sid = principals.sidOf(text);
  const bits = bitsOf(names, object.kind);
  const before = listed(object);
  const { status, now } = await store(registry, context, object, { ...before, dacl: next(before.dacl, sid, bits, object, principals) });
  for (const line of now === null ? [] : otherwise(now, principals, text, wanted, bits ?? commandBits(object.kind)))
    context.complain(`warning: ${line}`);
  return status;
}

/** Rights that somebody still has, or still has not, by another entry. */
function otherwise({ descriptor, kind }: Guarded, principals: Principals, text: string, wanted: boolean, bits: number): readonly string[] {
  if ('problem' in descriptor) return [];
  const made = decide(descriptor, principals.tokenOf(text), kind, (sid) => principals.nameOf(sid));
  if ('failed' in made) return [];
  const asked = new Set(kind.rights.flatMap(({ bit, words }) => ((bit & bits) === 0 ? [] : [words])));
  return made.decisions
    .filter(({ right, granted }) => asked.has(right) && granted !== wanted)
    .map(({ right, because }) => `${text} still may ${wanted ? 'not ' : ''}${right}: ${because}`);
}

function bitsOf(names: readonly string[], kind: Kind): number | null {
  if (names.length === 0) return null;
  return names.reduce((mask, name) => {
    const bit = rightNamed(name, kind);
    if (bit === null) throw new UsageError(`${name} is no right; there are ${rightWords(kind).join(', ')}`);
    return mask | bit;
  }, 0);
}

function listed({ name, descriptor }: Guarded): SecurityDescriptor & { readonly dacl: Acl } {
  if ('problem' in descriptor)
    throw new UsageError(`the descriptor of ${name} cannot be read; write a sound one with peiosctl security set`);
  const { dacl } = descriptor;
  if (dacl === null) throw new UsageError(`everybody may do everything with ${name}; write a list with peiosctl security set`);
  return { ...descriptor, dacl };
}
