/** Sets of definitions: names, decoding as a whole, what changed, which findings are new. */
import t from 'tap';
import { decodeDefinition, decodeDefinitions } from '../../../../src/policy/definition/decode.ts';
import { diffDefinitions, newFindings } from '../../../../src/policy/definition/diff.ts';
import { foldName, isServiceName } from '../../../../src/policy/definition/names.ts';
import type { Finding } from '../../../../src/policy/definition/set.ts';
import { matchEach, only } from '../../../support/lists.ts';
import type { Values } from './raw.ts';
import { raw, refusal, refused, webWith } from './raw.ts';

const setOf = (services: Readonly<Record<string, Values>>) =>
  decodeDefinitions(
    Object.entries(services).map(([name, values]) => raw(name, { ImagePath: '/bin/x', ...values })),
    [],
  );

t.test('SVC-001 names have 1 to 128 characters of A-Z a-z 0-9 . _ - and keep their spelling', async (t) => {
  for (const name of ['a', 'x'.repeat(128), 'A.b_c-9', '.', '-']) {
    t.ok(isServiceName(name), name);
    const one = decodeDefinition(raw(name, { ImagePath: '/x' }));
    t.match(one, { name, definition: { name } });
    t.strictSame(one.findings, []);
  }
  for (const name of ['', 'x'.repeat(129), 'a b', 'ä', 'a/b', 'a\n', 'mount:/x', 'K\u212a'])
    t.notOk(isServiceName(name), JSON.stringify(name));
});

t.test('SVC-001 D-14 names are compared without case; those of mounts are paths and compared as they are', async (t) => {
  t.equal(foldName('Web.Server'), foldName('WEB.sERVER'));
  t.not(foldName('mount:/Data'), foldName('mount:/data'));
  const { services } = decodeDefinitions([raw('web', { ImagePath: '/a' }), raw('WEB', { ImagePath: '/b' })], []);
  t.strictSame(only(services, 'name', 'definition'), [{ name: 'web', definition: null }]);
  matchEach(t, services[0]?.findings, [{ kind: 'invalid', field: null, message: /defined twice, also as "WEB"/ }]);
  t.equal(services.length, 1);
});

t.test('SVC-018 a key with an illegal name is a failed entry and leaves the others alone', async (t) => {
  const { services } = setOf({ 'a b': {}, 'mount:/data': {}, fine: {} });
  t.strictSame(
    services.map(({ name, definition, findings }) => `${name} ${definition?.name ?? 'refused'} ${findings.length}`),
    ['a b refused 1', 'mount:/data refused 1', 'fine fine 0'],
  );
  matchEach(t, services[0]?.findings, [{ service: 'a b', field: null, kind: 'invalid', message: /^service "a b": the name of its key/ }]);
});

t.test('SVC-019 dependency fields take a service name, or mount: and an absolute path', async (t) => {
  for (const field of ['Requires', 'Wants', 'BindsTo', 'Conflicts']) {
    t.strictSame(only(setOf({ web: { [field]: ['db', 'mount:/data', 'mount:/'] } }).services, 'findings'), [{ findings: [] }], field);
    for (const text of ['a/b', '', 'mount:', 'mount:data', 'Mount:/x', 'a b', 'x'.repeat(129)]) {
      t.strictSame(setOf({ web: { [field]: [text] } }).services.map(refusal), [refused(field)], `${field} ${text}`);
    }
  }
  t.strictSame(setOf({ web: { OnFailure: 'a/b' } }).services.map(refusal), [refused('OnFailure')]);
});

t.test('DEF-070 BOOT-043 a broken definition fails alone', async (t) => {
  const { services } = setOf({ one: { Type: 7 }, two: {} });
  t.strictSame(
    services.map(({ name, definition, findings }) => `${name} ${definition?.name ?? 'refused'} ${findings.length}`),
    ['one refused 1', 'two two 0'],
  );
});

t.test('the keys of a set are kept in lower case', async (t) => {
  const { keys } = decodeDefinitions([], ['Machine\\System\\Services\\Web']);
  t.strictSame([...keys], ['machine\\system\\services\\web']);
});

t.test('definitions are plain data', async (t) => {
  const definition = webWith({ Triggers: ['timer:daily'], ExecReload: '/bin/x', ServiceSecurity: new Uint8Array([1]) });
  t.strictSame(structuredClone(definition), definition);
});

t.test('GEN-025 the difference of two sets names what was added, changed in content, and removed', async (t) => {
  const old = setOf({
    same: { Arguments: ['a'], ServiceSecurity: new Uint8Array([1, 2]) },
    gone: {},
    edited: { Arguments: ['a'] },
    sd: { ServiceSecurity: new Uint8Array([1]) },
    broken: { Type: 9 },
    spelt: {},
    stays: { Type: 9 },
  });
  const next = setOf({
    new: {},
    same: { Arguments: ['a'], ServiceSecurity: new Uint8Array([1, 2]), Unknown: 7 },
    edited: { Arguments: ['a', 'b'] },
    sd: { ServiceSecurity: new Uint8Array([2]) },
    broken: {},
    SPELT: {},
    stays: { Type: 9 },
  });
  t.strictSame(diffDefinitions(old, next), { added: ['new'], updated: ['edited', 'sd', 'broken', 'SPELT'], removed: ['gone'] });
  t.strictSame(diffDefinitions(next, next), { added: [], updated: [], removed: [] });
});

t.test('GEN-025 a field that is set to its default changes nothing, one that is unset from another value does', async (t) => {
  t.strictSame(diffDefinitions(setOf({ web: {} }), setOf({ web: { StopTimeout: 10 } })).updated, []);
  t.strictSame(diffDefinitions(setOf({ web: { HookIdentity: 'x' } }), setOf({ web: {} })).updated, ['web']);
});

t.test('findings that were in force before are not new', async (t) => {
  const finding = (service: string, message: string, kind: Finding['kind'] = 'invalid'): Finding => ({
    service,
    field: 'Type',
    message,
    kind,
  });
  const old = [finding('web', 'x'), finding('gone', 'x')];
  const next = [
    finding('WEB', 'x'),
    finding('web', 'y'),
    finding('db', 'x'),
    finding('web', 'x', 'conflict'),
    finding('new', 'x', 'warning'),
  ];
  t.strictSame(newFindings(old, next), next.slice(1));
});
