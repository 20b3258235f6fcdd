import type { Graph } from '#hw2/onnx/graph.js';
import { adamw } from '#hw2/onnx/optimiser.js';
import { stepGraph } from '#hw2/onnx/trainer.js';
import { type BatchShape, teacherForcedLoss } from '#hw2/speech/loss.js';
import { recognizerParameters, type System } from '#hw2/speech/model/recognizer.js';

/** The step of training that `Trainer` takes, as program.py reads it: a list of nodes of the ONNX graph. */
export function programOf(system: System, shape: BatchShape): string {
  const graph: Graph = stepGraph({
    parameters: recognizerParameters(system.decoder),
    loss: teacherForcedLoss(system, shape),
    optimiser: adamw(),
  });
  const constants = [...graph.constants].map(([{ name }, { type, dims, data }]) => [
    name,
    { type, dims, base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') },
  ]);
  return JSON.stringify({
    shape,
    outputs: graph.outputs.map(({ name, value }) => ({ name, value: value.name })),
    constants: Object.fromEntries(constants),
    nodes: graph.nodes.map(({ op, inputs, outputs, attributes }) => ({
      op,
      attributes,
      inputs: inputs.map(({ name }) => name),
      outputs: outputs.map(({ name }) => name),
    })),
  });
}
