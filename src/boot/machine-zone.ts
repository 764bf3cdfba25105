import type { LocalPaths } from '../exec/local-paths.ts';
import { describeErrno, errno } from '../kernel/errno.ts';
import type { Files } from '../kernel/kernel.ts';
import { zoneName } from '../policy/calendar/zone.ts';

/**
 * The zone of the machine, by its name in the zone database: what /etc/localtime points to, else what /etc/timezone says. A machine that
 * says nothing has UTC, as localtime(5) has it, and so has one that says something else, with a warning. The link is read and never
 * followed, for what it points to may hang. TMR-008, O-132.
 */
export interface MachineZone {
  /** Looks for it anew; what is wrong is told when it is new. */
  read(): string;
  /** What is wrong with it now, in words. */
  warnings(): readonly string[];
}

export interface MachineZoneParts {
  readonly kernel: Pick<Files, 'readFile' | 'readLink'>;
  readonly localPaths: LocalPaths;
  readonly warn: (text: string) => void;
}

const link = '/etc/localtime';
const file = '/etc/timezone';
const fallback = 'UTC';
const mostBytes = 4096;

interface Found {
  readonly zone: string;
  readonly problem: string | null;
}

const remedy = `link ${link} to a file below /usr/share/zoneinfo, then peiosctl reload-config`;
const unknown = (problem: string): Found => ({ zone: fallback, problem: `${problem}; timers go by ${fallback}; ${remedy}` });
const known = (zone: string): Found => ({ zone, problem: null });

export function createMachineZone({ kernel, localPaths, warn }: MachineZoneParts): MachineZone {
  let problem: string | null = null;

  function find(): Found {
    const hanging = [link, file].find((path) => !localPaths.isLocal(path) && localPaths.isLocal('/'));
    if (hanging !== undefined) return unknown(`${hanging} lies on a mount that may hang and is not read`);
    const target = kernel.readLink(link);
    if (typeof target === 'string') return ofTarget(target);
    return ofFile(target);
  }

  function ofTarget(target: string): Found {
    const [, word] = /.*\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(`/${target}`) ?? [];
    const zone = word === undefined ? null : zoneName(word);
    return zone === null ? unknown(`${link} points to ${target}, which is no time zone that is known`) : known(zone);
  }

  /** `link`: why there is no link. */
  function ofFile(reason: number): Found {
    const isMissing = reason === -errno.ENOENT;
    const own = kernel.readLink(file);
    if (typeof own === 'string') return unknown(`${file} is a link, which is not followed`);
    const content = own === -errno.EINVAL ? kernel.readFile(file, mostBytes) : own;
    if (typeof content === 'number') {
      if (content !== -errno.ENOENT) return unknown(`${file} cannot be read: ${describeErrno(content)}`);
      if (isMissing) return known(fallback);
      return unknown(reason === -errno.EINVAL ? `${link} is no link` : `${link} cannot be read: ${describeErrno(reason)}`);
    }
    const text = new TextDecoder().decode(content);
    const word = text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '' && !line.startsWith('#'));
    const zone = word === undefined ? null : zoneName(word);
    return zone === null ? unknown(`${file} says ${JSON.stringify(word ?? '')}, which is no time zone that is known`) : known(zone);
  }

  return {
    read() {
      const found = find();
      if (found.problem !== null && found.problem !== problem) warn(`the time zone of the machine is not known: ${found.problem}`);
      problem = found.problem;
      return found.zone;
    },
    warnings: () => (problem === null ? [] : [`the time zone of the machine is not known: ${problem}`]),
  };
}
