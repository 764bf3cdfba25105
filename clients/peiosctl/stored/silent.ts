/** Services that were named and of which nothing was shown: why that is, for each. */
import { connectEventd, EventdError } from '../../typescript/eventd.ts';
import type { Context } from '../command.ts';
import { refusedOne } from '../service-names.ts';
import { unknownService } from './unknown-service.ts';

/**
 * Resolves with whether each of them is a service of which there could be something. `follows`: more may come, so that a service that has
 * said nothing yet needs no word.
 */
export async function tellSilent(context: Context, path: string, services: readonly string[], follows: boolean): Promise<boolean> {
  let areAll = true;
  for (const service of services) areAll = (await tellOf(context, path, service, follows)) && areAll;
  return areAll;
}

async function tellOf(context: Context, path: string, service: string, follows: boolean): Promise<boolean> {
  try {
    if (!(await isStored(path, service))) return await tellUnwritten(context, service, follows);
    if (!follows) context.complain(`${service}: it has written something, but nothing that was asked for`);
    return true;
  } catch (error) {
    if (!(error instanceof EventdError)) throw error;
    context.complain(`${service}: ${error.code}: ${error.message}`);
    return false;
  }
}

async function isStored(path: string, service: string): Promise<boolean> {
  const eventd = await connectEventd(path);
  try {
    for await (const { entries } of eventd.logs({ services: [service], most: 1, order: 'newest' }))
      if (entries.some(({ kind }) => kind === 'line')) return true;
    return false;
  } finally {
    eventd.disconnect();
  }
}

/** A service that has been silent so far, or none at all. */
async function tellUnwritten(context: Context, service: string, follows: boolean): Promise<boolean> {
  const unknown = await unknownService(context, service);
  if (unknown !== null) await refusedOne(context, unknown.client, service, unknown.error);
  else if (!follows) context.complain(`${service}: nothing that it has written is stored`);
  return unknown === null;
}
