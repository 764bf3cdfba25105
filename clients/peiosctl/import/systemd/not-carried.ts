/** Directives of [Service] without a counterpart: what to do instead. The first pattern that fits counts. */
import { confinement, otherLimits, outputTaken, resources } from '../advice.ts';
import type { RemarkKind } from '../conversion.ts';

type Row = readonly [pattern: RegExp, kind: RemarkKind, text: string];

export const notCarried: readonly Row[] = [
  [/^(?:Private|Protect|Restrict(?!art)|ReadWrite|ReadOnly|Inaccessible|ExecPaths|ExecSearch|NoExec|Temporary)[A-Z]?/, 'lost', confinement],
  [/^(?:Bind|Root|Mount|Extension)[A-Z]/, 'lost', confinement],
  [/^(?:SystemCall|MemoryDeny|LockPersonality|SecureBits|DevicePolicy|DeviceAllow|IPAddress|IPIngress)/, 'lost', confinement],
  [
    /^(?:IPEgress|SocketBind|AppArmor|SELinux|Smack|RemoveIPC|KeyringMode|UserNamespace|NetworkNamespace|IPCNamespace|ProcSubset|PAMName)/,
    'lost',
    confinement,
  ],
  [/^(?:NFTSet|BPFProgram|Personality|ImportCredential|LoadCredential|SetCredential)/, 'lost', confinement],
  [/^(?:Memory|CPU|IO|Tasks|BlockIO|Startup|AllowedCPU|AllowedMemory|ManagedOOM|OOMPolicy|DisableControllers|Delegate)/, 'lost', resources],
  [
    /^(?:Nice|IOScheduling|CPUScheduling|CPUAffinity|NUMA|TimerSlack|CoredumpFilter)/,
    'lost',
    'start the program through nice, ionice, chrt, taskset or numactl, which become it',
  ],
  [/^OOMScoreAdjust$/, 'lost', 'start the program through choom: /usr/bin/choom -n N -- PROGRAM'],
  [/^Limit(?!NOFILE|CORE)/, 'lost', otherLimits],
  [/^(?:Syslog|LogLevel|LogExtra|LogRate|LogNamespace|LogFilter)/, 'needless', outputTaken],
  [/^(?:TTY|UtmpIdentifier|UtmpMode|StandardInput)/, 'lost', 'services have no terminal, and their standard input is empty'],
  [/^(?:Sockets|FileDescriptorName|USBFunction|OpenFile)/, 'lost', 'there is no socket activation: the program opens its sockets itself'],
  [/^BusName$/, 'lost', 'names on a bus are not waited for: a ReadinessCheck can look for one'],
  [/^IgnoreSIGPIPE$/, 'lost', 'SIGPIPE has its default meaning: have a shell ignore it and become the program'],
  [/^PIDFile$/, 'needless', 'the main process is the one that peinit started'],
  [/^GuessMainPID$/, 'needless', 'the main process is the one that peinit started'],
  [/^(?:Slice|ExitType|RootDirectoryStartOnly|PermissionsStartOnly|NonBlocking|ReloadSignal)$/, 'lost', 'there is nothing like it here'],
  [
    /^(?:SendSIGHUP|FinalKillSignal|WatchdogSignal|RestartKillSignal)$/,
    'lost',
    'StopSignal is the only signal that can be chosen; what remains gets SIGKILL after StopTimeout',
  ],
  [/^SendSIGKILL$/, 'lost', 'what outlives StopTimeout gets SIGKILL, always; raise StopTimeout'],
  [/^TimeoutStopFailureMode$/, 'lost', 'what outlives StopTimeout gets SIGKILL, always; raise StopTimeout'],
  [
    /^(?:TimeoutAbortSec|RuntimeMaxSec|RuntimeRandomizedExtraSec)$/,
    'lost',
    'a service runs until it is stopped: start the program through timeout',
  ],
  [
    /^(?:RestartSteps|RestartMaxDelaySec|RestartMode|RestartForceExitStatus)$/,
    'lost',
    'RestartDelay doubles by itself up to 60 s; RestartPolicy says when a restart comes',
  ],
  [
    /^RestartPreventExitStatus$/,
    'lost',
    'SuccessExitCodes makes an exit code a clean end, after which RestartPolicy OnFailure restarts nothing',
  ],
  [
    /^(?:PassEnvironment|UnsetEnvironment)$/,
    'lost',
    'variables of all services stand below Machine\\System\\Init\\EnvVars, those of one in Environment; nothing else is passed on',
  ],
  [
    /^(?:RuntimeDirectory|StateDirectory|CacheDirectory|LogsDirectory|ConfigurationDirectory)(?:Mode|Preserve|Quota|Accounting)$/,
    'lost',
    'directories are made with mode 0755 and kept: change them in an ExecStartPre',
  ],
  [/^(?:ExecCondition)$/, 'lost', 'Conditions skip a start by paths; an ExecStartPre can only fail it'],
  [/^ExecStopPost$/, 'lost', 'nothing is run after the end: do it in an ExecStartPre of the next start, or in the program'],
  [
    /^(?:SurviveFinalKillSignal|CoredumpReceive|DebugInvocation|RefreshOnReload|FileDescriptorStorePreserve)$/,
    'lost',
    'there is nothing like it here',
  ],
];
