"""Predicts with ONNX Runtime what `backprop predict` predicted, and compares.

    predict_with_onnx_runtime.py MODEL.onnx TABLE.csv PREDICTIONS.csv

The table has a header and holds the model's columns. Prints the largest difference; exits 1 above 1e-5, relative to
the largest prediction.
"""
import csv
import json
import sys

import numpy
import onnx
import onnxruntime

model_path, table_path, predictions_path = sys.argv[1:]
model = onnx.load(model_path)
onnx.checker.check_model(model, full_check=True)
metadata = {p.key: p.value for p in model.metadata_props}
with open(table_path, newline="") as file:
    rows = list(csv.DictReader(file))
with open(predictions_path, newline="") as file:
    predictions = list(csv.reader(file))[1:]
features = json.loads(metadata["backprop.features"])
inputs = numpy.array([[row[name] for name in features] for row in rows], dtype=numpy.float32)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
(outputs,) = session.run(None, {model.graph.input[0].name: inputs})
width = outputs.shape[1]
if "backprop.classes" in metadata:
    classes = json.loads(metadata["backprop.classes"])
    assert width == len(classes)
    assert [classes[k] for k in outputs.argmax(axis=1)] == [row[0] for row in predictions]
ours = numpy.array([row[-width:] for row in predictions], dtype=numpy.float32)
difference = abs(outputs - ours).max() / max(1.0, abs(outputs).max())
print(f"{len(rows)} rows, largest difference {difference:.2g}")
sys.exit(not difference <= 1e-5)
