import { describe, expect, test } from '@jest/globals';
import { at, Caches, make } from '../../test/make.ts';
import { ModelVersion } from '../api/v1alpha1/modelversion.ts';
import { PipelineRun } from '../api/v1alpha1/pipelinerun.ts';
import { numberedVersions, runsOfPipeline, unfinishedRuns, waitingRuns } from './indexes.ts';

const created = (name: string, seconds: number) => make.run({ metadata: { name, creationTimestamp: at(seconds) } });
const { namespace } = created('any', 0).metadata;
const pipeline = created('any', 0).spec.pipelineRef.name;

describe('the newest run of a Pipeline', () => {
  test.each([
    ['of none is none', [], undefined],
    ['was created last', [created('b', 1), created('z', 0), created('a', 2)], 'a'],
    ['of one second is the last by name', [created('b', 1), created('a', 1)], 'b'],
  ])('%s', (_name, runs, name) => {
    expect(new Caches().put(PipelineRun, ...runs).read.last(runsOfPipeline, namespace, pipeline)?.metadata.name).toBe(name);
  });
});

describe('a run', () => {
  const names = (index: typeof runsOfPipeline, run: ReturnType<typeof make.run>): readonly string[] =>
    new Caches().put(PipelineRun, run).read.indexed(index, namespace, pipeline).map(({ metadata }) => metadata.name);
  const { status } = make.run();
  test.each<[string, typeof runsOfPipeline, ReturnType<typeof make.run>, number]>([
    ['goes on until it has finished', unfinishedRuns, make.run({ status: { ...status, finishedAt: undefined } }), 1],
    ['that has finished does not go on', unfinishedRuns, make.run({ status: { ...status, finishedAt: at(0) } }), 0],
    ['waits for its Pipeline while it has no snapshot', waitingRuns, make.run({ status: { ...status, snapshot: undefined } }), 1],
    ['with a snapshot does not wait', waitingRuns, make.run({ status: { ...status, snapshot: { name: 's', digest: 'd' } } }), 0],
  ])('%s', (_name, index, run, count) => expect(names(index, run)).toHaveLength(count));
});

describe('the highest version of a model', () => {
  test.each<[string, string[], string | undefined]>([
    ['counts numbers as numbers', ['fraud-9', 'fraud-10', 'fraud-2'], 'fraud-10'],
    ['leaves out names that are no numbers', ['fraud-1', 'fraud-x', 'fraud-01', 'fraud'], 'fraud-1'],
    ['leaves out those of other models', ['fraud-eu-7', 'fraud-3', 'credit-8'], 'fraud-3'],
    ['is none where there is none', ['credit-8'], undefined],
  ])('%s', (_name, names, highest) => {
    const versions = names.map((name) => make.version({ metadata: { name } }));
    expect(new Caches().put(ModelVersion, ...versions).read.last(numberedVersions, namespace, 'fraud')?.metadata.name).toBe(highest);
  });
});
