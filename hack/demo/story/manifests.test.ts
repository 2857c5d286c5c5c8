import { describe, expect, test } from '@jest/globals';
import { manifests, setArgument, setDefault, type JobManifest, type PipelineManifest } from './manifests.ts';

describe('the manifests of the examples', () => {
  test.each(['fraud/claims.yaml', 'fraud/simulate-job.yaml', 'fraud/pipeline.yaml', 'fraud/replay-job.yaml', 'fraud/deployment.yaml', 'fraud/drift-policy.yaml', 'diagnosis/pipeline.yaml', 'diagnosis/deployment.yaml'])(
    '%s gets the image that is here', (file) => {
      const text = JSON.stringify(manifests(file, 'local/python:1'));
      expect(text).not.toContain('modelkeeper/python:dev');
    });

  test('arguments and parameters that the demo sets are there', () => {
    const [job] = manifests<JobManifest>('fraud/simulate-job.yaml', 'i');
    const [pipeline] = manifests<PipelineManifest>('fraud/pipeline.yaml', 'i');
    setArgument(job!, 'seed', '7');
    setDefault(pipeline!, 'seed', '7');
    expect(job!.spec.template.spec.containers[0]!.args).toContain('--seed=7');
    expect(pipeline!.spec.params.find(({ name }) => name === 'seed')).toEqual({ name: 'seed', default: '7' });
  });

  test('a name that is not there is an error', () => {
    const [job] = manifests<JobManifest>('fraud/simulate-job.yaml', 'i');
    const [pipeline] = manifests<PipelineManifest>('fraud/pipeline.yaml', 'i');
    expect(() => setArgument(job!, 'colour', '7')).toThrow('Job fraud-simulate has no argument --colour=');
    expect(() => setDefault(pipeline!, 'colour', '7')).toThrow('Pipeline fraud has no parameter colour');
  });
});
