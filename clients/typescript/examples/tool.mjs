// A tool that controls: restarts a service, waits for it, and tells what became of it. node tool.mjs SERVICE
import { ControlError, ErrorCode, openControl } from '@peinit/client';

const service = process.argv[2] ?? 'hello-typescript';

// [connect]
const control = await openControl();
const { daemonIs } = await control.checkProtocol();
if (daemonIs === 'older') console.error('this peinit is older than the library, and may not know all that it asks');
// [/connect]

try {
  // [restart]
  const { state, operation_id } = await control.restart({ service, wait: true }, { timeoutMs: 30_000 });
  console.log(`${service} is ${state} after operation ${operation_id}`);
  // [/restart]

  // [pipeline]
  // Asked in one go; the answers come in this order.
  const [status, machine] = await Promise.all([control.status({ service }), control.machineStatus()]);
  console.log(`it says: ${status.status_text ?? 'nothing'}; the machine is ${machine.phase}`);
  // [/pipeline]
} catch (error) {
  // [errors]
  if (!(error instanceof ControlError)) throw error;
  if (error.code === ErrorCode.UNKNOWN_SERVICE) console.error(`there is no service ${service}`);
  else console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
  // [/errors]
} finally {
  control.close();
}
