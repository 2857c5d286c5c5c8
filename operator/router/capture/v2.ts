/** The values of one feature: every `step`-th of `data`, from `first` on. */
export interface Column {
  readonly data: readonly unknown[];
  readonly first: number;
  readonly step: number;
}

export interface Table {
  readonly rows: number;
  /** In the order of the features; undefined for one that the request does not have. */
  readonly columns: readonly (Column | undefined)[];
}

interface Tensor {
  readonly name: unknown;
  readonly rows: number;
  readonly width: number;
  readonly data: readonly unknown[];
}

/**
 * Reads requests of the Open Inference Protocol (V2) in JSON. Tensors of shape [n] or [n,1] are the features of their
 * names; a single tensor [n,f] has all features in the order of the profile. `data` is flat or has one array for each row.
 * Undefined for a request that cannot be brought into the features.
 */
export function tableReader(features: readonly string[]): (body: string) => Table | undefined {
  const positions = new Map(features.map((name, position) => [name, position]));
  return (body) => {
    const tensors = readTensors(body);
    const [first] = tensors ?? [];
    if (tensors === undefined || first === undefined) return undefined;
    if (tensors.length === 1 && first.width === features.length) return wholeTable(first);
    return namedColumns(tensors, positions);
  };
}

function wholeTable({ rows, width, data }: Tensor): Table {
  return { rows, columns: Array.from({ length: width }, (_, first) => ({ data, first, step: width })) };
}

function namedColumns(tensors: readonly Tensor[], positions: ReadonlyMap<unknown, number>): Table | undefined {
  const columns = new Array<Column | undefined>(positions.size).fill(undefined);
  let rows: number | undefined;
  for (const tensor of tensors) {
    const position = positions.get(tensor.name);
    if (position === undefined) continue;
    rows ??= tensor.rows;
    if (tensor.width !== 1 || tensor.rows !== rows) return undefined;
    columns[position] = { data: tensor.data, first: 0, step: 1 };
  }
  // A request without a single feature is one for another model, not one whose features are all missing.
  return rows === undefined ? undefined : { rows, columns };
}

function readTensors(body: string): readonly Tensor[] | undefined {
  const request = parse(body);
  if (!isObject(request) || !isList(request['inputs'])) return undefined;
  const tensors: Tensor[] = [];
  for (const input of request['inputs']) {
    const tensor = readTensor(input);
    if (tensor === undefined) return undefined;
    tensors.push(tensor);
  }
  return tensors;
}

function readTensor(input: unknown): Tensor | undefined {
  if (!isObject(input) || !isList(input['shape']) || !isList(input['data'])) return undefined;
  const [rows, width = 1, ...more] = input['shape'];
  const data: readonly unknown[] = isList(input['data'][0]) ? input['data'].flat() : input['data'];
  if (!isSize(rows) || !isSize(width) || more.length > 0 || rows * width !== data.length) return undefined;
  return { name: input['name'], rows, width, data };
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
