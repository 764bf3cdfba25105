/** What somebody tries who may not, and what has to become of it: one row of the table in docs/threat-model.md. */
import type { EventName } from '../../../gen/events/events.ts';

/** What becomes of an attack; those that are bounded are measured (floods.ts, table.ts). */
export type Outcome = 'refused and logged' | 'refused by the kernel' | 'harmless';

/** `intruder`: a service of LocalService without any right; `root`: a process from outside of all services. */
export type Trespasser = 'intruder' | 'root';

/** The main process of a service, as the kernel sees it. */
export interface Target {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** The group that marks its token. */
  readonly mark: number;
}

export interface Facts {
  /** A service of LocalService, which runs. */
  readonly victim: Target;
  /** Another one, which gives connections of its own to the control socket to whoever asks at `passes`. */
  readonly other: Target;
  /** One that has ended; its token is dead. */
  readonly gone: Target;
  /** Machine without cgroups, in a container of Docker's kind. */
  readonly container: boolean;
}

/** Where it has to be recorded. */
export type Logged =
  | { readonly event: EventName; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly console: RegExp }
  | { readonly line: RegExp; readonly of: string };

export interface Trespass {
  /** What is tried, in words. */
  readonly what: string;
  readonly outcome: Outcome;
  readonly by: Trespasser;
  /** Requirements that would not hold if it came off. */
  readonly ids: string;
  /** Program without which it cannot be tried; null: it is not there. */
  readonly needs?: string | null;
  /** A shell script that tries it. */
  script(facts: Facts): string;
  /** What the script prints: a line each. */
  says(facts: Facts): readonly (string | RegExp)[];
  logged?(facts: Facts): readonly Logged[];
}

/**
 * Shell functions: `ask PATH LINE...` sends the lines over one connection and prints for each answer its code, or `ok`;
 * `tell MEMBER PATH LINE` prints a member of the one answer.
 */
export const asks = `
ask() { perl -e '
use Socket; my $path = shift; socket(my $s, AF_UNIX, SOCK_STREAM, 0); $s->autoflush(1);
connect($s, pack_sockaddr_un($path)) or do { print "connect: $!\\n"; exit };
for (@ARGV) { print $s "$_\\n"; my $a = <$s>;
print $a =~ /"(?:code|error)":"(\\w+)"/ ? "$1\\n" : defined $a ? "ok\\n" : "closed\\n" }' "$@"; }
tell() { perl -e '
use Socket; my $member = shift; my $path = shift; socket(my $s, AF_UNIX, SOCK_STREAM, 0); $s->autoflush(1);
connect($s, pack_sockaddr_un($path)) or do { print "connect: $!\\n"; exit };
print $s "$ARGV[0]\\n"; print <$s> =~ /"$member":"?([^",]*)/, "\\n"' "$@"; }
`;

/** Abstract name of the socket of `other`. */
export const passes = 'attacks-pass';
export const control = '/run/peinit/control.sock';
export const whoami = (member = 'user'): string => `tell ${member} ${control} '{"command":"whoami"}'`;
export const asking = (...requests: readonly object[]): string =>
  `ask ${control} ${requests.map((request) => `'${JSON.stringify(request)}'`).join(' ')}`;
