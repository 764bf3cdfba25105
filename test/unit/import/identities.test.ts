/** Whom imported services run as, and what is said of the rights that came with it elsewhere. */
import t from 'tap';
import { convert } from './support.ts';

const unit = (text: string) => {
  const { services, remarks } = convert('systemd', [{ name: 'it.service', text: `[Service]\nExecStart=/bin/it\n${text}` }]);
  return { identity: services[0]?.fields.identity, remarks: remarks.map(({ kind, word, text: said }) => `${kind} ${word}: ${said}`) };
};

t.test('a user is the Identity, a number its SID, and a dynamic user LocalService in whatever order', async (t) => {
  t.strictSame(unit('User=api\n'), {
    identity: 'api',
    remarks: ['changed User: Identity: api is that user of /etc/passwd; where there is none: peiosctl principal add api'],
  });
  t.equal(unit('User=1000\n').identity, 'S-1-22-1-1000');
  t.equal(unit('User=root\n').identity, 'SYSTEM');
  t.equal(unit('').identity, 'SYSTEM');
  t.equal(unit('User=api\nDynamicUser=yes\n').identity, 'LocalService');
  t.equal(unit('DynamicUser=yes\nUser=api\n').identity, 'LocalService');
  t.equal(unit('DynamicUser=no\nUser=api\n').identity, 'api');
});

t.test('capabilities are told with the grant that gives them, and a directory that the service may not make', async (t) => {
  t.strictSame(unit('AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_TIME\n').remarks, [
    'lost AmbientCapabilities: privileges give capabilities: ' +
      'peiosctl principal grant service:it SeSystemtimePrivilege SeBindPrivilegedPortPrivilege',
  ]);
  t.match(unit('AmbientCapabilities=CAP_SYS_ADMIN\n').remarks.join(), /services are not confined/, 'nobody is granted what SYSTEM has');
  t.strictSame(unit('StateDirectory=it\n').remarks, []);
  t.match(unit('User=api\nStateDirectory=it\n').remarks.at(-1), /^changed StateDirectory: a hook makes it as the Identity, which may not/);
});
