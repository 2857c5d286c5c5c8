import type { Images } from '../cluster/helm.ts';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { Narrator } from '../narrator.ts';
import type { Receivers } from '../receivers.ts';
import type { ClusterAccess, Worse } from '../record.ts';

/** What a story is told with. */
export interface Story {
  /** For the namespace in which it takes place. */
  readonly kubectl: Kubectl;
  readonly access: ClusterAccess;
  readonly images: Images;
  readonly seed: number;
  readonly worse: Worse | undefined;
  /** Whether a new pattern of fraud appears. */
  readonly drift: boolean;
  /** What takes the place of Slack and Teams. */
  readonly receivers: Receivers | undefined;
  readonly narrator: Narrator;
}
