import { modelVersion, pipeline } from '../../integration/operator/samples.ts';
import { at, isTrue } from '../../integration/operator/watching.ts';
import type { Plural, Scenario, View, World } from '../world.ts';
import { deployment, isRegistered, nameOf, serves, theRun, watched } from './objects.ts';

/** What a ModelDeployment owns. */
const children = ['deployments', 'services', 'configmaps', 'networkpolicies'] as const;

/** Each of the five kinds, deleted by a user in the midst of its life. */
export const deletions: readonly Scenario[] = [
  {
    name: 'Pipeline deleted',
    play: async (world) => {
      await world.apply('pipelines', pipeline());
      await world.until('the version is ready', (view) => isRegistered(view));
      await world.remove('pipelines', 'fraud');
      await world.until('it is gone with its runs', (view) => gone(view, 'pipelines', 'pipelineruns') && isTrue(view.get('modelversions', 'fraud-1'), 'Ready'));
    },
  },
  {
    name: 'PipelineRun deleted',
    play: async (world) => {
      world.outside.ending = ({ step }) => (step === 'train' ? 'Hangs' : 'Succeeds');
      await world.apply('pipelines', pipeline({ triggers: { onChange: false } }));
      await world.apply('pipelineruns', { kind: 'PipelineRun', metadata: { name: 'by-hand' }, spec: { pipelineRef: { name: 'fraud' } } });
      // Of a run that went before the Pipeline knew of it, the Pipeline knows nothing: docs/testing.md.
      await world.until('the second step runs, and the Pipeline has noted the run', (view) => at(theRun(view), 'status', 'steps', 1, 'job', 'uid') !== undefined
        && at(view.get('pipelines', 'fraud'), 'status', 'startedDigest') !== undefined);
      await world.remove('pipelineruns', nameOf(theRun(world.view)));
      await world.until('it is gone with its Jobs', (view) => gone(view, 'pipelineruns', 'jobs'));
    },
  },
  {
    name: 'ModelVersion deleted',
    play: async (world) => {
      await serving(world);
      await world.apply('modelversions', modelVersion('fraud-2'));
      await world.until('another version is ready', (view) => isTrue(view.get('modelversions', 'fraud-2'), 'Ready'));
      await world.until('it serves', (view) => serves(view, 'fraud-2'));
      await world.remove('modelversions', 'fraud-1');
      await world.until('it is gone', (view) => view.get('modelversions', 'fraud-1') === undefined);
    },
  },
  {
    name: 'ModelDeployment deleted',
    play: async (world) => {
      await serving(world);
      await world.remove('modeldeployments', 'fraud');
      await world.until('it is gone with its children', (view) => gone(view, 'modeldeployments', ...children));
    },
  },
  {
    name: 'ModelDeployment made again',
    play: async (world) => {
      await serving(world);
      const before = at(world.view.get('modeldeployments', 'fraud'), 'metadata', 'uid');
      await world.remove('modeldeployments', 'fraud');
      await world.apply('modeldeployments', deployment(world));
      await world.until('the new one serves', (view) => serves(view, 'fraud-1') && at(view.get('modeldeployments', 'fraud'), 'metadata', 'uid') !== before);
      await world.until('what the old one owned is gone', (view) => children.every((plural) => view.list(plural).every((child) => at(child, 'metadata', 'ownerReferences', 0, 'uid') !== before)));
    },
  },
  {
    name: 'DriftPolicy deleted',
    play: async (world) => {
      await watched(world, { mode: 'Alert' });
      await world.remove('driftpolicies', 'watch');
      await world.until('it is gone', (view) => gone(view, 'driftpolicies') && serves(view, 'fraud-1'));
      world.outside.requests.amounts = 'none';
    },
  },
];

async function serving(world: World): Promise<void> {
  await world.apply('modelversions', modelVersion('fraud-1'));
  await world.apply('modeldeployments', deployment(world));
  // A Service that was refused comes late, and requests do not wait for it.
  await world.until('it serves, with both of its Services', (view) => serves(view, 'fraud-1') && view.list('services').length === 2);
}

function gone(view: View, ...plurals: readonly Plural[]): boolean {
  return plurals.every((plural) => view.list(plural).length === 0);
}
