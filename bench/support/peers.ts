/** Programs of others that are measured beside ours. Nothing of them is installed. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { project } from './programs.ts';

export interface Peer {
  readonly path: string;
  /** Where it looks for its libraries first; empty: where all do. */
  readonly libraries: string;
}

const cache = join(project, '.cache');
const libraries = 'usr/lib/x86_64-linux-gnu';

interface Place {
  readonly path: string;
  readonly libraries?: string;
}

const onPath = (name: string): readonly Place[] =>
  (process.env['PATH'] ?? '').split(':').map((directory) => ({ path: join(directory, name) }));

const places: Readonly<Record<PeerName, readonly Place[]>> = {
  's6-log': [...onPath('s6-log'), { path: join(cache, 'peers/usr/bin/s6-log'), libraries: join(cache, 'peers', libraries) }],
  'systemd-journald': [
    { path: join(cache, 'systemd/lib/systemd/systemd-journald'), libraries: join(cache, 'systemd', libraries, 'systemd') },
    { path: '/lib/systemd/systemd-journald' },
  ],
  dinit: onPath('dinit'),
};

const why: Readonly<Record<PeerName, string>> = {
  's6-log': 'bin/setup --only=peers could not unpack the package s6 (it says why)',
  'systemd-journald': 'bin/setup --only=tools could not unpack the package systemd (it says why)',
  dinit: 'Debian has no package of it: build it, and put it on PATH',
};

function isProgram({ path }: Place): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export type PeerName = 's6-log' | 'systemd-journald' | 'dinit';
export type Peers<Name extends PeerName> = Readonly<Record<Name, Peer | null>>;

/** Those that are there, and a note for each that is not. */
export function findPeers<Name extends PeerName>(
  names: readonly Name[],
): { readonly peers: Peers<Name>; readonly notes: readonly string[] } {
  spawnSync('sh', [join(project, 'bin/setup'), '--only=peers'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const notes: string[] = [];
  const find = (name: Name): Peer | null => {
    const found = places[name].find(isProgram);
    if (found !== undefined) return { path: found.path, libraries: found.libraries ?? '' };
    notes.push(`NOT MEASURED: ${name}, which is not there: ${why[name]}`);
    return null;
  };
  return { peers: Object.fromEntries(names.map((name) => [name, find(name)])) as Peers<Name>, notes };
}
