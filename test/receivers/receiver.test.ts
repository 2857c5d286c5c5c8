import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { slack } from '../../operator/notify/slack.ts';
import { teams } from '../../operator/notify/teams.ts';
import { issue } from './certificate.ts';
import { message } from './messages.ts';
import { Receiver, slackProblems, teamsProblems } from './receiver.ts';

const plain = (text: string): object => ({ type: 'plain_text', text });
const header = (text: string): object => ({ type: 'header', text: plain(text) });
const section = (more: object): object => ({ type: 'section', ...more });
const many = (count: number, item: unknown): unknown[] => Array.from({ length: count }, () => item);

describe('what Slack takes', () => {
  test.each([
    ['a header of 150 characters', header('x'.repeat(150))],
    ['a section of 3,000 characters', section({ text: plain('x'.repeat(3_000)) })],
    ['ten fields', section({ fields: many(10, plain('x')) })],
    ['markup', section({ text: { type: 'mrkdwn', text: '*a* &lt;b&gt; &amp; c', verbatim: true } })],
    ['a context', { type: 'context', elements: [plain('x')] }],
    ['a line', { type: 'divider', block_id: 'x' }],
  ])('%s', (_name, block) => {
    expect(slackProblems({ text: 'x', blocks: [block] })).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ['no object', [], /payload: must be an object/],
    ['no text', { blocks: [header('x')] }, /text: is missing/],
    ['another member', { text: 'x', blocks: [header('x')], channel: '#x' }, /channel: is not known/],
    ['no blocks', { text: 'x', blocks: [] }, /1 to 50 items/],
    ['too many blocks', { text: 'x', blocks: many(51, header('x')) }, /1 to 50 items/],
    ['a mention in the fallback', { text: '<!channel>', blocks: [header('x')] }, /must be escaped/],
    ['an ampersand that begins nothing', { text: 'a & b', blocks: [header('x')] }, /must be escaped/],
  ])('refused: %s', (_name, payload, problem) => {
    expect(slackProblems(payload).join('\n')).toMatch(problem);
  });

  test.each<[string, object, RegExp]>([
    ['a block of another type', { type: 'video' }, /must be one of header, section/],
    ['a type that every object has', { type: 'constructor' }, /must be one of header, section/],
    ['a header of 151 characters', header('x'.repeat(151)), /1 to 150 characters/],
    ['a header with markup', { type: 'header', text: { type: 'mrkdwn', text: 'x' } }, /must be "plain_text"/],
    ['an empty header', header(''), /1 to 150 characters/],
    ['half of a surrogate pair', header('x\ud83d'), /surrogate/],
    ['a section of 3,001 characters', section({ text: plain('x'.repeat(3_001)) }), /1 to 3000 characters/],
    ['a section of nothing', section({}), /must have text or fields/],
    ['eleven fields', section({ fields: many(11, plain('x')) }), /1 to 10 items/],
    ['a field of 2,001 characters', section({ fields: [plain('x'.repeat(2_001))] }), /1 to 2000 characters/],
    ['a link', section({ text: { type: 'mrkdwn', text: '<https://x|y>' } }), /must be escaped/],
    ['another member of a text', section({ text: { type: 'plain_text', text: 'x', verbatim: true } }), /verbatim: is not known/],
  ])('refused: %s', (_name, block, problem) => {
    expect(slackProblems({ text: 'x', blocks: [block] }).join('\n')).toMatch(problem);
  });

  test('refused: blocks that are too long together', () => {
    expect(slackProblems({ text: 'x', blocks: many(5, section({ text: plain('x'.repeat(2_500)) })) })).toEqual([
      'payload: the texts of all blocks must have at most 12000 characters, have 12500',
    ]);
  });
});

describe('what Teams takes', () => {
  const card = (body: unknown, change: object = {}): object => ({
    type: 'message',
    attachments: [{
      contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null,
      content: { $schema: 'http://adaptivecards.io/schemas/adaptive-card.json', type: 'AdaptiveCard', version: '1.4', body, ...change },
    }],
  });
  const block = (text: string): object => ({ type: 'TextBlock', text, wrap: true });

  test.each([
    ['a block of text', block('x')],
    ['runs of text', { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'x', weight: 'Bolder' }] }],
    ['facts', { type: 'FactSet', facts: [{ title: 'x', value: 'y' }] }],
  ])('%s', (_name, element) => {
    expect(teamsProblems(card([element]))).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ['a card without its message', { type: 'AdaptiveCard', version: '1.4', body: [block('x')] }, /attachments: is missing/],
    ['a later version', card([block('x')], { version: '1.6' }), /version: must be/],
    ['another member of the card', card([block('x')], { title: 'x' }), /title: is not known/],
    ['a member without a value', card([{ type: 'TextBlock', text: undefined }]), /text: must be a string/],
    ['no elements', card([]), /1 to 200 items/],
    ['an element of another type', card([{ type: 'Carousel' }]), /must be one of TextBlock/],
    ['an unknown colour', card([{ ...block('x'), color: 'red' }]), /color: must be/],
    ['a fact without a value', card([{ type: 'FactSet', facts: [{ title: 'x' }] }]), /value: is missing/],
    ['more than 28 KiB', card([block('x'.repeat(28_500))]), /at most 28672 bytes/],
    ['more than 28 KiB, once it is quoted', card([block('"'.repeat(9_000))]), /at most 28672 bytes/],
  ])('refused: %s', (_name, payload, problem) => {
    expect(teamsProblems(payload).join('\n')).toMatch(problem);
  });
});

describe('the receiver', () => {
  const tls = issue('receiver.test');
  const receiver = new Receiver(tls);
  let port: number;
  beforeAll(async () => { port = await receiver.listen(0, '127.0.0.1'); });
  afterAll(() => receiver.close());

  async function ask(route: string, body?: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }): Promise<{ status: number | undefined; body: string; retryAfter: string | undefined }> {
    const [method, path] = route.split(' ');
    return new Promise((resolve, reject) => {
      const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body));
      const options = { host: '127.0.0.1', port, method, path, ca: tls.authority, servername: 'receiver.test', headers: { ...headers, 'content-length': bytes.length } };
      request(options, (response) => {
        void text(response).then((said) => resolve({ status: response.statusCode, body: said, retryAfter: response.headers['retry-after'] }), reject);
      }).once('error', reject).end(bytes);
    });
  }

  const notice = { key: 'k', message };
  test.each<[string, string, unknown, object]>([
    ['is healthy', 'GET /healthz', undefined, { status: 200, body: 'ok' }],
    ['answers as Slack does', 'POST /slack', slack.payload(notice), { status: 200, body: 'ok' }],
    ['answers as Teams does', 'POST /teams', teams.payload(notice), { status: 202, body: '' }],
    ['takes nothing of another format', 'POST /slack', teams.payload(notice), { status: 400, body: 'invalid_blocks' }],
    ['knows no other paths', 'POST /discord', {}, { status: 404 }],
  ])('%s', async (_name, route, body, answer) => {
    expect(await ask(route, body)).toMatchObject(answer);
  });

  test('refuses another type of content', async () => {
    expect(await ask('POST /slack', slack.payload(notice), { 'content-type': 'text/plain' })).toMatchObject({ status: 400 });
  });

  test('fails as often as it is told, then takes messages again', async () => {
    await ask('POST /fail', { kind: 'teams', count: 2, status: 429, retryAfter: 7 });
    const answers = [];
    for (let count = 0; count < 3; count++) answers.push(await ask('POST /teams', teams.payload(notice)));
    expect(answers.map(({ status, retryAfter }) => [status, retryAfter])).toEqual([[429, '7'], [429, '7'], [202, undefined]]);
  });

  test('tells what came, with the key of the notice', async () => {
    await ask('POST /slack', slack.payload(notice), { 'content-type': 'application/json', 'idempotency-key': 'uid-1/2' });
    const { body } = await ask('GET /received');
    expect((JSON.parse(body) as unknown[]).at(-1)).toMatchObject({ kind: 'slack', key: 'uid-1/2', status: 200, problems: [], payload: slack.payload(notice) });
  });
});
