import t from 'tap';
import { checkArrows, unusedArrows } from '../../../.ci/arrows.ts';

/** A small house that obeys; each test plants one wrong thing in it. */
const house = {
  gen: { service: { 'types.ts': "export type State = 'active';\n" } },
  src: {
    'main.ts': "import { plan } from './boot/plan.ts';\nimport { step } from './policy/machine.ts';\nplan(step());\n",
    kernel: { 'kernel.ts': 'export interface Kernel {}\n' },
    linux: {
      'real.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
    },
    policy: {
      'machine.ts':
        "import type { State } from '#gen/service/types.ts';\n// new Date() in a comment is fine\nexport const step = (): " +
        "State => 'active';\n",
    },
    boot: {
      'plan.ts':
        "import { constants } from 'node:fs';\nimport type { Kernel } from '../kernel/kernel.ts';\nexport const plan = (x: string, " +
        'k?: Kernel) => [x, k, constants];\n',
    },
  },
};

type Tree = { [name: string]: string | Tree };

/** The house with `content` at `path`, checked. */
function checkWith(test: { testdir(tree: Tree): string }, path: string, content: string): string[] {
  const tree = structuredClone(house) as Tree;
  const names = path.split('/');
  const file = names.pop()!;
  let directory = tree;
  for (const name of names) {
    directory[name] ??= {};
    directory = directory[name] as Tree;
  }
  directory[file] = content;
  return checkArrows(test.testdir(tree));
}

t.test('a house whose arrows all point down has no violation', async (t) => {
  t.same(checkWith(t, 'src/policy/more.ts', 'export const two = 2;\n'), []);
});

t.test('files that import each other are found at each import that closes the circle, types are free', async (t) => {
  const value = "import { step } from '../policy/machine.ts';\nimport { other } from './other.ts';\nexport const one = [step, other];\n";
  const inCircle = (back: string) => {
    const tree = structuredClone(house) as Tree;
    tree['src'] = { ...(tree['src'] as Tree), exec: { 'one.ts': value, 'other.ts': back, 'third.ts': "export * from './one.ts';\n" } };
    return checkArrows(t.testdir(tree));
  };
  t.strictSame(inCircle("import type { one } from './one.ts';\nexport const other: typeof one = [];\n"), []);
  t.strictSame(inCircle("import { one } from './one.ts';\nexport const other = one;\n"), [
    'src/exec/one.ts:2 is in a circle with src/exec/other.ts',
    'src/exec/other.ts:1 is in a circle with src/exec/one.ts',
  ]);
  t.strictSame(inCircle("import './third.ts';\nexport const other = 1;\n"), [
    'src/exec/one.ts:2 is in a circle with src/exec/other.ts',
    'src/exec/other.ts:1 is in a circle with src/exec/third.ts',
    'src/exec/third.ts:1 is in a circle with src/exec/one.ts',
  ]);
  t.strictSame(inCircle("export const other = () => import('./other.ts');\n"), [
    'src/exec/other.ts:1 is in a circle with src/exec/other.ts',
  ]);
});

const planted: readonly { what: string; path: string; content: string; expect: RegExp }[] = [
  {
    what: 'policy importing wire',
    path: 'src/policy/bad.ts',
    content: "export const a = 1;\nimport { x } from '../wire/lines.ts';\nexport const b = x;\n",
    expect: /^src\/policy\/bad\.ts:2 src\/policy may not import src\/wire/,
  },
  {
    what: 'a sum of an instant in the policy',
    path: 'src/policy/bad.ts',
    content: 'export const later = (stamp: { monotonic: bigint }) => stamp.monotonic + 5n;\n',
    expect: /^src\/policy\/bad\.ts:1 monotonic \+ : a sum of an instant is of no clock/,
  },
  {
    what: 'a phase of a service importing another one',
    path: 'src/policy/up/bad.ts',
    content: "import { stop } from '../stopping/stop.ts';\nexport const s = stop;\n",
    expect: /^src\/policy\/up\/bad\.ts:1 src\/policy\/up may not import src\/policy\/stopping/,
  },
  {
    what: 'a type of a higher room, over several lines',
    path: 'src/wire/bad.ts',
    content: "import type {\n  Plan,\n} from '../boot/plan.ts';\nexport type P = Plan;\n",
    expect: /^src\/wire\/bad\.ts:1 src\/wire may not import src\/boot/,
  },
  {
    what: 'a re-export of a higher room',
    path: 'src/exec/bad.ts',
    content: "export * from '../control/dispatch.ts';\n",
    expect: /src\/exec may not import src\/control/,
  },
  {
    what: 'a dynamic import of a higher room',
    path: 'src/output/bad.ts',
    content: "export const load = () => import('../exec/start.ts');\n",
    expect: /src\/output may not import src\/exec/,
  },
  {
    what: 'the kernel seam itself used outside the composition root',
    path: 'src/control/bad.ts',
    content:
      "import type { Kernel } from '../kernel/kernel.ts';\nimport { read } from '../linux/real.ts';\nexport const r = (k: " +
      'Kernel) => [k, read];\n',
    expect: /^src\/control\/bad\.ts:2 src\/control may not import src\/linux \(src\/linux\/real\.ts\)/,
  },
  {
    what: "a table of the seam's contract in the policy, which may name its types only",
    path: 'src/policy/bad.ts',
    content: "import { childStep } from '../kernel/kernel.ts';\nexport const s = childStep;\n",
    expect: /src\/policy may not import src\/kernel .*use `import type`/,
  },
  {
    what: 'a contract of the seam that leans on the seam',
    path: 'src/kernel/loop.ts',
    content: "import { read } from '../linux/real.ts';\nexport const r = read;\n",
    expect: /src\/kernel may not import src\/linux/,
  },
  {
    what: 'anything importing the composition root',
    path: 'src/boot/bad.ts',
    content: "import '../main.ts';\n",
    expect: /src\/boot may not import this \(src\/main\.ts\)/,
  },
  {
    what: 'a directory that is no room',
    path: 'src/utilities/bad.ts',
    content: 'export const a = 1;\n',
    expect: /src\/utilities\/bad\.ts:1 this directory is no room/,
  },
  {
    what: 'a package in the daemon',
    path: 'src/boot/bad.ts',
    content: "import koffi from 'koffi';\nexport default koffi;\n",
    expect: /koffi: no package belongs in PID 1's bundle/,
  },
  {
    what: 'child_process in the daemon',
    path: 'src/exec/bad.ts',
    content: "import { spawn } from 'node:child_process';\nexport const s = spawn;\n",
    expect: /node:child_process: the daemon never blocks/,
  },
  {
    what: 'files read beside the kernel seam',
    path: 'src/boot/bad.ts',
    content: "import { constants, readFileSync } from 'node:fs';\nexport const r = [constants, readFileSync];\n",
    expect: /node:fs: files are reached through the kernel seam/,
  },
  {
    what: 'a timer of libuv in the daemon',
    path: 'src/wire/bad.ts',
    content: '\nexport const later = (f: () => void) => setTimeout(f, 1);\n',
    expect: /^src\/wire\/bad\.ts:2 setTimeout: deadlines come from/,
  },
  {
    what: 'a clock in the policy',
    path: 'src/policy/bad.ts',
    content: 'export const now = () => Date.now();\n',
    expect: /Date\.now: the policy and the rooms of security and authority are pure/,
  },
  {
    what: 'a file that does not parse',
    path: 'src/output/bad.ts',
    content: 'export const a = 1;\nexport const b = ;\n',
    expect: /^src\/output\/bad\.ts:2 does not parse/,
  },
  {
    what: "a module of node's in the policy",
    path: 'src/policy/bad.ts',
    content:
      "import type { BinaryLike } from 'node:crypto';\nimport { randomUUID } from 'node:crypto';\nexport const d: " +
      'BinaryLike = randomUUID();\n',
    expect: /^src\/policy\/bad\.ts:2 node:crypto: the policy, the rooms of security and authority and the generated code/,
  },
  {
    what: 'the name of an event by hand',
    path: 'src/exec/bad.ts',
    content: "export const told = {\n  name: 'service.state',\n};\n",
    expect: /^src\/exec\/bad\.ts:2 "service\.state": events are made by the functions of gen\/events\/events\.ts/,
  },
  {
    what: 'the name of an event made of parts',
    path: 'src/hosted/bad.ts',
    content: `export const name = (state: string) => \`operation.\${state}\`;\n`,
    expect: /^src\/hosted\/bad\.ts:1 `operation\.\$\{: events are made by/,
  },
  {
    what: 'native code outside its rooms',
    path: 'src/output/bad.ts',
    content: "process.dlopen({ exports: {} }, '/x.node');\n",
    expect: /process\.dlopen: only src\/linux/,
  },
];

for (const { what, path, content, expect } of planted) {
  t.test(`the check of the arrows finds ${what}`, async (t) => {
    const violations = checkWith(t, path, content);
    t.equal(violations.length, 1, violations.join('\n'));
    t.match(violations[0], expect);
  });
}

t.test('words in comments, strings and names of members are not taken for code', async (t) => {
  const content =
    "/* setTimeout(x), 'job.ended' */\nexport const message = 'Math.random and Date.now, job.ended';\nexport const f = (x: " +
    '{ performance: number }) => x.performance.toFixed();\n';
  t.same(checkWith(t, 'src/policy/fine.ts', content), []);
});

t.test('an arrow that no import needs is named, and so is one to the contract of the kernel that only types need', async (t) => {
  const root = t.testdir(structuredClone(house) as Tree);
  const table = { 'src/policy': ['gen', 'src/wire'], 'src/boot': ['src/kernel'] };
  t.strictSame(unusedArrows(root, table), [
    '.ci/arrows.ts: src/policy -> src/wire is allowed and no import needs it; take it out',
    '.ci/arrows.ts: src/boot -> src/kernel is allowed and no import needs it; take it out',
  ]);
});
