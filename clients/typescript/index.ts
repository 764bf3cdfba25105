/** The TypeScript client of peinit: control socket, ad-hoc jobs, registry, what eventd stores, and notifications. */
export type { EventName, EventOf, EventPayloads } from '../../gen/events/events.ts';
export type * from '../../gen/events/types.ts';
export type * from '../../gen/jobs/types.ts';
export type * from '../../gen/output/types.ts';
export { connectEventd, EventdConnection, EventdError, eventdSocketPath } from './eventd.ts';
export { ControlClient } from './generated/client.ts';
export type { SubmitOptions, SubmittedJob } from './jobs.ts';
export { jobsSocketPath, SubmitRefused, submitJob } from './jobs.ts';
export { notify } from './notify.ts';
export { heldOutput } from './output.ts';
export { connectRegistry, RegistryCallError, RegistryConnection, registrySocketPath } from './registry.ts';
export { RegistryWatcher } from './registry-watcher.ts';
export type { ReadingOptions } from './stored-records.ts';
export { readEvents, readLogs } from './stored-records.ts';
export type { ControlTransport } from './transport.ts';
export { ConnectionError, ControlError, connectControl, controlSocketPath } from './transport.ts';
