// ONNX's own operator tests, for the operators and element types that we read: what is imported gives ONNX's values;
// what is not is refused with a reason, never computed wrongly.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "formats/file.hpp"
#include "formats/onnx.hpp"
#include "formats/onnx_tensor.hpp"
#include "run/reference.hpp"

namespace backprop::test {
namespace {

namespace fs = std::filesystem;

fs::path shared() {
  const char* given = std::getenv("BACKPROP_SHARED");
  return given && *given ? fs::path(given) : fs::path(BACKPROP_SOURCE_DIR) / "../shared";
}

struct Case {
  std::string folder, operators;
  int inputs = 0, outputs = 0;
};

// The tests whose tensors are of our element types.
std::vector<Case> read_index(const fs::path& path) {
  std::ifstream file(path);
  std::vector<Case> tests;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    std::istringstream types(cells.at(9) + " " + cells.at(10));
    bool ours = true;
    static const std::set<std::string> known = {"float32", "float64", "int32", "int64", "bool"};
    for (std::string type; types >> type;) ours = ours && known.contains(type);
    if (!ours) continue;
    tests.push_back({cells[0] + "/" + cells[1], cells[3].empty() ? cells[5] : cells[3], std::stoi(cells.at(12)),
                     std::stoi(cells.at(13))});
  }
  return tests;
}

// ONNX's own tolerance is 1e-3 relative, 1e-7 absolute; ours is tighter but for the means over tens of thousands of
// float32, which the reference adds up one by one.
std::string difference(const Case& test, const Tensor& wanted, const Tensor& got) {
  const double tolerance = test.folder.find("NCd1d2d3d4d5_mean_weight") == std::string::npos ? 1e-5 : 1e-4;
  if (got.dtype() != wanted.dtype()) {
    return "is " + std::string(to_string(got.dtype())) + ", wanted " + std::string(to_string(wanted.dtype()));
  }
  if (got.extents() != wanted.extents()) {
    return "is " + to_string(got.extents()) + ", wanted " + to_string(wanted.extents());
  }
  const std::vector<double> x = to_doubles(wanted), y = to_doubles(got);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    if (!(std::abs(x[i] - y[i]) <= tolerance * std::abs(x[i]) + 1e-6)) {
      return "has " + std::to_string(y[i]) + " at " + std::to_string(i) + ", wanted " + std::to_string(x[i]);
    }
  }
  return "";
}

std::vector<Tensor> tensors(const fs::path& folder, const std::string& kind, int count) {
  std::vector<Tensor> list;
  for (int k = 0; k < count; ++k) {
    const fs::path path = folder / "test_data_set_0" / (kind + "_" + std::to_string(k) + ".pb");
    list.push_back(parse_tensor(read_file(path.string(), 1 << 30), path.filename().string()));
  }
  return list;
}

// Empty where the results agree. Throws DataError where the model is refused.
std::string run(const fs::path& folder, const Case& test) {
  const std::string bytes = read_file((folder / "model.onnx").string(), 1 << 30);
  const std::vector<Tensor> inputs = tensors(folder, "input", test.inputs);
  const std::vector<Tensor> wanted = tensors(folder, "output", test.outputs);
  std::optional<ImportedModel> model;
  std::map<std::string, Tensor> constants;
  try {
    model = read_onnx(bytes, "model");
  } catch (const DataError& error) {
    // These models take shapes, axes and flags as inputs; real ones have constants there.
    if (std::string(error.what()).find("known when the model is read") == std::string::npos &&
        std::string(error.what()).find("training mode") == std::string::npos) {
      throw;
    }
    const std::vector<std::string> names = onnx_input_names(bytes);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool list = inputs[i].extents().size() == 1 && !is_floating(inputs[i].dtype());
      if (list || inputs[i].extents().empty()) constants.emplace(names.at(i), inputs[i]);
    }
    model = read_onnx(bytes, "model", constants);
  }
  model->graph.verify();
  std::vector<TensorView> given;
  const std::vector<std::string> names = onnx_input_names(bytes);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!constants.contains(names.at(i))) given.push_back(inputs[i]);
  }
  std::vector<Value> outputs;
  for (const NamedValue& output : model->outputs) outputs.push_back(model->graph.value(output.value));
  const std::vector<Tensor> results = evaluate_reference(model->graph, outputs, given, model->store);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (std::string what = difference(test, wanted.at(i), results[i]); !what.empty()) {
      return "output " + std::to_string(i) + " " + what;
    }
  }
  return "";
}

TEST(OnnxConformance, WhatIsReadGivesTheStandardsValues) {
  const fs::path archive = shared() / "onnx-conformance/onnx-conformance.tar.xz";
  if (!fs::exists(archive)) GTEST_SKIP() << "no " << archive.string();
  const fs::path folder = fs::path(BACKPROP_BINARY_DIR) / "onnx-conformance";
  if (!fs::exists(folder / "complete")) {
    const std::string command = "cd '" + std::string(BACKPROP_BINARY_DIR) + "' && cmake -E tar xf '" +
                                fs::absolute(archive).string() + "' && touch onnx-conformance/complete";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  int passed = 0, refused = 0, failed = 0;
  std::map<std::string, int> reasons;
  std::set<std::string> operators;
  const bool all = std::getenv("BACKPROP_VERBOSE") != nullptr;
  for (const Case& test : read_index(archive.parent_path() / "index.csv")) {
    try {
      const std::string problem = run(folder / test.folder, test);
      if (problem.empty()) {
        ++passed;
        operators.insert(test.operators);
        continue;
      }
      ++failed;
      ADD_FAILURE() << test.folder << ": " << problem;
    } catch (const DataError& error) {
      ++refused;
      const std::string what = error.what();
      if (all) std::printf("refused: %s: %s\n", test.folder.c_str(), what.c_str());
      ++reasons[what.substr(what.find("): ") == std::string::npos ? 0 : what.find("): ") + 3)];
    } catch (const std::exception& error) {
      ++failed;
      ADD_FAILURE() << test.folder << ": " << error.what();
    }
  }
  std::printf("ONNX's operator tests in our element types: %d pass, %d refused, %d fail\n", passed, refused, failed);
  if (all) {
    for (const auto& [reason, n] : reasons) std::printf("%5d  %s\n", n, reason.c_str());
  }
  EXPECT_GE(passed, 825);
}

}  // namespace
}  // namespace backprop::test
