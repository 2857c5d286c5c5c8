const nothing = '-';
const ellipsis = '…';

/**
 * One line of what people may read: without control characters, and without those that turn the direction of writing
 * around. Never empty, because receivers refuse an empty text.
 */
export function oneLine(text: string): string {
  const line = text.toWellFormed().replace(/[\u202a-\u202e\u2066-\u2069]/g, '').replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return line === '' ? nothing : line;
}

/** At most `max` UTF-16 units of the line, each character written as `escape` does it; what is cut off leaves an ellipsis. */
export function fit(text: string, max: number, escape: (character: string) => string = (character) => character): string {
  const characters = Array.from(oneLine(text), (character) => escape(character));
  const whole = characters.join('');
  if (whole.length <= max) return whole;
  let kept = '';
  for (const character of characters) {
    if (kept.length + character.length + ellipsis.length > max) break;
    kept += character;
  }
  return kept + ellipsis;
}
