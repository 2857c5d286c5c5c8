import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { message, messages } from '../../test/receivers/messages.ts';
import { teamsProblems } from '../../test/receivers/receiver.ts';
import type { Message } from './notice.ts';
import { teams } from './teams.ts';

const payload = (change: Partial<Message> = {}): Record<string, unknown> => ({ ...teams.payload({ key: 'uid-7/3', message: { ...message, ...change } }) });

describe('a card for Teams', () => {
  test('has a title, the text, the facts, and what tells a repetition', () => {
    expect(payload()).toEqual({
      type: 'message',
      attachments: [{
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'fraud: the input drifts', weight: 'Bolder', size: 'Large', color: 'Attention' }] },
            { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: message.text }] },
            { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'amount_eur: ', weight: 'Bolder' }, { type: 'TextRun', text: '0.31 (limit 0.10)' }] },
            { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'samples: ', weight: 'Bolder' }, { type: 'TextRun', text: '3,000' }] },
            { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'Warning · 2026-03-01T12:00:00Z · id uid-7/3', size: 'Small', isSubtle: true }] },
          ],
        },
      }],
    });
  });

  test('has nothing in it that is read as Markdown', () => {
    const types = JSON.stringify(payload({ text: '**bold** [link](https://evil.example)' })).match(/"type":"\w+Block"/g);
    expect(new Set(types)).toEqual(new Set(['"type":"RichTextBlock"']));
  });

  test('shows good news in another colour', () => {
    expect(JSON.stringify(payload({ severity: 'Info' }))).toContain('"color":"Accent"');
  });

  test('leaves out facts that are too many for its size, and says how many', () => {
    const facts = Array.from({ length: 60 }, (_, index) => ({ name: `feature ${index}`, value: '語'.repeat(300) }));
    const text = JSON.stringify(payload({ facts }));
    const shown = text.match(/feature \d+: /g)?.length ?? 0;
    const left = Number(/… and (\d+) more/.exec(text)?.[1]);
    expect([shown + left, shown > 10, left > 0]).toEqual([60, true, true]);
  });

  test('is taken by a strict receiver, whatever it is to say', () => {
    fc.assert(fc.property(messages, (notice) => {
      expect(teamsProblems(teams.payload(notice))).toEqual([]);
    }));
  });
});

describe('an answer of Teams', () => {
  test.each([
    ['a workflow that has begun', 202, '', 'Accepted'],
    ['a workflow that ends with an answer', 200, '', 'Accepted'],
    ['a connector that has sent it', 200, '1', 'Accepted'],
    ['a connector that has been throttled', 200, 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x', 'Busy'],
    ['a connector for which it is too large', 200, 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId x', 'Refused'],
    ['a redirect', 307, '', 'Refused'],
    ['a signature that is wrong', 401, '', 'Refused'],
    ['a workflow that is gone', 404, '', 'Refused'],
    ['too many messages', 429, '', 'Busy'],
    ['a gateway without an answer', 504, '', 'Busy'],
  ])('%s', (_name, status, body, reception) => {
    expect(teams.reception({ status, body, retryAfter: undefined })).toBe(reception);
  });
});
