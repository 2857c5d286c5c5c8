import type { DriftPolicySpec, NoticeRecord } from '../../api/v1alpha1/driftpolicy.ts';
import { timestamp } from '../../runtime/conditions.ts';
import type { Meta } from '../../runtime/kind.ts';
import type { Notice, NoticeFacts } from '../../notify/notice.ts';
import type { Recorded } from './episode.ts';
import { noticeKey } from './names.ts';

/** As many as the record holds. */
const maxNotices = 8;

type Receiver = NoticeRecord['receivers'][number];
type News = Omit<NoticeRecord, 'receivers'>;

/** Puts a message for every receiver on record. It is sent once it is there, so a crash repeats it at most once. */
export function told(spec: Pick<DriftPolicySpec, 'notify'>, record: Recorded, news: News): Recorded {
  if (spec.notify.length === 0) return record;
  const notice: NoticeRecord = {
    ...news,
    title: cut(news.title, 150),
    text: cut(news.text, 512),
    facts: news.facts.slice(0, 8).map(({ name, value }) => ({ name: cut(name, 64), value: cut(value, 256) })),
    receivers: spec.notify.map(({ type, secretKeyRef }) => ({ type, secretKeyRef })),
  };
  return { ...record, notices: shortened([...record.notices, notice]) };
}

/** Makes room by what everybody has got, and only then by what is oldest. */
function shortened(notices: readonly NoticeRecord[]): NoticeRecord[] {
  if (notices.length <= maxNotices) return [...notices];
  const done = notices.findIndex(({ receivers }) => receivers.every(({ sentAt }) => sentAt !== undefined));
  return shortened(notices.filter((_, at) => at !== Math.max(0, done)));
}

/** Notes what was delivered. Receivers that the spec no longer has are not waited for. */
export function delivered(policy: { readonly metadata: Meta; readonly spec: DriftPolicySpec }, record: Recorded, facts: NoticeFacts, now: number): Recorded {
  const { metadata, spec } = policy;
  const notices = record.notices.map((notice) => ({
    ...notice,
    receivers: notice.receivers.filter((receiver) => receiver.sentAt !== undefined || isWanted(receiver, spec)).map((receiver): Receiver =>
      (receiver.sentAt === undefined && facts.get(noticeKey(metadata, notice, receiver))?.state === 'Sent' ? { ...receiver, sentAt: timestamp(now) } : receiver)),
  }));
  return { ...record, notices };
}

function isWanted(receiver: Receiver, { notify }: Pick<DriftPolicySpec, 'notify'>): boolean {
  return notify.some(({ type, secretKeyRef: { name, key } }) =>
    type === receiver.type && name === receiver.secretKeyRef.name && key === receiver.secretKeyRef.key);
}

/** The recorded messages that nobody has confirmed yet. */
export function outbox(policy: Meta, notices: readonly NoticeRecord[]): Notice[] {
  return notices.flatMap((notice) => notice.receivers.filter(({ sentAt }) => sentAt === undefined).map((receiver): Notice => ({
    key: noticeKey(policy, notice, receiver),
    type: receiver.type,
    namespace: policy.namespace,
    secretKeyRef: receiver.secretKeyRef,
    message: {
      severity: notice.kind === 'Recovered' ? 'Info' : 'Warning',
      title: notice.title, text: notice.text, facts: notice.facts, at: notice.at,
    },
  })));
}

function cut(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}
