/** Keys of [program:NAME]. */
import { outputFile, outputTaken, setStopSignal, tellIfSearched } from '../advice.ts';
import { plainProgram, withMask } from '../commands.ts';
import type { Draft, Entry, RemarkKind } from '../conversion.ts';
import { setSeconds } from '../durations.ts';
import { setIdentity } from '../identity.ts';
import { splitWords } from '../words.ts';
import { environmentOf } from './sections.ts';

type Handler = (draft: Draft, entry: Entry) => void;

const isYes = (text: string): boolean => /^(?:true|yes|on|1)$/i.test(text);

const remarked =
  (kind: RemarkKind, text: string): Handler =>
  (draft, entry) =>
    draft.remark(kind, entry, text);

const kept = remarked('needless', outputTaken);

const logfile: Handler = (draft, entry) =>
  /^(?:none|auto|syslog|\/dev\/(?:std(?:out|err)|fd\/[12]))$/i.test(entry.value) ? kept(draft, entry) : draft.lost(entry, outputFile);

const policies = { true: 'Always', false: 'Never', unexpected: 'OnFailure' } as const;

export const programKeys: Readonly<Record<string, Handler>> = {
  command(draft, entry) {
    const words = splitWords(entry.value);
    if (words === null || words.length === 0) return draft.lost(entry, 'this is no command line: a quote is not closed, or it is empty');
    const program = plainProgram(words);
    draft.set('imagePath', program.imagePath);
    draft.set('arguments', program.arguments);
    tellIfSearched(draft, entry, words[0]);
  },
  process_name: (draft) => draft.noted(),
  numprocs: (draft) => draft.noted(),
  numprocs_start: (draft) => draft.noted(),
  directory: (draft, entry) => draft.set('workingDirectory', entry.value),
  priority: remarked('lost', 'there are no numbers for the order: Requires or Wants names what must be up before'),
  autostart: (draft, entry) => (isYes(entry.value) ? draft.set('triggers', ['boot']) : draft.set('triggers', [])),
  autorestart(draft, entry) {
    const policy = isYes(entry.value) ? 'true' : entry.value.toLowerCase();
    if (policy === 'true' || policy === 'unexpected') draft.set('restartPolicy', policies[policy]);
    else draft.set('restartPolicy', 'Never');
  },
  startsecs: (draft, entry) =>
    entry.value === '0'
      ? draft.needless(entry, 'a service is up when its process runs')
      : draft.lost(entry, 'a service is up when its process runs: a ReadinessCheck can look for more, and RestartWindow forgets failures'),
  startretries: (draft, entry) => draft.set('restartMaxRetries', Number.parseInt(entry.value, 10) || 0),
  exitcodes(draft, entry) {
    const codes = entry.value
      .split(',')
      .map((code) => code.trim())
      .filter((code) => code !== '' && code !== '0');
    draft.set('successExitCodes', codes);
  },
  stopsignal: (draft, entry) => setStopSignal(draft, entry, entry.value),
  stopwaitsecs: (draft, entry) => void setSeconds(draft, 'stopTimeout', entry),
  stopasgroup: (draft, entry) =>
    isYes(entry.value)
      ? draft.set('stopMode', 'All')
      : draft.needless(entry, 'the main process hears of a stop first, what is left when it has ended then'),
  killasgroup: remarked('needless', 'what outlives StopTimeout is killed with all its children anyway'),
  user: (draft, entry) => setIdentity(draft, entry, entry.value),
  redirect_stderr: kept,
  stdout_logfile: logfile,
  stderr_logfile: logfile,
  environment(draft, entry) {
    const pairs = environmentOf(entry.value);
    if (pairs === null) draft.lost(entry, 'it cannot be read; write Environment as a list of KEY=VALUE');
    else draft.append('environment', ...pairs);
  },
  umask(draft, entry) {
    const { imagePath, arguments: words } = draft.fields;
    if (!/^0?[0-7]{3}$/.test(entry.value) || imagePath === undefined)
      return draft.lost(entry, "have a shell set it and become the program: /bin/sh -c 'umask 027; exec PROGRAM'");
    const program = withMask({ imagePath, arguments: words ?? [] }, entry.value);
    draft.set('imagePath', program.imagePath);
    draft.set('arguments', program.arguments);
  },
  serverurl: remarked('lost', 'peiosctl speaks to the control socket of the machine'),
  stdout_capture_maxbytes: remarked('lost', 'nothing is captured for event listeners: `peiosctl events --json` tells what happens'),
  stderr_capture_maxbytes: remarked('lost', 'nothing is captured for event listeners: `peiosctl events --json` tells what happens'),
  stdout_events_enabled: remarked('lost', 'lines of output are no events; `peiosctl status` shows them'),
  stderr_events_enabled: remarked('lost', 'lines of output are no events; `peiosctl status` shows them'),
  ...Object.fromEntries(
    ['stdout', 'stderr'].flatMap((stream) =>
      ['logfile_maxbytes', 'logfile_backups', 'syslog'].map((key): [string, Handler] => [`${stream}_${key}`, kept]),
    ),
  ),
};
