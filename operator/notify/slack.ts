import type { Json } from '../runtime/kind.ts';
import type { Message, Notice } from './notice.ts';
import { failedReception, type Sink } from './sink.ts';
import { fit } from './text.ts';

/**
 * Limits of Block Kit: a header of 150 characters, 3,000 in a text, 10 fields of 2,000. Undocumented, but enforced: about
 * 12,000 over all blocks (slackapi/bolt-js#2509), so facts get less than a field could hold.
 */
const limits = { fallback: 1_000, header: 150, text: 3_000, fieldsInBlock: 10, fields: 20, name: 100, value: 300, id: 250 };

/** A message for an incoming webhook of Slack. */
export const slack: Sink = {
  payload: ({ key, message }) => ({
    // What notifications show. Slack reads it as mrkdwn.
    text: fit(`${message.title}: ${message.text}`, limits.fallback, escape),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(`${message.severity === 'Warning' ? '⚠️' : 'ℹ️'} ${message.title}`, limits.header) },
      { type: 'section', text: plain(message.text, limits.text) },
      ...fieldBlocks(message.facts),
      { type: 'context', elements: [plain(context({ key, message }), limits.id)] },
    ],
  }),
  // Also a payload that it cannot read may be answered with 200.
  reception: ({ status, body }) => {
    if (status === 200) return body.trim() === 'ok' ? 'Accepted' : 'Refused';
    return failedReception(status);
  },
};

function context({ key, message }: Pick<Notice, 'key' | 'message'>): string {
  return `${message.severity} · ${message.at} · id ${key}`;
}

function fieldBlocks(facts: Message['facts']): Json[] {
  const shown = facts.length > limits.fields ? facts.slice(0, limits.fields - 1) : facts;
  const fields = shown.map(({ name, value }) => mrkdwn(`*${fit(name, limits.name, escape)}*\n${fit(value, limits.value, escape)}`));
  if (shown.length < facts.length) fields.push(mrkdwn(`… and ${facts.length - shown.length} more`));
  const blocks: Json[] = [];
  for (let at = 0; at < fields.length; at += limits.fieldsInBlock) {
    blocks.push({ type: 'section', fields: fields.slice(at, at + limits.fieldsInBlock) });
  }
  return blocks;
}

/** Shown as it is: neither markup nor mentions nor names of emoji mean anything in it. */
function plain(text: string, max: number): Json {
  return { type: 'plain_text', emoji: false, text: fit(text, max) };
}

/** `verbatim` makes no links of what looks like an address or a channel. */
function mrkdwn(text: string): Json {
  return { type: 'mrkdwn', verbatim: true, text };
}

/** With these three escaped, nothing can be a link or a mention. */
function escape(character: string): string {
  return { '&': '&amp;', '<': '&lt;', '>': '&gt;' }[character] ?? character;
}
