/** Where messages can go; each has a file of its own, listed in registry.ts. */
export const sinkTypes = ['Slack', 'Teams'] as const;
export type SinkType = (typeof sinkTypes)[number];

/** What people are told. Texts are plain: each sink escapes them for its format and cuts them to its limits. */
export interface Message {
  readonly severity: 'Warning' | 'Info';
  /** One line. */
  readonly title: string;
  /** A sentence or two. */
  readonly text: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** RFC 3339: when it happened. */
  readonly at: string;
}

/** One message for one receiver. */
export interface Notice {
  /** The same for every try, so that a receiver can tell a repetition. */
  readonly key: string;
  readonly type: SinkType;
  /** The Secret that holds the URL of the webhook: it lies in the namespace of the object that notifies. */
  readonly namespace: string;
  readonly secretKeyRef: { readonly name: string; readonly key: string };
  readonly message: Message;
}

/** Why a notice was not delivered. All but the last two need somebody's change. */
export type DeliveryFailure =
  | 'SecretForbidden' | 'SecretNotFound' | 'UrlInvalid' | 'HostNotAllowed' | 'AddressNotAllowed' | 'Refused'
  | 'Unreachable' | 'Busy';

/** How a notice stands. The message names no URL and nothing that a receiver answered. A failed one is tried again, less and less often. */
export type Delivery =
  | { readonly state: 'Sent' }
  | { readonly state: 'Failed'; readonly reason: DeliveryFailure; readonly message: string };

/** What a DriftPolicy wants to be delivered, and by key how each stands; absent while the first try goes on. */
export type NoticeWant = readonly Notice[];
export type NoticeFacts = ReadonlyMap<string, Delivery>;
