import { z } from 'zod';
import { Bins, maxFeatures, WindowCounts } from '../profile/format.ts';
import { digestPattern } from './manifest.ts';

/** Ports of a router pod. The stable Service exposes `inference` alone. */
export const routerPorts = { inference: 8080, metrics: 9090, admin: 9091 } as const;

/** What a closing router takes at most, one after the other, in milliseconds. The grace of its pod is longer. */
export const routerClosing = { closeMs: 25_000, countMs: 1_000, pullMs: 30_000 } as const;

/** The environment variable that names the file of a router's cold-start configuration. */
export const routerFileVariable = 'MODELKEEPER_ROUTER_FILE';

export const versionHeader = 'x-model-version';
export const inferenceIdHeader = 'x-inference-id';
export const feedbackPath = '/modelkeeper/feedback';

const hostAndPort = (pattern: RegExp) => z.string().refine((text) => pattern.test(text) && URL.canParse(`http://${text}`), 'must be host:port');

/** One version that a router can send requests to. */
const Target = z.strictObject({
  /** Safe in headers, URLs and metric labels. */
  version: z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/),
  /** Percent of the requests. */
  weight: z.int().min(0).max(100),
  /** Ready pods as `ip:port` (IPv6 in brackets), as the operator sees them; empty in the cold-start copy, where `service` is resolved instead. */
  endpoints: z.array(hostAndPort(/^([\d.]+|\[[0-9a-f:]+\]):\d+$/)).max(1_000),
  /** `name.namespace.svc:port` of the version's headless Service. */
  service: hostAndPort(/^[a-z0-9.-]+:\d+$/),
});
export type Target = z.infer<typeof Target>;

/** How long a pane lasts when nothing is captured: ids tell the time of a prediction no finer. */
export const defaultPaneMs = 60_000;

/** When the pane began that `timeMs` lies in. */
export function paneStart(timeMs: number, paneMs: number): number {
  return Math.floor(timeMs / paneMs) * paneMs;
}

/** What routers count of requests and labels, in panes of time that begin at multiples of `paneMs` since the epoch. Ids tell whole seconds. */
const Capture = z.strictObject({
  paneMs: z.int().min(1_000).max(3_600_000).multipleOf(1_000),
  /** Share of the requests whose features are counted. Labels are all counted. */
  sampleRate: z.number().min(0).max(1),
  /** The cells of each version's own profile; a version without a profile has none, and only its labels are counted. */
  baselines: z.array(z.strictObject({
    version: z.string().max(63),
    /** Digest of the profile. Counts of different profiles never mix. */
    digest: z.string().regex(digestPattern),
    features: z.array(Bins).max(maxFeatures),
  })).max(16),
});
export type Capture = z.infer<typeof Capture>;

/**
 * What the operator pushes to each router pod (PUT /config on the admin port, signed). A router refuses an epoch below
 * the highest it has accepted, so a leader that was replaced cannot turn traffic back. Weights add up to 100.
 */
export const RouterConfig = z.strictObject({
  epoch: z.int().min(0),
  /** Tells the weights and all else below but the endpoints; a router that has applied a configuration answers with it. */
  revision: z.string().min(1).max(64),
  namespace: z.string(),
  deployment: z.string(),
  protocol: z.enum(['V2', 'Raw']),
  feedback: z.boolean(),
  /** Name of the counting window; summary counters start at zero when it changes. */
  window: z.string().max(128),
  targets: z.array(Target).max(16),
  capture: Capture.optional(),
}).refine((config) => config.targets.length === 0 || config.targets.reduce((sum, target) => sum + target.weight, 0) === 100, {
  message: 'weights must add up to 100',
}).refine((config) => new Set(config.targets.map((target) => target.version)).size === config.targets.length, {
  message: 'a version must not appear twice',
});
export type RouterConfig = z.infer<typeof RouterConfig>;

/** The cold-start file: what a router starts with before the operator reaches it. */
export const RouterFile = z.strictObject({
  /** Ed25519 public key of the operator, SPKI as PEM. */
  publicKey: z.string(),
  config: RouterConfig,
});
export type RouterFile = z.infer<typeof RouterFile>;

/** Answer to PUT /config. */
export const Applied = z.strictObject({ revision: z.string() });
export type Applied = z.infer<typeof Applied>;

/** Counters of one version within one window on one router pod. */
const Counts = z.strictObject({
  version: z.string(),
  requests: z.int().min(0),
  /** Responses of 500 and above, and requests that no endpoint answered. */
  errors: z.int().min(0),
  /** Labels received by feedback, against the class this version predicted; class 1 is the positive one. */
  labels: z.strictObject({
    correct: z.int().min(0),
    total: z.int().min(0),
    truePositive: z.int().min(0),
    falsePositive: z.int().min(0),
    falseNegative: z.int().min(0),
  }),
});
export type Counts = z.infer<typeof Counts>;

/** What one router process counted of one version in one pane. It may grow later, for labels come late. */
export const Pane = z.strictObject({
  version: z.string(),
  /** Milliseconds since the epoch; the pane lasts until start + paneMs. */
  start: z.int().min(0),
  paneMs: z.int().min(1_000),
  /** Digest of the profile whose cells are counted; empty without one, and then `features` is empty. */
  baseline: z.union([z.literal(''), z.string().regex(digestPattern)]),
  ...WindowCounts.shape,
  /** Sampled requests that were not counted because the queue was full, and those that could not be read. */
  dropped: z.int().min(0),
  unreadable: z.int().min(0),
});
export type Pane = z.infer<typeof Pane>;

/** As many panes as one answer holds. */
export const maxPanes = 64;

/**
 * Panes that changed after a cursor. `instance` names the process: a container that was restarted has counted nothing yet
 * and starts a new one, so (instance, version, baseline, start) tells a pane from all others, and a newer copy of it
 * replaces an older one.
 */
export const Panes = z.strictObject({
  instance: z.string().min(1).max(64),
  /** To be sent back as `since` the next time. */
  cursor: z.int().min(0),
  /** More panes have changed than fit this answer. */
  more: z.boolean(),
  list: z.array(Pane).max(maxPanes),
});
export type Panes = z.infer<typeof Panes>;

/** Answer to GET /summary; with `?since=<cursor>&instance=<instance>` also panes, all of them when the instance is another one, and with `&from=<ms>` none that began earlier. */
export const Summary = z.strictObject({
  podUid: z.string(),
  revision: z.string(),
  window: z.string(),
  counts: z.array(Counts).max(32),
  panes: Panes.optional(),
});
export type Summary = z.infer<typeof Summary>;
