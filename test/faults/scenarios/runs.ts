import { comparingPipeline, modelVersion, pipeline } from '../../integration/operator/samples.ts';
import { at, condition, isTrue } from '../../integration/operator/watching.ts';
import type { Scenario } from '../world.ts';
import { isRegistered, nameOf, retryingPipeline, theRun } from './objects.ts';

/** What happens to runs and to the versions that they register. */
export const runs: readonly Scenario[] = [
  {
    name: 'run happy',
    play: async (world) => {
      await world.apply('pipelines', comparingPipeline());
      await world.until('the version is ready and its profile published', (view) => isRegistered(view) && isTrue(view.get('modelversions', 'fraud-1'), 'ProfilePublished'));
    },
  },
  {
    name: 'step fails and retries',
    play: async (world) => {
      world.outside.ending = ({ step, attempt }) => (step === 'train' && attempt === 1 ? 'Fails' : 'Succeeds');
      await world.apply('pipelines', retryingPipeline(2));
      await world.until('the version is ready', (view) => isRegistered(view));
    },
  },
  {
    name: 'step fails for good',
    play: async (world) => {
      world.outside.ending = ({ step }) => (step === 'train' ? 'Fails' : 'Succeeds');
      await world.apply('pipelines', retryingPipeline(1));
      await world.until('the run has failed', (view) => at(view.get('pipelines', 'fraud'), 'status', 'lastRun', 'result') === 'Failed');
    },
  },
  {
    name: 'Job of a done step deleted',
    play: async (world) => {
      world.outside.ending = ({ step }) => (step === 'train' ? 'Hangs' : 'Succeeds');
      await world.apply('pipelines', pipeline());
      await world.until('the second step runs', (view) => at(theRun(view), 'status', 'steps', 1, 'job', 'uid') !== undefined);
      const done = world.view.list('jobs').find((job) => at(job, 'metadata', 'labels', 'modelkeeper.dev/step') === 'prepare');
      await world.remove('jobs', nameOf(done));
      world.outside.ending = () => 'Succeeds';
      await world.until('the version is ready', (view) => isRegistered(view));
    },
  },
  {
    name: 'cancel',
    play: async (world) => {
      world.outside.ending = ({ step }) => (step === 'train' ? 'Hangs' : 'Succeeds');
      await world.apply('pipelines', pipeline());
      await world.until('the second step runs', (view) => view.list('pods').some((pod) => at(pod, 'metadata', 'labels', 'modelkeeper.dev/step') === 'train' && at(pod, 'status', 'phase') === 'Running'));
      await world.until('the operator knows its Job', (view) => at(theRun(view), 'status', 'steps', 1, 'job', 'uid') !== undefined);
      await world.mergePatch('pipelineruns', nameOf(theRun(world.view)), { spec: { cancel: true } });
      await world.until('the run is cancelled', (view) => condition(theRun(view), 'Succeeded')?.reason === 'Cancelled' && at(view.get('pipelines', 'fraud'), 'status', 'lastRun', 'result') === 'Cancelled');
    },
  },
  {
    name: 'version registered',
    play: async (world) => {
      await world.apply('modelversions', modelVersion('fraud-7'));
      await world.until('the version is ready', (view) => isTrue(view.get('modelversions', 'fraud-7'), 'Ready'));
    },
  },
  {
    name: 'gate fails',
    play: async (world) => {
      world.outside.result = () => '0.5';
      await world.apply('pipelines', pipeline());
      await world.until('the gate has refused the version', (view) => condition(view.get('modelversions', 'fraud-1'), 'GatesPassed')?.status === 'False'
        && at(view.get('pipelines', 'fraud'), 'status', 'lastRun', 'result') !== undefined);
    },
  },
];
