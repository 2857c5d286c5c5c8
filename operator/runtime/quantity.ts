const pattern = /^([+-]?)(\d*)\.?(\d*)(?:([eE][+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/;
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** Quantities have at most nine decimals. */
const nano = 9;
const largest = 2n ** 63n - 1n;

/**
 * A resource quantity as the API server writes it: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`. Throws when the
 * text is no quantity.
 */
export function canonicalQuantity(text: string): string {
  const [, sign = '', whole = '', fraction = '', power, suffix = ''] = pattern.exec(text) ?? [];
  if (whole === '' && fraction === '') throw new RangeError(`not a quantity: ${text.slice(0, 32)}`);
  const digits = BigInt(whole + fraction);
  const isBinary = suffix.endsWith('i');
  const exponent = power !== undefined ? Number(power.slice(1)) : isBinary ? 0 : 3 * (decimal.indexOf(suffix) - 3);
  const factor = isBinary ? 1024n ** BigInt(binary.indexOf(suffix)) : 1n;
  const exact = scaled(digits * factor, exponent - fraction.length + nano);
  const nanos = isBinary && exact > largest * unit ? largest * unit : exact;
  if (nanos === 0n) return '0';
  return (sign === '-' ? '-' : '') + (isBinary ? binaryText(nanos) : decimalText(nanos, power !== undefined));
}

const unit = 10n ** BigInt(nano);

/** `digits` times a power of ten, rounded up: who asks for some of a resource gets some. */
function scaled(digits: bigint, power: number): bigint {
  if (power >= 0) return digits * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (digits + divisor - 1n) / divisor;
}

function decimalText(nanos: bigint, scientific: boolean): string {
  let mantissa = nanos;
  let step = 0;
  while (mantissa % 1000n === 0n && (scientific || step < decimal.length - 1)) {
    mantissa /= 1000n;
    step++;
  }
  const exponent = 3 * step - nano;
  if (!scientific) return `${mantissa}${decimal[step] ?? ''}`;
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
}

/** Below 1024, or with decimals, in powers of ten. */
function binaryText(nanos: bigint): string {
  if (nanos < 1024n * unit || nanos % unit !== 0n) return decimalText(nanos, false);
  let mantissa = nanos / unit;
  let step = 0;
  while (mantissa % 1024n === 0n && step < binary.length - 1) {
    mantissa /= 1024n;
    step++;
  }
  return `${mantissa}${binary[step] ?? ''}`;
}
