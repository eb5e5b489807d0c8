"""Opens a run's files with the libraries of those who made the formats.

    check_run_folder.py RUN

Checkpoint with safetensors, events with TensorBoard's reader, against metrics.jsonl and each other.
"""
import glob
import json
import os
import sys

import numpy
from safetensors import safe_open
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event

run = sys.argv[1]
with open(os.path.join(run, "metrics.jsonl"), encoding="utf-8") as file:
    metrics = [json.loads(line) for line in file]
assert [line["epoch"] for line in metrics] == list(range(1, len(metrics) + 1))

with safe_open(os.path.join(run, "checkpoint.safetensors"), framework="numpy") as file:
    facts = file.metadata()
    tensors = {name: file.get_tensor(name) for name in file.keys()}
assert int(facts["epochs"]) == len(metrics), facts
layers = sorted(name[: -len(".weight")] for name in tensors if name.startswith("dense_") and name.endswith(".weight"))
for layer in layers:
    # torch.nn.Linear: weight [out, in], bias [out].
    weight, bias = tensors[layer + ".weight"], tensors[layer + ".bias"]
    assert weight.dtype == numpy.float32 and weight.ndim == 2 and bias.shape == weight.shape[:1], layer
    assert tensors["best." + layer + ".weight"].shape == weight.shape
for first, second in zip(layers, layers[1:]):
    assert tensors[first + ".weight"].shape[0] == tensors[second + ".weight"].shape[1]

files = sorted(glob.glob(os.path.join(run, "events.out.tfevents.*")))
first = Event.FromString(next(RawEventFileLoader(files[0]).Load()))
assert first.file_version == "brain.Event:2", first
events = EventAccumulator(run)
events.Reload()
for tag, key in (("loss/train", "loss"), ("loss/validation", "validation_loss")):
    seen = events.Scalars(tag)
    assert [event.step for event in seen] == [line["epoch"] for line in metrics], tag
    assert all(numpy.float32(event.value) == numpy.float32(line[key]) for event, line in zip(seen, metrics)), tag
print(f"{len(tensors)} tensors, {len(metrics)} epochs in {len(files)} event files")
