/**
 * The TypeScript client of peinit: control socket, ad-hoc jobs, registry, what the event daemon stores, and what a service says about
 * itself. Answers are checked, and what a newer daemon adds is kept as it is.
 */
export { protocolVersion } from '../../gen/control/facts.ts';
export type { Notification, NotifyVariable } from '../../gen/notify/types.ts';
export { notifyVariableNames } from '../../gen/notify/types.ts';
export type { CallOptions } from './call-options.ts';
export type { ControlOpenOptions, OpenOptions, ProtocolCheck } from './control.ts';
export { Control, heldOutput, openControl } from './control.ts';
export { CancelledError, ConnectionError, ProtocolError, TimeoutError } from './errors.ts';
export { EventdError, eventdSocketPath } from './eventd.ts';
export * from './generated/control.ts';
export * from './generated/events.ts';
export * from './generated/jobs.ts';
export * from './generated/options.ts';
export * from './generated/output.ts';
export * from './generated/registry.ts';
export * from './generated/security.ts';
export * from './generated/service.ts';
export type { StoredDescriptor } from './given.ts';
export { keepAlive, storedDescriptors, watchdogIntervalMs } from './given.ts';
export { jobsSocketPath, SubmitRefused } from './jobs.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { formatJson } from './json.ts';
export type { KeyWatch, Registry, RegistryOpenOptions } from './keys.ts';
export { openRegistry } from './keys.ts';
export { NativeMissing } from './libc.ts';
export type { BarrierOptions } from './notify.ts';
export { notify, notifyBarrier, notifyMainPid, notifyReloading, removeDescriptors, storeDescriptors } from './notify.ts';
export type { Open, Unknown } from './open.ts';
export { RegistryCallError, registrySocketPath } from './registry.ts';
export type { Eventd } from './stored.ts';
export { openEventd, readEvents, readLogs } from './stored.ts';
export type { ReadingOptions } from './stored-records.ts';
export type { Job } from './submit.ts';
export { submit } from './submit.ts';
export { ControlError, controlSocketPath } from './transport.ts';
