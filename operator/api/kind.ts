import { z } from 'zod';
import type { Json, Meta, Resource, Stored } from '../runtime/kind.ts';
import { time } from './time.ts';

export const group = 'modelkeeper.dev';
export const version = 'v1alpha1';

/** One condition, as metav1.Condition. */
export const Condition = z.object({
  type: z.string().max(316).describe('Name of the condition.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('True, False or Unknown.'),
  reason: z.string().max(1024).describe('One word for machines: why the condition has this status.'),
  message: z.string().max(256).describe('One sentence for people.'),
  lastTransitionTime: time.describe('When the status last changed.'),
  observedGeneration: z.int().optional().describe('Generation of the spec that this condition speaks of.'),
}).describe('One condition.');
export type Condition = z.infer<typeof Condition>;

/** The status fields that every kind has. */
export const commonStatus = {
  observedGeneration: z.int().default(-1).describe('Generation of the spec that the operator has seen; -1 before it has seen any.'),
  writerEpoch: z.int32().min(0).default(0).describe('Term of the leader that wrote this status; it never decreases.'),
  conditions: z.array(Condition).max(16).default([])
    .describe('Latest observations of the state of this object.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
};
export type CommonStatus = Readonly<{ observedGeneration: number; writerEpoch: number; conditions: readonly Condition[] }>;

/** An object of one of our kinds. `spec` is undefined when the stored object does not satisfy the schema; `problem` then says why. */
export interface CustomObject<Spec, Status extends CommonStatus> extends Stored {
  readonly spec: Spec | undefined;
  /** What all kinds have of it, when the stored one does not satisfy the schema. */
  readonly status: Status;
  readonly problem?: string;
  /** The stored status, when it does not satisfy the schema: another version of the operator may have recorded it, and nothing of it may be lost. */
  readonly unread?: Json;
}

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'date';
  readonly jsonPath: string;
  readonly description: string;
}

/** A rule of the Common Expression Language, checked by the API server. */
export interface Rule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

interface Definition<Spec extends z.ZodType, Status extends z.ZodType, C extends string> {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  /** Longest allowed metadata.name; children's names are derived from it within 63 characters. */
  readonly maxNameLength: number;
  readonly spec: Spec;
  readonly status: Status;
  /** Every condition the kind declares; the engine demands a verdict for each of them on every pass. */
  readonly conditions: readonly C[];
  /** The declared condition that sums the object up: Ready for what lives on, Succeeded for what ends. */
  readonly summary: C;
  readonly columns: readonly Column[];
  readonly scale?: { readonly specReplicasPath: string; readonly statusReplicasPath: string; readonly labelSelectorPath: string };
}

export interface CustomKind<Spec, Status extends CommonStatus, C extends string>
  extends Resource<CustomObject<Spec, Status>>, Definition<z.ZodType<Spec>, z.ZodType<Status>, C> {}

/** Completes a definition with the parts that all our kinds share: group, version and the reading of stored objects. */
export function customKind<Spec, Status extends CommonStatus, const C extends string>(
  definition: Definition<z.ZodType<Spec>, z.ZodType<Status>, C>,
): CustomKind<Spec, Status, C> {
  const noStatus = definition.status.parse({});
  return {
    ...definition,
    group,
    version,
    project: (metadata: Meta, live: Json): CustomObject<Spec, Status> => {
      const spec = definition.spec.safeParse(live['spec']);
      const status = definition.status.safeParse(live['status'] ?? {});
      const problems = [explain('status', status.error), explain('spec', spec.error)].filter((problem) => problem !== undefined);
      return {
        metadata,
        spec: spec.success && status.success ? spec.data : undefined,
        status: status.success ? status.data : { ...noStatus, ...common.parse(live['status']) },
        ...(problems[0] === undefined ? {} : { problem: problems[0] }),
        ...(status.success ? {} : { unread: anything.parse(live['status']) }),
      };
    },
  };
}

const anything = z.record(z.string(), z.unknown()).catch({});
/** What can be read of a status that as a whole cannot. */
const common = anything.pipe(z.object({
  observedGeneration: commonStatus.observedGeneration.catch(-1),
  writerEpoch: commonStatus.writerEpoch.catch(0),
  conditions: z.array(z.unknown()).catch([]).transform((items) => items.flatMap((item) => Condition.safeParse(item).data ?? [])),
}));

function explain(root: string, error: z.ZodError | undefined): string | undefined {
  const issue = error?.issues[0];
  return issue && `${[root, ...issue.path.map(String)].join('.')}: ${issue.message}`.slice(0, 256);
}

/** The object with its spec, or undefined when what is stored does not satisfy the schema. */
export function valid<Spec, Status extends CommonStatus>(
  object: CustomObject<Spec, Status> | undefined,
): (CustomObject<Spec, Status> & { readonly spec: Spec }) | undefined {
  if (object?.spec === undefined) return undefined;
  return { ...object, spec: object.spec };
}
