/** Bugs in the source of the policy, the control room and the output room, subtle ones: each is a few letters, and its rule must say so. */
import type { Favour } from './favours.ts';
import { editsOfStarting, restartsAtTheEnd, restartsOfOpponents } from './favours.ts';
import type { Rule } from './life.ts';
import type { Edit } from './planted.ts';

export interface BugInSource {
  readonly rule: Rule;
  /** What is wrong. */
  readonly bug: string;
  readonly edits: readonly Edit[];
  /** Its moments are rare: what makes them frequent. */
  readonly favour?: Favour;
  readonly noticed: RegExp;
  /** It shows in that life, and in none of the usual ones before it. */
  readonly from?: number;
}

export const bugsInSource: readonly BugInSource[] = [
  {
    rule: 'conflicts',
    bug: 'an opponent that is starting is not stopped',
    edits: [
      {
        find: "    switch (opponent.state) {\n      case 'starting':\n",
        replace: "    if (opponent.state === 'starting') continue;\n    switch (opponent.state) {\n      case 'starting':\n",
      },
    ],
    noticed: /started (beside|while the main process of) \w+, its opponent/,
    from: 528,
  },
  {
    rule: 'conflicts',
    bug: 'an opponent that is stopping is not awaited',
    edits: [{ find: " && state !== 'reloading' && state !== 'stopping';", replace: " && state !== 'reloading';" }],
    noticed: /started beside \w+, its opponent, which was stopping/,
    from: 508,
  },
  {
    rule: 'conflicts',
    bug: 'an opponent in the stop leg of a restart is only awaited, and that it comes up again is not seen',
    edits: [
      { find: "if (runningOperation(turn, opponent)?.record.type === 'restart')", replace: 'if (turn.state.services.size < 0)' },
      { find: 'if (besieger !== undefined) lookLater(turn, besieger);\n  }\n}\n\n/** It has ended', replace: '  }\n}\n\n/** It has ended' },
    ],
    favour: restartsOfOpponents,
    noticed: /waits for the end of \w+, its opponent, which is \w+/,
    from: 508,
  },
  {
    rule: 'operations',
    bug: 'an operation expires although it runs',
    edits: [
      {
        find: "  tell(turn, operation);\n  disarm(turn, 'expiry', operation.record.id);\n}",
        replace: '  tell(turn, operation);\n}',
      },
      {
        find: "if (operation === undefined || operation.record.state !== 'pending') return;",
        replace: 'if (operation === undefined || operation.record.completedAt !== null) return;',
      },
    ],
    noticed: /was running and expired/,
  },
  {
    rule: 'operations',
    bug: 'a restart lives only as long as a start',
    edits: [{ find: 'secondsToNs(startTimeout + stopTimeout)', replace: 'secondsToNs(startTimeout)' }],
    noticed: /expired at \d+, not at \d+/,
  },
  {
    rule: 'shutdown',
    bug: 'the next wave of the shutdown is opened while two of the last one are left',
    edits: [
      {
        find: 'shutdown.done || shutdown.pending.size > 0) return false;',
        replace: 'shutdown.done || shutdown.pending.size > (shutdown.waves.length > 0 ? 2 : 0)) return false;',
      },
    ],
    noticed: /was stopped while a process of \w+, which needs it, lived/,
    from: 507,
  },
  {
    rule: 'shutdown',
    bug: 'all waves of the shutdown are opened at once',
    edits: [
      {
        find: 'shutdown.done || shutdown.pending.size > 0) return false;',
        replace: 'shutdown.done || (shutdown.pending.size > 0 && shutdown.waves.length === 0)) return false;',
      },
    ],
    noticed: /was stopped while a process of \w+, which needs it, lived/,
    from: 507,
  },
  {
    rule: 'reasons',
    bug: 'the stop of a wanted service stops the one that wants it',
    edits: [
      {
        find: 'nodeOf(turn, service)?.boundBy ?? []) {\n    const bound',
        replace: '[...(nodeOf(turn, service)?.boundBy ?? []), ...(nodeOf(turn, service)?.wantedBy ?? [])]) {\n    const bound',
      },
    ],
    noticed: /went from active to stopping because of binds_to_propagation, for which there is no reason/,
  },
  {
    rule: 'reasons',
    bug: 'a bound service stops when its target reloads',
    edits: [{ find: "(from === 'active' && to !== 'reloading') ||", replace: "from === 'active' ||" }],
    noticed: /went from \w+ to stopping because of binds_to_propagation, for which there is no reason/,
    from: 513,
  },
  {
    rule: 'bindings',
    bug: 'the restart of a Oneshot leaves those bound to it alone',
    edits: [{ find: "return restarts ? cause !== 'clean_exit' : ", replace: 'return ' }],
    noticed: /is (active|reloading), bound to \w+, which went to \w+/,
  },
  {
    rule: 'reasons',
    bug: 'a code of SuccessExitCodes counts as a crash',
    edits: [
      {
        find: 'exitCode !== null && (exitCode === 0 || successExitCodes.includes(exitCode));',
        replace: 'exitCode !== null && exitCode === 0;',
      },
    ],
    noticed: /because of process_crash, for which there is no reason/,
    from: 638,
  },
  {
    rule: 'reasons',
    bug: 'a check that passes does not zero the failures before it',
    edits: [
      {
        find: 'const failures = failure === null ? 0 : health.failures + 1;',
        replace: 'const failures = health.failures + (failure === null ? 0 : 1);',
      },
    ],
    noticed: /was killed after \d failed checks in a row/,
  },
  {
    rule: 'reasons',
    bug: 'a check that took too long is counted again when it is reaped',
    edits: [{ find: '  if (counted) return;\n', replace: '' }],
    noticed: /was killed after \d failed checks in a row/,
  },
  {
    rule: 'reasons',
    bug: 'WATCHDOG=1 of a service that was restarted does not count',
    edits: [
      {
        find: "if (isArmed(turn, 'watchdog', service.key)) armWatchdog(",
        replace: "if (service.restarts === 0 && isArmed(turn, 'watchdog', service.key)) armWatchdog(",
      },
    ],
    noticed: /was killed by its watchdog after \d+ ns of silence/,
  },
  {
    rule: 'wants',
    bug: 'a wanted service is awaited only when it has failed before',
    edits: [
      {
        find: 'if (target !== undefined && !attempt.passed.has(key)) want(',
        replace: "if (target !== undefined && !attempt.passed.has(key) && target.state === 'failed') want(",
      },
    ],
    noticed: /started without waiting for \w+, which it wants/,
  },
  {
    rule: 'failures',
    bug: 'a dependent whose start has begun goes on when what it requires fails',
    edits: [
      {
        find: "if (dependent?.state !== 'starting' || dependent.activation === null) continue;",
        replace: "if (dependent?.state !== 'starting' || dependent.activation === null || dependent.activation.used) continue;",
      },
    ],
    noticed: /goes on starting, though \w+, which it needs, went to/,
    from: 509,
  },
  {
    rule: 'handlers',
    bug: 'a handler is started only from inactive and failed',
    edits: [
      {
        find: "if (handler.state === 'active' || handler.state === 'reloading') return;",
        replace: "if (handler.state !== 'inactive' && handler.state !== 'failed') return;",
      },
    ],
    noticed: /failed, and its handler \w+, which is \w+, is not started/,
    from: 516,
  },
  {
    rule: 'handlers',
    bug: 'the failure of a dependency starts the handler too',
    edits: [
      {
        find: '!causeFacts[cause].firesOnFailure ||',
        replace: "(!causeFacts[cause].firesOnFailure && cause !== 'dependency_failure') ||",
      },
    ],
    noticed: /handler \w+ is started, and nobody that names it has failed/,
  },
  {
    rule: 'snapshots',
    bug: 'the program is started as the definition says now',
    edits: [
      {
        find: 'argv: [definition.imagePath, ...definition.arguments],',
        replace: 'argv: [definition.imagePath, ...(service.definition ?? definition).arguments],',
      },
    ],
    favour: editsOfStarting,
    noticed: /runs .*, its definition at the start says/,
    from: 515,
  },
  {
    rule: 'aborts',
    bug: 'a late READY=1 brings a start up that is being asked to end',
    edits: [
      {
        find: "  activation.stage = 'doomed';\n  disarmPhases(turn, service);\n  if (activation.healthJob",
        replace: '  disarmPhases(turn, service);\n  if (activation.healthJob',
      },
    ],
    noticed: /came up, though its start was cut short by/,
    from: 583,
  },
  {
    rule: 'aborts',
    bug: 'a start that is cut short is over with its main process',
    edits: [
      {
        find: '    if (reviewEnding(turn, service, activation)) concludeDoomed',
        replace: '    if (activation.mainGone && activation.hookJob === null) concludeDoomed',
      },
    ],
    noticed: /while \d+ of what was asked lived/,
    from: 525,
  },
  {
    rule: 'aborts',
    bug: 'StartTimeout kills what it should ask',
    edits: [{ find: 'if (!isAskedToEnd(turn, service)) return doom(', replace: 'if (turn.state.services.size > 0) return doom(' }],
    noticed: /is killed at StartTimeout, and nobody has asked it to end/,
  },
  {
    rule: 'aborts',
    bug: 'the shutdown kills starts that it should ask',
    edits: [
      { find: ' || isAskedToEnd(turn, service))\n      running.push(service);', replace: ')\n      running.push(service);' },
      {
        find: 'else if (activation !== null && isAskedToEnd(turn, service)) {',
        replace: 'else if (activation !== null && turn.state.services.size < 0) {',
      },
    ],
    noticed: /went to failed at shutdown, before its wave had its turn/,
  },
  {
    rule: 'shutdown',
    bug: 'what is starting is asked to end before its wave has its turn',
    edits: [
      {
        find: "{ cause: 'shutdown_wave', detail, jobs: [] });",
        replace: "{ cause: 'shutdown_wave', detail, jobs: [] });\n    intend(turn, { kind: 'ask-to-end', service: service.key });",
      },
    ],
    favour: restartsAtTheEnd,
    noticed: /was stopped while a process of \w+, which needs it, lived/,
    from: 559,
  },
  {
    rule: 'stops',
    bug: 'what had to be killed is not told in the status',
    edits: [
      {
        find: "report(turn, 'warning', service.forced, service, limit !== null);",
        replace: "report(turn, 'warning', service.forced, service, limit !== null);\n  service.forced = null;",
      },
    ],
    noticed: /had to be killed, and its status does not say so/,
  },
  {
    rule: 'stops',
    bug: 'what a wrapper leaves is not asked',
    edits: [{ find: "stop.owesRest = stopMode === 'Main';", replace: 'stop.owesRest = false;' }],
    noticed: /a process of \w+ is killed at StopTimeout, and nobody has asked it to end/,
    from: 509,
  },
  {
    rule: 'stops',
    bug: 'what is left is asked again with all the others',
    edits: [{ find: "stop.owesRest = stopMode === 'Main';", replace: 'stop.owesRest = true;' }],
    noticed: /what the main process of \w+ left was asked 2 times to end/,
  },
  {
    rule: 'stops',
    bug: 'a paused process is not woken',
    edits: [{ find: '=> [signal, sigcont];', replace: '=> [signal];' }],
    noticed: /got a stop signal, and no SIGCONT after it/,
  },
  {
    rule: 'stops',
    bug: 'what is left after STOPPING=1 is asked all the same',
    edits: [{ find: 'if (!stop.killed && !activation.saidStopping) askPart(', replace: 'if (!stop.killed) askPart(' }],
    noticed: /what is left of \w+ was asked to end although its main process had said STOPPING=1/,
    from: 549,
  },
  {
    rule: 'stops',
    bug: 'a service is asked by the signal of its last start',
    edits: [
      {
        find: 'const { stopMode, stopSignal, stopTimeout } = service.definition ?? activation.definition;',
        replace:
          'const { stopMode, stopTimeout } = service.definition ?? activation.definition;\n' +
          "  const stopSignal: NamedSignal = { name: 'SIGTERM', signal: 15 };",
      },
    ],
    noticed: /is asked to end by signal 15, its definition says/,
  },
  {
    rule: 'tokens',
    bug: 'a token that comes for nobody is kept',
    edits: [
      {
        find: "return outcome.ok ? emit(turn, { kind: 'drop-token', token: outcome.token }) : undefined;",
        replace: 'return;',
      },
    ],
    noticed: /token \d+ for job .* was neither used nor given back/,
  },
  {
    rule: 'tokens',
    bug: 'the end of an activation leaves its jobs waiting for their tokens',
    edits: [{ find: '  endWaitingJobs(turn, activation);\n', replace: '' }],
    noticed: /waits for a token, but its activation is over/,
  },
  {
    rule: 'tokens',
    bug: 'a kill does not reach what still waits for its token',
    edits: [
      {
        find: "    cancel(turn, job);\n    intend(turn, { kind: 'take-back', service: service.key, job: job.record.id });\n",
        replace: '',
      },
    ],
    noticed: /waits for its token, though what it was to be born in was killed/,
  },
  {
    rule: 'tokens',
    bug: 'hooks run as the service does',
    edits: [{ find: 'definition.hookIdentity === undefined ? ownIdentity', replace: 'true ? ownIdentity' }],
    noticed: /runs as \w+, not as \w+/,
  },
  {
    rule: 'tokens',
    bug: 'the token of a process keeps what its definition takes away',
    edits: [{ find: 'requiredPrivileges: requiredPrivileges ?? null', replace: 'requiredPrivileges: null' }],
    noticed: /keeps all privileges, not SeShutdownPrivilege|keeps all privileges, not none/,
  },
  {
    rule: 'clients',
    bug: 'a right that is missing is not asked for',
    edits: [{ find: '(held & rights) === rights)) return null;', replace: '(held & rights) !== 0)) return null;' }],
    noticed: /was carried out for process|may not do that/,
  },
  {
    rule: 'clients',
    bug: 'a request that is refused leaves no record',
    edits: [{ find: '    desk.denied(denial);\n    return refuseDenied', replace: '    return refuseDenied' }],
    noticed: /the refusal left no record/,
  },
  {
    rule: 'clients',
    bug: 'who may change a service is told all of it',
    edits: [{ find: 'const sees = (): boolean => discretion.sees(caller, service);', replace: 'const sees = (): boolean => true;' }],
    noticed: /may not know: (?:it tells|its message)/,
  },
  {
    rule: 'clients',
    bug: 'texts speak of services that the caller may not query',
    edits: [{ find: 'if (access.queriesAll(caller)) return true;', replace: 'if (text !== withheld) return true;' }],
    noticed: /may not know: it speaks of|was told of/,
  },
  {
    rule: 'clients',
    bug: 'whoever has any right on a service sees it in the list',
    edits: [{ find: "typeof held === 'number' && (held & queryStatus) !== 0", replace: "typeof held === 'number' && held !== 0" }],
    noticed: /may not know: it speaks of/,
    from: 518,
  },
  {
    rule: 'clients',
    bug: 'changed descriptors do not count',
    edits: [{ find: '    if (now === values) return now;', replace: '    if (values !== null) return values;' }],
    noticed: /may not|is missing|it may do that|is wrong|was told of|was carried out/,
  },
  {
    rule: 'output',
    bug: 'lines that were sent over a lost connection are not sent again',
    edits: [{ find: '      entries = [];\n      ring.rewind();\n', replace: '      entries = [];\n' }],
    noticed: /lines are kept of \d+|is told as dropped, and little came after it/,
    from: 528,
  },
  {
    rule: 'output',
    bug: 'writers wait for a daemon that stands still',
    edits: [{ find: ">= patienceNs) become('free');", replace: ">= patienceNs) become('bounded');" }],
    noticed: /a pipe was left alone for/,
    from: 641,
  },
  {
    rule: 'output',
    bug: 'a daemon that has hung up is not asked again',
    edits: [{ find: '    lostBy = reason;\n    connection.later();\n', replace: '    lostBy = reason;\n' }],
    noticed: /nobody has connected to the event daemon|are kept of/,
    from: 526,
  },
  {
    rule: 'output',
    bug: 'the beginning of a line is forgotten when its end is read later',
    edits: [{ find: '    copyBytes(bytes, start, this.#pending, 0, this.#length);\n', replace: '' }],
    noticed: /did not write|are missing, and nobody told|came behind|wrote \d+ lines, and line/,
    from: 526,
  },
  {
    rule: 'output',
    bug: 'lines that were pushed out are not told as dropped',
    edits: [
      {
        find: "    if (burst.firstId > at.log + 1) return sendLoss({ of: 'log', from: at.log + 1, to: burst.firstId - 1 });\n",
        replace: '    if (burst.firstId > at.log + 1) reached({ ...at, log: burst.firstId - 1 });\n',
      },
    ],
    noticed: /log \d+ came behind \d+ over one connection/,
    from: 708,
  },
];
