import { describe, expect, test } from '@jest/globals';
import { message } from '../../test/receivers/messages.ts';
import { ApiError } from '../runtime/errors.ts';
import { destination, send, type ReadSecret } from './attempt.ts';
import type { Dispatch, Outgoing } from './dispatcher.ts';
import type { Notice } from './notice.ts';

const notice: Notice = { key: 'uid-1/2', type: 'Slack', namespace: 'ml', secretKeyRef: { name: 'hooks', key: 'slack' }, message };
const holding = (value: string): ReadSecret => () => Promise.resolve(new Map([['slack', value], ['other', 'x']]));
const now = Date.parse('2026-03-01T12:00:00Z');

describe('where a notice goes', () => {
  test('is in its Secret', async () => {
    const asked: object[] = [];
    const to = await destination(notice, (at) => {
      asked.push(at);
      return holding(' https://hooks.slack.com/services/T/B/x\n')(at);
    });
    expect([to, asked]).toEqual([new URL('https://hooks.slack.com/services/T/B/x'), [{ namespace: 'ml', name: 'hooks' }]]);
  });

  const secret = (value: string): [ReadSecret, string] => [holding(value), value];
  test.each<[string, [ReadSecret, string], string, string]>([
    ['the operator may not read it', [() => Promise.reject(new ApiError(403, 'Forbidden', 'secrets "hooks" is forbidden')), '-'], 'SecretForbidden',
      'Secret hooks, key slack: the operator may not read it: add ml to the chart value notify.namespaces'],
    ['the API server does not answer', [() => Promise.reject(new Error('ECONNRESET')), '-'], 'Unreachable', 'Secret hooks, key slack: it cannot be read from the API server just now'],
    ['there is none', [() => Promise.resolve(undefined), '-'], 'SecretNotFound', 'Secret hooks, key slack: there is no such Secret'],
    ['it has other keys', [() => Promise.resolve(new Map([['teams', 'x']])), '-'], 'SecretNotFound', 'Secret hooks, key slack: the Secret has no such key'],
    ...([
      ['it is empty', ''], ['it is no URL', 'hooks.slack.com'], ['it is not encrypted', 'http://hooks.slack.com/x'], ['its host is missing', 'https://'],
      ['it has a password', 'https://a:hunter2@hooks.slack.com/'], ['it is too long', `https://hooks.slack.com/${'x'.repeat(2_048)}`], ['it is a file', 'file:///etc/passwd'],
    ] as const).map(([name, value]): [string, [ReadSecret, string], string, string] => [name, secret(value), 'UrlInvalid',
      'Secret hooks, key slack: its value must be a URL that begins with https:// and has at most 2048 bytes and no user name']),
  ])('is not known when %s', async (_name, [readSecret, value], reason, text) => {
    expect(await destination(notice, readSecret)).toEqual({ delivery: { state: 'Failed', reason, message: text } });
    if (value !== '') expect(text).not.toContain(value.slice(8, 40) || '\u0000');
  });
});

describe('a notice that is sent', () => {
  const url = new URL('https://hooks.slack.com/services/T/B/x');
  const answered = (status: number, body = '', retryAfter?: string): Dispatch => ({ state: 'Answered', answer: { status, body, retryAfter } });

  async function sent(dispatch: Dispatch): Promise<[unknown, Outgoing | undefined]> {
    let seen: Outgoing | undefined;
    const outcome = await send(notice, url, {
      post: (_url, outgoing) => {
        seen = outgoing;
        return Promise.resolve(dispatch);
      },
      signal: new AbortController().signal, now: () => now,
    });
    return [outcome, seen];
  }

  test('has the format of its receiver, and its key', async () => {
    const [outcome, outgoing] = await sent(answered(200, 'ok'));
    expect([outcome, outgoing?.key, outgoing?.body]).toEqual([{ delivery: { state: 'Sent' } }, 'uid-1/2', expect.stringContaining('"blocks"')]);
  });

  test.each<[string, Dispatch, string, RegExp]>([
    ['is not confirmed', answered(200, 'secret of the receiver'), 'Refused', /^Secret hooks, key slack: the receiver did not confirm the message \(HTTP 200\)/],
    ['is redirected', answered(302), 'Refused', /redirect \(HTTP 302\), and none is followed/],
    ['is refused', answered(404, 'no_service'), 'Refused', /refused the message \(HTTP 404\)/],
    ['is not taken now', answered(503), 'Busy', /busy \(HTTP 503\)/],
    ['may not go there', { state: 'Failed', reason: 'HostNotAllowed', message: 'not allowed' }, 'HostNotAllowed', /^Secret hooks, key slack: not allowed$/],
  ])('%s', async (_name, dispatch, reason, text) => {
    const [outcome] = await sent(dispatch);
    expect(outcome).toEqual({ delivery: { state: 'Failed', reason, message: expect.stringMatching(text) } });
    expect(JSON.stringify(outcome)).not.toMatch(/secret of the receiver|services|no_service/);
  });

  test.each([
    ['seconds', '120', 120_000], ['a date', 'Sun, 01 Mar 2026 12:01:00 GMT', 60_000], ['no time', '0', 0],
    ['a date that has passed', 'Sun, 01 Mar 2026 11:00:00 GMT', undefined], ['nonsense', 'soon', undefined], ['less than nothing', '-5', undefined],
  ])('waits as long as it is told: %s', async (_name, retryAfter, retryAfterMs) => {
    const [outcome] = await sent(answered(429, '', retryAfter));
    expect(outcome).toMatchObject({ delivery: { reason: 'Busy' }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    expect(Object.keys(outcome as object).includes('retryAfterMs')).toBe(retryAfterMs !== undefined);
  });
});
