import type { Kubectl } from '../cluster/kubectl.ts';
import { condition, type ModelVersion, type PipelineRun } from '../cluster/objects.ts';
import { waitFor } from '../cluster/wait.ts';
import { bytes, figures, shortDigest } from '../format.ts';
import type { Tell } from '../narrator.ts';
import { NotAsPromised } from '../promise.ts';

const deadlineMs = 180_000;

/** The version that a run has registered, once it is known whether it may serve. */
export async function judgedVersion(kubectl: Kubectl, run: PipelineRun): Promise<ModelVersion> {
  const name = run.status?.modelVersionRef?.name;
  if (name === undefined) throw new NotAsPromised(`run ${run.metadata.name} has registered no version`);
  return waitFor(`version ${name} to be verified and judged`, async () => {
    const version = await kubectl.get<ModelVersion>('modelversions', name);
    const known = ['Verified', 'GatesPassed', 'Ready'].map((type) => version && condition(version, type)?.status);
    return known.every((status) => status === 'True' || status === 'False') ? version : undefined;
  }, { deadlineMs });
}

export function metricsOf({ spec }: ModelVersion): Record<string, number> {
  return Object.fromEntries(spec.metrics.map(({ name, value }) => [name, value]));
}

/** The same metrics of the version that served when the run began, computed on the same data. */
export function championOf({ spec }: ModelVersion): { readonly version: string; readonly metrics: Record<string, number> } | undefined {
  const scored = spec.metrics.flatMap(({ name, champion }) => (champion ? [{ name, champion }] : []));
  const [first] = scored;
  return first && { version: first.champion.modelVersionRef.name, metrics: Object.fromEntries(scored.map(({ name, champion }) => [name, champion.value])) };
}

/** Tells what a version is and whether it may serve. */
export function tellVersion(version: ModelVersion, tell: Tell): void {
  const { spec, metadata } = version;
  const gates = condition(version, 'GatesPassed');
  const names = spec.policy.gates.map(({ name }) => name).join(', ');
  tell('version', `${metadata.name}  ${shortDigest(spec.artifact.digest)}  ${bytes(spec.artifact.bytes)}  ${spec.format.name} ${spec.format.version ?? ''}`);
  tell('version', `  metrics   ${figures(metricsOf(version))}`);
  const champion = championOf(version);
  if (champion) tell('version', `  ${champion.version.padEnd(9)} ${figures(champion.metrics)}  on the same data`);
  tell('version', `  verified  ${condition(version, 'Verified')?.message ?? ''}`);
  tell('version', `  gates     ${gates?.status === 'True' ? `passed: ${names}` : `refused: ${gates?.message ?? ''}`}`);
}
