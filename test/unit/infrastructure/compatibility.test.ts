/**
 * What counts as a break of the protocol. The facts of today are the baseline; each case plants one change and names all that must be told
 * of it, word for word.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { compareWires, judge } from '../../../.ci/compatibility/compare.ts';
import type { WireDocument } from '../../../spec/plugin/targets/json/wire-document.ts';

const project = resolve(import.meta.dirname, '../../..');
const text = readFileSync(join(project, 'gen/wire.json'), 'utf8');

/** The document as something that can be changed. */
// biome-ignore lint/suspicious/noExplicitAny: cases reach for any place of it.
type Open = any;
const fresh = (): Open => JSON.parse(text);

interface Case {
  readonly title: string;
  /** Changes the newer document; `older` the one before. */
  readonly plant: (now: Open, older: Open) => void;
  readonly breaks?: readonly string[];
  readonly additions?: readonly string[];
}

const control = (wire: Open): Open => wire.packages.control.services.ControlService;
const commandOf = (wire: Open, name: string): Open => control(wire).commands[name];
const member = (wire: Open, from: string, message: string, name: string): Open => wire.packages[from].messages[message].members[name];
const rename = (table: Open, from: string, to: string): void => {
  table[to] = table[from];
  delete table[from];
};
/** A table whose keys stand in another order. */
const reordered = (table: Open): Open => Object.fromEntries(Object.entries(table).reverse());

const startTimeout = 'member startTimeout of definition.ServiceDefinition';
const definition = (wire: Open, name = 'startTimeout'): Open => member(wire, 'definition', 'ServiceDefinition', name);

const cases: readonly Case[] = [
  { title: 'nothing', plant: () => undefined },
  {
    title: 'other words for people, and other sections',
    plant(now) {
      control(now).text = 'Else.';
      commandOf(now, 'start').text = 'Else.';
      now.packages.control.enums.ErrorCode.values.ACCESS_DENIED.remedy = 'Do this.';
      definition(now).text = 'Else.';
    },
  },
  {
    title: 'a removed command',
    plant: (now) => delete control(now).commands.whoami,
    breaks: ['command whoami of control.ControlService is gone'],
  },
  {
    title: 'a renamed command',
    plant: (now) => rename(control(now).commands, 'list', 'ls'),
    breaks: ['command list of control.ControlService is gone'],
    additions: ['command ls of control.ControlService is new'],
  },
  {
    title: 'a removed member of an answer',
    plant: (now) => delete now.packages.control.messages.StatusResponse.members.uid,
    breaks: ['member uid of control.StatusResponse is gone'],
  },
  {
    title: 'a renamed member of a request',
    plant: (now) => rename(now.packages.control.messages.StartRequest.members, 'wait', 'waits'),
    breaks: ['member wait of control.StartRequest is gone'],
    additions: ['member waits of control.StartRequest is new'],
  },
  {
    title: 'another type of a member',
    plant(now) {
      member(now, 'control', 'StatusResponse', 'uid').type = 'string';
    },
    breaks: ['member uid of control.StatusResponse has another type: "string", before "uint32"'],
  },
  {
    title: 'a member of an answer that may be null now',
    plant(now) {
      member(now, 'control', 'StatusResponse', 'state').presence = 'nullable';
    },
    breaks: ['member state of control.StatusResponse is nullable, before required: it may be null now'],
  },
  {
    title: 'a member of an answer that may be missing now',
    plant(now) {
      member(now, 'control', 'StatusResponse', 'since').presence = 'optional';
    },
    breaks: ['member since of control.StatusResponse is optional, before nullable: it may be missing now'],
  },
  {
    title: 'a member of an answer that is always there now',
    plant(now) {
      member(now, 'control', 'StatusResponse', 'since').presence = 'required';
    },
    additions: ['member since of control.StatusResponse is required, before nullable'],
  },
  {
    title: 'a member of a request that must be there now',
    plant(now) {
      member(now, 'control', 'StartRequest', 'wait').presence = 'required';
    },
    breaks: ['member wait of control.StartRequest is required, before optional: each request must have it now'],
  },
  {
    title: 'a member of a request that may be left out now',
    plant(now) {
      member(now, 'control', 'ShutdownRequest', 'type').presence = 'optional';
    },
    additions: ['member type of control.ShutdownRequest is optional, before required'],
  },
  {
    title: 'a member of a request that may not be null any more',
    plant(now, older) {
      member(older, 'control', 'StartRequest', 'wait').presence = 'nullable';
      member(now, 'control', 'StartRequest', 'wait').presence = 'optional';
    },
    breaks: ['member wait of control.StartRequest is optional, before nullable: it may not be null any more'],
  },
  {
    title: 'a new required member of a request, a new optional one, and one of an answer',
    plant(now) {
      const { members } = now.packages.control.messages.StartRequest;
      members.why = { ...members.service };
      members.how = { ...members.wait };
      now.packages.control.messages.StartResponse.members.next = { ...members.service };
    },
    breaks: ['member why of control.StartRequest is new, and must be in each request'],
    additions: ['member how of control.StartRequest is new', 'member next of control.StartResponse is new'],
  },
  {
    title: 'bounds of what clients write, narrower and wider',
    plant(now) {
      member(now, 'control', 'SubscribeRequest', 'events').maxLength = 64;
      member(now, 'control', 'SubscribeRequest', 'since').max = 1000;
      member(now, 'control', 'FollowRequest', 'services').maxLength = 0;
      member(now, 'output', 'LogsRequest', 'since').pattern = '';
      member(now, 'output', 'LogsRequest', 'boot').pattern = '^x';
    },
    breaks: [
      'member events of control.SubscribeRequest is bounded more for those who write it: it has a length of 64, before 128',
      'member since of control.SubscribeRequest is bounded more for those who write it: ' +
        'it goes from 0 to 1000, before from 0 to 9007199254740991',
      'member boot of output.LogsRequest is bounded more for those who write it: it matches ^x, before anything',
    ],
    additions: [
      'member services of control.FollowRequest has a length of any, before 255',
      'member since of output.LogsRequest matches anything, before ^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z$',
    ],
  },
  {
    title: 'bounds of what clients read, wider and narrower',
    plant(now) {
      member(now, 'control', 'SubscribeResponse', 'id').max = '18446744073709551615';
      member(now, 'control', 'FollowResponse', 'lost').max = 1000;
    },
    breaks: [
      'member id of control.SubscribeResponse is bounded less for those who read it: ' +
        'it goes from 0 to 18446744073709551615, before from 0 to 9007199254740991',
    ],
    additions: ['member lost of control.FollowResponse goes from 0 to 1000, before from 0 to 9007199254740991'],
  },
  {
    title: 'integers as decimal strings, elements that may be null, and another name of the event',
    plant(now) {
      member(now, 'control', 'SubscribeResponse', 'id').decimalString = true;
      member(now, 'control', 'FollowResponse', 'lines').nullElements = true;
      member(now, 'control', 'SubscribeRequest', 'events').nullElements = true;
      member(now, 'control', 'SubscribeResponse', 'payload').payloadOf = 'kind';
    },
    breaks: [
      'member lines of control.FollowResponse may have null among its elements, not so before',
      'member id of control.SubscribeResponse has another form of integers: true, before false',
      'member payload of control.SubscribeResponse has another name of its event: "kind", before "event"',
    ],
    additions: ['member events of control.SubscribeRequest may have null among its elements, not so before'],
  },
  {
    title: 'the kinds of lines that a member stands with',
    plant(now) {
      member(now, 'jobs', 'JobLine', 'pid').withKinds = ['started', 'ended'];
    },
    breaks: ['member pid of jobs.JobLine has another list of kinds that it stands with: ["started","ended"], before ["started"]'],
  },
  {
    title: 'a removed, a renamed and a new enum value',
    plant(now) {
      const { values } = now.packages.service.enums.State;
      delete values.skipped;
      rename(values, 'backoff', 'backing_off');
    },
    breaks: ['value backoff of service.State is gone', 'value skipped of service.State is gone'],
    additions: ['value backing_off of service.State is new'],
  },
  {
    title: 'a removed and a new error code, and one that closes now',
    plant(now) {
      const { values } = now.packages.control.enums.ErrorCode;
      delete values.OPERATION_TIMEOUT;
      values.TEAPOT = { text: 'No.', remedy: 'None.', closes: false };
      values.MALFORMED_REQUEST.closes = true;
    },
    breaks: [
      'value MALFORMED_REQUEST of control.ErrorCode has another closes: true, before null',
      'value OPERATION_TIMEOUT of control.ErrorCode is gone',
    ],
    additions: ['value TEAPOT of control.ErrorCode is new'],
  },
  {
    title: 'another bit of a right, and another number in the registry',
    plant(now) {
      now.packages.options.enums.Right.values.SERVICE_STOP.bit = 16;
      now.packages.definition.enums.Readiness.values.Alive.number = 7;
    },
    breaks: [
      'value Alive of definition.Readiness has another number: 7, before 1',
      'value SERVICE_STOP of options.Right has another bit: 16, before 4',
    ],
  },
  {
    title: 'what a state or a cause means',
    plant(now) {
      now.packages.service.enums.State.values.skipped.satisfies = false;
    },
    breaks: ['value skipped of service.State has another satisfies: null, before true'],
  },
  {
    title: 'a step that is not allowed any more, and a new one',
    plant(now) {
      now.packages.service.enums.State.transitions = now.packages.service.enums.State.transitions.map((step: Open, index: number) =>
        index === 0 ? { ...step, to: 'abandoned', causes: ['clean_exit'] } : step,
      );
    },
    breaks: firstStep('is gone'),
    additions: ['step inactive -> abandoned (clean_exit) of service.State is new'],
  },
  {
    title: 'a cell of the matrix',
    plant(now) {
      commandOf(now, 'start').control.matrix.abandoned = 'new';
    },
    breaks: ['cell abandoned of command start of control.ControlService has another outcome: "new", before "error"'],
  },
  {
    title: 'a cell of the conflict table, and a row',
    plant(now) {
      const { conflicts } = now.packages.service.enums.OperationType;
      conflicts.find(({ live, state }: Open) => live === 'start' && state === 'pending').stop = 'queue';
      now.packages.service.enums.OperationType.conflicts = conflicts.filter(
        ({ live, state }: Open) => live !== 'stop' || state !== 'running',
      );
    },
    breaks: ['conflict row start pending, column stop has another cell: "queue", before "cancel"', 'conflict row stop running is gone'],
  },
  {
    title: 'other rights',
    plant(now) {
      commandOf(now, 'timers').control.rights = 1;
      commandOf(now, 'timers').control.rightNames = ['SERVICE_QUERY_STATUS'];
    },
    breaks: [
      'command timers of control.ControlService has another rights: 1, before 0',
      'command timers of control.ControlService has another rightNames: ["SERVICE_QUERY_STATUS"], before []',
    ],
  },
  {
    title: 'what a command acts on, whether it waits, and when it is served',
    plant(now) {
      commandOf(now, 'jobs').control.target = 'job';
      commandOf(now, 'start').control.defaultWait = false;
      commandOf(now, 'list').control.duringShutdown = false;
      commandOf(now, 'reset').control.duringShutdown = true;
    },
    breaks: [
      'command start of control.ControlService has another value of wait when it is left out: false, before true',
      'command list of control.ControlService is not served during a shutdown any more',
      'command jobs of control.ControlService has another target: "job", before "system"',
    ],
    additions: ['command reset of control.ControlService is served during a shutdown'],
  },
  {
    title: 'the form of an answer',
    plant(now) {
      commandOf(now, 'list').streaming = true;
      commandOf(now, 'start').alternative = null;
      now.packages.registry.services.RegistryService.commands['read-tree'].parts.key = '';
      now.packages.jobs.services.JobsService.commands.submit.pushes.message = 'jobs.Line';
    },
    breaks: [
      'command start of control.ControlService has another alternative: null, ' +
        'before {"response":"control.StatusResponse","without":"operation_id"}',
      'command list of control.ControlService has another streaming: true, before false',
      'command submit of jobs.JobsService has another pushes: {"message":"jobs.Line","by":"","more":""}, ' +
        'before {"message":"jobs.JobLine","by":"","more":""}',
      'command read-tree of registry.RegistryService has another parts: {"list":"nodes","more":"more","key":"","inner":"values"}, ' +
        'before {"list":"nodes","more":"more","key":"path","inner":"values"}',
    ],
  },
  {
    title: 'paths of sockets, discriminator, correlation, outcome, failure and the longest line',
    plant(now) {
      control(now).endpoint.path = '/run/other.sock';
      control(now).endpoint.discriminator = 'op';
      now.packages.registry.services.RegistryService.endpoint.correlation = '';
      now.packages.registry.services.RegistryService.endpoint.maxLine = 1000;
      now.packages.output.services.QueryService.endpoint.maxLine = 131072;
      now.packages.output.services.QueryService.endpoint.outcome = 'done';
      now.packages.output.links.LogService.endpoint.path = '/run/else.sock';
      now.packages.jobs.services.JobsService.endpoint.failure = null;
      now.packages.notify.messages.Notification.datagram.path = '/run/n.sock';
    },
    breaks: [
      'the socket of control.ControlService has another path: "/run/other.sock", before "/run/peinit/control.sock"',
      'the socket of control.ControlService has another discriminator: "op", before "command"',
      'the socket of jobs.JobsService has another failure: null, before "jobs.SubmitFailure"',
      'the datagram socket of notify.Notification has another path: "/run/n.sock", before "/run/peinit/notify.sock"',
      'the socket of output.QueryService has another outcome: "done", before "status"',
      'the socket of output.LogService has another path: "/run/else.sock", before "/run/eventd/log.sock"',
      'the socket of registry.RegistryService has another correlation: "", before "id"',
      'the socket of registry.RegistryService takes shorter lines: 1000, before 4194304',
    ],
    additions: ['the socket of output.QueryService takes longer lines: 131072, before 65536'],
  },
  {
    title: 'where the error code stands',
    plant(now) {
      now.packages.registry.services.RegistryService.errors.member = 'code';
    },
    breaks: [
      'registry.RegistryService has another place of error codes: {"member":"code","enum":"registry.RegistryError"}, ' +
        'before {"member":"error","enum":"registry.RegistryError"}',
    ],
  },
  {
    title: 'forms of a union',
    plant(now) {
      const { union } = now.packages.output.messages.OutputRecord;
      union.member = 'type';
      delete union.forms.hello;
      union.forms.greeting = 'output.HelloRecord';
      union.forms.event = 'output.LogRecord';
    },
    breaks: [
      'output.OutputRecord has another discriminator: "type", before "kind"',
      'form hello of output.OutputRecord is gone',
      'form event of output.OutputRecord has another message: "output.LogRecord", before "output.EventRecord"',
    ],
    additions: ['form greeting of output.OutputRecord is new'],
  },
  {
    title: 'a list of fixed length, longer or in another order',
    plant(now) {
      const message = now.packages.output.messages.RelayedLine;
      message.members = reordered({ ...message.members, raw: { ...message.members.text } });
    },
    breaks: [
      'member raw of output.RelayedLine is new, in a list of fixed length',
      'output.RelayedLine has another order of members: ["raw","text","delta_ns"], before ["delta_ns","text"]',
    ],
  },
  {
    title: 'the name and the severity of an event',
    plant(now) {
      now.packages.events.messages.TimerFired.event.name = 'timer.went_off';
    },
    breaks: [
      'events.TimerFired has another event: {"name":"timer.went_off","audit":false,"severity":"info","severityBy":null}, ' +
        'before {"name":"timer.fired","audit":false,"severity":"info","severityBy":null}',
    ],
  },
  {
    title: 'a value of the registry: name, type, default, effect and bounds',
    plant(now) {
      const { registry } = definition(now);
      registry.name = 'StartLimit';
      registry.type = 'qword';
      registry.default = 60;
      registry.effect = 'service_restart';
      registry.max = 100;
    },
    breaks: [
      `${startTimeout} has another name in the registry: "StartLimit", before "StartTimeout"`,
      `${startTimeout} has another type in the registry: "qword", before "dword"`,
      `${startTimeout} has another default in the registry: 60, before 30`,
      `${startTimeout} has another effect in the registry: "service_restart", before "reloadable"`,
      `${startTimeout} is bounded more for those who write it: it goes from 1 to 100, before from 1 to 4294967295`,
    ],
  },
  {
    title: 'what a value of the registry must be, more or less strictly',
    plant(now) {
      definition(now).registry.required = true;
      definition(now).registry.min = 0;
      definition(now, 'imagePath').registry.required = false;
      definition(now, 'imagePath').registry.emptyIsAbsent = true;
      now.packages.definition.messages.ServiceDefinition.members.extra = { ...definition(now), registry: { ...definition(now).registry } };
    },
    breaks: [`${startTimeout} must be there now`, 'member extra of definition.ServiceDefinition is new, and must be in each key'],
    additions: [
      'member imagePath of definition.ServiceDefinition must be there no more',
      'member imagePath of definition.ServiceDefinition may not be empty no more',
      `${startTimeout} goes from 0 to 4294967295, before from 1 to 4294967295`,
    ],
  },
  {
    title: 'a key of the registry, a parameter and a notify key',
    plant(now) {
      now.packages.settings.messages.MachineSettings.key.path = 'Machine\\System\\Start';
      member(now, 'parameters', 'KernelParameters', 'quiet').parameter.default = '1';
      member(now, 'notify', 'Notification', 'ready').notify.name = 'UP';
    },
    breaks: [
      'member ready of notify.Notification has another notify key: {"name":"UP","value":"1","inert":false}, ' +
        'before {"name":"READY","value":"1","inert":false}',
      'member quiet of parameters.KernelParameters has another parameter: {"name":"peinit.quiet","default":"1"}, ' +
        'before {"name":"peinit.quiet","default":"0"}',
      'settings.MachineSettings has another key: {"path":"Machine\\\\System\\\\Start","watched":false}, ' +
        'before {"path":"Machine\\\\System","watched":false}',
    ],
  },
  {
    title: 'removed and new enums, messages, services, links and packages',
    plant(now) {
      delete now.packages.control.enums.BootMode;
      delete now.packages.control.messages.BootTimes;
      delete now.packages.jobs.services.JobsService;
      delete now.packages.output.links.LogService;
      delete now.packages.mounts;
      now.packages.more = now.packages.paths;
      now.packages.control.enums.Mood = { text: 'A mood.', values: {}, transitions: [], conflicts: [] };
    },
    breaks: [
      'enum control.BootMode is gone',
      'message control.BootTimes is gone',
      'service jobs.JobsService is gone',
      'package mounts is gone',
      'link output.LogService is gone',
    ],
    additions: ['enum control.Mood is new', 'package more is new'],
  },
];

function firstStep(what: string): readonly string[] {
  const [step] = fresh().packages.service.enums.State.transitions;
  return step.causes.map((cause: string) => `step ${step.from} -> ${step.to} (${cause}) of service.State ${what}`);
}

for (const { title, plant, breaks = [], additions = [] } of cases) {
  t.test(`O-169 compared with what was released: ${title}`, async (t) => {
    const [older, now] = [fresh(), fresh()];
    plant(now, older);
    const found = compareWires(older, now);
    t.strictSame({ breaks: found.breaks, additions: found.additions }, { breaks, additions });
  });
}

const versioned = (major: number, minor: number, plant: (wire: Open) => void = () => undefined): WireDocument => {
  const wire = fresh();
  wire.protocol = { major, minor };
  plant(wire);
  return wire;
};
const place = 'the option protocol in spec/peinit/control/v1/control_service.proto';

t.test('O-169 an addition needs a minor version, a break a major one, and the message says which', async (t) => {
  const base = versioned(1, 3);
  const less = (wire: Open): void => void delete control(wire).commands.whoami;
  const more = (wire: Open): void => {
    control(wire).commands.sing = control(wire).commands.list;
  };
  const problems = (now: WireDocument): readonly string[] => judge(base, now).problems;
  t.strictSame(problems(versioned(1, 3)), []);
  t.strictSame(problems(versioned(1, 4, more)), []);
  t.strictSame(problems(versioned(1, 3, more)), [`command sing of control.ControlService is new; make the version 1.4 in ${place}`]);
  for (const minor of [3, 4])
    t.strictSame(problems(versioned(1, minor, less)), [
      `command whoami of control.ControlService is gone; undo it, or make the version 2.0 in ${place}`,
    ]);
  t.strictSame(judge(base, versioned(2, 0, less)), {
    problems: [],
    meant: ['command whoami of control.ControlService is gone'],
    breaking: true,
  });
  t.strictSame(problems(versioned(2, 1, less)), [`after 1.3 comes 2.0 for what breaks, not 2.1: correct ${place}`]);
  t.strictSame(problems(versioned(2, 0, more)), [`nothing breaks, and the major version rose to 2: raise the minor version in ${place}`]);
  t.strictSame(problems(versioned(1, 2)), [`the version went back to 1.2, 1.3 is released: correct ${place}`]);
  t.strictSame(problems({ ...versioned(1, 3), protocol: null }), [`the protocol has no version: state ${place}`]);
  t.strictSame(problems({ ...versioned(1, 3), format: 9 }), [
    'gen/wire.json has the format 9, before 1: others read it, so add to it instead',
  ]);
});

/** What the check needs, in a folder of its own. */
function copied(t: Test): { readonly folder: string; readonly check: () => { readonly status: number | null; readonly stdout: string } } {
  const folder = t.testdir({});
  for (const path of [
    '.ci/compatibility',
    'spec/peinit',
    'spec/released',
    'buf.yaml',
    'gen/wire.json',
    'bin',
    'package.json',
    'buf.gen.yaml',
  ])
    cpSync(join(project, path), join(folder, path), { recursive: true });
  mkdirSync(join(folder, 'spec'), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(project, 'spec/plugin'), join(folder, 'spec/plugin'));
  const env = { ...process.env, PATH: `${join(project, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
  return {
    folder,
    check: () => {
      const { status, stdout } = spawnSync(process.execPath, [join(folder, '.ci/compatibility/main.ts')], { encoding: 'utf8', env });
      return { status, stdout };
    },
  };
}

t.test('O-170 the check sees facts, messages, and a baseline that somebody has changed', async (t) => {
  const { folder, check } = copied(t);
  t.strictSame(check(), { status: 0, stdout: 'the protocol is compatible with what was released, or says that it is not\n' });

  const proto = join(folder, 'spec/peinit/control/v1/whoami.proto');
  const whole = readFileSync(proto, 'utf8');
  writeFileSync(
    proto,
    whole.replace('message WhoamiGroup {', 'message WhoamiGroup {\n  reserved 77;').replaceAll('WhoamiPrivilege', 'WhoamiRight'),
  );
  const messages = check();
  t.equal(messages.status, 1);
  t.match(messages.stdout, /Previously present message "WhoamiPrivilege" was deleted from package/);
  writeFileSync(proto, whole);

  const facts = join(folder, 'gen/wire.json');
  const now = fresh();
  delete control(now).commands.whoami;
  writeFileSync(facts, JSON.stringify(now));
  const seen = check();
  t.equal(seen.status, 1);
  t.match(seen.stdout, /^command whoami of control\.ControlService is gone; undo it, or make the version 2\.0/m);

  writeFileSync(join(folder, 'spec/released/wire.json'), JSON.stringify(now));
  const changed = check();
  t.equal(changed.status, 1);
  t.match(
    changed.stdout,
    /^spec\/released\/wire\.json is not what was released: only `bin\/release --baseline` writes it; get it back from git$/m,
  );
});
