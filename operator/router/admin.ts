import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RouterConfig, type Applied, type Panes, type Summary } from '../dataplane/routing.ts';
import { signatureHeader, timeHeader, verifyRequest } from '../dataplane/signature.ts';
import { answer } from './answer.ts';
import { ClientGone, readText, TooLarge } from './body.ts';
import type { Capture } from './capture/capture.ts';
import type { Configuration } from './configuration.ts';
import type { Log } from './settings.ts';

/** A profile of 1,000 features has cells of about 1.7 MB. */
const configBytes = 8 * 1024 * 1024;

export interface Administration {
  readonly configuration: Configuration;
  readonly capture: Capture;
  readonly publicKey: KeyObject;
  readonly podUid: string;
  readonly log: Log;
  readonly now: () => number;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Panes in the body. */
  readonly panes?: Panes;
}

/** The operator's side of the router. Without a signature by the operator nothing is answered but 401. */
export class Admin {
  readonly #parts: Administration;

  constructor(parts: Administration) {
    this.#parts = parts;
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      const { status, body, panes } = await this.#reply(req, await readText(req, configBytes));
      if (panes !== undefined) res.once('finish', () => this.#parts.capture.delivered(panes));
      answer(req, res, status, { body });
    } catch (error) {
      if (error instanceof TooLarge) answer(req, res, 413, { body: { error: error.message } });
      else if (error instanceof ClientGone) res.destroy();
      else throw error;
    }
  }

  async #reply(req: IncomingMessage, body: string): Promise<Reply> {
    const { publicKey, now } = this.#parts;
    const signed = { method: req.method ?? '', path: req.url ?? '', body, timeMs: Number(req.headers[timeHeader]) };
    if (!verifyRequest(signed, String(req.headers[signatureHeader]), publicKey, now())) {
      return { status: 401, body: { error: 'the request is not signed by the operator' } };
    }
    this.#parts.configuration.heard(now());
    if (signed.method === 'PUT' && signed.path === '/config') return this.#configure(body, signed.timeMs);
    const [path, query] = signed.path.split('?', 2);
    if (signed.method === 'GET' && path === '/summary') return this.#summary(new URLSearchParams(query));
    return { status: 404, body: { error: 'there are PUT /config and GET /summary' } };
  }

  #configure(body: string, timeMs: number): Reply {
    const { configuration, log } = this.#parts;
    const config = readConfig(body);
    if (typeof config === 'string') return { status: 422, body: { error: config } };
    const { revision, epoch } = config;
    const changed = revision !== configuration.current.revision;
    const refusal = configuration.push(config, timeMs);
    if (refusal !== undefined) {
      log.warn('refused a configuration', { revision, epoch, reason: refusal.message });
      return { status: refusal.status, body: { error: refusal.message } };
    }
    if (changed) log.info('applied a configuration', { revision, epoch });
    return { status: 200, body: { revision } satisfies Applied };
  }

  async #summary(query: URLSearchParams): Promise<Reply> {
    const { configuration, capture, podUid } = this.#parts;
    const { window, current } = configuration;
    const summary: Summary = { podUid, revision: current.revision, window: window.name, counts: window.counts() };
    const since = query.get('since');
    if (since === null) return { status: 200, body: summary };
    const from = query.get('from') ?? '0';
    if (![since, from].every((text) => /^\d{1,15}$/.test(text))) {
      return { status: 422, body: { error: 'since must be the cursor of the last answer, or 0, and from milliseconds since the epoch' } };
    }
    const panes = await capture.panes({ since: Number(since), instance: query.get('instance') ?? '', from: Number(from) });
    return { status: 200, body: { ...summary, panes } satisfies Summary, panes };
  }
}

/** The configuration, or what is wrong with it. */
function readConfig(body: string): RouterConfig | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }
  const { data, error } = RouterConfig.safeParse(json);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  return issue === undefined ? 'invalid' : `${issue.path.join('.')}: ${issue.message}`;
}
