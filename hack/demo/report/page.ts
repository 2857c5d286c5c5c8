import { count } from '../format.ts';
import type { DemoRecord, LoopRecord } from '../record.ts';
import { eventsOf, type StoryEvent } from './events.ts';
import { featurePlots, rowsOf } from './features.ts';
import { escapeText, tag } from './svg.ts';
import { styles } from './styles.ts';
import { minutesSince, timeLine, versionClass } from './timeline.ts';

/** What the demo has seen, as one page that needs nothing else. */
export function reportPage(record: DemoRecord, loop: LoopRecord): string {
  const versions = record.versions.map(({ name }) => name);
  const events = eventsOf(record, loop);
  const body = [
    tag('header', {}, tag('h1', {}, 'Modelkeeper: the loop of ', tag('em', {}, escapeText(record.deployment))), paragraph(summary(record, loop))),
    tag('div', { class: 'figures' }, ...figuresOf(record, loop).map(([value, name]) => tag('div', {}, tag('b', {}, escapeText(value)), tag('span', {}, escapeText(name))))),
    section('What happened', timeLine(loop, versions, events), legend(versions, loop), eventList(events, loop.began)),
    ...(loop.evidence ? [evidenceSection(loop, loop.evidence)] : []),
  ];
  return `<!doctype html>\n${tag('html', { lang: 'en' },
    tag('head', {}, '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">', tag('title', {}, `Modelkeeper: ${escapeText(record.deployment)}`), tag('style', {}, styles)),
    tag('body', {}, tag('main', {}, ...body)),
  )}\n`;
}

function section(title: string, ...content: readonly string[]): string {
  return tag('section', {}, tag('h2', {}, escapeText(title)), ...content);
}

function paragraph(content: string): string {
  return tag('p', {}, escapeText(content));
}

function summary({ activeVersion, seed, worse, versions }: DemoRecord, { retraining, pattern }: LoopRecord): string {
  const how = worse === undefined ? '' : ` The new model was spoiled on purpose (${worse}).`;
  if (pattern === undefined) return `Seed ${seed}. No new pattern of fraud: nothing was to be found.`;
  if (retraining === undefined) return `Seed ${seed}.${how} ${activeVersion} serves.`;
  return `Seed ${seed}. ${versions[0]?.name ?? ''} served until card testing began.${how} ${retraining.message}.`;
}

function figuresOf({ client, versions, worse }: DemoRecord, { pattern, episode, retraining, clients }: LoopRecord): [string, string][] {
  const minutes = (from: string | undefined, to: string | undefined): string =>
    from === undefined || to === undefined ? '–' : `${minutesSince(from)(to).toFixed(1)} min`;
  const [champion, candidate] = versions;
  const lowest = Math.min(1, ...clients.flatMap(({ recall }) => (champion && recall[champion.name] !== undefined ? [recall[champion.name] ?? 1] : [])));
  const recallOf = (name: string | undefined): string => {
    const newest = clients.findLast(({ recall }) => name !== undefined && recall[name] !== undefined);
    return newest && name !== undefined ? `${((newest.recall[name] ?? 0) * 100).toFixed(0)} %` : '–';
  };
  return [
    [count(client.requests), 'requests'],
    [count(client.failed), 'failed'],
    ...(pattern === undefined ? [] : [
      [`${(lowest * 100).toFixed(0)} %`, `lowest recall of ${champion?.name ?? ''}`],
      [minutes(pattern, episode?.start), 'until drift was found'],
      [minutes(pattern, retraining?.endedAt), 'until the loop had ended'],
      worse === undefined ? [recallOf(candidate?.name), `recall of ${candidate?.name ?? 'no other version'}`] : [retraining?.outcome ?? '–', `${candidate?.name ?? ''}, spoiled on purpose`],
    ] satisfies [string, string][]),
  ];
}

function legend(versions: readonly string[], { pattern }: LoopRecord): string {
  const key = (className: string, words: string): string => tag('span', {}, tag('i', { class: className }), escapeText(words));
  return tag('p', { class: 'legend' },
    ...versions.map((version) => key(versionClass(versions, version), version)),
    key('dot calm', 'window, within its limit'), key('dot breached', 'window, beyond its limit'), key('limit', 'limit'),
    ...(pattern === undefined ? [] : [key('pattern', 'card testing goes on')]));
}

function eventList(events: readonly StoryEvent[], began: string): string {
  const minute = minutesSince(began);
  return tag('ol', { class: 'events' }, ...events.map(({ at, text }) => {
    const seconds = Math.max(0, Math.round(minute(at) * 60));
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    return tag('li', {}, tag('time', { datetime: at }, clock), ' ', escapeText(text));
  }));
}

function evidenceSection(loop: LoopRecord, evidence: NonNullable<LoopRecord['evidence']>): string {
  const rows = rowsOf(evidence);
  const found = loop.windows.find(({ end }) => end === evidence.window.end);
  return section('What had changed', tag('p', { class: 'legend' },
    tag('span', {}, tag('i', { class: 'baseline' }), escapeText(`baseline of ${evidence.version}, ${rows.baseline}`)),
    tag('span', {}, tag('i', { class: 'window' }), escapeText(`window ${evidence.window.start} to ${evidence.window.end}, ${rows.window}`))),
  featurePlots(evidence, found));
}
