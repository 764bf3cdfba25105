/** A service that says it is ready and lives until SIGTERM. */
import { notify } from '../../clients/typescript/notify.ts';

if (!notify({ ready: true, status: 'ready by itself' })) process.exit(9);
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 1_000_000);
