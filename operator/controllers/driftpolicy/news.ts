import type { CheckStatus, DriftPolicySpec, NoticeRecord } from '../../api/v1alpha1/driftpolicy.ts';
import type { Recorded } from './episode.ts';
import { maxFruitless } from './loop.ts';

type News = Omit<NoticeRecord, 'receivers'>;

/** What people have to be told of the step from one record to the next, in plain words. */
export function news(spec: DriftPolicySpec, before: Recorded, after: Recorded, at: { readonly whyNoRun: string | undefined; readonly now: string }): News[] {
  return [
    ...(after.episode && after.episode.start !== before.episode?.start ? [driftFound(spec, after, after.episode, at.whyNoRun)] : []),
    ...(after.lastEpisode?.outcome === 'Recovered' && after.lastEpisode.start !== before.lastEpisode?.start ? [recovered(spec, after, after.lastEpisode)] : []),
    ...(after.missing && !before.missing ? [featureMissing(spec, after.missing)] : []),
    ...(after.fruitless >= maxFruitless && before.fruitless < maxFruitless ? [retrainingStopped(spec, after, at.now)] : []),
  ];
}

function driftFound(spec: DriftPolicySpec, record: Recorded, episode: NonNullable<Recorded['episode']>, whyNoRun: string | undefined): News {
  const firing = record.checks.filter(({ name }) => episode.checks.includes(name));
  const action = record.loop?.episode === episode.start ? `Run ${record.loop.run} of Pipeline ${spec.actions.retrain?.pipelineRef.name ?? ''} retrains the model.`
    : `No run is started: ${whyNoRun ?? ''}.`;
  return {
    kind: 'Drift',
    at: episode.start,
    title: `${spec.modelDeploymentRef.name}: drift in ${episode.version}`,
    text: `${firing.map(({ name, message }) => `${name}: ${message}`).join('. ')}. ${action}`,
    facts: [
      { name: 'Window', value: `${episode.window.start} to ${episode.window.end}` },
      ...firing.flatMap(valuesOf),
    ],
  };
}

function valuesOf({ name, worst, value, threshold }: CheckStatus): News['facts'] {
  if (worst.length > 0) return worst.slice(0, 3).map((one) => ({ name: one.feature, value: `differs by ${one.value.toFixed(2)}, limit ${one.threshold.toFixed(2)}` }));
  return value === undefined ? [] : [{ name, value: `${value.toFixed(3)}, limit ${(threshold ?? 0).toFixed(3)}` }];
}

function recovered(spec: DriftPolicySpec, record: Recorded, { start, end }: NonNullable<Recorded['lastEpisode']>): News {
  const { loop } = record;
  const how = loop?.episode === start && loop.outcome === 'Promoted' ? ` ${loop.candidate ?? ''} has taken over and is the new baseline.` : '';
  return {
    kind: 'Recovered',
    at: end,
    title: `${spec.modelDeploymentRef.name}: recovered`,
    text: `Every check passes again for ${record.version ?? ''}.${how}`,
    facts: [{ name: 'Episode', value: `${start} to ${end}` }, ...record.checks.map(({ name, message }) => ({ name, value: message }))],
  };
}

function featureMissing(spec: DriftPolicySpec, { since, features }: NonNullable<Recorded['missing']>): News {
  return {
    kind: 'FeatureMissing',
    at: since,
    title: `${spec.modelDeploymentRef.name}: features are missing`,
    text: `No request of the window had a value of ${features.join(', ')}. Nothing is retrained while it lasts: a model trained on broken data would be worse.`,
    facts: features.map((name) => ({ name, value: 'no value' })),
  };
}

function retrainingStopped(spec: DriftPolicySpec, { fruitless, loop }: Recorded, at: string): News {
  return {
    kind: 'RetrainingStopped',
    at,
    title: `${spec.modelDeploymentRef.name}: retraining has stopped`,
    text: `${fruitless} retrainings in a row gave no better model. No further one is started until the DriftPolicy is changed or has another annotation modelkeeper.dev/retry.`,
    facts: loop ? [{ name: loop.run, value: loop.message }] : [],
  };
}
