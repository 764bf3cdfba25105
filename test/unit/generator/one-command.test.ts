/**
 * A new command, a new member and a new error code are written into the schema and nowhere else: `bin/generate` alone brings them into five
 * languages, the reference, the JSON Schemas, the facts, the golden lines, and the list of what the conformance suite has no case about.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { judge } from '../../../.ci/compatibility/compare.ts';
import { conformanceGaps, readSubjects } from '../../../.ci/conformance-gaps.ts';
import type { WireDocument } from '../../../spec/plugin/targets/json/wire-document.ts';
import { loadSuite } from '../../conformance/runner/load.ts';
import { environment, filesBelow, project } from './support.ts';

const song = `// Command sing: what a service is good for.
edition = "2023";

package peinit.control.v1;

import "peinit/options/v1/options.proto";

// Asks a service for a song.
message SingRequest {
  // Name of the service, which counts in any case.
  string service = 1 [(options.v1.wire).presence = PRESENCE_REQUIRED];
}

// What was sung.
message SingResponse {
  // How many verses it had.
  uint32 verses = 1 [(options.v1.wire).presence = PRESENCE_REQUIRED];
}
`;

const copy = t.testdir({});

/** Puts `added` between two texts that stand side by side once in a file of the copy. */
function plant(file: string, before: string, added: string, behind: string): void {
  const path = join(copy, 'spec/peinit/control/v1', file);
  const whole = readFileSync(path, 'utf8');
  if (whole.split(`${before}${behind}`).length !== 2) throw new Error(`${file} does not have ${JSON.stringify(before + behind)} once`);
  writeFileSync(
    path,
    whole.replace(`${before}${behind}`, () => `${before}${added}${behind}`),
  );
}

for (const path of ['bin', 'spec/peinit', 'spec/plugin', 'buf.yaml', 'buf.gen.yaml', 'package.json'])
  cpSync(join(project, path), join(copy, path), { recursive: true });
mkdirSync(join(copy, 'gen'));
symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));

writeFileSync(join(copy, 'spec/peinit/control/v1/sing.proto'), song);
plant('control_service.proto', 'import "peinit/control/v1/shutdown.proto";\n', 'import "peinit/control/v1/sing.proto";\n', '');
plant(
  'control_service.proto',
  '',
  `  // Sings a song.
  rpc Sing(SingRequest) returns (SingResponse) {
    option (options.v1.command) = {
      name: "sing"
      target: TARGET_SERVICE
      rights: [RIGHT_SERVICE_QUERY_STATUS]
      extension: true
      section: "1.1"
    };
  }
`,
  '  // Lists the timers of services.\n',
);
plant(
  'status.proto',
  'message StatusResponse {\n',
  '  // What it hums at the moment; null while it is silent.\n  string tune = 1000 [(options.v1.wire).presence = PRESENCE_NULLABLE];\n',
  '',
);
plant(
  'error.proto',
  '',
  `  // No song has that key.
  ERROR_CODE_OUT_OF_TUNE = 1000 [(options.v1.value) = {
    json: "OUT_OF_TUNE"
    remedy: "Sing it again."
  }];
`,
  '  // The caller lacks the right.\n',
);
execFileSync('sh', [join(copy, 'bin/generate')], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });

const read = (path: string): string => readFileSync(join(copy, path), 'utf8');
const roots = read('gen/manifest.txt')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** All that is printed for a language: its library, its driver. */
const printedFor = (language: string): string =>
  roots
    .filter((root) => root.startsWith(`clients/${language}/`))
    .flatMap((root) => filesBelow(join(copy, root)).map((file) => read(join(root, file))))
    .join('\n');

for (const language of ['c', 'go', 'python', 'rust', 'typescript'])
  t.test(`${language} has the new command, member and code, with their comments`, async (t) => {
    const printed = printedFor(language);
    t.match(printed, /["'`]sing["'`]/, 'the command as it stands on the wire');
    t.match(printed, /\bverses\b/i, 'a member of its answer');
    t.match(printed, /\btune\b/i, 'the member of an answer that was there before');
    t.match(printed, /OUT_OF_TUNE/i, 'the code');
    for (const comment of ['Sings a song.', 'How many verses it had.', 'What it hums at the moment', 'No song has that key.'])
      t.ok(printed.includes(comment), comment);
  });

t.test('the daemon, the reference, schemas, facts and golden lines have them', async (t) => {
  t.match(read('gen/control/handlers.ts'), /readonly sing: \{ readonly request: SingRequest; readonly response: SingResponse \}/);
  const page = read('docs/reference/control.md');
  t.match(page, /^## sing$/m);
  t.match(page, /^\| `tune` \| .*What it hums at the moment; null while it is silent\./m);
  t.match(read('docs/reference/errors.md'), /^\| `OUT_OF_TUNE` \| No song has that key\. \| Sing it again\./m);
  t.match(read('gen/json-schema/control/sing.answer.json'), /"verses"/);
  t.match(read('gen/json-schema/control/status.answer.json'), /"description": "What it hums at the moment; null while it is silent\."/);
  t.match(read('gen/json-schema/control/error.json'), /"const": "OUT_OF_TUNE"/);
  t.equal(read('gen/golden/control/sing.request.jsonl').split('\n')[0], '{"command":"sing","service":"web"}');
  t.match(read('gen/golden/control/sing.answer.jsonl'), /^\{"status":"ok","verses":\d+\}$/m);
  t.match(read('gen/golden/control/error.jsonl'), /"code":"OUT_OF_TUNE"/);
  t.match(read('gen/golden/control/status.answer.jsonl'), /"tune":null/);
});

t.test('O-170 the comparison with what was released names all three, and asks for a minor version', async (t) => {
  const released = JSON.parse(readFileSync(join(project, 'gen/wire.json'), 'utf8')) as WireDocument;
  const { problems } = judge(released, JSON.parse(read('gen/wire.json')) as WireDocument);
  const { major, minor } = released.protocol ?? { major: 0, minor: 0 };
  const advice = `; make the version ${major}.${minor + 1} in the option protocol in spec/peinit/control/v1/control_service.proto`;
  t.strictSame(
    problems,
    [
      'value OUT_OF_TUNE of control.ErrorCode is new',
      'member tune of control.StatusResponse is new',
      'message control.SingRequest is new',
      'message control.SingResponse is new',
      'command sing of control.ControlService is new',
    ].map((one) => one + advice),
  );
});

t.test('the conformance suite is told that it has no case about them, and gets one to be filled in', async (t) => {
  const { cases } = loadSuite();
  const before = new Set(conformanceGaps(readSubjects(project), cases));
  t.strictSame(
    conformanceGaps(readSubjects(copy), cases).filter((gap) => !before.has(gap)),
    ['command control/sing', 'code control/OUT_OF_TUNE'],
  );
  t.match(read('gen/conformance-skeletons/control/sing.yaml'), /command: sing\b[\s\S]*verses/);
});
