/** Models of one operator, run by onnxruntime-node: an implementation that shares nothing with ours. */
import { create, toBinary } from '@bufbuild/protobuf';
import * as onnx from 'onnx-buf';
import type { Tensor } from '#engine/attention/tensor.js';

type Runtime = typeof import('onnxruntime-node');

/** ONNX Runtime is an optional dependency: undefined, and said so, where it cannot be loaded. */
export const runtime: Runtime | undefined = await import('onnxruntime-node').catch((error: Error) => {
  console.warn(`skipped: all comparisons with onnxruntime-node, which cannot be loaded: ${error.message}`);
  return undefined;
});

export interface Operator {
  opType: string;
  domain?: string;
  /** Version of the domain's operator set. */
  opset: number;
  /** Names by position; undefined for an optional one that is left out. */
  inputs: readonly (string | undefined)[];
  outputs: readonly (string | undefined)[];
  attributes?: Readonly<Record<string, number | string | { float: number }>>;
}

const { FLOAT, INT, STRING } = onnx.AttributeProto_AttributeType;
const ELEMENTS: Readonly<Record<string, onnx.TensorProto_DataType>> = {
  float32: onnx.TensorProto_DataType.FLOAT,
  bool: onnx.TensorProto_DataType.BOOL,
  int64: onnx.TensorProto_DataType.INT64,
  int32: onnx.TensorProto_DataType.INT32,
};

function attributeOf([name, value]: [string, number | string | { float: number }]) {
  if (typeof value === 'number')
    return create(onnx.AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  if (typeof value === 'string') {
    return create(onnx.AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) });
  }
  return create(onnx.AttributeProtoSchema, { name, type: FLOAT, f: value.float });
}

function valueInfo(name: string, element: string, dims?: readonly number[]) {
  const shape =
    dims &&
    create(onnx.TensorShapeProtoSchema, {
      dim: dims.map((n) =>
        create(onnx.TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(n) } }),
      ),
    });
  const tensor = create(onnx.TypeProto_TensorSchema, {
    elemType: ELEMENTS[element]!,
    ...(shape && { shape }),
  });
  return create(onnx.ValueInfoProtoSchema, {
    name,
    type: create(onnx.TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}

function modelOf(operator: Operator, feeds: Readonly<Record<string, Tensor>>): Uint8Array {
  const { opType, domain = '', opset, inputs, outputs, attributes = {} } = operator;
  const named = (names: Operator['inputs']) => names.filter((name) => name !== undefined);
  const opsets =
    domain === ''
      ? [['', opset] as const]
      : ([
          ['', 21],
          [domain, opset],
        ] as const);
  const model = create(onnx.ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: opsets.map(([name, version]) =>
      create(onnx.OperatorSetIdProtoSchema, { domain: name, version: BigInt(version) }),
    ),
    graph: create(onnx.GraphProtoSchema, {
      name: 'graph',
      node: [
        create(onnx.NodeProtoSchema, {
          opType,
          domain,
          input: inputs.map((name) => name ?? ''),
          output: outputs.map((name) => name ?? ''),
          attribute: Object.entries(attributes).map(attributeOf),
        }),
      ],
      input: named(inputs).map((name) => valueInfo(name, feeds[name]!.type ?? 'float32', feeds[name]!.dims)),
      output: named(outputs).map((name) => valueInfo(name, 'float32')),
    }),
  });
  return toBinary(onnx.ModelProtoSchema, model);
}

/** Runs one operator on one thread. */
export async function runOperator(operator: Operator, feeds: Readonly<Record<string, Tensor>>) {
  const { InferenceSession, Tensor: RuntimeTensor } = runtime!;
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const;
  const session = await InferenceSession.create(modelOf(operator, feeds), options);
  const tensors = Object.entries(feeds).map(([name, { type = 'float32', data, dims }]) => {
    return [name, new RuntimeTensor(type as 'float32', data as Float32Array, dims)] as const;
  });
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return results as Record<string, { data: Float32Array; dims: readonly number[] }>;
}
