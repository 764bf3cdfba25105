import t from 'tap';
import { fileIds } from '../../../src/authority/file-ids.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import { wellKnown } from '../../../src/security/well-known.ts';

const number = (name: string, data: number): RegistryValue => ({ name, type: 'DWORD', data });
const machine = 'S-1-5-21-1-2-3';

t.test('O-143 ids are those that the registry says were given, and no others', async (t) => {
  const ids = fileIds([
    { path: '', values: [{ name: 'MachineSid', type: 'SZ', data: machine }] },
    { path: 'Accounts\\web', values: [number('Rid', 1000), number('Uid', 3000)] },
    { path: 'Accounts\\db', values: [number('Rid', 1001)] },
    { path: 'Accounts\\new', values: [number('Rid', 1002)] },
    { path: 'Accounts\\broken', values: [number('Rid', 1003), number('Uid', 0)] },
    { path: 'Groups\\pages', values: [number('Rid', 1004), number('Gid', 70)] },
    { path: 'Ids', values: [number(`${machine}-1001`, 40_001), number('service:Web', 40_002), number('service:bad', 7)] },
  ]);
  for (const [sid, uid, gid] of [
    [wellKnown.system, 0, 0],
    [wellKnown.administrators, null, null],
    [wellKnown.everyone, null, null],
    ['S-1-22-1-1000', 1000, null],
    ['S-1-22-2-50', null, 50],
    ['S-1-22-1-4294967295', null, null],
    [`${machine}-1000`, 3000, 3000],
    [`${machine}-1001`, 40_001, 40_001],
    [`${machine}-1002`, null, null],
    [`${machine}-1003`, null, null],
    [`${machine}-1004`, null, 70],
    [`${machine}-1`, null, null],
    [serviceSid('web'), null, 40_002],
    [serviceSid('bad'), null, null],
  ] as const)
    t.strictSame([ids.uidOf(sid), ids.gidOf(sid)], [uid, gid], sid);
  t.strictSame([fileIds([]).uidOf(`${machine}-1000`), fileIds([]).gidOf(serviceSid('web'))], [null, null]);
});
