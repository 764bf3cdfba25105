/** [Service]: the program and how it lives. Its commands are in exec.ts. */
import { outputFile, outputTaken, setStopSignal } from '../advice.ts';
import type { Draft } from '../conversion.ts';
import { longest, seconds, setSeconds } from '../durations.ts';
import { isSystem } from '../identity.ts';
import { unitWords } from './command-line.ts';
import { execHandlers } from './exec.ts';
import { directories, identityHandlers } from './identity.ts';
import type { UnitEntry } from './unit-file.ts';

type Handler = (draft: Draft, entry: UnitEntry) => void;

const isYes = (text: string): boolean => /^(?:1|yes|y|true|t|on)$/i.test(text);

const types: Readonly<Record<string, Handler>> = {
  simple: (draft) => draft.set('readiness', 'Alive'),
  exec: (draft) => draft.set('readiness', 'Alive'),
  idle: (draft) => draft.set('readiness', 'Alive'),
  notify: (draft) => draft.set('readiness', 'Notify'),
  'notify-reload': (draft) => draft.set('readiness', 'Notify'),
  oneshot: (draft) => draft.set('type', 'Oneshot'),
  // The advice goes by the program; see convert.ts.
  forking: (draft) => draft.set('readiness', 'Alive'),
  dbus(draft, entry) {
    draft.set('readiness', 'Alive');
    draft.changed(entry, 'it is up when its process runs; a ReadinessCheck can wait for its name on the bus');
  },
};

const policies: Readonly<Record<string, Handler>> = {
  no: (draft) => draft.set('restartPolicy', 'Never'),
  always: (draft) => draft.set('restartPolicy', 'Always'),
  'on-failure': (draft) => draft.set('restartPolicy', 'OnFailure'),
  ...Object.fromEntries(
    ['on-abnormal', 'on-abort', 'on-watchdog'].map((word): [string, Handler] => [
      word,
      (draft, entry) => {
        draft.set('restartPolicy', 'OnFailure');
        draft.changed(entry, 'RestartPolicy OnFailure restarts after every failure, a bad exit code too');
      },
    ]),
  ),
  'on-success'(draft, entry) {
    draft.set('restartPolicy', 'Always');
    draft.changed(entry, 'RestartPolicy Always restarts after a failure too');
  },
};

const choose =
  (choices: Readonly<Record<string, Handler>>): Handler =>
  (draft, entry) =>
    (
      choices[entry.value] ??
      ((_, { value }) => draft.lost(entry, `${value} is not known here; known are ${Object.keys(choices).join(', ')}`))
    )(draft, entry);

const yesOrNo =
  (yes: Handler): Handler =>
  (draft, entry) =>
    isYes(entry.value) ? yes(draft, entry) : draft.needless(entry, 'that is so anyway');

/** Directories below /var and /etc, made by a hook. */
const madeBelow =
  (parent: string): Handler =>
  (draft, entry) => {
    const names = entry.value.split(/\s+/).map((name) => name.replace(/:.*$/, ''));
    directories(
      draft,
      entry,
      names.map((name) => `${parent}/${name}`),
    );
  };

export const serviceSection: Readonly<Record<string, Handler>> = {
  ...execHandlers,
  ...identityHandlers,
  Type: choose(types),
  Restart: choose(policies),
  RestartSec(draft, entry) {
    const time = seconds(entry.value);
    setSeconds(draft, 'restartDelay', entry);
    if (time !== null && time > 60) draft.changed(entry, 'a restart comes after 60 s at the latest');
  },
  TimeoutStartSec: (draft, entry) => timeout(draft, entry, 'startTimeout'),
  TimeoutStopSec: (draft, entry) => timeout(draft, entry, 'stopTimeout'),
  TimeoutSec(draft, entry) {
    timeout(draft, entry, 'startTimeout');
    timeout(draft, entry, 'stopTimeout');
  },
  TimeoutStartFailureMode: choose({
    terminate: (draft) => draft.noted(),
    abort: (draft, entry) => draft.changed(entry, 'a start that takes too long is asked to end by StopSignal, not by SIGABRT'),
    kill(draft, entry) {
      draft.set('abortMode', 'Kill');
      draft.changed(entry, 'AbortMode: Kill counts for a shutdown too: it kills at once what is still starting');
    },
  }),
  WatchdogSec: (draft, entry) => void setSeconds(draft, 'watchdogTimeout', entry),
  StartLimitInterval: (draft, entry) => void setSeconds(draft, 'restartWindow', entry),
  StartLimitIntervalSec: (draft, entry) => void setSeconds(draft, 'restartWindow', entry),
  StartLimitBurst: (draft, entry) => draft.set('restartMaxRetries', Number.parseInt(entry.value, 10) || 0),
  RemainAfterExit: yesOrNo((draft) => draft.set('remainAfterExit', true)),
  SuccessExitStatus(draft, entry) {
    for (const word of entry.value.split(/\s+/)) {
      if (/^\d+$/.test(word)) draft.add('successExitCodes', word);
      else draft.lost({ ...entry, word: `${entry.word}=${word}` }, 'SuccessExitCodes takes numbers from 0 to 255');
    }
  },
  Environment(draft, entry) {
    if (entry.value === '') return draft.noted();
    const words = unitWords(entry.value);
    if (words === null) return draft.lost(entry, 'a quote is not closed; write it as a list of KEY=VALUE');
    draft.append('environment', ...words.map(({ text }) => text));
  },
  EnvironmentFile(draft, entry) {
    if (entry.value === '') return draft.noted();
    if (draft.fields.environmentFile === undefined) draft.set('environmentFile', entry.value);
    else
      draft.lost(
        entry,
        `there is one EnvironmentFile: join ${entry.value} with ${draft.fields.environmentFile}, or put it into Environment`,
      );
  },
  WorkingDirectory(draft, entry) {
    const path = entry.value.replace(/^-/, '');
    draft.set('workingDirectory', path === '~' ? '/root' : path);
    if (path === '~') draft.changed(entry, 'the home directory was taken to be /root: write that of the Identity');
    else if (path !== entry.value) draft.changed(entry, 'the directory must be there, else the start fails');
  },
  RuntimeDirectory(draft, entry) {
    for (const name of entry.value.split(/\s+/)) {
      if (name.includes('/') || name.includes(':')) directories(draft, entry, [`/run/${name.replace(/:.*$/, '')}`]);
      else draft.add('runtimeDirectories', name);
    }
    if (!isSystem(draft))
      draft.changed(entry, 'it is for the service alone, mode 0770: who connects to a socket in it must be of its Identity');
  },
  StateDirectory: madeBelow('/var/lib'),
  CacheDirectory: madeBelow('/var/cache'),
  LogsDirectory: madeBelow('/var/log'),
  ConfigurationDirectory: madeBelow('/etc'),
  LimitNOFILE: (draft, entry) => limit(draft, entry, 'limitNofile'),
  LimitCORE: (draft, entry) => limit(draft, entry, 'limitCore'),
  // A shell in front of the program; see convert.ts.
  UMask: (draft) => draft.noted(),
  KillSignal: (draft, entry) => setStopSignal(draft, entry, entry.value),
  KillMode: choose({
    'control-group': (draft) => draft.set('stopMode', 'All'),
    mixed: (draft) => draft.set('stopMode', 'Main'),
    process(draft, entry) {
      draft.set('stopMode', 'Main');
      draft.changed(
        entry,
        'a stop ends all processes of the service: what remains after the main one gets the signal too, and SIGKILL after StopTimeout',
      );
    },
    none: (draft, entry) => draft.lost(entry, 'a stop ends all processes of the service'),
  }),
  RuntimeDirectoryMode: runtimeMode,
  StateDirectoryMode: directoryMode,
  CacheDirectoryMode: directoryMode,
  LogsDirectoryMode: directoryMode,
  ConfigurationDirectoryMode: directoryMode,
  NotifyAccess(draft, entry) {
    if (entry.value === 'main' || entry.value === 'none') draft.needless(entry, 'only the main process is listened to anyway');
    else draft.lost(entry, 'only the main process is listened to: the program itself must send READY=1, not a helper of it');
  },
  FileDescriptorStoreMax(draft, entry) {
    draft.set('fdStoreMax', Number.parseInt(entry.value, 10) || 0);
    draft.set('fdStoreKeep', true);
  },
  StandardOutput: output,
  StandardError: output,
};

function timeout(draft: Draft, entry: UnitEntry, member: 'startTimeout' | 'stopTimeout'): void {
  // For systemd 0 means no limit.
  if (entry.value === '0') draft.changed(entry, `0 is no limit in systemd: it became ${longest} s, 136 years`);
  setSeconds(draft, member, entry.value === '0' ? { ...entry, value: 'infinity' } : entry, member === 'startTimeout' ? 1 : 0);
}

function limit(draft: Draft, entry: UnitEntry, member: 'limitNofile' | 'limitCore'): void {
  const [soft = '', hard] = entry.value.split(':');
  const [, digits, unit = ''] = /^(\d+)([KMGT]?)$/.exec(soft) ?? [];
  const scaled = Number(digits) * 1024 ** ' KMGT'.indexOf(unit || ' ');
  if (soft === 'infinity') {
    draft.set(member, 4_294_967_295);
    draft.changed(entry, 'infinity became 4294967295; where the machine allows less the start fails and says so');
  } else if (Number.isNaN(scaled) || scaled > 4_294_967_295) draft.lost(entry, 'set the field by hand, a number up to 4294967295');
  else {
    draft.set(member, scaled);
    if (hard !== undefined && hard !== soft) draft.changed(entry, `soft and hard limit are both ${scaled}`);
  }
}

function output(draft: Draft, entry: UnitEntry): void {
  if (/^(?:journal|syslog|kmsg|inherit|)(?:\+console)?$/.test(entry.value)) draft.needless(entry, outputTaken);
  else draft.lost(entry, outputFile);
}

function runtimeMode(draft: Draft, entry: UnitEntry): void {
  if (/^0?7[057]0$/.test(entry.value)) draft.needless(entry, 'a runtime directory is for the service alone anyway');
  else
    draft.lost(
      entry,
      'a runtime directory is for the service alone: make one for others in an ExecStartPre under HookIdentity SYSTEM, in /run',
    );
}

function directoryMode(draft: Draft, entry: UnitEntry): void {
  if (/^0?755$/.test(entry.value)) draft.needless(entry, 'directories have this mode anyway');
  else draft.lost(entry, 'directories are made with mode 0755: change it in an ExecStartPre');
}
