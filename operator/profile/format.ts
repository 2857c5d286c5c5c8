import { z } from 'zod';

/** As many as a profile may describe. */
export const maxFeatures = 1_000;
/** A categorical feature lists at most this many values; all others are counted together. */
export const maxCategories = 128;
const maxEdges = 128;

const name = z.string().min(1).max(256);
const count = z.int().min(0);

/**
 * The cells that values of a numeric feature are counted in. `edges` are strictly increasing and part the line into
 * intervals: below the first, between neighbours, above the last. An edge that is in `atoms` is a cell of its own, which
 * takes exactly that value; any other edge belongs to the interval on its left. The smallest value of the data is always
 * an atom, so nothing of the data lies in the first cell, and nothing lies in the last.
 */
const NumericBins = z.strictObject({
  type: z.literal('Numeric'),
  name,
  edges: z.array(z.number()).max(maxEdges),
  atoms: z.array(z.number()).max(maxEdges),
});
export type NumericBins = z.infer<typeof NumericBins>;

/** Cells of a categorical feature: one for each listed category, and a last one for every other value. */
const CategoricalBins = z.strictObject({
  type: z.literal('Categorical'),
  name,
  categories: z.array(z.string().max(256)).max(maxCategories),
});
export type CategoricalBins = z.infer<typeof CategoricalBins>;

/** What a router must know of a feature to count it in the cells of its baseline. */
export const Bins = z.discriminatedUnion('type', [NumericBins, CategoricalBins]);
export type Bins = z.infer<typeof Bins>;

/**
 * How far chunks of about `rows` values, consecutive in time, lie from all other rows: what the statistic of the feature
 * (Kolmogorov-Smirnov lower bound, Jensen-Shannon distance) comes to when nothing has changed.
 */
export const NullLaw = z.strictObject({
  rows: z.int().min(1),
  chunks: z.int().min(2),
  mean: z.number(),
  sd: z.number().min(0),
  q99: z.number(),
});
export type NullLaw = z.infer<typeof NullLaw>;

const distribution = {
  /** Rows that have a value. */
  count,
  /** Rows that have none. */
  missing: count,
  /** How many values each cell got, in the order of the cells. */
  counts: z.array(count).max(2 * maxEdges + 1),
  /** By increasing `rows`; empty when there were too few rows to tell. */
  null: z.array(NullLaw).max(8),
};

const NumericFeature = z.strictObject({
  ...NumericBins.shape,
  ...distribution,
  /** Undefined when there is no value. `m2` is the sum of squared deviations from the mean. */
  moments: z.strictObject({ min: z.number(), max: z.number(), mean: z.number(), m2: z.number().min(0) }).optional(),
});
const CategoricalFeature = z.strictObject({ ...CategoricalBins.shape, ...distribution });
export const Feature = z.discriminatedUnion('type', [NumericFeature, CategoricalFeature]);
export type Feature = z.infer<typeof Feature>;

/** Predictions by what their labels said; class 1 is the positive one. `wrong`: neither is positive, and they differ. */
export const Outcomes = z.strictObject({ truePositive: count, falsePositive: count, falseNegative: count, trueNegative: count, wrong: count });
export type Outcomes = z.infer<typeof Outcomes>;

/** The distribution of the data that a model was measured on: what its live traffic is compared with. */
export const Profile = z.strictObject({
  schemaVersion: z.literal(1),
  rows: count,
  features: z.array(Feature).max(maxFeatures),
  /** Of the columns `label` and `prediction`, if both were named. */
  outcomes: Outcomes.optional(),
});
export type Profile = z.infer<typeof Profile>;

/** Counts of one feature in the cells of its baseline. */
export const FeatureCounts = z.strictObject({ missing: count, counts: z.array(count).max(2 * maxEdges + 1) });
export type FeatureCounts = z.infer<typeof FeatureCounts>;

/** What was seen in a stretch of time, in the cells of one profile: `features` are in the profile's order. Adding is merging. */
export const WindowCounts = z.strictObject({
  rows: count,
  features: z.array(FeatureCounts).max(maxFeatures),
  outcomes: Outcomes,
});
export type WindowCounts = z.infer<typeof WindowCounts>;
