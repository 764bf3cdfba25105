/** The plugin as a value: schema in, files out. main.ts runs it for buf, the tests run it in their own process. */
import { createEcmaScriptPlugin } from '@bufbuild/protoplugin';
import { checkSchema } from './checks.ts';
import { extractSchema } from './extract.ts';
import type { SchemaModel } from './model.ts';
import type { PrintedFile } from './printed-file.ts';
import { createSources } from './sources.ts';
import { printSeedSchema } from './targets/json/seed-schema.ts';
import { printWireFacts } from './targets/json/wire-facts.ts';
import { printReference } from './targets/pages/reference.ts';
import { printChecks } from './targets/typescript/checks.ts';
import { printClient } from './targets/typescript/client.ts';
import { printEncoders } from './targets/typescript/encoders.ts';
import { printEvents } from './targets/typescript/events.ts';
import { printFacts } from './targets/typescript/facts.ts';
import { printHandlers } from './targets/typescript/handlers.ts';
import { printParts } from './targets/typescript/parts.ts';
import { printRequests } from './targets/typescript/requests.ts';
import { printRows } from './targets/typescript/rows.ts';
import { printTypes } from './targets/typescript/types.ts';

const targets: readonly ((schema: SchemaModel) => readonly PrintedFile[])[] = [
  printTypes,
  printRows,
  printFacts,
  printEvents,
  printChecks,
  printEncoders,
  printHandlers,
  printRequests,
  printParts,
  printClient,
  printSeedSchema,
  printReference,
  printWireFacts,
];

export const plugin = createEcmaScriptPlugin<{ root: string }>({
  name: 'protoc-gen-peinit',
  version: 'v1',
  parseOptions(given) {
    let root = '';
    for (const { key, value } of given) {
      if (key !== 'root') throw new Error(`unknown option ${key}`);
      root = `${value}/`;
    }
    return { root };
  },
  generateTs(request) {
    const schema = extractSchema(request.files, createSources(request.options.root));
    checkSchema(schema);
    for (const { path, content } of targets.flatMap((print) => print(schema))) request.generateFile(path).print(content);
  },
});
