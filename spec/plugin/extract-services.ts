/** Services with their methods, commands and endpoints. */
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { getOption, hasOption } from '@bufbuild/protobuf';
import * as options from '../../gen/es/peinit/options/v1/options_pb.ts';
import type { Known } from './extract.ts';
import type { CallFacts, CommandFacts, EndpointFacts, LinkModel, MethodModel, ServiceModel } from './model.ts';
import { cellOf, factsOf, optionWord } from './option-words.ts';

export function extractService(declared: DescService, known: Known): ServiceModel {
  return {
    name: declared.name,
    comment: known.sources.comment(declared),
    source: known.sources.at(declared),
    endpoint: hasOption(declared, options.endpoint) ? endpointFacts(getOption(declared, options.endpoint)) : null,
    methods: declared.methods.map((method) => extractMethod(method, known)),
  };
}

export const extractLink = (declared: DescService, known: Known): readonly LinkModel[] =>
  declared.methods.map(({ input, output }) => ({
    name: declared.name,
    comment: known.sources.comment(declared),
    source: known.sources.at(declared),
    endpoint: hasOption(declared, options.endpoint) ? endpointFacts(getOption(declared, options.endpoint)) : null,
    sent: known.messageOf(input),
    received: known.messageOf(output),
  }));

export const endpointFacts = (stated: options.Endpoint): EndpointFacts => ({
  ...factsOf(options.EndpointSchema, stated),
  maxLine: Number(stated.maxLine),
  protocol: stated.protocol === undefined ? null : factsOf(options.ProtocolSchema, stated.protocol),
});

function extractMethod(declared: DescMethod, known: Known): MethodModel {
  const command = hasOption(declared, options.command) ? commandFacts(getOption(declared, options.command)) : null;
  const call = hasOption(declared, options.call) ? callFacts(getOption(declared, options.call)) : null;
  return {
    name: declared.name,
    comment: known.sources.comment(declared),
    source: known.sources.at(declared),
    optionSource: known.sources.atOption(declared, command === null ? options.call.number : options.command.number),
    input: known.messageOf(declared.input),
    output: known.messageOf(declared.output),
    streaming: declared.methodKind === 'server_streaming' || declared.methodKind === 'bidi_streaming',
    clientStreaming: declared.methodKind === 'client_streaming' || declared.methodKind === 'bidi_streaming',
    command,
    call,
  };
}

function commandFacts(stated: options.Command): CommandFacts {
  const matrix = stated.matrix;
  return {
    ...factsOf(options.CommandSchema, stated),
    target: optionWord(options.TargetSchema, stated.target),
    rightNames: stated.rights.map((right) => optionWord(options.RightSchema, right)),
    rights: stated.rights.reduce<number>((mask, right) => mask | bitOf(right), 0),
    matrix:
      matrix === undefined
        ? null
        : new Map(options.MatrixSchema.fields.map((column) => [column.name, optionWord(options.OutcomeSchema, cellOf(matrix, column))])),
  };
}

const callFacts = ({ name, parts, pushes }: options.Call): CallFacts => ({
  name,
  parts: parts === undefined ? null : factsOf(options.PartsSchema, parts),
  pushes: pushes === undefined ? null : factsOf(options.PushesSchema, pushes),
});

const bitOf = (right: options.Right): number => {
  const value = options.RightSchema.values.find(({ number }) => number === right);
  return value === undefined ? 0 : getOption(value, options.value).bit;
};
