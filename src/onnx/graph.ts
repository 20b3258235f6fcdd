/** Types that the graphs here compute with; a tensor's data is a Float32Array or a BigInt64Array. */
export type TensorType = 'float32' | 'int64';

/** Values for a graph's inputs, and from its outputs; row-major. */
export interface Tensor<T extends TensorType = TensorType> {
  readonly type: T;
  readonly data: T extends 'float32' ? Float32Array : BigInt64Array;
  readonly dims: readonly number[];
}

/** A dimension that is known only when the graph runs. */
export const DYNAMIC = -1;

/** The symbolic result of a node, an input or a constant. */
export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
}

/** A number is written as an ONNX int, a list as ints. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** One operation of the ONNX operator set: https://onnx.ai/onnx/operators/ */
export interface Node {
  readonly name: string;
  /** Operators of another domain are written with it: com.microsoft.MultiHeadAttention. */
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An ONNX graph under construction. Operators add their nodes to the graph of their arguments. */
export class Graph {
  readonly inputs: Value[] = [];
  readonly outputs: { name: string; value: Value }[] = [];
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, Tensor>();
  readonly #shared = new Map<string, Value>();

  input(name: string, dims: readonly number[], type: TensorType = 'float32'): Value {
    const value: Value = { graph: this, name, type, dims };
    this.inputs.push(value);
    return value;
  }

  output(name: string, value: Value): void {
    this.outputs.push({ name, value });
  }

  /** A tensor that is stored in the graph. */
  constant(tensor: Tensor, name = `constant_${this.constants.size}`): Value {
    const value: Value = { graph: this, name, type: tensor.type, dims: tensor.dims };
    this.constants.set(value, tensor);
    return value;
  }

  /** A float32 scalar; equal ones are stored once. */
  scalar(number: number): Value {
    return this.#share(`scalar ${number}`, { type: 'float32', data: Float32Array.of(number), dims: [] });
  }

  /** A list of int64, as shapes and axes are given; equal ones are stored once. */
  integers(list: readonly number[]): Value {
    const data = BigInt64Array.from(list, BigInt);
    return this.#share(`integers ${list}`, { type: 'int64', data, dims: [list.length] });
  }

  /** Adds an operation with one output, of its first input's type unless another is given. */
  apply(
    op: string,
    inputs: readonly Value[],
    dims: readonly number[],
    attributes: Node['attributes'] = {},
    type: TensorType = inputs[0]!.type,
  ): Value {
    return this.applyMany(op, inputs, [{ dims, type }], attributes)[0]!;
  }

  /** Adds an operation with several outputs. */
  applyMany(
    op: string,
    inputs: readonly Value[],
    results: readonly { dims: readonly number[]; type: TensorType }[],
    attributes: Node['attributes'] = {},
  ): readonly Value[] {
    const name = `${op}_${this.nodes.length}`;
    const outputs = results.map(({ dims, type }, i) => ({
      graph: this,
      name: i === 0 ? name : `${name}_${i}`,
      type,
      dims,
    }));
    this.nodes.push({ name, op, inputs, outputs, attributes });
    return outputs;
  }

  #share(key: string, tensor: Tensor): Value {
    const known = this.#shared.get(key);
    if (known) return known;
    const value = this.constant(tensor);
    this.#shared.set(key, value);
    return value;
  }
}
