/** Two states of the protocol, and whether the version tells what lies between them. O-169, O-170. */
import type { WireDocument, WirePackage } from '../../spec/plugin/targets/json/wire-document.ts';
import type { Named } from './differences.ts';
import { Differences } from './differences.ts';
import { compareEnums } from './enums.ts';
import { compareMessages } from './messages.ts';
import { compareLinks, compareServices } from './services.ts';

export function compareWires(before: WireDocument, now: WireDocument): Differences {
  const differences = new Differences();
  differences.names(
    (name) => `package ${name}`,
    before.packages,
    now.packages,
    (name, one, other) => comparePackages(differences, name, one, other),
  );
  return differences;
}

function comparePackages(differences: Differences, packageName: string, before: WirePackage, now: WirePackage): void {
  const compared = <T>(word: string, before: Named<T>, now: Named<T>, compare: Compare<T>): void => {
    const place = (name: string): string => `${packageName}.${name}`;
    differences.names(
      (name) => `${word} ${place(name)}`,
      before,
      now,
      (name, one, other) => compare(differences, place(name), one, other),
    );
  };
  compared('enum', before.enums, now.enums, compareEnums);
  compared('message', before.messages, now.messages, compareMessages);
  compared('service', before.services, now.services, compareServices);
  compared('link', before.links, now.links, compareLinks);
}

type Compare<T> = (differences: Differences, where: string, before: T, now: T) => void;

export interface Judgement {
  /** Each with what is to be done; none: the version is right. */
  readonly problems: readonly string[];
  /** Breaks that a new major version tells. */
  readonly meant: readonly string[];
  /** The new major version is there, so messages may break too. */
  readonly breaking: boolean;
}

const place = 'the option protocol in spec/peinit/control/v1/control_service.proto';

export function judge(before: WireDocument, now: WireDocument): Judgement {
  const nothing = { meant: [], breaking: false };
  if (before.format !== now.format)
    return {
      ...nothing,
      problems: [`gen/wire.json has the format ${now.format}, before ${before.format}: others read it, so add to it instead`],
    };
  if (before.protocol === null || now.protocol === null) return { ...nothing, problems: [`the protocol has no version: state ${place}`] };
  const { breaks, additions } = compareWires(before, now);
  const [old, version] = [before.protocol, now.protocol];
  const told = (one: typeof version): string => `${one.major}.${one.minor}`;
  if (version.major < old.major || (version.major === old.major && version.minor < old.minor))
    return { ...nothing, problems: [`the version went back to ${told(version)}, ${told(old)} is released: correct ${place}`] };
  if (version.major > old.major) {
    const problems = [
      ...(breaks.length === 0
        ? [`nothing breaks, and the major version rose to ${version.major}: raise the minor version in ${place}`]
        : []),
      ...(version.minor === 0 && version.major === old.major + 1
        ? []
        : [`after ${told(old)} comes ${old.major + 1}.0 for what breaks, not ${told(version)}: correct ${place}`]),
    ];
    return { problems, meant: breaks, breaking: true };
  }
  const unsaid = version.minor === old.minor && additions.length > 0;
  return {
    ...nothing,
    problems: [
      ...breaks.map((one) => `${one}; undo it, or make the version ${old.major + 1}.0 in ${place}`),
      ...(unsaid ? additions.map((one) => `${one}; make the version ${old.major}.${old.minor + 1} in ${place}`) : []),
    ],
  };
}
