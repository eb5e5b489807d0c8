"""Serves a trained model with ONNX Runtime and compares with what `backprop predict` wrote.

    check_served.py MODEL.onnx TABLE.csv PREDICTIONS.csv

The columns are those that the model's metadata names; the table's cells go in as they are. Prints the largest
difference; exits 1 when it is over 1e-5, or a class differs.
"""
import csv
import json
import sys

import numpy
import onnx
import onnxruntime


def main():
    model_path, table_path, predictions_path = sys.argv[1:]
    onnx.checker.check_model(onnx.load(model_path), full_check=True)
    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    with open(table_path, newline="") as file:
        table = list(csv.DictReader(file))
    with open(predictions_path, newline="") as file:
        predictions = list(csv.DictReader(file))
    columns = json.loads(metadata["backprop.features"])
    rows = numpy.array([[float(row[c]) for c in columns] for row in table], dtype=numpy.float32)
    served = session.run(None, {session.get_inputs()[0].name: rows})[0]
    if "backprop.classes" in metadata:
        classes = json.loads(metadata["backprop.classes"])
        written = numpy.array([[float(row["probability_" + c]) for c in classes] for row in predictions])
        wrong = sum(classes[k] != row["prediction"] for k, row in zip(served.argmax(axis=1), predictions))
    else:
        written = numpy.array([float(row["prediction"]) for row in predictions])
        wrong = 0
    difference = numpy.max(numpy.abs(served.reshape(written.shape) - written) / numpy.maximum(1, numpy.abs(written)))
    print(f"{len(rows)} rows served by ONNX Runtime: largest difference {difference:.1e}, {wrong} other classes")
    return 1 if wrong or len(predictions) != len(rows) or not difference <= 1e-5 else 0


sys.exit(main())
