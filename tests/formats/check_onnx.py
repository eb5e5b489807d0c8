"""Compares models with ONNX's checker and ONNX Runtime.

    check_onnx.py FOLDER

FOLDER holds a folder a case: model.onnx, input_K.pb and output_K.pb (tensors, in the order of the graph's inputs and
outputs). Prints a line for each case that differs and one of totals; exits 1 when one differs. A case of float64 for
which the runtime has no kernel is counted apart.
"""
import glob
import os
import sys

import numpy
import onnx
import onnx.numpy_helper
import onnxruntime


def tensors(folder, kind, count):
    loaded = []
    for k in range(count):
        tensor = onnx.TensorProto()
        with open(os.path.join(folder, f"{kind}_{k}.pb"), "rb") as file:
            tensor.ParseFromString(file.read())
        loaded.append(onnx.numpy_helper.to_array(tensor))
    return loaded


def compare(folder):
    """'', 'no kernel' or what is wrong."""
    model = onnx.load(os.path.join(folder, "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own exception types differ between its versions
        if "NOT_IMPLEMENTED" in str(error) or "NotImplemented" in type(error).__name__:
            return "no kernel"
        raise
    inputs = tensors(folder, "input", len(model.graph.input))
    feed = {info.name: value for info, value in zip(model.graph.input, inputs)}
    for k, (got, wanted) in enumerate(zip(session.run(None, feed), tensors(folder, "output", len(model.graph.output)))):
        if got.dtype != wanted.dtype or got.shape != wanted.shape:
            return f"output {k} is {got.dtype}{got.shape}, wanted {wanted.dtype}{wanted.shape}"
        tolerance = 1e-5 if got.dtype == numpy.float32 else 1e-6
        if not numpy.allclose(got, wanted, rtol=tolerance, atol=tolerance, equal_nan=True):
            return f"output {k} differs by {numpy.max(numpy.abs(got.astype(float) - wanted))}"
    return ""


def main():
    good = bad = without = 0
    for folder in sorted(glob.glob(os.path.join(sys.argv[1], "*"))):
        try:
            problem = compare(folder)
        except Exception as error:
            problem = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        if problem == "no kernel" and folder.endswith("float64"):
            without += 1
        elif problem:
            bad += 1
            print(f"{os.path.basename(folder)}: {problem}")
        else:
            good += 1
    print(f"ONNX Runtime {onnxruntime.__version__}: {good} agree, {bad} differ, {without} of float64 have no kernel there")
    return 1 if bad or not good else 0


sys.exit(main())
