// What becomes of services, as it happens, until so many changes have come. node follow.mjs COUNT
import { openControl } from '@peinit/client';

let left = Number(process.argv[2] ?? 5);
const events = await openControl();
const control = await openControl();

// [subscribe]
const changes = events.subscribe({ events: ['service.state'] });
await changes.opened;
// [/subscribe]
await control.restart({ service: 'hello-typescript' });

// [changes]
for await (const change of changes) {
  if (change.event !== 'service.state') continue;
  console.log(`${change.payload.service}: ${change.payload.from} -> ${change.payload.to}`);
  left -= 1;
  if (left === 0) break;
}
// [/changes]
control.close();
