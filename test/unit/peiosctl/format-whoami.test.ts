/** What peiosctl whoami prints. */
import t from 'tap';
import { formatWhoami } from '../../../clients/peiosctl/format-whoami.ts';
import type { WhoamiResponse } from '../../../gen/control/types.ts';

const counts = ['mandatory', 'by_default', 'enabled'] as const;

const answer: WhoamiResponse = {
  user: 'S-1-5-19',
  user_name: 'LocalService',
  groups: [
    { sid: 'S-1-1-0', name: 'Everyone', attributes: [...counts] },
    { sid: 'S-1-5-80-1', name: null, attributes: [...counts, 'owner'] },
    { sid: 'S-1-5-32-544', name: 'Administrators', attributes: ['deny_only'] },
    { sid: 'S-1-5-32-545', name: 'Users', attributes: [] },
  ],
  privileges: [
    { name: 'SeChangeNotifyPrivilege', enabled: true },
    { name: 'SeCreateJobPrivilege', enabled: false },
  ],
  integrity: 'system',
  recognised_by: 'token',
  uid: 40001,
  pid: 77,
  token_id: 'b5f7f0a2',
  granted: ['SYSTEM_RELOAD_CONFIG'],
};

const shown = (change: Partial<WhoamiResponse> = {}): readonly string[] =>
  formatWhoami({ ...answer, ...change }, (_style, text) => text, null);

t.test('O-87 whoami tells user, process, groups with what is special about them, privileges and rights', async (t) => {
  t.strictSame(shown(), [
    'LocalService (S-1-5-19)',
    '  known by   the token of its process',
    '  process    77, uid 40001',
    '  token      b5f7f0a2',
    '  integrity  system',
    '  groups     Everyone (S-1-1-0)',
    '             S-1-5-80-1: owner',
    '             Administrators (S-1-5-32-544): deny only',
    '             Users (S-1-5-32-545): switched off',
    '  privileges SeChangeNotifyPrivilege',
    '             switched off: SeCreateJobPrivilege',
    '  machine    SYSTEM_RELOAD_CONFIG',
  ]);
});

t.test('O-87 whoami of nobody is short', async (t) => {
  const nobody = { user: 'S-1-5-7', user_name: null, groups: [], privileges: [], token_id: null, granted: [], pid: 0, uid: 65534 } as const;
  t.strictSame(shown({ ...nobody, integrity: 'untrusted', recognised_by: 'anonymous' }), [
    'S-1-5-7',
    '  known by   nothing: its ids are those of nobody here',
    '  process    out of sight, uid 65534',
    '  integrity  untrusted',
    '  machine    no right on it',
  ]);
});
