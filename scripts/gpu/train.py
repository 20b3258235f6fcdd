"""Trains the systems of a folder that prepare.js made, on the batches that batches.js makes beside it.

    python3 train.py WORK

After each epoch WORK/epochs has SYSTEM-EPOCH.f32, the parameters, SYSTEM-EPOCH.loss, the mean loss of its batches, and
SYSTEM.moments, what AdamW keeps. The same command goes on after the last epoch that all systems have finished.
"""

import json
import os
import queue
import sys
import threading
import time

import numpy
import torch

from program import Program

HEADER_BYTES = 16
DEVICE = "cuda"

work = sys.argv[1]
epochs_folder = os.path.join(work, "epochs")
os.makedirs(epochs_folder, exist_ok=True)
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.set_grad_enabled(False)


def written(path):
    """The text of a file, once it is there."""
    while not os.path.exists(path):
        time.sleep(0.05)
    with open(path) as file:
        return file.read()


def replace(path, contents):
    with open(path + ".part", "wb") as file:
        file.write(contents)
    os.replace(path + ".part", path)


def floats(path):
    return torch.from_numpy(numpy.fromfile(path, numpy.float32)).to(DEVICE)


plan = json.loads(written(os.path.join(work, "plan.json")))
stage = json.loads(written(os.path.join(work, "stage.json")))
frames = sorted({int(name.rsplit("-", 1)[1][:-5]) for name in os.listdir(os.path.join(work, "graphs"))})
inputs = {}  # of batches of each length, shared by the systems


class System:
    """One recognizer in training: a CUDA graph for each length of batch, all over one state."""

    def __init__(self, name):
        self.name = name
        finished = plan["from"]
        start = f"epochs/{name}-{finished}.f32" if finished else f"initial/{name}.f32"
        parameters = floats(os.path.join(work, start))
        moments = os.path.join(epochs_folder, f"{name}.moments")
        mean, square = floats(moments).chunk(2) if finished else torch.zeros(2, parameters.numel(), device=DEVICE)
        self.state = {"parameters": parameters, "mean": mean.clone(), "square": square.clone()}
        self.rate, self.loss = torch.zeros((), device=DEVICE), torch.zeros((), device=DEVICE)
        self.step = torch.ones((), device=DEVICE)
        self.losses = torch.zeros(plan["perEpoch"], device=DEVICE)
        self.stream = torch.cuda.Stream()
        self.programs, self.graphs, pool = [], {}, None
        begin = {key: value.clone() for key, value in self.state.items()}
        for length in reversed(frames):
            program = Program(os.path.join(work, "graphs", f"{name}-{length}.json"), DEVICE)
            inputs.setdefault(length, empty_inputs(program.shape))
            feeds = {**inputs[length], **self.state, "learning rate": self.rate, "step": self.step}
            with torch.cuda.stream(self.stream):
                program.run(feeds)  # PyTorch's libraries take their memory before anything is captured
            torch.cuda.synchronize()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=pool, stream=self.stream):
                results = program.run(feeds)
                for key, value in self.state.items():
                    value.copy_(results[f"next {key}"])
                self.loss.copy_(results["loss"])
            pool = pool or graph.pool()
            self.graphs[length] = graph
            self.programs.append(program)
        for key, value in self.state.items():
            value.copy_(begin[key])

    def take(self, length, rate, step, place):
        self.rate.fill_(rate)
        self.step.fill_(float(step))
        self.graphs[length].replay()
        self.losses[place].copy_(self.loss)

    def save(self, epoch):
        loss = float(self.losses.double().mean())
        if not numpy.isfinite(loss):
            raise SystemExit(f"{self.name} diverged in epoch {epoch}")
        path = os.path.join(epochs_folder, f"{self.name}-{epoch}")
        moments = torch.cat([self.state["mean"], self.state["square"]])
        replace(path + ".loss", str(loss).encode())
        replace(os.path.join(epochs_folder, f"{self.name}.moments"), moments.cpu().numpy().tobytes())
        replace(path + ".f32", self.state["parameters"].cpu().numpy().tobytes())
        return loss


def empty_inputs(shape):
    clips, length, text = shape["clips"], shape["frames"], [shape["clips"], shape["tokens"] - 1]
    return {
        "spectrogram": torch.zeros([clips, length, 80], device=DEVICE),
        "frames": torch.ones([clips, length, 1], device=DEVICE),
        "previous": torch.zeros(text, dtype=torch.int64, device=DEVICE),
        "next": torch.zeros(text, dtype=torch.int64, device=DEVICE),
    }


def load(batches):
    """Reads the batches in order and takes their files away."""
    for step in range(plan["from"] * plan["perEpoch"], plan["epochs"] * plan["perEpoch"]):
        path = os.path.join(work, "batches", f"{step}.bin")
        while not os.path.exists(path):
            time.sleep(0.001)
        batch = torch.from_numpy(numpy.fromfile(path, numpy.uint8)).pin_memory()
        os.unlink(path)
        if step % 20 == 0:
            replace(os.path.join(work, "position"), str(step).encode())
        batches.put(batch)


def train(systems):
    batches = queue.Queue(maxsize=24)
    threading.Thread(target=load, args=[batches], daemon=True).start()
    main = torch.cuda.current_stream()
    began, step = time.time(), plan["from"] * plan["perEpoch"]
    for epoch in range(plan["from"] + 1, plan["epochs"] + 1):
        for place in range(plan["perEpoch"]):
            batch = batches.get()
            length = int(batch[:4].view(torch.int32))
            rate = float(batch[12:HEADER_BYTES].view(torch.float32))
            for system in systems:
                main.wait_stream(system.stream)
            at = HEADER_BYTES
            for tensor in inputs[length].values():
                size = tensor.numel() * tensor.element_size()
                tensor.copy_(batch[at : at + size].view(tensor.dtype).view(tensor.shape), non_blocking=True)
                at += size
            step += 1
            for system in systems:
                system.stream.wait_stream(main)
                with torch.cuda.stream(system.stream):
                    system.take(length, rate, step, place)
            if step % 50 == 0 or step <= 3:
                torch.cuda.synchronize()
            if step <= 3:  # what `Trainer` gives for the same batches, to compare with
                losses = ", ".join(f"{system.name} {float(system.loss):.6f}" for system in systems)
                print(f"step {step}: {losses}", flush=True)
        torch.cuda.synchronize()
        losses = ", ".join(f"{system.name} {system.save(epoch):.4f}" for system in systems)
        print(f"epoch {epoch} of {plan['epochs']}: {losses}; {time.time() - began:.0f} s", flush=True)


train([System(system["name"]) for system in stage["systems"]])
replace(os.path.join(epochs_folder, "finished"), b"")
