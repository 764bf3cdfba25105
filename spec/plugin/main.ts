/**
 * The protoc plugin of peinit. From the schema in spec/peinit it prints types, fact tables, checks, encoders, handler types, the
 * TypeScript client, the editor schema of seed files, the reference pages and gen/wire.json. Behaviour stays in hand-written code.
 *
 * A schema that is incomplete or contradicts itself is refused: one line `file:LINE: sentence` for each problem, exit status 1.
 */
import { readFileSync, writeSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { CodeGeneratorRequestSchema, CodeGeneratorResponseSchema } from '@bufbuild/protobuf/wkt';
import { plugin } from './plugin.ts';
import { SchemaError } from './problems.ts';

try {
  const answer = toBinary(CodeGeneratorResponseSchema, plugin.run(fromBinary(CodeGeneratorRequestSchema, readFileSync(0))));
  for (let offset = 0; offset < answer.length; ) offset += writeSync(1, answer, offset);
} catch (error) {
  if (!(error instanceof SchemaError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
