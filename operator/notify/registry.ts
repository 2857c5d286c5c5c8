import type { SinkType } from './notice.ts';
import type { Sink } from './sink.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';

/** Every format of messages. */
export const sinks: Readonly<Record<SinkType, Sink>> = { Slack: slack, Teams: teams };
