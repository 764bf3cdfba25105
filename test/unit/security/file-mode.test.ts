import fc from 'fast-check';
import t from 'tap';
import { linuxToken } from '../../../src/platform/hosted/identity/principals.ts';
import { accessCheck } from '../../../src/security/access-check.ts';
import type { SecurityDescriptor } from '../../../src/security/descriptor.ts';
import { fileMode } from '../../../src/security/file-mode.ts';
import { fileMapping } from '../../../src/security/mappings.ts';
import { parseSddl } from '../../../src/security/sddl.ts';
import type { Token } from '../../../src/security/token.ts';
import { ordinaryGroup } from '../../../src/security/token.ts';
import { linuxGroup, linuxUser, wellKnown } from '../../../src/security/well-known.ts';

const alice = linuxUser(1000);
const staff = linuxGroup(50);
const names: Readonly<Record<string, string>> = { alice, staff, bob: linuxUser(1001) };

function descriptor(text: string): SecurityDescriptor {
  const parsed = parseSddl(text.replace(/alice|staff|bob/g, (name) => names[name] ?? ''));
  if (!('control' in parsed)) throw new Error(`${text}: ${JSON.stringify(parsed)}`);
  return parsed;
}

const modeOf = (text: string, kind: 'directory' | 'file' = 'directory'): readonly [string, readonly string[]] => {
  const mode = fileMode(descriptor(`O:aliceG:staff${text}`), kind, staff);
  return 'problem' in mode ? [mode.problem, []] : [mode.mode.toString(8), mode.unkept];
};

t.test('O-145 owner, group and Everyone have what AccessCheck gives them', async (t) => {
  const table: readonly (readonly [string, string, readonly string[]])[] = [
    ['D:(A;;FA;;;alice)(A;;FRFX;;;staff)', '750', []],
    ['D:(A;;FA;;;alice)(A;;FRFX;;;WD)', '755', []],
    ['D:(A;;GA;;;WD)', '777', []],
    // Making things in it without removing those of others.
    ['D:(A;;FA;;;SY)(A;;FRFWFX;;;WD)', '1777', []],
    // Adding files alone is no writing of Linux.
    ['D:(A;;0x3;;;WD)', '444', []],
    ['D:', '0', []],
    // What is denied to one that cannot be told apart is denied to all that might be that one.
    ['D:(D;;FW;;;bob)(A;;FA;;;WD)', '555', [names.bob ?? '']],
    ['D:(D;;FW;;;alice)(A;;FA;;;WD)', '577', []],
    ['D:(D;;FX;;;staff)(A;;FA;;;WD)', '667', []],
    ['D:(A;;FA;;;alice)(A;;FR;;;bob)(A;;FR;;;BA)', '700', [names.bob ?? '', wellKnown.administrators]],
    ['D:(A;;FA;;;alice)(A;;FR;;;AU)', '740', [wellKnown.authenticatedUsers]],
    ['D:(A;;FA;;;alice)(A;;FR;;;WD)(A;;FR;;;BA)', '744', []],
    // Inherited by what is made in it, not for itself.
    ['D:(A;OICIIO;FA;;;WD)(A;;FR;;;alice)', '400', []],
  ];
  for (const [text, mode, unkept] of table) t.strictSame(modeOf(text), [mode, unkept], text);
  t.strictSame(modeOf('D:(A;;FA;;;SY)(A;;FRFWFX;;;WD)', 'file'), ['777', []], 'no sticky bit of a file');
});

t.test('a group that this machine has no id for, or whose owner is its only member, counts as all others', async (t) => {
  const own = fileMode(descriptor('O:aliceG:aliceD:(A;;FA;;;alice)(A;;FR;;;WD)'), 'directory', alice);
  t.strictSame(own, { mode: 0o744, unkept: [] });
  t.strictSame(fileMode(descriptor('O:aliceG:staffD:(A;;FA;;;alice)(A;;FA;;;staff)'), 'directory', null), {
    mode: 0o700,
    unkept: [staff],
  });
  t.match(fileMode(descriptor('G:staffD:(A;;FA;;;WD)'), 'directory', staff), { problem: /no owner/ });
});

const rights = ['FR', 'FW', 'FX', 'FA', 'GR', '0x1', '0x6', '0x47'];
const principals = ['alice', 'staff', 'bob', 'WD', 'AU', 'BA'];
const ace = fc.tuple(fc.constantFrom('A', 'D'), fc.constantFrom(...rights), fc.constantFrom(...principals));

t.test('O-145 whoever it is, the mode allows no more than the descriptor', async (t) => {
  const members: readonly (readonly [string, readonly string[], number])[] = [
    [alice, [], 6],
    [alice, [staff], 6],
    [linuxUser(1001), [staff], 3],
    [linuxUser(1001), [], 0],
    [linuxUser(1002), [wellKnown.administrators], 0],
  ];
  fc.assert(
    fc.property(fc.array(ace, { maxLength: 6 }), (aces) => {
      const text = aces.map(([type, right, who]) => `(${type};;${right};;;${who})`).join('');
      const whole = descriptor(`O:aliceG:staffD:${text}`);
      const found = fileMode(whole, 'file', staff);
      if ('problem' in found) throw new Error(found.problem);
      for (const [user, groups, shift] of members) {
        const sids = [wellKnown.everyone, wellKnown.authenticatedUsers, ...groups];
        const token: Token = { ...linuxToken(1, []), user, groups: sids.map((sid) => ({ sid, attributes: ordinaryGroup })) };
        const answer = accessCheck({ token, descriptor: whole, desired: 0x0200_0000, mapping: fileMapping });
        const granted = answer.status === 'failed' ? 0 : answer.granted;
        const bits = (found.mode >> shift) & 7;
        if ((bits & 4) !== 0 && (granted & 1) === 0) return false;
        if ((bits & 2) !== 0 && (granted & 6) !== 6) return false;
        if ((bits & 1) !== 0 && (granted & 0x20) === 0) return false;
      }
      return true;
    }),
  );
  t.pass('for all lists');
});
