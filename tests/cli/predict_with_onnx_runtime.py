"""Predicts with ONNX Runtime what `backprop predict` predicted, and compares.

    predict_with_onnx_runtime.py MODEL.onnx TABLE PREDICTIONS.csv [--no-header]

Reads the table by itself (commas, semicolons or blanks between cells) and gives each raw column to the input of its
name: numbers as float32, NaN where missing; texts as strings, empty where missing; dates as int64 days since 1970, the
least int64 where missing. Prints the largest difference; exits 1 above 1e-5, relative to the largest prediction, or
when a label differs, or when the model is not what a table model promises to be.
"""
import csv
import datetime
import json
import re
import sys

import numpy
import onnx
import onnxruntime

MISSING = {"", "?", "na", "nan", "null"}
NO_DATE = numpy.iinfo(numpy.int64).min


def read_table(path, header):
    with open(path, newline="", encoding="utf-8-sig") as file:
        text = file.read()
    first = text.split("\n", 1)[0]
    if "," in first or ";" in first:
        delimiter = "," if "," in first else ";"
        rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True)
                if row]
    else:
        rows = [line.split() for line in text.splitlines() if line.strip()]
    names = rows.pop(0) if header else [f"column_{i + 1}" for i in range(len(rows[0]))]
    return {name: [row[i].strip() for row in rows] for i, name in enumerate(names)}


def days(cell, order):
    parts = [int(part) for part in re.split("[-/.]", re.split("[T ]", cell)[0])]
    year, month, day = (parts[order.split("-").index(name)] for name in ("year", "month", "day"))
    return (datetime.date(year, month, day) - datetime.date(1970, 1, 1)).days


def shortest(cell):
    try:
        return f"{float(cell):.15g}"
    except ValueError:
        return cell


def feed(tensor_type, cells, column):
    missing = [cell.lower() in MISSING for cell in cells]
    if tensor_type == "tensor(string)":
        form = shortest if column.get("numbers") else str
        array = numpy.array(["" if m else form(cell) for cell, m in zip(cells, missing)], dtype=object)
    elif tensor_type == "tensor(int64)":
        array = numpy.array([NO_DATE if m else days(cell, column["order"]) for cell, m in zip(cells, missing)],
                            dtype=numpy.int64)
    else:
        array = numpy.array([float("nan") if m else float(cell) for cell, m in zip(cells, missing)],
                            dtype=numpy.float32)
    return array.reshape(-1, 1)


flags = [a for a in sys.argv[1:] if a.startswith("--")]
model_path, table_path, predictions_path = [a for a in sys.argv[1:] if not a.startswith("--")]
model = onnx.load(model_path)
onnx.checker.check_model(model, full_check=True)
assert model.ir_version == 8
assert {s.domain: s.version for s in model.opset_import}.items() <= {"": 17, "ai.onnx.ml": 3}.items()
metadata = {p.key: p.value for p in model.metadata_props}
columns = {c["name"]: c for c in json.loads(metadata["backprop.preprocessing"])["columns"]}
table = read_table(table_path, "--no-header" not in flags)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
features = json.loads(metadata["backprop.features"])
assert len(features) == len(session.get_inputs())
inputs = {}
for name, given in zip(features, session.get_inputs()):
    assert isinstance(given.shape[0], str) and given.shape[1] == 1, given.shape
    assert given.name == name or given.name == name + " (column)"
    inputs[given.name] = feed(given.type, table[name], columns[name])
with open(predictions_path, newline="") as file:
    predictions = list(csv.reader(file))[1:]

if "backprop.classes" in metadata:
    assert [o.name for o in session.get_outputs()] == ["label", "probabilities"]
    labels, outputs = session.run(None, inputs)
    assert outputs.shape == (len(predictions), len(json.loads(metadata["backprop.classes"])))
    assert list(labels) == [row[0] for row in predictions], "labels differ"
else:
    assert [o.name for o in session.get_outputs()] == ["prediction"]
    (outputs,) = session.run(None, inputs)
ours = numpy.array([row[-outputs.shape[1]:] for row in predictions], dtype=numpy.float32)
difference = abs(outputs - ours).max() / max(1.0, abs(outputs).max())
print(f"{len(predictions)} rows, largest difference {difference:.2g}")
sys.exit(not difference <= 1e-5)
