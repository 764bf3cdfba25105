import type { ServiceDefinition as Fields } from '../../../gen/definition/types.ts';
import type { NamedSignal } from './signals.ts';

/** A condition or assert. DEF-049..DEF-052. */
export interface Check {
  readonly type: 'path' | 'file' | 'directory' | 'registry';
  readonly argument: string;
}

export type Trigger =
  | { readonly type: 'boot' }
  | { readonly type: 'timer'; readonly expression: string }
  /** Kept and ignored. DEF-004. */
  | { readonly type: 'unknown'; readonly text: string };

/** argv of a command string; the first word is an absolute path. DEF-055. */
export type CommandLine = readonly [string, ...string[]];

export type ReloadAction = ({ readonly type: 'signal' } & NamedSignal) | { readonly type: 'command'; readonly argv: CommandLine };

/** What is mounted, and how. */
export interface MountPlan {
  readonly point: string;
  readonly device: string;
  /** Empty: none is named, for a bind. */
  readonly type: string;
  /** As the entry has them. */
  readonly options: readonly string[];
  /** As mount(2) takes them. */
  readonly flags: number;
  /** For the filesystem. */
  readonly data: string;
  readonly fsck: boolean;
}

/** The registry fields of a service, with those that are text of a syntax read further. Plain data. */
export interface ServiceDefinition
  extends Omit<
    Fields,
    | 'triggers'
    | 'conditions'
    | 'asserts'
    | 'execStartPre'
    | 'execStartPost'
    | 'execReload'
    | 'healthCheck'
    | 'readinessCheck'
    | 'successExitCodes'
    | 'stopSignal'
  > {
  /** As the registry spells it. */
  readonly name: string;
  readonly triggers: readonly Trigger[];
  readonly conditions: readonly Check[];
  readonly asserts: readonly Check[];
  readonly execStartPre: readonly CommandLine[];
  readonly execStartPost: readonly CommandLine[];
  /** Default: SIGHUP. */
  readonly execReload: ReloadAction;
  readonly healthCheck: CommandLine | null;
  readonly readinessCheck: CommandLine | null;
  readonly successExitCodes: readonly number[];
  /** Default: SIGTERM. O-21. */
  readonly stopSignal: NamedSignal;
  /** Of what peinit makes of a mount entry. */
  readonly mount?: MountPlan;
}
