/** What is read for a process before its token is asked for. */
import t from 'tap';
import type { HelperResult } from '../../../src/exec/helper.ts';
import { createProcessEnvironments } from '../../../src/exec/process-environments.ts';
import { fileLimit } from '../../../src/kernel/helper-protocol.ts';
import type { Account, TokenOutcome } from '../../../src/platform/identity.ts';
import type { EnvironmentSources } from '../../../src/policy/effects.ts';
import type { TokenDone } from '../../../src/policy/events.ts';
import { systemFacts } from '../../support/token-facts.ts';

function createScene() {
  const runs: { readonly argv: readonly string[]; cancelled: boolean; readonly done: (result: HelperResult) => void }[] = [];
  const asked: string[] = [];
  const posted: TokenDone[] = [];
  const environments = createProcessEnvironments({
    helper: {
      run(argv, _timeoutMs, done) {
        const run = { argv, cancelled: false, done };
        runs.push(run);
        return () => {
          run.cancelled = true;
        };
      },
    },
    identities: {
      request: ({ job }) => void asked.push(job),
      cancel: (job) => void asked.push(`not ${job}`),
      drop: (token) => void asked.push(`token ${token} back`),
    },
    post: (event) => void posted.push(event),
  });
  const request = (reads?: EnvironmentSources): void =>
    environments.request({
      kind: 'request-token',
      job: 'j',
      service: 'web',
      key: 'web',
      identity: 'SYSTEM',
      requiredPrivileges: null,
      ...(reads === undefined ? {} : { reads }),
    });
  const answer = (head: string, content = ''): void =>
    runs.at(-1)?.done({ kind: 'exited', exitCode: 0, output: new TextEncoder().encode(`${head}\n${content}`) });
  const file = (content: string): void => answer(`0 ${content.length} 1`, content);
  return { environments, runs, asked, posted, request, answer, file };
}

/** A token of that user came. */
const granted = (uid = 0, account: Account | null = null): TokenOutcome => ({
  ok: true,
  token: 7,
  facts: { ...systemFacts, uid },
  account,
});
const own = { file: { path: '/etc/web.env', required: true }, account: false };
const failure = (message: string): TokenDone => ({ kind: 'token-done', job: 'j', outcome: { ok: false, message } });

t.test('O-28 without files the token is asked for at once', async (t) => {
  const { environments, runs, asked, request } = createScene();
  request();
  t.strictSame([runs, asked, environments.take('j')], [[], ['j'], []]);
});

t.test('O-28 the file is read before the token is asked for, the account of its user after it came', async (t) => {
  const { environments, runs, asked, posted, request, file } = createScene();
  request({ ...own, account: true });
  t.strictSame([runs.map(({ argv }) => argv), asked], [[['read', '/etc/web.env']], []]);
  file('HOME=/srv\n');
  t.strictSame(asked, ['j']);
  environments.answered('j', granted(33));
  t.strictSame([runs[1]?.argv, posted], [['read', '/etc/passwd'], []]);
  file('root:x:0:0::/root:/bin/bash\nweb:x:33:33::/var/www:/bin/false\n');
  t.strictSame(posted, [{ kind: 'token-done', job: 'j', outcome: { ok: true, token: 7, facts: { ...systemFacts, uid: 33 } } }]);
  const account = ['HOME=/var/www', 'USER=web', 'LOGNAME=web', 'SHELL=/bin/false'];
  t.strictSame(environments.take('j'), [...account, 'HOME=/srv'], 'what the file says wins');
  t.strictSame(environments.take('j'), [], 'it is handed out once');
});

t.test('O-28 an account that came with the token is taken as it is; root is root where nobody says so, others have none', async (t) => {
  const variables = (outcome: TokenOutcome, passwd: string | null): readonly string[] => {
    const { environments, runs, request, answer } = createScene();
    request({ file: null, account: true });
    environments.answered('j', outcome);
    t.equal(runs.length, passwd === null ? 0 : 1);
    if (passwd !== null) answer(passwd);
    return environments.take('j');
  };
  const told = granted(61001, { name: 'web', home: '/srv/web', shell: '/bin/sh' });
  t.strictSame(variables(told, null), ['HOME=/srv/web', 'USER=web', 'LOGNAME=web', 'SHELL=/bin/sh']);
  t.strictSame(variables(granted(0), '2'), ['HOME=/root', 'USER=root', 'LOGNAME=root', 'SHELL=/bin/sh']);
  t.strictSame(variables(granted(61001), '2'), []);
});

t.test('O-28 a token that comes for nobody any more while its account is read is given back', async (t) => {
  const { environments, runs, asked, posted, request } = createScene();
  request({ file: null, account: true });
  environments.answered('j', granted(33));
  environments.cancel('j');
  t.strictSame([runs[0]?.cancelled, asked, posted], [true, ['j', 'token 7 back', 'not j'], []]);
});

t.test('O-28 a file that may be missing may be missing, every other fault fails the start', async (t) => {
  const optional = createScene();
  optional.request({ file: { path: '/etc/web.env', required: false }, account: false });
  optional.answer('2');
  t.strictSame([optional.asked, optional.posted], [['j'], []]);
  const message = (act: (scene: ReturnType<typeof createScene>) => void): unknown => {
    const scene = createScene();
    scene.request(own);
    act(scene);
    t.strictSame(scene.asked, []);
    return scene.posted;
  };
  t.strictSame(
    message(({ answer }) => answer('2')),
    [failure('its EnvironmentFile /etc/web.env is not there; make it, or write -/etc/web.env if it may be missing')],
  );
  t.strictSame(
    message(({ answer }) => answer('13')),
    [failure('its EnvironmentFile /etc/web.env cannot be read: EACCES (permission denied)')],
  );
  t.strictSame(
    message(({ answer }) => answer('0 3 0', 'A=1')),
    [failure(`its EnvironmentFile /etc/web.env has more than ${fileLimit} bytes`)],
  );
  t.strictSame(
    message(({ file }) => file('A=1\nhunter2\n')),
    [failure('its EnvironmentFile /etc/web.env line 2: it has no equal sign; correct it')],
  );
  t.strictSame(
    message(({ runs }) => runs[0]?.done({ kind: 'timed-out', output: new Uint8Array(0) })),
    [failure('its EnvironmentFile /etc/web.env was not read: it could not be read within 5 s')],
  );
  t.strictSame(
    message(({ answer }) => answer('0 30 1', 'cut off')),
    [failure('its EnvironmentFile /etc/web.env was not read: the helper program did not answer')],
  );
});

t.test('what is not wanted any more is not read, and a token that is refused leaves nothing behind', async (t) => {
  const { environments, runs, asked, posted, request, file } = createScene();
  request(own);
  environments.cancel('j');
  t.strictSame([runs[0]?.cancelled, asked], [true, ['not j']]);
  request(own);
  file('A=1\n');
  environments.answered('j', { ok: false, message: 'no' });
  t.strictSame([posted, environments.take('j')], [[failure('no')], []]);
});
