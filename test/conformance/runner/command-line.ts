/** The words of the command line. */
import { parseArgs } from 'node:util';
import type { Feature, SocketKind } from '../../../gen/conformance/types.ts';
import { featureNames } from '../../../gen/conformance/types.ts';
import { usualPrefix } from './names.ts';

export const reports = ['tap', 'json', 'html'] as const;
export type ReportName = (typeof reports)[number];

export class UsageError extends Error {}

export interface CommandLine {
  readonly mode: 'run' | 'list' | 'seed' | 'help';
  readonly sockets: Readonly<Record<SocketKind, string>>;
  readonly only: readonly string[];
  readonly knownFailing: string | null;
  readonly report: ReportName;
  readonly driver: string | null;
  readonly without: ReadonlySet<Feature>;
  readonly parallel: number;
  /** What names of services begin with. */
  readonly prefix: string;
}

export const help = `usage: peinit-conformance --socket PATH [OPTION]...
       peinit-conformance --list | --seed [--only GLOB]...

Runs the conformance suite of the peinit protocol inside of a machine, as root.
Its services must be defined: boot the machine with what --seed prints.

  --socket PATH            the control socket (/run/peinit/control.sock)
  --jobs-socket PATH       (/run/peinit/jfs.sock)
  --registry-socket PATH   (/run/registry/registry.sock)
  --query-socket PATH      (/run/eventd/query.sock)
  --only GLOB              only cases whose path matches; * within a part of the path, ** over all; may be repeated
  --known-failing FILE     cases that are known to fail: a pattern and a reason on each line; a pattern that is out of date is an error
  --without FEATURE        what is not there: ${featureNames.join(', ')}; may be repeated
  --driver COMMAND         cases go through this driver program instead of the suite's own
  --parallel N             so many cases at a time (4)
  --prefix NAME            what names of services begin with (cf), in the run and in --seed: a case runs once for each on a machine
  --report tap|json|html   what is printed (tap)
  --list                   prints path, requirements and features of each case
  --seed                   prints the registry file with all services of the cases

Cases of the feature shutdown end the machine; they run only where --with-shutdown is given.
Exit status: 0 all passed, 1 a case failed or a known failure is out of date, 2 the command line or a case file is wrong.
`;

const options = {
  socket: { type: 'string', default: '/run/peinit/control.sock' },
  'jobs-socket': { type: 'string', default: '/run/peinit/jfs.sock' },
  'registry-socket': { type: 'string', default: '/run/registry/registry.sock' },
  'query-socket': { type: 'string', default: '/run/eventd/query.sock' },
  only: { type: 'string', multiple: true },
  'known-failing': { type: 'string' },
  report: { type: 'string', default: 'tap' },
  without: { type: 'string', multiple: true },
  'with-shutdown': { type: 'boolean', default: false },
  driver: { type: 'string' },
  parallel: { type: 'string', default: '4' },
  prefix: { type: 'string', default: usualPrefix },
  list: { type: 'boolean', default: false },
  seed: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Throws a UsageError. */
export function readCommandLine(words: readonly string[]): CommandLine {
  const values = parsed(words);
  const report = reports.find((one) => one === values.report);
  if (report === undefined) throw new UsageError(`--report is one of ${reports.join(', ')}`);
  const parallel = Number(values.parallel);
  if (!Number.isInteger(parallel) || parallel < 1) throw new UsageError('--parallel is a number from 1 on');
  const without = (values.without ?? []).map((name) => {
    const feature = featureNames.find((one) => one === name);
    if (feature === undefined) throw new UsageError(`--without ${name}: features are ${featureNames.join(', ')}`);
    return feature;
  });
  const { prefix } = values;
  if (!/^[A-Za-z0-9_-]+$/.test(prefix)) throw new UsageError('--prefix is a word of letters, digits, _ and -');
  return {
    mode: values.help ? 'help' : values.list ? 'list' : values.seed ? 'seed' : 'run',
    sockets: {
      control: values.socket,
      jobs: values['jobs-socket'],
      registry: values['registry-socket'],
      query: values['query-socket'],
    },
    only: values.only ?? [],
    knownFailing: values['known-failing'] ?? null,
    report,
    driver: values.driver ?? null,
    without: new Set<Feature>([...without, ...(values['with-shutdown'] ? [] : (['shutdown'] as const))]),
    parallel,
    prefix,
  };
}

const parse = (words: readonly string[]) => parseArgs({ args: [...words], options }).values;

function parsed(words: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(words);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
