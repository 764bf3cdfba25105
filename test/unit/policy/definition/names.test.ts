import t from 'tap';
import { serviceOfOrigin } from '../../../../src/policy/definition/names.ts';
import { originText } from '../../../../src/policy/origin.ts';

t.test('WIRE-041 O-173 an origin says whose it is, also where the name of a mount has slashes', async (t) => {
  const origins = [
    { service: 'web', part: null, index: null },
    { service: 'web', part: 'ExecStartPre', index: 0 },
    { service: 'mount:/data', part: null, index: null },
    { service: 'mount:/data', part: 'fsck', index: null },
    { service: 'mount:/data/fsck', part: 'wait', index: null },
  ] as const;
  const texts = origins.map(originText);
  t.strictSame(texts, ['web', 'web/ExecStartPre[0]', 'mount:/data', 'mount:/data//fsck', 'mount:/data/fsck//wait']);
  t.strictSame(
    texts.map(serviceOfOrigin),
    origins.map(({ service }) => service),
  );
  t.equal(serviceOfOrigin('jobs/01a2'), '');
});
