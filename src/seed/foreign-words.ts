/**
 * Words of other init systems and what does it here: systemd units, supervisord, s6-rc, dinit, OpenRC, compose files. Plain data, for
 * whoever tells people about a seed and for whoever converts such files.
 */

export interface ForeignField {
  /** As the other system spells it; compared without case, hyphens and underscores. */
  readonly name: string;
  /** The fields that do it here, the first the nearest; none: nothing does. */
  readonly fields: readonly string[];
  /** Part of a sentence: follows "is ignored; ". */
  readonly hint: string;
}

const row = (names: string, fields: readonly string[], hint: string): readonly ForeignField[] =>
  names.split(' ').map((name) => ({ name, fields, hint }));

const ordering = ['Requires', 'Wants', 'BindsTo'];

export const foreignFields: readonly ForeignField[] = [
  ...row(
    'ExecStart command exec run program cmd',
    ['ImagePath', 'Arguments'],
    'ImagePath takes the program and Arguments its words, a list',
  ),
  ...row('entrypoint', ['ImagePath'], 'ImagePath takes the program'),
  ...row('args argv command_args', ['Arguments'], 'Arguments takes the words of the command, a list'),
  ...row('ExecStop ExecStopPost stop_command finish', ['StopSignal'], 'a stop runs no command: it sends the signal that StopSignal names'),
  ...row('KillSignal term_signal', ['StopSignal'], 'StopSignal names the signal of a stop, as SIGINT'),
  ...row(
    'KillMode killasgroup stopasgroup',
    ['StopMode'],
    'StopMode is Main or All: whom a stop signals first; it ends with nothing of the service left either way',
  ),
  ...row('User Group DynamicUser setuid run_as command_user', ['Identity'], 'Identity names whom the service runs as'),
  ...row('Restart autorestart respawn', ['RestartPolicy'], 'RestartPolicy is Never, OnFailure or Always'),
  ...row('RestartSec restart_delay respawn_delay', ['RestartDelay'], 'RestartDelay is the first delay in seconds, and doubles'),
  ...row('StartLimitBurst startretries respawn_max', ['RestartMaxRetries'], 'RestartMaxRetries counts restarts in a row'),
  ...row(
    'StartLimitInterval StartLimitIntervalSec startsecs respawn_period',
    ['RestartWindow'],
    'RestartWindow is the time without failure',
  ),
  ...row('WantedBy autostart enabled start_on', ['Triggers'], 'Triggers: [boot] starts a service with the machine'),
  ...row('RequiredBy', ['Requires'], 'Requires stands in the service that needs this one'),
  ...row('After Before', ordering, 'a service starts after those that it names in Requires, Wants or BindsTo'),
  ...row('Requisite depends_on dependencies need', ['Requires'], 'Requires names what must be up first'),
  ...row('waits_for use depends_ms', ['Wants'], 'Wants names what is started first where possible'),
  ...row('PartOf Upholds', ['BindsTo'], 'BindsTo stops a service with the one that it names'),
  ...row('OnSuccess ExecCondition', [], 'there is nothing like it'),
  ...row('StartLimitAction FailureAction', ['ErrorControl'], 'ErrorControl: Critical reboots the machine when the restarts are used up'),
  ...row('env_file', ['EnvironmentFile'], 'EnvironmentFile takes the absolute path of a file with variables'),
  ...row('Env envs', ['Environment'], 'Environment takes KEY=VALUE, a list'),
  ...row('directory chdir cwd working_dir', ['WorkingDirectory'], 'WorkingDirectory takes an absolute path'),
  ...row('TimeoutStartSec timeout_up start_timeout', ['StartTimeout'], 'StartTimeout takes seconds'),
  ...row('TimeoutStopSec stopwaitsecs stop_grace_period timeout_down timeout_kill', ['StopTimeout'], 'StopTimeout takes seconds'),
  ...row('TimeoutSec', ['StartTimeout', 'StopTimeout'], 'StartTimeout and StopTimeout take seconds'),
  ...row('TimeoutStartFailureMode', ['AbortMode'], 'AbortMode is Kill or Stop: how a start that takes too long is ended'),
  ...row('WatchdogSec', ['WatchdogTimeout'], 'WatchdogTimeout takes seconds'),
  ...row('minfds', ['LimitNOFILE'], 'LimitNOFILE limits open files'),
  ...row('ConditionPathExists', ['Conditions'], 'Conditions takes path:/PATH, a list'),
  ...row('ConditionPathIsDirectory', ['Conditions'], 'Conditions takes directory:/PATH, a list'),
  ...row('ConditionFileNotEmpty', ['Conditions'], 'Conditions takes file:/PATH, a list'),
  ...row('AssertPathExists', ['Asserts'], 'Asserts takes path:/PATH, a list'),
  ...row('SuccessExitStatus exitcodes', ['SuccessExitCodes'], 'SuccessExitCodes takes a list'),
  ...row('RuntimeDirectory', ['RuntimeDirectories'], 'RuntimeDirectories takes names, a list'),
  ...row('FileDescriptorStoreMax', ['FdStoreMax'], 'FdStoreMax keeps that many descriptors'),
  ...row('CapabilityBoundingSet AmbientCapabilities', ['RequiredPrivileges'], 'RequiredPrivileges names the only privileges that stay'),
  ...row('start_pre', ['ExecStartPre'], 'ExecStartPre takes commands, a list'),
  ...row('start_post', ['ExecStartPost'], 'ExecStartPost takes commands, a list'),
  ...row('reload reload_signal', ['ExecReload'], 'ExecReload is signal:SIGHUP or a command'),
  ...row('OnCalendar OnBootSec OnUnitActiveSec', ['Triggers'], 'Triggers takes timer:EXPRESSION, a list'),
  ...row('RandomizedDelaySec', ['TimerJitter'], 'TimerJitter is a delay in seconds'),
  ...row('Persistent', ['TimerPersistent'], 'TimerPersistent catches missed runs up'),
  ...row('notification_fd', ['Readiness'], 'a program that tells when it is ready sends READY=1, with Readiness: Notify'),
  ...row('PIDFile', ['Readiness'], 'the program stays in the foreground; with Readiness: Alive it is up as soon as it runs'),
  ...row(
    'StandardOutput StandardError SyslogIdentifier stdout_logfile stderr_logfile stdout_logfile_maxbytes redirect_stderr output_log',
    [],
    'all output is collected by itself',
  ),
  ...row('numprocs replicas', [], 'each instance is a service of its own'),
  ...row('priority', ordering, 'the order follows from Requires, Wants and BindsTo'),
];

export interface ForeignWord {
  /** The field it stands in. */
  readonly field: string;
  /** Compared like the names of fields. */
  readonly word: string;
  /** What is written here. */
  readonly hint: string;
}

const words = (field: string, names: string, hint: string): readonly ForeignWord[] =>
  names.split(' ').map((word) => ({ field, word, hint }));

/** Values of fields that have the same name elsewhere, or a near one. */
export const foreignWords: readonly ForeignWord[] = [
  ...words('Type', 'notify notify-reload', 'a program that sends READY=1 is Type: Simple with Readiness: Notify, the default'),
  ...words('Type', 'exec idle process longrun', 'a program that is up as soon as it runs is Type: Simple with Readiness: Alive'),
  ...words('Type', 'forking bgprocess', 'let the program stay in the foreground: Type: Simple with Readiness: Alive'),
  ...words('Type', 'dbus', 'there is no bus to wait for; Type: Simple with Readiness: Alive is up as soon as it runs'),
  ...words('Type', 'scripted task', 'write Type: Oneshot'),
  ...words('RestartPolicy', 'yes true unless-stopped', 'write RestartPolicy: Always'),
  ...words('RestartPolicy', 'no false', 'write RestartPolicy: Never'),
  ...words('RestartPolicy', 'unexpected on-abnormal on-abort on-watchdog', 'write RestartPolicy: OnFailure'),
  ...words('NotifyAccess', 'all exec none', 'only the main process is heard: write NotifyAccess: Main, or leave it out'),
  ...words('StopMode', 'control-group', 'write StopMode: All'),
  ...words('StopMode', 'mixed process', 'write StopMode: Main'),
  ...words('Readiness', 'simple exec none', 'write Readiness: Alive'),
];

export const foldWord = (word: string): string => word.toLowerCase().replaceAll(/[-_ ]/g, '');

const byName: ReadonlyMap<string, ForeignField> = new Map(foreignFields.map((field) => [foldWord(field.name), field]));

/** What the name of a field means elsewhere; null: nothing that we know. */
export const foreignField = (name: string): ForeignField | null => byName.get(foldWord(name)) ?? null;

/** What the word of a field means elsewhere; null: nothing that we know. */
export const foreignWord = (field: string, word: string): string | null =>
  foreignWords.find((each) => each.field === field && foldWord(each.word) === foldWord(word))?.hint ?? null;
