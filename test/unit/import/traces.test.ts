/** Nothing is dropped silently: without any one line of a file, something else comes out. */
import t from 'tap';
import { convert, read, sets } from './support.ts';

/** Lines that say what is so anyway, so that there is nothing to tell of them. */
const saysNothing: readonly string[] = [
  'autostart=true',
  'autorestart=unexpected',
  'After=cache.service',
  'After=database.service',
  '[Unit]',
  '[Service]',
  '[Install]',
  '[Timer]',
  '[Socket]',
];

const structure = /^\s*(?:[#;].*)?$/;

for (const [name, { kind, files }] of Object.entries(sets)) {
  t.test(`${kind}: each line of ${name} leaves a field or a remark`, async (t) => {
    const sources = files.map(read);
    const whole = outcome(kind, sources);
    for (const [index, source] of sources.entries()) {
      const lines = source.text.split('\n');
      for (const [at, line] of lines.entries()) {
        if (structure.test(line) || saysNothing.includes(line.trim())) continue;
        const without = lines.map((text, other) => (other === at ? '' : text)).join('\n');
        const changed = sources.map((other, place) => (place === index ? { ...other, text: without } : other));
        t.not(outcome(kind, changed), whole, `${source.name}:${at + 1}: ${line}`);
      }
    }
  });
}

/** Everything that a conversion says, so that any difference shows. */
function outcome(kind: (typeof sets)[string]['kind'], sources: Parameters<typeof convert>[1]): string {
  const { services, remarks } = convert(kind, sources);
  return JSON.stringify([services.map(({ name, fields, grants }) => [name, fields, grants]), remarks]);
}
