import type { ModelVersionSpec, ModelVersionStatus } from '../../api/v1alpha1/modelversion.ts';
import { digestOf } from '../../runtime/canonical.ts';
import { no, unknown, yes, type Verdict } from '../../runtime/conditions.ts';
import { judgeGate, namesChampion, type Gate, type Measured } from '../gates.ts';

type Judged = NonNullable<ModelVersionStatus['gates']>;
type Measures = Pick<ModelVersionSpec, 'metrics' | 'policy'>;

/** The versions that the metrics were compared with, each once. */
export function championsOf({ metrics }: Pick<ModelVersionSpec, 'metrics'>): string[] {
  return [...new Set(metrics.flatMap(({ champion }) => champion?.modelVersionRef.name ?? []))];
}

/** Whether the gates have been judged as they are: the verdict stays, for once a version is promoted its champion is no longer active. */
export function isJudged({ policy }: Measures, recorded: Judged | undefined): recorded is Judged {
  return recorded?.digest === digestOf(policy.gates);
}

/** Judges the gates. To be better than a champion that has been replaced says nothing, so such a gate is neither passed nor failed. */
export function judgeGates(spec: Measures, isActive: (version: string) => boolean): Judged | { readonly replaced: string; readonly gate: string } {
  const { gates } = spec.policy;
  const replaced = championsOf(spec).find((version) => !isActive(version));
  const open = replaced === undefined ? [] : gates.filter(namesChampion);
  const measured = measuredBy(spec);
  const bad = gates.filter((gate) => !open.includes(gate)).map((gate) => judgeGate(gate, measured)).find(({ outcome }) => outcome !== 'Passed');
  const digest = digestOf(gates);
  if (bad) return { digest, ...bad };
  const [unjudged] = open;
  if (replaced !== undefined && unjudged) return { replaced, gate: unjudged.name };
  return { digest, outcome: 'Passed', message: summary(gates) };
}

function summary(gates: readonly Gate[]): string {
  return gates.length === 0 ? 'the version has no gates' : `${gates.length} of ${gates.length} gates passed`;
}

function measuredBy({ metrics }: Measures): Measured {
  const compared = metrics.flatMap(({ name, champion }): [string, number][] => (champion ? [[name, champion.value]] : []));
  return {
    metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    champion: compared.length === 0 ? {} : { metrics: Object.fromEntries(compared) },
  };
}

/** What the gates have come to, as a condition. */
export function gatesVerdict(judged: ReturnType<typeof judgeGates>): Verdict {
  if ('replaced' in judged) {
    return unknown('ChampionReplaced', `gate ${judged.gate} compares with ${judged.replaced}, which is not the active version of a ModelDeployment: run the Pipeline again`);
  }
  if (judged.outcome === 'Passed') return yes('GatesPassed', judged.message);
  return no(judged.outcome === 'Failed' ? 'GateFailed' : 'GateInvalid', judged.message);
}
