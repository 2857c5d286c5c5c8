import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { json, text } from 'node:stream/consumers';

/**
 * Stands in for Slack and for Teams: takes what they take, refuses what they refuse, and tells what came. One file that
 * imports nothing but Node, so that any image with Node can run it.
 */

/** What is wrong with a value; nothing when it is as it must be. */
type Check = (value: unknown, at: string) => string[];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const oneOf = (...values: readonly unknown[]): Check => (value, at) =>
  values.includes(value) ? [] : [`${at}: must be ${values.map((one) => JSON.stringify(one)).join(' or ')}`];

const string = (max: number, min = 1): Check => (value, at) => {
  if (typeof value !== 'string') return [`${at}: must be a string`];
  if (!value.isWellFormed()) return [`${at}: holds half of a surrogate pair`];
  return value.length >= min && value.length <= max ? [] : [`${at}: must have ${min} to ${max} characters, has ${value.length}`];
};

const list = (check: Check, max: number): Check => (value, at) => {
  if (!Array.isArray(value)) return [`${at}: must be a list`];
  if (value.length === 0 || value.length > max) return [`${at}: must have 1 to ${max} items, has ${value.length}`];
  return value.flatMap((item, index) => check(item, `${at}[${index}]`));
};

const object = (required: Record<string, Check>, optional: Record<string, Check> = {}): Check => (value, at) => {
  if (!isObject(value)) return [`${at}: must be an object`];
  const known = { ...required, ...optional };
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(known, name)).map((name) => `${at}.${name}: is not known`);
  const missing = Object.keys(required).filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}.${name}: is missing`);
  const wrong = Object.entries(known).flatMap(([name, check]) => (Object.hasOwn(value, name) ? check(value[name], `${at}.${name}`) : []));
  return [...unknown, ...missing, ...wrong];
};

const byType = (types: Record<string, Check>): Check => (value, at) => {
  const type = isObject(value) ? value['type'] : undefined;
  const check = typeof type === 'string' && Object.hasOwn(types, type) ? types[type] : undefined;
  return check === undefined ? [`${at}.type: must be one of ${Object.keys(types).join(', ')}`] : check(value, at);
};

const all = (...checks: readonly Check[]): Check => (value, at) => checks.flatMap((check) => check(value, at));
const boolean = oneOf(true, false);

/** Slack takes links and mentions; this receiver does not, because no notice of ours has any. */
const noControl: Check = (value, at) =>
  typeof value === 'string' && /[<>]|&(?!(?:amp|lt|gt);)/.test(value) ? [`${at}: "&", "<" and ">" must be escaped`] : [];

const plainText = (max: number): Check => object({ type: oneOf('plain_text'), text: string(max) }, { emoji: boolean });
const mrkdwn = (max: number): Check => object({ type: oneOf('mrkdwn'), text: all(string(max), noControl) }, { verbatim: boolean });
const slackText = (max: number): Check => byType({ plain_text: plainText(max), mrkdwn: mrkdwn(max) });
const blockId = { block_id: string(255) };

const section: Check = (value, at) => [
  ...object({ type: oneOf('section') }, { ...blockId, text: slackText(3_000), fields: list(slackText(2_000), 10) })(value, at),
  ...(isObject(value) && !('text' in value) && !('fields' in value) ? [`${at}: must have text or fields`] : []),
];

const block = byType({
  header: object({ type: oneOf('header'), text: plainText(150) }, blockId),
  section,
  context: object({ type: oneOf('context'), elements: list(slackText(3_000), 10) }, blockId),
  divider: object({ type: oneOf('divider') }, blockId),
});

/** What blocks may hold together: undocumented, see slackapi/bolt-js#2509. */
const slackTotal: Check = (value, at) => {
  const total = textsIn(isObject(value) ? value['blocks'] : undefined).reduce((sum, { length }) => sum + length, 0);
  return total <= 12_000 ? [] : [`${at}: the texts of all blocks must have at most 12000 characters, have ${total}`];
};

const slackMessage = all(
  object({ text: all(string(40_000), noControl), blocks: list(block, 50) }, { unfurl_links: boolean, unfurl_media: boolean }),
  slackTotal,
);

const style = {
  color: oneOf('Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention'),
  size: oneOf('Default', 'Small', 'Medium', 'Large', 'ExtraLarge'),
  weight: oneOf('Default', 'Lighter', 'Bolder'),
  isSubtle: boolean,
};

const element = byType({
  TextBlock: object({ type: oneOf('TextBlock'), text: string(28_672) }, { ...style, wrap: boolean }),
  RichTextBlock: object({ type: oneOf('RichTextBlock'), inlines: list(object({ type: oneOf('TextRun'), text: string(28_672) }, style), 100) }),
  FactSet: object({ type: oneOf('FactSet'), facts: list(object({ title: string(28_672), value: string(28_672) }), 100) }),
});

const card = object({
  $schema: oneOf('http://adaptivecards.io/schemas/adaptive-card.json'),
  type: oneOf('AdaptiveCard'),
  version: oneOf('1.0', '1.1', '1.2', '1.3', '1.4'),
  body: list(element, 200),
});

/** Teams counts a card as it lies in a message of its own: see MicrosoftDocs/msteams-docs#11274. */
const teamsSize: Check = (value, at) => {
  const size = Buffer.byteLength(JSON.stringify(JSON.stringify(value)));
  return size <= 28_672 ? [] : [`${at}: must have at most 28672 bytes, has ${size}`];
};

const teamsMessage = all(
  object({
    type: oneOf('message'),
    attachments: list(object({ contentType: oneOf('application/vnd.microsoft.card.adaptive'), contentUrl: oneOf(null), content: card }), 1),
  }),
  teamsSize,
);

/** What is wrong with a payload for an incoming webhook of Slack. */
export function slackProblems(payload: unknown): string[] {
  return slackMessage(payload, 'payload');
}

/** What is wrong with a payload for a webhook of Teams' Workflows. */
export function teamsProblems(payload: unknown): string[] {
  return teamsMessage(payload, 'payload');
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner)));
}

type Kind = 'slack' | 'teams';

/** One request to a webhook. */
export interface Received {
  readonly kind: Kind;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The same for every try of one notice. */
  readonly key: string | undefined;
  readonly status: number;
  readonly problems: readonly string[];
  readonly payload: unknown;
}

/** What POST /fail takes: how the next requests are answered, whatever they hold. */
export interface Failures {
  readonly kind: Kind;
  readonly count: number;
  readonly status: number;
  /** In seconds. */
  readonly retryAfter?: number;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly problems: readonly string[];
  readonly retryAfter?: number | undefined;
}

const formats = {
  slack: { problems: slackProblems, accepted: { status: 200, body: 'ok' }, refused: { status: 400, body: 'invalid_blocks' } },
  teams: { problems: teamsProblems, accepted: { status: 202, body: '' }, refused: { status: 400, body: '{"error":{"code":"BadRequest"}}' } },
};

const maxBytes = 1_048_576;

/** An https server with /slack, /teams, /received, /fail and /healthz. */
export class Receiver {
  readonly received: Received[] = [];
  /** Answers requests with this status, whatever they hold; undefined: as it would. */
  answers: (key: string | undefined) => number | undefined = () => undefined;
  readonly #failures: Record<Kind, { count: number; status: number; retryAfter: number | undefined }>;
  readonly #server: Server;

  constructor(tls: { readonly cert: string; readonly key: string }) {
    const none = { count: 0, status: 0, retryAfter: undefined };
    this.#failures = { slack: { ...none }, teams: { ...none } };
    this.#server = createServer(tls, (request, response) => {
      this.#handle(request, response).catch(() => response.writeHead(400).end());
    });
  }

  /** Resolves with the port. */
  async listen(port: number, host?: string): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, host, resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  fail({ kind, count, status, retryAfter }: Failures): void {
    this.#failures[kind] = { count, status, retryAfter };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method ?? ''} ${request.url ?? ''}`;
    if (route === 'GET /healthz') response.writeHead(200).end('ok');
    else if (route === 'GET /received') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.received));
    else if (route === 'POST /fail') {
      this.fail((await json(request)) as Failures);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    } else if (route === 'POST /slack') await this.#webhook('slack', request, response);
    else if (route === 'POST /teams') await this.#webhook('teams', request, response);
    else response.writeHead(404).end('no_service');
  }

  async #webhook(kind: Kind, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Number(request.headers['content-length'] ?? maxBytes) < maxBytes ? await text(request) : undefined;
    const payload = parse(body);
    const key = keyOf(request);
    const { status, body: said, retryAfter, problems } = this.#planned(kind, key) ?? judge(kind, request.headers['content-type'], payload);
    this.received.push({ kind, at: Date.now(), key, status, problems, payload });
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }).end(said);
  }

  #planned(kind: Kind, key: string | undefined): Reply | undefined {
    const asked = this.answers(key);
    if (asked !== undefined) return { status: asked, body: 'planned', problems: [] };
    const planned = this.#failures[kind];
    if (planned.count === 0) return undefined;
    planned.count -= 1;
    return { status: planned.status, body: 'planned', problems: [], retryAfter: planned.retryAfter };
  }
}

function keyOf(request: IncomingMessage): string | undefined {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' ? key : undefined;
}

function parse(body: string | undefined): unknown {
  try {
    return body === undefined ? undefined : (JSON.parse(body) as unknown);
  } catch {
    return undefined;
  }
}

function judge(kind: Kind, contentType: string | undefined, payload: unknown): Reply {
  const format = formats[kind];
  const wrongType = /^application\/json\b/.test(contentType ?? '') ? [] : ['content-type: must be application/json'];
  const problems = [...wrongType, ...format.problems(payload)];
  return { ...(problems.length === 0 ? format.accepted : format.refused), problems };
}

// `node receiver.mts CERTIFICATE KEY PORT`. The name of the file may be another one than in the repository.
if (basename(process.argv[1] ?? '') === basename(import.meta.filename)) {
  const [cert = '', key = '', port = '8443'] = process.argv.slice(2);
  const receiver = new Receiver({ cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') });
  process.on('SIGTERM', () => process.exit(0));
  await receiver.listen(Number(port));
}
