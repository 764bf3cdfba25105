/** Commands that people know from systemctl, supervisorctl, sv, rc-service and docker, with what does it here. */

const boot = "registry set 'Machine/System/Services/NAME'";

const words: readonly (readonly [names: string, answer: string])[] = [
  ['enable', `a service starts with the machine when its Triggers hold boot: peiosctl ${boot} Triggers boot`],
  [
    'disable',
    `take its trigger away: peiosctl registry delete 'Machine/System/Services/NAME' Triggers; Disabled 1 keeps all from starting it`,
  ],
  ['mask', `peiosctl ${boot} Disabled 1 keeps triggers and dependents from starting it; start still does, so there is no full mask here`],
  ['unmask', `peiosctl ${boot} Disabled 0 lets its triggers and dependents start it again`],
  ['is-active is-running', 'peiosctl status NAME ends with 0 when the service is up and with 4 when it is not'],
  ['is-failed', 'peiosctl status NAME --json tells the state; list --failed shows all that have failed'],
  ['is-enabled', 'peiosctl status NAME shows what starts it (starts): at boot, on demand, or disabled'],
  ['is-system-running', 'peiosctl status tells how the machine is; machine-status --wait waits until it has settled'],
  [
    'daemon-reload daemon-reexec reread update',
    'changes of the registry count at once; peiosctl reload-config reads all and says what is wrong',
  ],
  ['list-units list-unit-files units services ps ls', 'peiosctl list shows all services'],
  ['list-dependencies why depends', 'peiosctl explain NAME shows what it needs and what stands in its way'],
  [
    'list-jobs',
    'peiosctl jobs shows ad-hoc jobs; status NAME shows the operation that is under way, events operation.* shows all as they come',
  ],
  ['list-timers', 'peiosctl timers shows when each fires next and what the last run came to'],
  ['crontab cron at atq', 'a timer is a trigger of a service: timer:EXPRESSION; peiosctl analyze calendar tells what cron writes as one'],
  ['calendar', 'peiosctl analyze calendar EXPRESSION tells its next times'],
  ['list-sockets sockets', 'services open their own sockets here; a service can keep them over its restarts (descriptor store)'],
  ['cat show inspect', "peiosctl registry list 'Machine/System/Services/NAME' shows the definition, status NAME --json the state"],
  ['edit config set-property', `peiosctl ${boot} FIELD VALUE changes a definition; registry import adds and changes values, removes none`],
  ['create add new define', 'write a registry file and take it over: peiosctl registry import FILE'],
  ['remove rm delete', "stop it, then peiosctl registry delete 'Machine/System/Services/NAME'"],
  ['log journal journalctl tail maintail', 'peiosctl logs NAME shows the last lines of its output, logs -f NAME follows it'],
  ['list-boots boots', 'peiosctl logs --list-boots shows the boots of which something is kept'],
  ['monitor follow', 'peiosctl watch shows every step of every service'],
  [
    'kill signal',
    'peiosctl stop NAME ends a service, reload NAME sends SIGHUP; for other signals: kill -USR1 PID; status NAME shows the PID',
  ],
  ['term force-stop down', 'peiosctl stop NAME stops a service'],
  ['up once', 'peiosctl start NAME starts a service'],
  ['try-restart condrestart force-reload try-reload-or-restart', 'peiosctl restart NAME stops and starts it'],
  ['reload-or-restart', 'peiosctl reload NAME, or restart NAME'],
  ['reset-failed clear', "peiosctl reset NAME clears failed, abandoned or skipped; reset '*' all that are"],
  ['poweroff reboot halt', 'peiosctl shutdown takes it as its argument: shutdown poweroff, reboot or halt'],
  ['isolate rescue emergency default switch-root kexec soft-reboot', 'peinit has no targets; Safe mode is asked for with peios.safemode=1'],
  ['suspend hibernate sleep', 'peinit does not suspend machines'],
  ['freeze thaw pause unpause', 'services cannot be paused by peinit'],
  ['exec attach shell enter', 'outside of the machine: peinit-sandbox exec MACHINE -- COMMAND; inside: peiosctl run -- COMMAND'],
  ['useradd adduser', 'peiosctl principal add NAME adds an account that services can run as'],
  ['groupadd addgroup', 'peiosctl principal add-group NAME adds a group of accounts'],
  ['userdel deluser groupdel delgroup', 'peiosctl principal remove NAME removes an account or a group'],
  ['usermod gpasswd', 'peiosctl principal join ACCOUNT GROUP and leave change groups; other values stand in the registry'],
  ['grant revoke', 'security grant lets somebody do something with a service, principal grant gives privileges; revoke takes it away'],
  ['allow deny permit chmod chown setfacl getfacl icacls acl', 'security show, grant and revoke: who may do what with a service'],
  ['id who user identity', 'peiosctl whoami tells who you are, principal show of somebody else, analyze security NAME of a service'],
  ['sudo su runas systemd-run', 'peiosctl run -- COMMAND has it run as yourself, under the care of peinit'],
  ['setcap getcap', 'peiosctl principal grant service:NAME PRIVILEGE gives what capabilities are for'],
  ['version', 'peiosctl --version tells it'],
  ['revert', `peiosctl registry delete 'Machine/System/Services/NAME' FIELD takes a field back to its default`],
  ['link preset preset-all', 'a definition is taken over by peiosctl registry import FILE; there are no presets'],
  ['top', 'peiosctl status NAME shows the process, for top of the shell: top -p PID'],
  ['failed', 'peiosctl list --failed shows what has failed'],
  ['verify analyze blame critical-chain', 'peiosctl registry import says what is wrong with a file; explain NAME what a start would do'],
  ['get-default set-default', 'there are no targets; what has the trigger boot starts with the machine'],
  ['man', 'man peiosctl shows its manual, docs/ the rest'],
  ['avail', 'peiosctl list shows all services'],
  ['fg', 'services have no foreground; peiosctl logs -f NAME follows the output of one'],
  ['pid', 'peiosctl status NAME shows the process'],
  ['get set', 'values stand in the registry: peiosctl registry get or set'],
];

const options: readonly (readonly [names: string, answer: string])[] = [
  ['--now', 'start or stop does it now, Triggers says what the machine starts by itself'],
  ['-q --quiet', 'send the output to /dev/null, the exit status tells'],
  ['-p --property --value', 'status NAME --json has all of it'],
  ['--follow', 'logs -f NAME follows the output of a service'],
  ['-u --unit', 'services are named without an option: logs NAME'],
  ['-S -U', 'as words: --since TIME, --until TIME'],
  ['-e --pager-end --tail --no-tail', 'logs shows the last lines, -n N says how many, -n all shows all'],
  ['-k --dmesg', 'dmesg shows what the kernel says'],
  ['--priority', 'events --severity warning shows what is that bad or worse'],
  ['-T --timestamps', 'each line has its time; --json has all of it'],
  [
    '--disk-usage --vacuum-size --vacuum-time --vacuum-files --rotate',
    'status eventd tells how much is stored; MaxSize (megabytes) and MaxAge (days) in the key Machine/System/eventd bound it',
  ],
  ['--no-color --no-colour --color --colour', 'NO_COLOR=1 in the environment switches colours off; only terminals get them'],
  ['-s --signal', 'for a signal of your own: kill -USR1 PID; status NAME shows the PID'],
  ['-t', 'list --failed shows what has failed, list --json has the state of each'],
  ['-a', 'list shows all services'],
  ['--for', 'wait takes --state: wait web --state active'],
  ['-o --output', '--json prints JSON'],
  ['-r -P --reboot --poweroff', 'shutdown takes it as its argument: shutdown poweroff, reboot or halt'],
  ['-H --host -M --machine', 'peiosctl speaks to the machine that it runs in'],
  ['--user --system --global', 'there is one peinit for the whole machine'],
  ['--no-block', '--no-wait answers at once'],
  ['-y --yes --no-ask-password --no-legend --plain', 'peiosctl never asks; leave it out'],
];

/** What journalctl, docker logs and kubectl logs take, where it means something else than with the commands above. */
const readingOptions: typeof options = [
  ['-e --env', 'the last lines are shown anyway, -n N says how many'],
  ['-x --catalog', 'status NAME tells why it failed and what to do'],
  ['-t --identifier', 'services are named without an option, as in logs NAME, and each line has its time'],
  ['-r', '--reverse begins with the newest'],
  ['-p --priority', 'events --severity warning shows what went wrong, logs --stream stderr what was written there'],
  ['--previous', 'logs NAME has what ran before a restart too; -b -1 is the boot before this one'],
  ['-q --quiet', 'what is said beside the lines goes to standard error: 2>/dev/null'],
  ['-a --all', '-n all shows all'],
];

type Answers = ReadonlyMap<string, string>;
const answersOf = (rows: typeof words): Answers =>
  new Map(rows.flatMap(([names, answer]) => names.split(' ').map((name): [string, string] => [name, answer])));
const [wordAnswers, optionAnswers, readingAnswers] = [answersOf(words), answersOf(options), answersOf(readingOptions)];

/** What to do here instead; null: nobody knows the word. */
export const foreignWord = (name: string): string | null => wordAnswers.get(name.toLowerCase()) ?? null;

/** The same for an option of a command. */
export const foreignOption = (name: string, command: string): string | null =>
  (command === 'logs' || command === 'events' ? readingAnswers.get(name) : undefined) ?? optionAnswers.get(name) ?? null;
