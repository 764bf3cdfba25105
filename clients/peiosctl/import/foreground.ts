/** How well-known programs stay in the foreground, for those whose unit says that they go into the background. */

const ways: Readonly<Record<string, string>> = {
  nginx: 'nginx does with -g "daemon off;" (and StopSignal: SIGQUIT lets it finish its requests)',
  apache2: 'apache2 does with -D FOREGROUND',
  apachectl: 'apachectl does with -D FOREGROUND',
  apache2ctl: 'apache2ctl does with -D FOREGROUND',
  httpd: 'httpd does with -D FOREGROUND',
  chronyd: 'chronyd does with -n',
  cron: 'cron does with -f',
  crond: 'crond does with -f',
  rsyslogd: 'rsyslogd does with -n',
  sshd: 'sshd does with -D',
  dnsmasq: 'dnsmasq does with -k',
  named: 'named does with -f',
  memcached: 'memcached does without -d',
  smbd: 'smbd does with -F',
  nmbd: 'nmbd does with -F',
  keepalived: 'keepalived does with -n',
  squid: 'squid does with --foreground',
  exim4: 'exim4 does with -bdf in place of -bd',
  haproxy: 'haproxy does with -Ws, and says READY=1 then',
  celery: 'celery does as `celery worker` in place of `celery multi start`',
  pg_ctl: 'start postgres -D DIRECTORY itself in place of pg_ctl (StopSignal: SIGINT)',
  vsftpd: 'vsftpd does with -obackground=NO',
  mysqld_safe: 'start mariadbd or mysqld itself',
  slapd: 'slapd does with -d 0',
  opendkim: 'opendkim does with -f',
  saslauthd: 'saslauthd does with -d',
  postfix: 'postfix does as `postfix start-fg`',
};

/** What to do for a program to stay in the foreground. */
export function foregroundAdvice(words: readonly string[]): string {
  const known = words.map((word) => ways[word.split('/').at(-1) ?? '']).find((way) => way !== undefined);
  const php = words.some((word) => /php-fpm[0-9.]*$/.test(word)) ? 'php-fpm does with --nodaemonize' : undefined;
  const way = known ?? php ?? 'look for its option (often -f, -F, -n, -D or --nodaemon)';
  return `the program must stay in the foreground, else it counts as ended: ${way}`;
}
