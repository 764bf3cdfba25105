import fc from 'fast-check';
import t from 'tap';
import { wantedIn } from '../../../src/jobs/request.ts';
import type { JsonObject } from '../../../src/json/text.ts';

const refusal = (request: object): string => {
  const found = wantedIn(request as JsonObject);
  return 'code' in found ? `${found.code}: ${found.problem}` : 'taken';
};

t.test('JFS-006 the members of a job, and what they are when they are left out', async (t) => {
  t.strictSame(wantedIn({ image_path: '/bin/true' }), {
    argv: ['/bin/true'],
    environment: [],
    workingDirectory: '/',
    timeoutSeconds: 0,
    description: null,
  });
  const all = {
    image_path: '/bin/work',
    arguments: ['-x', ''],
    environment: { B: '2', A: '' },
    timeout: 4294967295,
    working_directory: '/srv',
    description: 'nightly',
  };
  t.strictSame(wantedIn(all), {
    argv: ['/bin/work', '-x', ''],
    environment: ['B=2', 'A='],
    workingDirectory: '/srv',
    timeoutSeconds: 4294967295,
    description: 'nightly',
  });
});

t.test('JFS-002 JFS-007 JFS-008 O-91 what is wrong or no member of a job is named', async (t) => {
  const image_path = '/bin/true';
  const cases: readonly (readonly [object, string])[] = [
    [{}, 'member "image_path" is missing; it must be an absolute path without NUL'],
    [{ image_path: 'bin/true' }, 'member "image_path" must be an absolute path without NUL, but is "bin/true"'],
    [{ image_path: '/bin/\u0000' }, 'member "image_path" must be an absolute path without NUL, but is "/bin/\\u0000"'],
    [{ image_path, arguments: 'x' }, 'member "arguments" must be a list, each element a text without NUL, but is "x"'],
    [{ image_path, arguments: [1] }, 'member "arguments" must be a list, each element a text without NUL, but is a list'],
    [{ image_path, timeout: -1 }, 'member "timeout" must be an integer from 0 to 4294967295, but is -1'],
    [{ image_path, timeout: '5' }, 'member "timeout" must be an integer from 0 to 4294967295, but is "5"'],
    [{ image_path, working_directory: '.' }, 'member "working_directory" must be an absolute path without NUL, but is "."'],
    [{ image_path, environment: ['A=1'] }, 'member "environment" must be an object, but is a list'],
    [{ image_path, environment: { A: 1 } }, 'member "environment" must have strings without NUL alone, but "A" is 1'],
    [{ image_path, environment: { A: '\u0000' } }, 'member "environment" must have strings without NUL alone, but "A" is "\\u0000"'],
    [{ image_path, environment: { '': 'x' } }, 'member "environment" has a variable "", which is no name for one'],
    [{ image_path, environment: { 'A=B': 'x' } }, 'member "environment" has a variable "A=B", which is no name for one'],
    ...['identity', 'user', 'uid', 'token'].map((name) => [{ image_path, [name]: 'SYSTEM' }, `a job has no member "${name}"`] as const),
    ...['binds_to', 'conflicts', 'error_control', 'health_check', 'requires', 'restart_policy', 'safe_mode', 'triggers', 'wants'].map(
      (name) => [{ image_path, [name]: [] }, `a job has no member "${name}"`] as const,
    ),
  ];
  for (const [request, problem] of cases) t.equal(refusal(request), `INVALID_ARGUMENTS: ${problem}`);
  t.match(wantedIn({ image_path, identity: 'SYSTEM' }), { remedy: 'It runs as whoever submits it; leave the member out.' });
  t.match(wantedIn({ image_path, wants: [] }), { remedy: /^Members are image_path, arguments, / });
  const many = Object.fromEntries(Array.from({ length: 1025 }, (_, index) => [`V${index}`, '']));
  t.match(refusal({ image_path, environment: many }), /has 1025 variables, more than 1024/);
});

t.test('JFS-002 whatever a request holds, it is taken or refused in words', async (t) => {
  const name = fc.constantFrom('image_path', 'arguments', 'environment', 'timeout', 'working_directory', 'description', 'x');
  const property = fc.property(fc.dictionary(name, fc.jsonValue({ maxDepth: 2 })), (request) => {
    const found = wantedIn(request as JsonObject);
    return 'code' in found
      ? found.problem.length > 10
      : found.argv[0].startsWith('/') && found.environment.every((entry) => entry.includes('='));
  });
  t.doesNotThrow(() => fc.assert(property));
});
