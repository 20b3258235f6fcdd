"""A training graph of hw2, executed in PyTorch node by node: every ONNX operator is one call, and no gradient is derived anew."""

import base64
import json

import numpy
import torch
import torch.nn.functional as F


class Program:
    """One step of training, as programs.ts wrote it."""

    def __init__(self, path, device):
        with open(path) as file:
            written = json.load(file)
        self.device = device
        self.shape = written["shape"]
        self.outputs = written["outputs"]
        self.nodes = written["nodes"]
        self.lists = {}  # int64 constants: shapes, axes, sizes
        self.constants = {}
        for name, constant in written["constants"].items():
            raw = base64.b64decode(constant["base64"])
            if constant["type"] == "int64":
                self.lists[name] = numpy.frombuffer(raw, numpy.int64).tolist()
            else:
                values = torch.from_numpy(numpy.frombuffer(raw, numpy.float32).copy())
                self.constants[name] = values.reshape(constant["dims"]).to(device)
        # The node after which a value is not needed any more, so that its memory is given back.
        self.last_use = {name: i for i, node in enumerate(self.nodes) for name in node["inputs"]}
        for output in self.outputs:
            self.last_use[output["value"]] = len(self.nodes)

    def run(self, feeds):
        """Outputs by name, of inputs by name."""
        values = {**self.constants, **feeds}
        for i, node in enumerate(self.nodes):
            results = self._results(node, [values.get(name) for name in node["inputs"]])
            values.update(zip(node["outputs"], results))
            for name in node["inputs"]:
                if self.last_use[name] == i and name not in self.constants and name not in feeds:
                    values.pop(name, None)
        return {output["name"]: values[output["value"]] for output in self.outputs}

    def _results(self, node, x):
        op, attributes = node["op"], node["attributes"]
        numbers = lambda k: self.lists[node["inputs"][k]]
        if op == "Split":
            return torch.split(x[0], numbers(1), attributes["axis"])
        if op == "LSTM":
            return self._lstm(x, attributes["hidden_size"])
        if op == "LayerNormalization":
            return torch.native_layer_norm(x[0], [x[0].shape[-1]], x[1], x[2], attributes["epsilon"]["float"])
        if op == "Reshape":
            return (x[0].reshape(numbers(1)),)
        if op == "Expand":
            return (x[0].expand(numbers(1)),)
        if op == "Slice":
            begin, end, axis = numbers(1)[0], numbers(2)[0], numbers(3)[0]
            return (x[0].narrow(axis, begin, end - begin),)
        if op == "Pad":
            before, after = numbers(1)
            axis = numbers(3)[0]
            return (F.pad(x[0], [0, 0] * (x[0].dim() - 1 - axis) + [before, after]),)
        if op == "OneHot":
            index = torch.arange(numbers(1)[0], device=x[0].device)
            return ((x[0].unsqueeze(-1) == index).to(torch.float32),)
        if op == "Gemm":
            a = x[0].t() if attributes["transA"] else x[0]
            b = x[1].t() if attributes["transB"] else x[1]
            return (torch.addmm(x[2].expand(a.shape[0], b.shape[1]), a, b) if len(x) > 2 else torch.mm(a, b),)
        if op in ("ReduceSum", "ReduceMean"):
            reduce = torch.sum if op == "ReduceSum" else torch.mean
            return (reduce(x[0], numbers(1), keepdim=bool(attributes["keepdims"])),)
        return (OPERATORS[op](x, attributes),)

    def _lstm(self, x, units):
        """ONNX has the gates in the order input, output, forget, cell; PyTorch input, forget, cell, output."""
        order = torch.cat([torch.arange(units, device=self.device) + units * gate for gate in (0, 2, 3, 1)])
        sequence, w, r, bias, _, h, c = x
        w, r = w[0].index_select(0, order), r[0].index_select(0, order).t().contiguous()
        bias = bias[0].reshape(2, 4 * units).sum(0).index_select(0, order)
        length, clips, width = sequence.shape
        gates = torch.addmm(bias, sequence.reshape(-1, width), w.t()).reshape(length, clips, 4 * units)
        h, c, outputs = h[0], c[0], []
        for at in range(length):
            h, c, _ = torch.ops.aten._thnn_fused_lstm_cell(gates[at], torch.mm(h, r), c)
            outputs.append(h)
        return torch.stack(outputs).unsqueeze(1), h.unsqueeze(0), c.unsqueeze(0)


OPERATORS = {
    "Transpose": lambda x, a: x[0].permute(a["perm"]),
    "Concat": lambda x, a: torch.cat(x, a["axis"]),
    "MatMul": lambda x, a: torch.matmul(x[0], x[1]),
    "Add": lambda x, a: x[0] + x[1],
    "Sub": lambda x, a: x[0] - x[1],
    "Mul": lambda x, a: x[0] * x[1],
    "Div": lambda x, a: x[0] / x[1],
    "Pow": lambda x, a: torch.pow(x[0], x[1]),
    "Neg": lambda x, a: -x[0],
    "Exp": lambda x, a: torch.exp(x[0]),
    "Erf": lambda x, a: torch.erf(x[0]),
    "Sqrt": lambda x, a: torch.sqrt(x[0]),
    "Sigmoid": lambda x, a: torch.sigmoid(x[0]),
    "Tanh": lambda x, a: torch.tanh(x[0]),
    "Gelu": lambda x, a: F.gelu(x[0]),
    "Softmax": lambda x, a: torch.softmax(x[0], a["axis"]),
    "LogSoftmax": lambda x, a: torch.log_softmax(x[0], a["axis"]),
    "Gather": lambda x, a: F.embedding(x[1], x[0]),
}
