import type { PipelineSpec, PipelineStatus } from '../../api/v1alpha1/pipeline.ts';
import { PipelineRun } from '../../api/v1alpha1/pipelinerun.ts';
import type { Child } from '../../runtime/controller.ts';
import type { Meta } from '../../runtime/kind.ts';
import { labels } from '../labels.ts';
import { PersistentVolumeClaim } from '../resources/objects.ts';
import { digestLabel, storeClaim } from './snapshot.ts';

/** The claim for the Pipeline's artifacts. It outlives the Pipeline, because versions may serve from it. */
export function storeClaimBody(pipeline: Meta, spec: PipelineSpec): Child {
  const { storage, storageClassName, accessMode } = spec.artifactStore.volume ?? {};
  return {
    life: 'Issue',
    resource: PersistentVolumeClaim,
    body: {
      metadata: { name: storeClaim(pipeline, spec), labels: { [labels.pipeline]: pipeline.name } },
      spec: {
        accessModes: [accessMode],
        ...(storageClassName === undefined ? {} : { storageClassName }),
        resources: { requests: { storage } },
      },
    },
  };
}

export function pipelineRun(pipeline: Meta, next: NonNullable<PipelineStatus['nextRun']>): Child {
  return {
    life: 'CreateOnce',
    resource: PipelineRun,
    body: {
      metadata: { name: next.name, labels: { [labels.pipeline]: pipeline.name, [labels.specDigest]: digestLabel(next.digest) } },
      spec: { pipelineRef: { name: pipeline.name }, trigger: { type: next.trigger, by: `Pipeline/${pipeline.name}` } },
    },
  };
}
