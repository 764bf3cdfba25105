/** What a sound definition is warned of: it does not do what it seems to. */
import t from 'tap';
import { descriptorOf, encodeDescriptor } from '../../../../src/security/descriptor.ts';
import { allowing } from '../../../support/identities.ts';
import type { Values } from './raw.ts';
import { decodeWeb } from './raw.ts';

/** The warnings of a definition that is sound. */
function warnings(values: Values): readonly string[] {
  const { definition, findings } = decodeWeb(values);
  if (definition === null || findings.some(({ kind }) => kind !== 'warning')) throw new Error(JSON.stringify(findings));
  return findings.map(({ message }) => message.replace(/^service web: /, ''));
}

const backslash =
  'The backslash stays, and the quote groups words all the same: no argument can hold a double quote, so write a script for it.';
const single = 'Single quotes are plain characters here: group words with double quotes.';
const mainPid =
  'holds $MAINPID, which nothing replaces here. For a signal write signal:SIGHUP as ExecReload; else let a shell do it, ' +
  '/bin/sh -c "kill -HUP $MAINPID": MAINPID is in the environment of ExecReload and ExecStartPost.';

t.test('DEF-055 quotes that mean something to a shell only are warned of, with field, entry and column', async (t) => {
  t.strictSame(warnings({ ExecStartPre: ['/bin/true', '/bin/echo "a \\"b\\" c"'] }), [
    `ExecStartPre[1] has \\" in column 14. ${backslash}`,
  ]);
  t.strictSame(warnings({ HealthCheck: '/bin/grep "\u{1f600}" \'a b\'' }), [
    `HealthCheck has a word that begins with a single quote in column 15. ${single}`,
  ]);
  t.strictSame(warnings({ ExecReload: `/bin/sh -c 'kill \\"x'"` }), [
    `ExecReload has \\" in column 18. ${backslash}`,
    `ExecReload has a word that begins with a single quote in column 12. ${single}`,
  ]);
  for (const fine of ["/bin/sh -c \"'a b' 'c'\"", "/bin/echo it's", '/bin/echo a\\b', '/bin/echo "it\'s" "\' x"'])
    t.strictSame(warnings({ ExecStartPost: [fine] }), [], fine);
});

const braced = `/bin/kill -s HUP \${MAINPID}`;

t.test('O-24 a command with $MAINPID that no shell reads is warned of', async (t) => {
  for (const text of ['/bin/kill -HUP $MAINPID', braced, '/bin/kill "-1" x$MAINPID', '/bin/x -c=$MAINPID'])
    t.strictSame(warnings({ ExecReload: text }), [`ExecReload ${mainPid}`], text);
  for (const text of ['/bin/sh -c "kill -HUP $MAINPID"', `/bin/bash -ec "${braced}"`, '/bin/kill $MAINPIDS', '/bin/kill MAINPID'])
    t.strictSame(warnings({ ExecReload: text }), [], text);
});

t.test('RST-008 a RestartDelay that the longest delay cuts short is warned of', async (t) => {
  t.strictSame(warnings({ RestartDelay: 60 }), []);
  t.strictSame(warnings({ RestartDelay: 300 }), ['RestartDelay is 300 s, but no delay is longer than 60 s. Set it to 60 or less.']);
});

t.test('DEF-004 triggers that start nothing are warned of', async (t) => {
  t.strictSame(warnings({ Triggers: ['boot', 'Boot', 'socket:/run/x', 'timer:daily'] }), [
    'Triggers[1] "Boot" is of an unknown type and ignored. Write boot in lower case.',
    'Triggers[2] "socket:/run/x" is of an unknown type and ignored. Known are boot and timer:EXPRESSION.',
  ]);
});

t.test('a check of a path that is not absolute is warned of', async (t) => {
  t.strictSame(warnings({ Conditions: ['file:/etc/x', 'file:etc/x'], Asserts: ['directory:./srv'] }), [
    'Conditions[1] "file:etc/x" has a path that does not begin with a slash. ' +
      'It is looked for from the root on: write file:/ and the whole path.',
    'Asserts[0] "directory:./srv" has a path that does not begin with a slash. ' +
      'It is looked for from the root on: write directory:/ and the whole path.',
  ]);
});

t.test('DEF-069 what is for the other type of service only is warned of', async (t) => {
  const remedy = (type: string): string => `It is for ${type} services: remove it, or change Type.`;
  t.strictSame(warnings({ Type: 1, HealthCheck: '/bin/h', WatchdogTimeout: 5, RemainAfterExit: 1 }), [
    `HealthCheck does nothing, for Type is Oneshot. ${remedy('Simple')}`,
    `WatchdogTimeout does nothing, for Type is Oneshot. ${remedy('Simple')}`,
  ]);
  t.strictSame(warnings({ RemainAfterExit: 1, HealthCheck: '/bin/h', WatchdogTimeout: 5 }), [
    `RemainAfterExit does nothing, for Type is Simple. ${remedy('Oneshot')}`,
  ]);
});

t.test('warnings stand beside what makes a definition invalid', async (t) => {
  const { definition, findings } = decodeWeb({ RestartPolicy: 9, Triggers: ['Boot'] });
  t.equal(definition, null);
  t.strictSame(
    findings.map(({ kind, field }) => `${kind} ${field}`),
    ['warning Triggers', 'invalid RestartPolicy'],
  );
});

t.test('SEC-028 a descriptor that cannot be evaluated is warned of, and breaks no definition', async (t) => {
  const [warning] = warnings({ ServiceSecurity: new Uint8Array([1, 2, 3]) });
  t.match(warning, /^ServiceSecurity is no security descriptor: .*\. Whatever it guards answers INTERNAL_ERROR/);
  t.strictSame(warnings({ ServiceSecurity: allowing({}) }), []);
  const ownerless = encodeDescriptor(descriptorOf({ owner: null, group: null, sacl: null, dacl: null }));
  t.match(warnings({ ServiceSecurity: ownerless })[0], /cannot be evaluated: the descriptor has no owner\./);
});
