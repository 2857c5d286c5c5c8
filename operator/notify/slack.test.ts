import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { message, messages } from '../../test/receivers/messages.ts';
import { slackProblems } from '../../test/receivers/receiver.ts';
import type { Message } from './notice.ts';
import { slack } from './slack.ts';

const payload = (change: Partial<Message> = {}): Record<string, unknown> => ({ ...slack.payload({ key: 'uid-7/3', message: { ...message, ...change } }) });

describe('a message for Slack', () => {
  test('has a header, the text, the facts, and what tells a repetition', () => {
    expect(payload()).toEqual({
      text: 'fraud: the input drifts: 2 of 3 windows breached. A retraining has begun.',
      unfurl_links: false,
      unfurl_media: false,
      blocks: [
        { type: 'header', text: { type: 'plain_text', emoji: false, text: '⚠️ fraud: the input drifts' } },
        { type: 'section', text: { type: 'plain_text', emoji: false, text: message.text } },
        { type: 'section', fields: [
          { type: 'mrkdwn', verbatim: true, text: '*amount_eur*\n0.31 (limit 0.10)' },
          { type: 'mrkdwn', verbatim: true, text: '*samples*\n3,000' },
        ] },
        { type: 'context', elements: [{ type: 'plain_text', emoji: false, text: 'Warning · 2026-03-01T12:00:00Z · id uid-7/3' }] },
      ],
    });
  });

  test.each<[string, Partial<Message>, string]>([
    ['calls nobody', { title: '<!channel> & <@U1>' }, '&lt;!channel&gt; &amp; &lt;@U1&gt;: 2 of 3'],
    ['makes no link of a fact', { facts: [{ name: '<https://evil.example|x>', value: 'a<b' }] }, '*&lt;https://evil.example|x&gt;*\\na&lt;b'],
    ['says how many facts it leaves out', { facts: Array.from({ length: 25 }, (_, index) => ({ name: `f${index}`, value: '1' })) }, '… and 6 more'],
  ])('%s', (_name, change, part) => {
    expect(JSON.stringify(payload(change))).toContain(part);
  });

  test('needs no facts', () => {
    expect(slackProblems(payload({ facts: [] }))).toEqual([]);
  });

  test('is taken by a strict receiver, whatever it is to say', () => {
    fc.assert(fc.property(messages, (notice) => {
      expect(slackProblems(slack.payload(notice))).toEqual([]);
    }));
  });
});

describe('an answer of Slack', () => {
  test.each([
    ['ok', 200, 'ok', 'Accepted'],
    ['another word is no confirmation', 200, 'invalid_payload', 'Refused'],
    ['a redirect', 302, '', 'Refused'],
    ['a payload it does not take', 400, 'invalid_blocks', 'Refused'],
    ['a webhook that is forbidden', 403, 'action_prohibited', 'Refused'],
    ['a webhook that is gone', 410, 'channel_is_archived', 'Refused'],
    ['too many messages', 429, '', 'Busy'],
    ['a failure of its own', 500, 'rollup_error', 'Busy'],
    ['one that has no time', 503, '', 'Busy'],
  ])('%s', (_name, status, body, reception) => {
    expect(slack.reception({ status, body, retryAfter: undefined })).toBe(reception);
  });
});
