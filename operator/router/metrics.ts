import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RouterConfig } from '../dataplane/routing.ts';
import type { Outcome } from '../profile/classes.ts';

/** Why feedback was not counted. */
export type FeedbackRefusal = 'malformed' | 'no_class' | 'mismatch' | 'duplicate' | 'unknown_version' | 'rate_limited';

/** Why the features of a sampled request were not counted. */
const captureLosses = ['queue_full', 'thread_ended', 'not_kept', 'not_json', 'unreadable', 'late'] as const;
export type CaptureLoss = (typeof captureLosses)[number];

/** What outcomes are called in the label of a metric. */
const outcomeLabels: Readonly<Record<Outcome, string>> = {
  truePositive: 'true_positive', falsePositive: 'false_positive', falseNegative: 'false_negative', trueNegative: 'true_negative', wrong: 'wrong',
};

/** Series exist only for the versions of the last `retain`, so a router that lives for a year does not collect them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #codes = new Map<string, Set<string>>();
  readonly #requests = this.#counter('requests_total', 'Requests answered, by version and HTTP status code; 499 means that the client went away.', ['version', 'code']);
  readonly #duration = new Histogram({
    name: 'modelkeeper_router_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its response, by version.',
    labelNames: ['version'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.#registry],
  });
  readonly #inFlight = this.#gauge('in_flight', 'Requests that are being answered.', []);
  readonly #retries = this.#counter('retries_total', 'Requests sent a second time after a connection failed, by version.', ['version']);
  readonly #fallbacks = this.#counter('fallback_total', 'Requests that a version served because the version whose turn it was had no ready endpoint.', ['version']);
  readonly #feedback = this.#counter('feedback_total', 'Labels received, by version and what they say about the prediction.', ['version', 'outcome']);
  readonly #refused = this.#counter('feedback_refused_total', 'Feedback requests that were not counted, by reason.', ['reason']);
  readonly #rows = this.#counter('capture_rows_total', 'Rows whose features were counted, by version.', ['version']);
  readonly #losses = this.#counter('capture_dropped_total', 'Sampled requests whose features were not counted, by version and reason.', ['version', 'reason']);
  readonly #late = this.#counter('capture_late_labels_total', 'Labels of predictions whose pane is not kept.', []);
  readonly #panes = this.#gauge('capture_panes', 'Panes that are kept.', []);
  readonly #panesDropped = this.#counter('capture_panes_dropped_total', 'Panes that were dropped because there was no room for newer ones.', []);
  readonly #info = this.#gauge('config_info', 'The configuration revision in force; the value is always 1.', ['revision']);
  readonly #weight = this.#gauge('weight', 'Percent of the requests meant for a version.', ['version']);

  retain(versions: readonly string[]): void {
    const kept = new Set(versions);
    for (const [version, codes] of this.#codes) {
      if (kept.has(version)) continue;
      for (const code of codes) this.#requests.remove({ version, code });
      for (const outcome of Object.values(outcomeLabels)) this.#feedback.remove({ version, outcome });
      for (const reason of captureLosses) this.#losses.remove({ version, reason });
      for (const metric of [this.#duration, this.#retries, this.#fallbacks, this.#rows]) metric.remove({ version });
      this.#codes.delete(version);
    }
    for (const version of kept) if (!this.#codes.has(version)) this.#codes.set(version, new Set());
  }

  configured(config: RouterConfig): void {
    this.#registry.setDefaultLabels({ namespace: config.namespace, deployment: config.deployment });
    this.#info.reset();
    this.#info.set({ revision: config.revision }, 1);
    this.#weight.reset();
    for (const { version, weight } of config.targets) this.#weight.set({ version }, weight);
  }

  began(): void {
    this.#inFlight.inc();
  }

  /** `version` is undefined for a request that ended before one was chosen. */
  ended(version: string | undefined, code: number, seconds: number): void {
    this.#inFlight.dec();
    if (version === undefined) {
      this.#requests.inc({ version: '', code: String(code) });
      return;
    }
    const codes = this.#codes.get(version);
    if (codes === undefined) return;
    const text = String(code);
    codes.add(text);
    this.#requests.inc({ version, code: text });
    this.#duration.observe({ version }, seconds);
  }

  retried(version: string): void {
    if (this.#codes.has(version)) this.#retries.inc({ version });
  }

  substituted(version: string): void {
    if (this.#codes.has(version)) this.#fallbacks.inc({ version });
  }

  labelled(version: string, outcome: Outcome): void {
    if (this.#codes.has(version)) this.#feedback.inc({ version, outcome: outcomeLabels[outcome] });
  }

  refused(reason: FeedbackRefusal): void {
    this.#refused.inc({ reason });
  }

  captured(version: string, rows: number): void {
    if (this.#codes.has(version)) this.#rows.inc({ version }, rows);
  }

  notCaptured(version: string, reason: CaptureLoss): void {
    if (this.#codes.has(version)) this.#losses.inc({ version, reason });
  }

  labelledLate(): void {
    this.#late.inc();
  }

  paneAdded(): void {
    this.#panes.inc();
  }

  paneDropped(): void {
    this.#panes.dec();
    this.#panesDropped.inc();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `modelkeeper_router_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name: `modelkeeper_router_${name}`, help, labelNames, registers: [this.#registry] });
  }
}
