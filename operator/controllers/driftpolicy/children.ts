import { gzipSync } from 'node:zlib';
import type { DriftPolicySpec, Loop } from '../../api/v1alpha1/driftpolicy.ts';
import { PipelineRun } from '../../api/v1alpha1/pipelinerun.ts';
import type { Child } from '../../runtime/controller.ts';
import type { Meta } from '../../runtime/kind.ts';
import { binsOf } from '../../profile/cells.ts';
import type { Feature, WindowCounts } from '../../profile/format.ts';
import type { Baseline } from '../baseline.ts';
import { components, labels } from '../labels.ts';
import type { HeldPane } from '../modeldeployment/panes.ts';
import { ConfigMap } from '../resources/objects.ts';
import { substitute } from '../substitution.ts';
import type { Recorded } from './episode.ts';
import { evidenceEntry, evidenceName, panesEntry, panesName } from './names.ts';
import { packPanes } from './panes.ts';

type Retrain = NonNullable<DriftPolicySpec['actions']['retrain']>;

/** Episodes whose evidence is kept. */
export const evidenceKept = 3;

/** The run that an episode starts. Nobody owns it: the model outlives the policy. */
export function driftRun(policy: Meta, retrain: Retrain, loop: Loop): Child {
  return {
    life: 'Issue',
    resource: PipelineRun,
    body: {
      metadata: { name: loop.run, labels: { [labels.pipeline]: retrain.pipelineRef.name } },
      spec: {
        pipelineRef: { name: retrain.pipelineRef.name },
        params: retrain.params.map(({ name, value }) => ({ name, value: substitute(value, lookupOf(loop)).text })),
        trigger: { type: 'Drift', by: `DriftPolicy/${policy.name}`, episode: loop.episode, window: loop.window },
      },
    },
  };
}

function lookupOf({ episode, window }: Pick<Loop, 'episode' | 'window'>): (reference: string) => string | undefined {
  const known = new Map([['episode.start', episode], ['window.start', window.start], ['window.end', window.end]]);
  return (reference) => known.get(reference);
}

/** The first reference of a parameter that stands for nothing, as a sentence, or undefined. */
export function parameterProblem({ params }: Retrain): string | undefined {
  const time = '2000-01-01T00:00:00Z';
  const lookup = lookupOf({ episode: time, window: { start: time, end: time } });
  for (const { name, value } of params) {
    const [unknown] = substitute(value, lookup).unknown;
    if (unknown !== undefined) return `actions.retrain.params: $(${unknown}) of "${name}" is none of $(window.start), $(window.end) and $(episode.start)`;
  }
  return undefined;
}

/** The panes of routers that are gone, so that neither they nor this process can lose them. */
export function keptPanes(policy: Meta, panes: readonly HeldPane[]): Child {
  return {
    life: 'Apply',
    resource: ConfigMap,
    body: {
      metadata: { name: panesName(policy), labels: { [labels.component]: components.panes } },
      binaryData: { [panesEntry]: packPanes(panes) },
    },
  };
}

/** In what an episode was found: baseline and window, feature by feature, for people and for plots. */
export function evidence(policy: Meta, episode: NonNullable<Recorded['episode']>, from: { readonly baseline: Baseline; readonly counts: WindowCounts }): Child {
  const { baseline: { digest, profile }, counts } = from;
  const content = {
    policy: policy.name,
    version: episode.version,
    baselineDigest: digest,
    window: episode.window,
    rows: { baseline: profile.rows, window: counts.rows },
    features: profile.features.map((feature, at) => ({ ...binsOf(feature), baseline: countsOf(feature), window: counts.features[at] ?? { missing: 0, counts: [] } })),
  };
  return {
    life: 'CreateOnce',
    resource: ConfigMap,
    body: {
      metadata: { name: evidenceName(policy, episode.start), labels: { [labels.component]: 'evidence' } },
      binaryData: { [evidenceEntry]: gzipSync(JSON.stringify(content)).toString('base64') },
    },
  };
}

function countsOf({ missing, counts }: Feature): { readonly missing: number; readonly counts: readonly number[] } {
  return { missing, counts };
}

/** A ConfigMap that is there and stays. */
export function stays(name: string): Child {
  return { life: 'CreateOnce', resource: ConfigMap, body: { metadata: { name } } };
}
