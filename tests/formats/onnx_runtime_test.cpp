// What we write passes ONNX's checker, and ONNX Runtime gives the same values.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "formats/file.hpp"
#include "formats/onnx_tensor.hpp"
#include "onnx.pb.h"
#include "tests/formats/export_cases.hpp"
#include "tests/support/python.hpp"

namespace backprop::test {
namespace {

namespace fs = std::filesystem;

void save_tensor(const fs::path& path, const Tensor& tensor) {
  backprop_onnx::TensorProto proto;
  write_tensor(tensor, "", proto);
  write_file(path.string(), proto.SerializeAsString());
}

TEST(OnnxRuntime, AgreesOnEveryOperation) {
  if (python().empty()) GTEST_SKIP() << "no Python with onnx and onnxruntime: tools/python_environment.sh makes one";
  const fs::path folder = fs::path(BACKPROP_BINARY_DIR) / "onnx-cases";
  fs::remove_all(folder);
  for (const ExportCase& c : export_cases()) {
    for (const DType dtype : {float32, float64}) {
      Example e;
      make_example(c, dtype, e);
      std::string name = c.name + " " + std::string(to_string(dtype));
      std::replace(name.begin(), name.end(), ' ', '_');
      fs::create_directories(folder / name);
      save_onnx((folder / name / "model.onnx").string(), e.graph, e.outputs, e.store, {{"case", c.name}}, "A test.");
      for (std::size_t k = 0; k < e.inputs.size(); ++k) {
        save_tensor(folder / name / ("input_" + std::to_string(k) + ".pb"), e.inputs[k]);
      }
      for (std::size_t k = 0; k < e.results.size(); ++k) {
        save_tensor(folder / name / ("output_" + std::to_string(k) + ".pb"), e.results[k]);
      }
    }
  }
  const std::string script = std::string(BACKPROP_SOURCE_DIR) + "/tests/formats/check_onnx.py";
  const std::string command = python() + " " + script + " '" + folder.string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace backprop::test
