import { asItems } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { modelVersion, pipeline } from '../../integration/operator/samples.ts';
import { at, condition, isTrue } from '../../integration/operator/watching.ts';
import type { Scenario, View, World } from '../world.ts';
import { canary, deployment, isRegistered, profiledPipeline, retrain, serves, suspended, watched } from './objects.ts';

/** What happens to versions that serve. */
export const serving: readonly Scenario[] = [
  {
    name: 'canary promoted',
    play: async (world) => {
      await challenged(world, { weights: [20, 50] });
      await world.until('the second version serves alone', (view) => serves(view, 'fraud-2'));
      world.outside.requests.amounts = 'none';
    },
  },
  {
    name: 'canary rolled back',
    play: async (world) => {
      world.outside.requests.failing = new Set(['fraud-2']);
      await challenged(world, { weights: [20, 50] });
      await world.until('the first version serves alone again', (view) => at(view.get('modeldeployments', 'fraud'), 'status', 'failedVersion', 'name') === 'fraud-2'
        && asItems(at(view.get('modeldeployments', 'fraud'), 'status', 'versions')).length === 1 && isTrue(view.get('modeldeployments', 'fraud'), 'RoutersUpToDate'));
      world.outside.requests.amounts = 'none';
    },
  },
  {
    name: 'canary retried',
    play: async (world) => {
      world.outside.requests.failing = new Set(['fraud-2']);
      await challenged(world, { weights: [50] });
      await world.until('the second version is given up and gone', (view) => at(view.get('modeldeployments', 'fraud'), 'status', 'failedVersion', 'name') === 'fraud-2'
        && asItems(at(view.get('modeldeployments', 'fraud'), 'status', 'versions')).length === 1 && serversOf(view, 'fraud-2').length === 0);
      world.outside.requests.failing = new Set();
      await world.mergePatch('modeldeployments', 'fraud', { metadata: { annotations: { 'modelkeeper.dev/retry': 'once more' } } });
      await world.until('the second version serves alone', (view) => serves(view, 'fraud-2'));
      world.outside.requests.amounts = 'none';
    },
  },
  {
    name: 'drift alert',
    play: async (world) => {
      await watched(world, { mode: 'Alert' });
      world.outside.requests.amounts = 'large';
      await world.until('people have been told', (view) => at(view.get('driftpolicies', 'watch'), 'status', 'notices', 0, 'receivers', 0, 'sentAt') !== undefined);
      await suspended(world);
    },
  },
  {
    name: 'drift retrain rollout',
    play: async (world) => {
      await world.apply('pipelines', profiledPipeline({ triggers: { onChange: false } }));
      await watched(world, retrain);
      // To train takes longer than to be refused once.
      world.outside.ending = () => 'Hangs';
      world.outside.requests.amounts = 'large';
      await world.until('the new version is trained on what is known of the drift', (view) => hasComponent(view, 'evidence') && view.list('pipelineruns').length === 1);
      world.outside.ending = () => 'Succeeds';
      await world.until('the new version serves and the episode is over', (view) => serves(view, 'fraud-2') && at(view.get('driftpolicies', 'watch'), 'status', 'lastEpisode', 'outcome') === 'Recovered'
        && isTrue(view.get('modelversions', 'fraud-2'), 'ProfilePublished') && at(view.get('driftpolicies', 'watch'), 'status', 'notices', 1, 'receivers', 0, 'sentAt') !== undefined);
      await suspended(world);
    },
  },
  {
    name: 'operator upgraded',
    play: async (world) => {
      await world.apply('pipelines', pipeline());
      await world.apply('modeldeployments', deployment(world));
      await world.until('the first version serves', (view) => serves(view, 'fraud-1') && isRegistered(view));
      await world.upgrade('modelkeeper:2');
      await world.until('the routers are those of the new operator', (view) => serves(view, 'fraud-1') && view.list('deployments').some((live) => imageOf(live) === 'modelkeeper:2')
        && condition(view.get('modeldeployments', 'fraud'), 'RoutersUpToDate')?.status === 'True');
    },
  },
];

/** A version serves clients, and another one is there to take over. */
async function challenged(world: World, { weights }: { readonly weights: readonly number[] }): Promise<void> {
  await world.apply('modelversions', modelVersion('fraud-1'));
  await world.apply('modeldeployments', deployment(world, canary(weights)));
  await world.until('the first version serves', (view) => serves(view, 'fraud-1'));
  world.outside.requests.amounts = 'usual';
  await world.apply('modelversions', modelVersion('fraud-2'));
}

/** The Deployment and the Service of a version. */
function serversOf(view: View, version: string): readonly Json[] {
  return [...view.list('deployments'), ...view.list('services')].filter((live) => at(live, 'metadata', 'labels', 'modelkeeper.dev/model-version') === version);
}

function hasComponent(view: View, component: string): boolean {
  return view.list('configmaps').some((live) => at(live, 'metadata', 'labels', 'modelkeeper.dev/component') === component);
}

function imageOf(live: unknown): unknown {
  return at(live, 'spec', 'template', 'spec', 'containers', 0, 'image');
}
