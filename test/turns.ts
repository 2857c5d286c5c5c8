import { eventLoop } from '../operator/runtime/turns.ts';

/**
 * Lets no turn of the event loop be long, for worlds whose time is their own: what is played there with a seed must not
 * depend on how fast this machine is. Returns how to undo it.
 */
export function withEndlessTurns(): () => void {
  const yieldTurn = eventLoop.yield.bind(eventLoop);
  eventLoop.yield = () => undefined;
  return () => {
    eventLoop.yield = yieldTurn;
  };
}
