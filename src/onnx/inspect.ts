import { fromBinary } from '@bufbuild/protobuf';
import {
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type ValueInfoProto,
} from 'onnx-buf';
import { elementCount } from '../data/dims.js';
import { DataError } from '../data/error.js';
import { DYNAMIC, type Tensor } from './graph.js';

/** What an ONNX file says of itself. */
export interface ModelDescription {
  inputs: { name: string; dims: number[] }[];
  outputs: { name: string; dims: number[] }[];
  /** Its float32 initialisers, by name. */
  weights: Map<string, Tensor<'float32'>>;
  metadata: Record<string, string>;
}

/**
 * Reads a model's interface and weights without running it.
 *
 * @param source names the model in messages
 * @throws DataError when the bytes are no ONNX model, or its weights lie in other files
 */
export function inspectModel(bytes: Uint8Array, source: string): ModelDescription {
  const { graph, metadataProps } = parse(bytes, source);
  if (!graph || graph.output.length === 0)
    throw new DataError(`${source}: not an ONNX model (it has no graph)`);
  const elsewhere = graph.initializer.find(
    ({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL,
  );
  if (elsewhere)
    throw new DataError(
      `${source}: the weight ${elsewhere.name} lies in another file; save the model as one file`,
    );
  const weights = graph.initializer.filter(({ dataType }) => dataType === TensorProto_DataType.FLOAT);
  return {
    inputs: graph.input.map(describe),
    outputs: graph.output.map(describe),
    weights: new Map(weights.map((proto) => [proto.name, floatTensor(proto, source)])),
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
  };
}

function parse(bytes: Uint8Array, source: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw new DataError(`${source}: not an ONNX model (its protobuf cannot be read)`);
  }
}

function describe({ name, type }: ValueInfoProto): { name: string; dims: number[] } {
  const shape = type?.value.case === 'tensorType' ? type.value.value.shape : undefined;
  const dims = shape?.dim.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : DYNAMIC));
  return { name, dims: dims ?? [] };
}

function floatTensor({ name, dims, rawData, floatData }: TensorProto, source: string): Tensor<'float32'> {
  if (rawData.length % Float32Array.BYTES_PER_ELEMENT !== 0)
    throw new DataError(
      `${source}: initialiser ${name} holds ${rawData.length} bytes, no whole number of float32`,
    );
  const data =
    rawData.length > 0 ? new Float32Array(new Uint8Array(rawData).buffer) : Float32Array.from(floatData);
  const sizes = dims.map(Number);
  if (data.length !== elementCount(sizes))
    throw new DataError(`${source}: initialiser ${name} [${sizes}] holds ${data.length} elements`);
  return { type: 'float32', data, dims: sizes };
}
