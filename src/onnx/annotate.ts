import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, StringStringEntryProtoSchema } from 'onnx-buf';

/** The same ONNX model with these entries of metadata, in the place of others of their names. */
export function annotateModel(bytes: Uint8Array, metadata: Readonly<Record<string, string>>): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const others = model.metadataProps.filter(({ key }) => !(key in metadata));
  const entries = Object.entries(metadata).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  model.metadataProps = [...others, ...entries];
  return toBinary(ModelProtoSchema, model);
}
