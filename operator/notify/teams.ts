import type { Json } from '../runtime/kind.ts';
import type { Message } from './notice.ts';
import { failedReception, type Sink } from './sink.ts';
import { fit } from './text.ts';

/**
 * Teams takes 28,672 bytes, but counts the card as text inside a message of its own: 24,453 bytes have been counted as
 * 28,897 (MicrosoftDocs/msteams-docs#11274). So a card is measured as it lies in another JSON text, with room to spare.
 */
const maxBytes = 24_000;
const limits = { title: 150, text: 2_000, name: 100, value: 300, id: 250 };

/** An Adaptive Card for a webhook of Teams' Workflows. Version 1.4, because some tenants show no later one. */
export const teams: Sink = {
  payload: ({ key, message }) => {
    const rows = message.facts.map(({ name, value }) => row([{ text: `${fit(name, limits.name)}: `, weight: 'Bolder' }, { text: fit(value, limits.value) }]));
    for (let count = rows.length; ; count--) {
      const more = count < rows.length ? [row([{ text: `… and ${rows.length - count} more`, isSubtle: true }])] : [];
      const card = envelope([...heading(message), ...rows.slice(0, count), ...more, footer(key, message)]);
      if (count === 0 || measure(card) <= maxBytes) return card;
    }
  },
  reception: ({ status, body }) => {
    if (status === 202) return 'Accepted';
    if (status !== 200) return failedReception(status);
    // Office 365 connectors answer 200 and tell a failure in words.
    const failure = /HTTP error (\d{3})/.exec(body)?.[1];
    return failure === undefined ? 'Accepted' : failedReception(Number(failure));
  },
};

function envelope(body: readonly Json[]): Json {
  const content = { $schema: 'http://adaptivecards.io/schemas/adaptive-card.json', type: 'AdaptiveCard', version: '1.4', body };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] };
}

function heading({ severity, title, text }: Message): Json[] {
  const color = severity === 'Warning' ? 'Attention' : 'Accent';
  return [row([{ text: fit(title, limits.title), weight: 'Bolder', size: 'Large', color }]), row([{ text: fit(text, limits.text) }])];
}

function footer(key: string, { severity, at }: Message): Json {
  return row([{ text: fit(`${severity} · ${at} · id ${key}`, limits.id), size: 'Small', isSubtle: true }]);
}

/**
 * Runs of text know no Markdown. TextBlock and FactSet do, and whether they honour a backslash before it depends on the
 * device (microsoft/AdaptiveCards#5590).
 */
function row(runs: readonly (Json & { readonly text: string })[]): Json {
  return { type: 'RichTextBlock', inlines: runs.map((run) => ({ type: 'TextRun', ...run })) };
}

function measure(payload: Json): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(payload)));
}
