/** The plugin as a value: schema in, files out. main.ts runs it for buf, the tests run it in their own process. */
import { createEcmaScriptPlugin } from '@bufbuild/protoplugin';
import { checkSchema } from './checks.ts';
import { extractSchema } from './extract.ts';
import type { SchemaModel } from './model.ts';
import type { PrintedFile } from './printed-file.ts';
import { createSources } from './sources.ts';
import { printCLibrary } from './targets/c/library.ts';
import { printGoClients } from './targets/go/client.ts';
import { printGoDispatch } from './targets/go/dispatch.ts';
import { printGoNotify } from './targets/go/notify.ts';
import { printGoTypes } from './targets/go/types.ts';
import { printGoldenDatagrams } from './targets/golden/datagrams.ts';
import { printGoldenLines } from './targets/golden/lines.ts';
import { printCaseSkeletons } from './targets/json/case-skeletons.ts';
import { printConformanceSubjects } from './targets/json/conformance-subjects.ts';
import { printDocumentSchemas } from './targets/json/document-schemas.ts';
import { printLineSchemas } from './targets/json/line-schemas.ts';
import { printSeedSchema } from './targets/json/seed-schema.ts';
import { printWireFacts } from './targets/json/wire-facts.ts';
import { printManifest } from './targets/manifest.ts';
import { printReference } from './targets/pages/reference.ts';
import { printPython } from './targets/python/package.ts';
import { printRustDriver, printRustLibrary } from './targets/rust/library.ts';
import { printChecks } from './targets/typescript/checks.ts';
import { printClient } from './targets/typescript/client.ts';
import { printClientShapes } from './targets/typescript/client-shapes.ts';
import { printClientTypes } from './targets/typescript/client-types.ts';
import { printEncoders } from './targets/typescript/encoders.ts';
import { printEvents } from './targets/typescript/events.ts';
import { printFacts } from './targets/typescript/facts.ts';
import { printHandlers } from './targets/typescript/handlers.ts';
import { printLines } from './targets/typescript/lines.ts';
import { printParts } from './targets/typescript/parts.ts';
import { printRequests } from './targets/typescript/requests.ts';
import { printRows } from './targets/typescript/rows.ts';
import { printTypes } from './targets/typescript/types.ts';

type Target = (schema: SchemaModel) => readonly PrintedFile[];

/** Targets by the folder that holds what they print and nothing else. */
const targets: { readonly [root: string]: readonly Target[] } = {
  gen: [
    printTypes,
    printRows,
    printFacts,
    printEvents,
    printChecks,
    printEncoders,
    printHandlers,
    printRequests,
    printParts,
    printLines,
    printSeedSchema,
    printDocumentSchemas,
    printCaseSkeletons,
    printWireFacts,
    printConformanceSubjects,
    printLineSchemas,
    printGoldenLines,
    printGoldenDatagrams,
  ],
  'clients/go/wire': [printGoTypes, printGoClients],
  'clients/go/driver/dispatch': [printGoDispatch],
  'clients/go/notify/lines': [printGoNotify],
  'clients/c/generated': [printCLibrary],
  'clients/python/peinit/generated': [printPython],
  'clients/rust/src/generated': [printRustLibrary],
  'clients/rust/driver/generated': [printRustDriver],
  'clients/typescript/generated': [printClient, printClientTypes, printClientShapes],
  'docs/reference': [printReference],
};

function print(schema: SchemaModel): readonly PrintedFile[] {
  const printed = Object.entries(targets).flatMap(([root, inside]) =>
    inside
      .flatMap((target) => target(schema))
      .map((file) => {
        if (!file.path.startsWith(`${root}/`)) throw new Error(`${file.path} is printed outside ${root}, which its target stands under`);
        return file;
      }),
  );
  return [...printed, printManifest(Object.keys(targets))];
}

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
    for (const { path, content } of print(schema)) request.generateFile(path).print(content);
  },
});
