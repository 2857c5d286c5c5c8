import { z } from 'zod';
import { PipelineSpec } from '../../api/v1alpha1/pipeline.ts';
import { digestOf } from '../../runtime/canonical.ts';
import type { Meta } from '../../runtime/kind.ts';
import { childName } from '../../runtime/names.ts';

/** What a run freezes of its Pipeline. */
export const Snapshot = z.object({ spec: PipelineSpec, claim: z.string() });
export type Snapshot = z.infer<typeof Snapshot>;

/** Digest of what a run would do. When and whether runs start is no part of it. */
export function specDigest(spec: PipelineSpec): string {
  const { params, artifactStore, steps, register } = spec;
  return digestOf({ params, artifactStore, steps, register });
}

/** The claim that holds the Pipeline's artifacts: the named one, or the one made for it. */
export function storeClaim(pipeline: Pick<Meta, 'uid' | 'name'>, spec: PipelineSpec): string {
  return spec.artifactStore.volume?.claimName ?? childName(pipeline, pipeline.name, 'store');
}

/** A digest cut to what a label value holds. */
export function digestLabel(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 32);
}
