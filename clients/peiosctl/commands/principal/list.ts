import type { Directory } from '../../../../src/authority/directory.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { painter, table } from '../../paint.ts';
import { idOf, readDirectory, sidOf } from '../../principals.ts';
import { grantedNames } from '../../privilege-names.ts';
import type { RegistryVerb } from '../../registry-verb.ts';

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly sid: string | null;
  readonly id: number | null;
  readonly privileges: readonly string[];
}

export const list: RegistryVerb = {
  text: 'Lists accounts and groups, and who else has privileges.',
  more: ['Everyone has SeChangeNotifyPrivilege; only what is granted beyond that is shown.'],
  arguments: [],
  examples: [{ line: 'principal list', text: 'all accounts, groups and grants' }],
  async run(registry, context) {
    const rows = rowsOf(await readDirectory(registry));
    if (context.options.json) {
      context.print(JSON.stringify({ principals: rows }));
      return exitStatus.done;
    }
    const cells = rows.map(({ name, kind, sid, id, privileges }) => [
      name,
      kind,
      sid ?? '-',
      id === null ? '-' : `${id}`,
      privileges.join(' ') || '-',
    ]);
    const paint = painter(context.options.color);
    const lines = table([['NAME', 'KIND', 'SID', 'ID', 'PRIVILEGES'], ...context.shown(cells)], (row, _column, padded) =>
      row === 0 ? paint('dim', padded) : padded,
    );
    for (const line of lines) context.print(line.trimEnd());
    return exitStatus.done;
  },
};

function rowsOf(directory: Directory): readonly Row[] {
  const { accounts, groups, grants } = directory.model;
  const named = new Set<string>();
  const rows = [...accounts.values(), ...groups.values()].map((entry): Row => {
    named.add(entry.key.toLowerCase());
    const kind = directory.isAccount(entry) ? (entry.fields.disabled ? 'disabled' : 'account') : 'group';
    return {
      name: entry.name,
      kind: entry.problems.length > 0 ? 'broken' : kind,
      sid: sidOf(directory, entry),
      id: idOf(directory, entry),
      privileges: grantedNames(directory, entry.key.toLowerCase()),
    };
  });
  const others = new Map<string, Row>();
  for (const { principal } of grants) {
    const holder = directory.holderNamed(principal);
    if (holder !== null && named.has(holder)) continue;
    const kind = holder === null ? 'nobody' : 'principal';
    others.set(holder ?? principal, {
      name: principal,
      kind,
      sid: holder,
      id: null,
      privileges: holder === null ? [] : grantedNames(directory, holder),
    });
  }
  return [...rows, ...others.values()];
}
