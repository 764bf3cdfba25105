/** [Unit]: what a unit is and what it needs. */
import type { Draft } from '../conversion.ts';
import { setSeconds } from '../durations.ts';
import { eachService } from './names.ts';
import type { UnitEntry } from './unit-file.ts';

type Handler = (draft: Draft, entry: UnitEntry) => void;

/** Paths that are looked at before a start. */
const checks: Readonly<Record<string, readonly [type: string, note: string | null]>> = {
  PathExists: ['path', null],
  PathIsDirectory: ['directory', null],
  FileNotEmpty: ['file', 'it looks whether the file is there, not whether something is in it'],
  FileIsExecutable: ['file', 'it looks whether the file is there, not whether it can be run'],
  PathExistsGlob: ['path', null],
};

function check(kind: 'Condition' | 'Assert'): (what: string) => Handler {
  const member = kind === 'Condition' ? 'conditions' : 'asserts';
  return (what) => (draft, entry) => {
    const [type, note] = checks[what] ?? ['path', null];
    const path = entry.value;
    if (path === '') return draft.noted();
    if (path.startsWith('!'))
      return draft.lost(entry, `checks cannot be negated: ExecStartPre: ['/usr/bin/test ! -e ${path.slice(1)}'] fails the start instead`);
    if (path.startsWith('|'))
      return draft.lost(entry, `all of ${kind}s must hold, there is no "one of these": test for it in an ExecStartPre`);
    if (!path.startsWith('/') || (what === 'PathExistsGlob' && /[*?[]/.test(path)))
      return draft.lost(entry, 'a check takes one absolute path: test for it in an ExecStartPre');
    draft.add(member, `${type}:${path}`);
    if (note !== null) draft.changed(entry, note);
  };
}

const condition = check('Condition');
const assertion = check('Assert');

/** After and Before are resolved when all units are known; see order.ts. */
export const orderWords: readonly string[] = ['After', 'Before'];

export const unitSection: Readonly<Record<string, Handler>> = {
  Description: (draft, entry) => draft.set('displayName', entry.value),
  Documentation: (draft, entry) => draft.needless(entry, 'the field Description is the place for it, if you want it shown'),
  Requires: (draft, entry) => eachService(draft, entry, (name) => draft.add('requires', name)),
  Requisite: (draft, entry) =>
    eachService(draft, entry, (name) => {
      draft.add('requires', name);
      draft.changed(entry, `Requires starts ${name} where Requisite would have failed`);
    }),
  Wants: (draft, entry) => eachService(draft, entry, (name) => draft.add('wants', name)),
  Upholds: (draft, entry) =>
    eachService(draft, entry, (name) => {
      draft.add('wants', name);
      draft.changed(entry, `Wants starts ${name} once; its own RestartPolicy keeps it up`);
    }),
  BindsTo: (draft, entry) => eachService(draft, entry, (name) => draft.add('bindsTo', name)),
  PartOf: (draft, entry) =>
    eachService(draft, entry, (name) =>
      draft.lost(entry, `BindsTo: [${name}] stops it whenever ${name} stops, but also starts ${name} with it; set it if that is wanted`),
    ),
  Conflicts: (draft, entry) => eachService(draft, entry, (name) => draft.add('conflicts', name)),
  OnFailure: (draft, entry) =>
    eachService(draft, entry, (name) => {
      if (draft.fields.onFailure === undefined) draft.set('onFailure', name);
      else
        draft.lost(
          { ...entry, word: `${entry.word}=${name}` },
          `OnFailure names one service; have ${draft.fields.onFailure} require the others`,
        );
    }),
  OnSuccess: (draft, entry) =>
    draft.lost(entry, 'nothing is started by a good end: add the command to the program, or wait for it with Requires on a Oneshot'),
  StartLimitIntervalSec: (draft, entry) => void setSeconds(draft, 'restartWindow', entry),
  StartLimitInterval: (draft, entry) => void setSeconds(draft, 'restartWindow', entry),
  StartLimitBurst: (draft, entry) => draft.set('restartMaxRetries', Number.parseInt(entry.value, 10) || 0),
  StartLimitAction: rebootAction,
  FailureAction: rebootAction,
  SuccessAction: (draft, entry) => draft.lost(entry, 'run `peiosctl shutdown` at the end of the program instead'),
  JobTimeoutSec: (draft, entry) => draft.lost(entry, 'StartTimeout and StopTimeout bound what is asked for'),
  JobRunningTimeoutSec: (draft, entry) => draft.lost(entry, 'StartTimeout and StopTimeout bound what is asked for'),
  JobTimeoutAction: (draft, entry) => draft.lost(entry, 'ErrorControl: Critical reboots once the restarts are used up'),
  DefaultDependencies: (draft, entry) => draft.needless(entry, 'services start when the machine is up, and are stopped in a shutdown'),
  IgnoreOnIsolate: (draft, entry) => draft.needless(entry, 'nothing is isolated here'),
  AllowIsolate: (draft, entry) => draft.needless(entry, 'nothing is isolated here'),
  StopWhenUnneeded: (draft, entry) => draft.lost(entry, 'a service runs until somebody stops it'),
  CollectMode: (draft, entry) => draft.needless(entry, 'definitions stay until their key is deleted'),
  RefuseManualStart: (draft, entry) => draft.lost(entry, 'ServiceSecurity says who may start it'),
  RefuseManualStop: (draft, entry) => draft.lost(entry, 'ServiceSecurity says who may stop it'),
  RequiresMountsFor: (draft, entry) =>
    draft.lost(entry, `Asserts: ['directory:${entry.value.split(/\s+/)[0]}'] fails the start when it is not there`),
  WantsMountsFor: (draft, entry) =>
    draft.lost(entry, `Conditions: ['directory:${entry.value.split(/\s+/)[0]}'] skips the start when it is not there`),
  ReloadPropagatedFrom: (draft, entry) => draft.lost(entry, 'a reload is for one service: `peiosctl reload A B` asks for several'),
  PropagatesReloadTo: (draft, entry) => draft.lost(entry, 'a reload is for one service: `peiosctl reload A B` asks for several'),
  JoinsNamespaceOf: (draft, entry) => draft.needless(entry, 'all services share the namespaces of the machine'),
  SourcePath: (draft, entry) => draft.needless(entry, 'nothing looks at the files that definitions came from'),
  OnFailureJobMode: (draft, entry) => draft.needless(entry, 'the service that OnFailure names is started, nothing else'),
  ...Object.fromEntries(
    Object.keys(checks).flatMap((what) => [
      [`Condition${what}`, condition(what)],
      [`Assert${what}`, assertion(what)],
    ]),
  ),
};

function rebootAction(draft: Draft, entry: UnitEntry): void {
  if (entry.value === 'none') draft.needless(entry, 'that is so anyway');
  else if (/^reboot/.test(entry.value)) {
    draft.set('errorControl', 'Critical');
    draft.changed(entry, 'ErrorControl: Critical reboots once the restarts are used up');
  } else draft.lost(entry, 'ErrorControl: Critical reboots once the restarts are used up; nothing else happens by itself');
}
