import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { privilegeNames as allNames } from '../../../../gen/security/types.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { hanging, painter } from '../../paint.ts';
import { readDirectory } from '../../principals.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import type { Report } from '../../security/analysis.ts';
import { analyse } from '../../security/analysis.ts';
import { guardOf, readGuarded } from '../../security/guarded.ts';
import { Principals } from '../../security/principals.ts';

export const security: RegistryVerb = {
  text: 'Reports for each service who it is, who may do what with it, and what is weaker than it need be.',
  more: ['It reads the registry, /etc/passwd and /etc/group, and looks who may change the files that run as SYSTEM. Nothing is changed.'],
  arguments: [{ name: 'SERVICE', is: { kind: 'service' }, text: 'one service; all when left out', count: 'optional' }],
  examples: [
    { line: 'analyze security', text: 'all services' },
    { line: 'analyze security web', text: 'one of them' },
  ],
  async run(registry, context, [name]) {
    const machine = await readGuarded(registry);
    // Says which one may be meant.
    if (name !== undefined) guardOf(machine, name);
    const principals = new Principals(machine, await readDirectory(registry));
    const services = machine.services
      .filter((one) => name === undefined || one.name.toLowerCase() === name.toLowerCase())
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    const reports = services.map((service) => analyse(machine, principals, service, writableBy));
    if (context.options.json) {
      for (const report of reports) context.print(JSON.stringify(report));
      return exitStatus.done;
    }
    const paint = painter(context.options.color);
    for (const report of context.shown(reports)) {
      context.print(paint('bold', report.service));
      for (const line of lines(report, context.options.width)) context.print(line);
      context.print('');
    }
    const weak = reports.filter(({ weaknesses }) => weaknesses.length > 0);
    const of = reports.length === 1 ? '1 service' : `${reports.length} services`;
    context.print(
      weak.length === 0
        ? `${of}: nothing is weaker than it need be`
        : `${of}: something to mend in ${weak.map((one) => one.service).join(', ')}`,
    );
    return exitStatus.done;
  },
};

function lines({ identity, privileges, capabilities, may, systemHooks, weaknesses }: Report, width: number | null): readonly string[] {
  const row = (label: string, text: string): readonly string[] => hanging(`  ${label.padEnd(labelWidth)}`, text, width);
  return [
    ...row('runs as', identity ?? 'nobody: it cannot start'),
    ...(identity === null ? [] : row('privileges', privileges.length === allNames.length ? 'all' : listed(privileges))),
    ...(identity === null ? [] : row('capabilities', privileges.length === allNames.length ? 'all that peinit has' : listed(capabilities))),
    ...Object.entries(may).flatMap(([right, who]) => row(`may ${right}`, who.join(', ') || 'nobody')),
    ...(systemHooks.length === 0 ? [] : row('SYSTEM hooks', systemHooks.join(', '))),
    ...weaknesses.flatMap(({ what, remedy }) => [...row('weak', what), ...row('', `remedy: ${remedy}`)]),
  ];
}

const labelWidth = 14;
const most = 6;

/** Of many the first ones: all of them are in the answer of --json. */
const listed = (names: readonly string[]): string =>
  names.length <= most ? names.join(', ') || 'none' : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;

const overflowId = 65534;
const hasAllUsers = (): boolean => /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'latin1'));

/** Of a file, and of a directory who may put another one in its place. */
function changeableBy(path: string): string | null {
  const found = statSync(path);
  const { mode, uid, gid } = found;
  // There everybody may change only what is his.
  const isSticky = found.isDirectory() && (mode & 0o1000) !== 0;
  if ((mode & 0o002) !== 0 && !isSticky) return 'everybody';
  // In a namespace of users this is whoever is not in it, and so nobody there.
  if (uid === overflowId && !hasAllUsers()) return null;
  if (uid !== 0) return `the user ${uid}`;
  return (mode & 0o020) !== 0 && gid !== 0 && !isSticky ? `the group ${gid}` : null;
}

function writableBy(file: string): string | null {
  try {
    // By its own name, for links on the way are somebody's as well, and by where those lead.
    for (const start of [file, realpathSync(file)])
      for (let path = start, above = ''; path !== above; above = path, path = dirname(path)) {
        const who = changeableBy(path);
        if (who !== null) return who;
      }
  } catch {
    // It is not there.
  }
  return null;
}
