import { create, toBinary } from '@bufbuild/protobuf';
import * as onnx from 'onnx-buf';
import {
  type Attribute,
  DYNAMIC,
  type Graph,
  type Node,
  type Tensor,
  type TensorType,
  type Value,
} from './graph.js';

const OPSET = 21;
const IR_VERSION = 10n;

const dataTypes: Record<TensorType, onnx.TensorProto_DataType> = {
  float32: onnx.TensorProto_DataType.FLOAT,
  int64: onnx.TensorProto_DataType.INT64,
};

/**
 * Serialises a graph as an ONNX model. Nodes and constants that no output needs are left out.
 *
 * @param metadata kept in the model's metadata_props
 * @param opset version of the ONNX operator set; operators of other domains are of version 1
 */
export function writeModel(
  graph: Graph,
  metadata: Readonly<Record<string, string>> = {},
  opset = OPSET,
): Uint8Array {
  const { nodes, needed } = reachable(graph);
  const renamed = graph.outputs.map(({ name, value }) =>
    create(onnx.NodeProtoSchema, {
      name: `output_${name}`,
      opType: 'Identity',
      input: [value.name],
      output: [name],
    }),
  );
  const constants = [...graph.constants].filter(([value]) => needed.has(value));
  const model = create(onnx.ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'hw2-engine',
    opsetImport: [...new Set(['', ...nodes.map(({ op }) => splitOperator(op).domain)])].map((domain) =>
      create(onnx.OperatorSetIdProtoSchema, { domain, version: domain === '' ? BigInt(opset) : 1n }),
    ),
    metadataProps: Object.entries(metadata).map(([key, value]) =>
      create(onnx.StringStringEntryProtoSchema, { key, value }),
    ),
    graph: create(onnx.GraphProtoSchema, {
      name: 'graph',
      node: [...nodes.map(nodeProto), ...renamed],
      initializer: constants.map(([value, tensor]) => tensorProto(value.name, tensor)),
      input: graph.inputs.map((value) => valueInfo(value.name, value)),
      output: graph.outputs.map(({ name, value }) => valueInfo(name, value)),
    }),
  });
  return toBinary(onnx.ModelProtoSchema, model);
}

function reachable(graph: Graph): { nodes: Node[]; needed: Set<Value> } {
  const needed = new Set(graph.outputs.map(({ value }) => value));
  const nodes = graph.nodes.toReversed().filter((node) => {
    const used = node.outputs.some((output) => needed.has(output));
    if (used) for (const input of node.inputs) needed.add(input);
    return used;
  });
  return { nodes: nodes.reverse(), needed };
}

function nodeProto({ name, op, inputs, outputs, attributes }: Node) {
  return create(onnx.NodeProtoSchema, {
    name,
    ...splitOperator(op),
    input: inputs.map((value) => value.name),
    output: outputs.map((value) => value.name),
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  });
}

/** com.microsoft.MultiHeadAttention is MultiHeadAttention of the domain com.microsoft. */
function splitOperator(op: string): { domain: string; opType: string } {
  const dot = op.lastIndexOf('.');
  return { domain: op.slice(0, Math.max(0, dot)), opType: op.slice(dot + 1) };
}

function attributeProto(name: string, value: Attribute) {
  const { INT, INTS, STRING, FLOAT } = onnx.AttributeProto_AttributeType;
  if (typeof value === 'number')
    return create(onnx.AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  if (typeof value === 'string')
    return create(onnx.AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) });
  if ('float' in value) return create(onnx.AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  return create(onnx.AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
}

function tensorProto(name: string, { type, data, dims }: Tensor) {
  return create(onnx.TensorProtoSchema, {
    name,
    dataType: dataTypes[type],
    dims: dims.map(BigInt),
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  });
}

function valueInfo(name: string, { type, dims }: Value) {
  // Without a name of its own a dynamic dimension promises nothing of others: a runtime may share memory by names.
  const dim = dims.map((length) =>
    create(
      onnx.TensorShapeProto_DimensionSchema,
      length === DYNAMIC ? {} : { value: { case: 'dimValue', value: BigInt(length) } },
    ),
  );
  const shape = create(onnx.TensorShapeProtoSchema, { dim });
  const tensor = create(onnx.TypeProto_TensorSchema, { elemType: dataTypes[type], shape });
  return create(onnx.ValueInfoProtoSchema, {
    name,
    type: create(onnx.TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}
