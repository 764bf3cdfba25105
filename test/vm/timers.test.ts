/** Timers on a real kernel, whose clock is set while the machine runs and while it is off. */
import { join } from 'node:path';
import t from 'tap';
import { shell, withServices } from '../support/services.ts';
import { cannotBoot, directory, runInVm, seedFile } from '../support/vm.ts';

const skip = cannotBoot();
t.setTimeout(600_000);

const noting = (name: string, schedule: string) => ({
  Type: 'Oneshot',
  ...shell(`echo $(date -u +%FT%T) >> /var/lib/runs-${name}`),
  Triggers: [`timer:${schedule}`],
});
const never = { Type: 'Simple', ...shell('exec sleep 1000'), Readiness: 'Notify', StartTimeout: 4, RestartPolicy: 'Never' };

const services = withServices({
  tick: { ...noting('tick', '*-*-* *:*:*'), TimerPersistent: 0 },
  daily: { ...noting('daily', 'daily UTC'), TimerPersistent: 0 },
  night: { ...noting('night', '*-*-* 02:00:00 UTC'), TimerPersistent: 0 },
  yearly: noting('yearly', 'yearly UTC'),
  weekly: noting('weekly', 'weekly UTC'),
  ahead: noting('ahead', 'yearly UTC'),
  never,
});

const functions = `
runs() { cat /var/lib/runs-$1 2>/dev/null | wc -l; }
reach() {
  for try in $(seq 1200); do [ $(runs $1) -ge $2 ] && return; sleep 0.1; done
  echo "no $2 runs of $1"
}
more() { reach $1 $(( $(runs $1) + $2 )); }
uptime() { cut -d. -f1 /proc/uptime; }
# A start that comes to nothing, while the clock is set.
limited() {
  begun=$(uptime)
  peiosctl start never > /run/never 2>&1 &
  sleep 1
  for instant in "$@"; do date -u -s "$instant" > /dev/null; done
  wait $!
  echo limit-$1 $(( $(uptime) - begun ))
}
said() { for name in daily night yearly weekly ahead; do echo "$1 $name" $(cat /var/lib/runs-$name 2>/dev/null); done; }
`;

const running = `${functions}
more tick 2
for file in /proc/1/fdinfo/*; do
  grep -q clockid $file 2>/dev/null && echo timer $(grep -E '^(clockid|settime flags)' $file)
done
said first
limited '2031-05-09 12:00:00'
reach daily 1
more tick 2
said forward
limited '2031-05-10 01:59:50' '2031-05-10 01:59:45'
reach night 2
more tick 2
said backward
peiosctl registry set 'Machine\\System\\Services\\ahead' LastTimerRun 1956528000000000000 --type QWORD
`;

/** After a boot: what its persistent timers came to, once others have had their turn. */
const booted = `${functions}
more tick 3
said booted
`;

const rtc = (instant: string): string => `--qemu=-rtc base=${instant}`;

t.test('timers follow the clock of the machine, wherever it is set', { skip }, async (t) => {
  const image = join(directory(t), 'disk.img');
  const first = await runInVm(t, ['--registry', seedFile(t, services), '--keep', image, rtc('2031-05-06T12:00:00')], running);
  /** The hours in which it ran. */
  const saidAt = (output: string, when: string, name: string): readonly string[] => {
    const [, rest = ''] = new RegExp(`^${when} ${name} ?(.*)$`, 'm').exec(output) ?? [];
    return rest.split(' ').flatMap((each) => (each === '' ? [] : [each.slice(0, '2031-05-06T12'.length)]));
  };
  const limits = [...first.output.matchAll(/^limit-\S+ \S+ (\d+)$/gm)].map(([, seconds]) => Number(seconds));

  t.test('TMR-038 the timers of process 1 are one of each clock, that of the wall clock told when it is set', async (t) => {
    const timers = [...first.output.matchAll(/^timer (.*)$/gm)].map(([, text]) => text);
    t.strictSame(timers.sort(), ['clockid: 0 settime flags: 03', 'clockid: 1 settime flags: 01'], first.console);
  });
  t.test('TMR-039 a clock that is set forward over three days runs a daily timer once', async (t) => {
    t.strictSame(saidAt(first.output, 'first', 'daily'), []);
    t.strictSame(saidAt(first.output, 'forward', 'daily'), ['2031-05-09T12']);
    t.strictSame(saidAt(first.output, 'forward', 'night'), ['2031-05-09T12']);
  });
  t.test('TMR-040 a clock that is set back takes armed timers along', async (t) => {
    t.strictSame(saidAt(first.output, 'backward', 'night'), ['2031-05-09T12', '2031-05-10T02']);
  });
  t.test('TMR-038 TMR-040 a timeout lasts as long as it is, wherever the clock is set', async (t) => {
    t.equal(limits.length, 2);
    for (const seconds of limits) t.ok(seconds >= 3 && seconds < 300, `${seconds} s`);
  });
  t.test('TMR-028 a timer without a record fires at once', async (t) => {
    t.strictSame(saidAt(first.output, 'first', 'yearly'), ['2031-05-06T12']);
    t.strictSame(saidAt(first.output, 'backward', 'yearly'), ['2031-05-06T12']);
  });

  const second = await runInVm(t, ['--keep', image, rtc('2031-05-28T11:00:00')], booted);
  const ran = (name: string): readonly string[] => saidAt(second.output, 'booted', name);
  t.test('TMR-028 TMR-029 what was missed while the machine was off is caught up once, and what was not stays', async (t) => {
    t.strictSame(ran('weekly'), ['2031-05-06T12', '2031-05-28T11'], second.console);
    t.strictSame(ran('yearly'), ['2031-05-06T12']);
  });
  t.test('TMR-041 a record of the future counts as none at the boot', async (t) => {
    t.strictSame(ran('ahead'), ['2031-05-06T12', '2031-05-28T11'], second.console);
  });
  t.test('TMR-030 without persistence nothing is caught up', async (t) => {
    t.strictSame(ran('night'), saidAt(first.output, 'backward', 'night'));
  });
});
