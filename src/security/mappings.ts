/** What the generic rights mean for each kind of object. */
import { rights } from '../../gen/options/facts.ts';
import { eventdRightFacts, keyRightFacts, sddlRightFacts } from '../../gen/security/facts.ts';
import { access, genericBits } from './masks.ts';

export interface GenericMapping {
  readonly read: number;
  readonly write: number;
  readonly execute: number;
  readonly all: number;
}

const standard = access.delete | access.readControl | access.writeDac | access.writeOwner;

/** Services (SEC-025). Starting, stopping and reloading count as writing, so that callers of low integrity are kept from them. */
export const serviceMapping: GenericMapping = {
  read: access.readControl | rights.SERVICE_QUERY_STATUS,
  write: access.readControl | rights.SERVICE_START | rights.SERVICE_STOP | rights.SERVICE_INTERROGATE,
  execute: access.readControl,
  all: standard | rights.SERVICE_QUERY_STATUS | rights.SERVICE_START | rights.SERVICE_STOP | rights.SERVICE_INTERROGATE,
};

/** The machine as a whole (SEC-026). */
export const machineMapping: GenericMapping = {
  read: access.readControl,
  write: access.readControl | rights.SYSTEM_SHUTDOWN | rights.SYSTEM_RELOAD_CONFIG,
  execute: access.readControl,
  all: standard | rights.SYSTEM_SHUTDOWN | rights.SYSTEM_RELOAD_CONFIG,
};

const key = {
  query: keyRightFacts.KEY_QUERY_VALUE.bit,
  set: keyRightFacts.KEY_SET_VALUE.bit,
  create: keyRightFacts.KEY_CREATE_SUB_KEY.bit,
  enumerate: keyRightFacts.KEY_ENUMERATE_SUB_KEYS.bit,
  notify: keyRightFacts.KEY_NOTIFY.bit,
  link: keyRightFacts.KEY_CREATE_LINK.bit,
};

/** Registry keys. PSD-005 6. */
export const keyMapping: GenericMapping = {
  read: access.readControl | key.query | key.enumerate | key.notify,
  write: access.readControl | key.set | key.create,
  execute: 0,
  all: standard | key.query | key.set | key.create | key.enumerate | key.notify | key.link,
};

/** Files and directories. */
export const fileMapping: GenericMapping = {
  read: sddlRightFacts.FR.bit,
  write: sddlRightFacts.FW.bit,
  execute: sddlRightFacts.FX.bit,
  all: sddlRightFacts.FA.bit,
};

const events = { read: eventdRightFacts.EVENTD_READ.bit, clear: eventdRightFacts.EVENTD_CLEAR.bit };

/** What the event daemon stores: 0x20001, 0x20002, 0x20001, 0xF0003. */
export const eventdMapping: GenericMapping = {
  read: access.readControl | events.read,
  write: access.readControl | events.clear,
  execute: access.readControl | events.read,
  all: standard | events.read | events.clear,
};

/** The mask with its generic bits replaced by what they stand for. */
export function mapGeneric(mask: number, mapping: GenericMapping): number {
  if ((mask & genericBits) === 0) return mask;
  let mapped = mask & ~genericBits;
  if ((mask & access.genericRead) !== 0) mapped |= mapping.read;
  if ((mask & access.genericWrite) !== 0) mapped |= mapping.write;
  if ((mask & access.genericExecute) !== 0) mapped |= mapping.execute;
  if ((mask & access.genericAll) !== 0) mapped |= mapping.all;
  return mapped >>> 0;
}
