const pattern = /^([+-]?)(\d*)\.?(\d*)(?:([eE][+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/;
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const largest = 2n ** 63n - 1n;

/**
 * The quantity of a resource as the API server writes it: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`. What is
 * finer than a thousandth is rounded up, as in each list of resources. Throws RangeError when the text is no quantity.
 */
export function canonicalQuantity(text: string): string {
  const [, sign = '', whole = '', fraction = '', power, suffix = ''] = pattern.exec(text) ?? [];
  if (whole === '' && fraction === '') throw new RangeError(`not a quantity: ${text.slice(0, 32)}`);
  const digits = BigInt(whole + fraction);
  const isBinary = suffix.endsWith('i');
  const exponent = power !== undefined ? Number(power.slice(1)) : isBinary ? 0 : 3 * (decimal.indexOf(suffix) - 3);
  const factor = isBinary ? 1024n ** BigInt(binary.indexOf(suffix)) : 1n;
  const exact = thousandths(digits * factor, exponent - fraction.length);
  const milli = isBinary && exact > largest * 1000n ? largest * 1000n : exact;
  if (milli === 0n) return '0';
  return (sign === '-' ? '-' : '') + (isBinary ? binaryText(milli) : decimalText(milli, power !== undefined));
}

/** `digits` times a power of ten, in thousandths, rounded up: who asks for some of a resource gets some. */
function thousandths(digits: bigint, power: number): bigint {
  const shift = power + 3;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (digits + divisor - 1n) / divisor;
}

function decimalText(milli: bigint, scientific: boolean): string {
  let mantissa = milli;
  let exponent = -3;
  while (mantissa % 1000n === 0n && (scientific || exponent < 18)) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (!scientific) return `${mantissa}${decimal[exponent / 3 + 3] ?? ''}`;
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
}

/** In powers of ten what no power of 1024 divides: without a suffix of its own it is read back as a decimal quantity. */
function binaryText(milli: bigint): string {
  if (milli % 1_024_000n !== 0n) return decimalText(milli, false);
  let mantissa = milli / 1000n;
  let step = 0;
  while (mantissa % 1024n === 0n && step < binary.length - 1) {
    mantissa /= 1024n;
    step++;
  }
  return `${mantissa}${binary[step] ?? ''}`;
}
