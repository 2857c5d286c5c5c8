import type { IncomingMessage, ServerResponse } from 'node:http';
import { inferenceIdHeader, versionHeader } from '../dataplane/routing.ts';
import { answer } from './answer.ts';
import { ClientGone, Memory, receive, TooLarge, type Received } from './body.ts';
import type { Capture, Prediction } from './capture/capture.ts';
import type { Place } from './capture/panes.ts';
import type { Configuration } from './configuration.ts';
import type { Window } from './counts.ts';
import { Exchange } from './exchange.ts';
import { requestHeaders } from './headers.ts';
import { encodeId, nonces } from './inference-id.ts';
import type { Metrics } from './metrics.ts';
import type { Limits } from './settings.ts';
import type { Traffic } from './traffic.ts';

/** Bodies kept for a second attempt, of all requests together; beyond it they are streamed and not retried. */
const replayMemory = 32 * 1024 * 1024;

export interface Proxying {
  readonly configuration: Configuration;
  readonly traffic: Traffic;
  readonly metrics: Metrics;
  readonly capture: Capture;
  readonly limits: Limits;
}

/** What is known about a request when it ends. */
interface Visit {
  readonly startedMs: number;
  routed: { version: string; window: Window } | undefined;
  exchange: Exchange | undefined;
  /** What to count of the request if it succeeds. */
  sample: { place: Place; body: Received['body'] } | undefined;
  release: () => void;
}

/** Passes requests on to the models and counts them. */
export class Proxy {
  readonly #parts: Proxying;
  readonly #nonce = nonces();
  readonly #memory = new Memory(replayMemory);

  constructor(parts: Proxying) {
    this.#parts = parts;
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const visit: Visit = { startedMs: performance.now(), routed: undefined, exchange: undefined, sample: undefined, release: () => undefined };
    this.#parts.metrics.began();
    res.once('close', () => this.#count(visit, req, res));
    try {
      const received = await receive(req, this.#parts.limits.bodyBytes, this.#memory);
      visit.release = received.release;
      if (res.closed) received.release();
      else this.#route(visit, received, { req, res });
    } catch (error) {
      if (error instanceof TooLarge) answer(req, res, 413, { body: { error: error.message } });
      else if (error instanceof ClientGone) res.destroy();
      else throw error;
    }
  }

  #route(visit: Visit, received: Received, { req, res }: { req: IncomingMessage; res: ServerResponse }): void {
    const { configuration, traffic, metrics, capture, limits } = this.#parts;
    const { protocol, feedback } = configuration.current;
    const route = traffic.next();
    if (route !== undefined) visit.routed = { version: route.version, window: configuration.window };
    if (route?.endpoint === undefined) {
      const named = route === undefined ? [] : [versionHeader, route.version, inferenceIdHeader, encodeId({ ...this.#prediction(route.version), classes: undefined })];
      answer(req, res, 503, { body: { error: 'no ready endpoint' }, headers: ['retry-after', '1', ...named] });
      return;
    }
    const { version, endpoint } = route;
    if (route.substituted) metrics.substituted(version);
    const prediction = this.#prediction(version);
    const place = capture.placeOf(prediction, req);
    if (place !== undefined) visit.sample = { place, body: received.body };
    visit.exchange = new Exchange({
      req,
      res,
      version,
      request: {
        method: req.method ?? 'GET',
        path: req.url ?? '/',
        headers: requestHeaders(req.rawHeaders, req.socket.remoteAddress),
        body: received.body,
      },
      readsClasses: feedback && protocol === 'V2',
      headersMs: limits.headersMs,
      id: (classes) => encodeId({ ...prediction, classes }),
      failedOver: (failed) => {
        metrics.retried(version);
        return traffic.another(version, failed);
      },
    }, endpoint);
    visit.exchange.start();
  }

  #prediction(version: string): Prediction {
    return { version, start: this.#parts.capture.start(), nonce: this.#nonce() };
  }

  #count(visit: Visit, req: IncomingMessage, res: ServerResponse): void {
    const { configuration, metrics, capture } = this.#parts;
    visit.exchange?.stop();
    visit.release();
    const code = codeOf(visit, res);
    metrics.ended(visit.routed?.version, code, (performance.now() - visit.startedMs) / 1_000);
    if (visit.sample !== undefined && code === 200) capture.take(visit.sample.place, req, visit.sample.body);
    // A window judges the weights under which its requests were routed.
    if (visit.routed !== undefined && visit.routed.window === configuration.window) {
      visit.routed.window.countRequest(visit.routed.version, code >= 500);
    }
  }
}

/** 499 when the client did not wait for the end, 502 when the model broke off a response that had begun. */
function codeOf(visit: Visit, res: ServerResponse): number {
  if (res.writableFinished) return res.statusCode;
  return visit.exchange?.brokenOff === true ? 502 : 499;
}
