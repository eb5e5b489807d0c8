// A training that is stopped anywhere and goes on from its checkpoint is the training that was never stopped, to the bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "backprop/error.hpp"
#include "backprop/fit.hpp"
#include "backprop/operations.hpp"
#include "backprop/schedules.hpp"
#include "base/philox.hpp"
#include "formats/safetensors.hpp"

namespace backprop {
namespace {

constexpr std::size_t rows = 50;  // 40 train, in three batches of 16, 16 and 8; 10 decide when to stop

struct Data {
  std::vector<float> inputs;
  std::vector<double> values;
};

Data wave() {
  Data data;
  const RandomStream random(3, 0, 0);
  for (std::size_t r = 0; r < rows; ++r) {
    const double x = 6 * random.uniform(2 * r), y = random.uniform(2 * r + 1);
    data.inputs.insert(data.inputs.end(), {static_cast<float>(x), static_cast<float>(y)});
    data.values.push_back(std::sin(x) + y);
  }
  return data;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Checkpoint : public testing::Test {
 protected:
  std::string path = testing::TempDir() + "backprop_checkpoint_test.safetensors";
  Data data = wave();
  FitOptions options{.epochs = 4, .batch_size = 16, .patience = 3, .seed = 5};

  void SetUp() override { std::filesystem::remove(path); }
  void TearDown() override { std::filesystem::remove(path); }

  Network network() const { return sequence(dense(8, tanh), dropout(0.3), dense(5, relu), dense(1)); }
  std::string fit_to_bytes(FitReport* report = nullptr) const {
    const std::string file = path + ".onnx";
    fit(network(), data.inputs, data.values, options, report).save(file);
    std::string bytes = bytes_of(file);
    std::filesystem::remove(file);
    return bytes;
  }
  // Stopped after these steps, each time another process as it were, with another number of threads.
  std::string interrupted(std::initializer_list<std::uint64_t> stops) {
    const FitOptions before = options;
    options.checkpoint = {.path = path, .resume = true};
    int threads = 1;
    for (const std::uint64_t stop : stops) {
      options.max_steps = stop;
      options.device = std::make_shared<Device>(DeviceOptions{.threads = threads++});
      fit_to_bytes();
    }
    options.max_steps = 0;
    options.device = nullptr;
    std::string bytes = fit_to_bytes();
    options = before;
    return bytes;
  }
};

TEST_F(Checkpoint, ResumesEveryOptimiserWithinAnEpoch) {
  for (const std::string_view name : optimiser_names()) {
    options.optimiser = optimiser(name);
    const std::string whole = fit_to_bytes();
    for (const std::uint64_t stop : {1u, 3u, 8u}) {
      std::filesystem::remove(path);
      EXPECT_EQ(interrupted({stop}), whole) << name << ", stopped after step " << stop;
    }
  }
}

TEST_F(Checkpoint, ResumesSeveralTimesAndAfterTheEnd) {
  const std::string whole = fit_to_bytes();
  EXPECT_EQ(interrupted({1, 2, 5, 6, 7, 11}), whole);
  EXPECT_EQ(interrupted({}), whole);  // nothing is left to do
}

TEST_F(Checkpoint, ResumesAccumulationClippingAveragesAndSchedules) {
  options.optimiser = nadam();
  options.train = TrainOptions{.schedule = schedule::warm_up(3, schedule::cosine(12)),
                               .clip_norm = 0.5,
                               .weight_decay = 0.01,
                               .accumulate = 2,
                               .averaging = Averaging::polyak};
  const std::string whole = fit_to_bytes();
  EXPECT_EQ(interrupted({4, 5}), whole);
}

TEST_F(Checkpoint, ResumesEarlyStopping) {
  options.epochs = 300;
  options.patience = 4;
  options.optimiser = adam({.learning_rate = 0.05});
  FitReport whole_report, report;
  const std::string whole = fit_to_bytes(&whole_report);
  ASSERT_LT(whole_report.epochs, 300);
  options.checkpoint = {.path = path, .resume = true};
  options.max_steps = 3 * static_cast<std::uint64_t>(whole_report.best) + 4;
  fit_to_bytes();
  options.max_steps = 0;
  EXPECT_EQ(fit_to_bytes(&report), whole);
  EXPECT_EQ(report.epochs, whole_report.epochs);
  EXPECT_EQ(report.best, whole_report.best);
}

TEST_F(Checkpoint, StaysAtItsEndOnceItOverfits) {
  options.epochs = 300;
  options.patience = 0;
  options.members = 2;
  options.validation = 0;
  options.optimiser = adam({.learning_rate = 0.1});
  for (std::size_t r = 0; r < rows; ++r) data.values[r] += 0.7 * RandomStream(9, 0, 0).normal(r);
  options.checkpoint = {.path = path, .resume = true};
  const auto epochs = [&] {
    FitReport report;
    fit(sequence(dense(64, tanh), dense(64, tanh), dense(1)), data.inputs, data.values, options, &report);
    EXPECT_LT(report.epochs - report.best, 100);  // the patience alone is longer
    return report.epochs;
  };
  const int first = epochs();
  ASSERT_LT(first, 300);
  EXPECT_EQ(epochs(), first);
}

TEST_F(Checkpoint, AStepEndsTheRunTheSameAsTime) {
  options.max_steps = 5;
  FitReport report;
  const std::string at_step = fit_to_bytes(&report);
  EXPECT_EQ(report.steps, 5u);
  EXPECT_FALSE(report.timed_out);
  options.checkpoint = {.path = path, .seconds = 0};
  EXPECT_EQ(fit_to_bytes(), at_step);  // saving changes nothing
  options.max_steps = 0;
  options.max_seconds = 1e-9;
  fit_to_bytes(&report);
  EXPECT_TRUE(report.timed_out);
  EXPECT_EQ(report.steps, 1u);
}

TEST_F(Checkpoint, HasTorchsNamesAndLayouts) {
  options.checkpoint = {.path = path};
  fit_to_bytes();
  const Safetensors file = read_safetensors(path);
  EXPECT_EQ(file.tensors.at("dense_1.weight").extents(), (Extents{8, 2}));  // [out, in]
  EXPECT_EQ(file.tensors.at("best.dense_2.weight").extents(), (Extents{5, 8}));
  EXPECT_EQ(file.tensors.at("dense_2.weight.first_moment").extents(), (Extents{5, 8}));
  EXPECT_EQ(file.tensors.at("dense_1.bias").extents(), (Extents{8}));
  EXPECT_EQ(file.metadata.at("epochs"), "4");
  EXPECT_EQ(file.metadata.at("step"), "12");
}

TEST_F(Checkpoint, RefusesOneOfAnotherConfiguration) {
  options.checkpoint = {.path = path, .resume = true};
  fit_to_bytes();
  const auto refused = [&](const std::string& what) {
    try {
      fit_to_bytes();
      ADD_FAILURE() << "not refused: " << what;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), testing::AllOf(testing::StartsWith(path + ": "), testing::HasSubstr(what)));
    }
  };
  const FitOptions good = options;
  options.seed = 6;
  refused("seed 5, not 6");
  options = good;
  options.batch_size = 8;
  refused("batch_size 16, not 8");
  options = good;
  options.optimiser = sgd();
  refused("more tensors than the training");
  options.optimiser = amsgrad();
  refused("'dense_1.bias.largest_second_moment' is missing");
  options = good;
  std::filesystem::resize_file(path, 1000);
  refused("the file ends within its header");
}

TEST_F(Checkpoint, ThatCannotBeWrittenEndsTheTraining) {
  options.checkpoint = {.path = "/no/such/folder/checkpoint"};
  EXPECT_THROW(fit_to_bytes(), Error);
}

TEST_F(Checkpoint, DivergenceInMidRunNamesOperationStepAndRowsAndKeepsTheStateBefore) {
  // The eighth step goes too far to come back, so the ninth, the last one of epoch 3, overflows.
  options.train = TrainOptions{.schedule = [](Value step) {
    return where(less(step, scalar_like(step, 7)), scalar_like(step, 1), scalar_like(step, 1e38));
  }};
  options.optimiser = sgd();
  options.checkpoint = {.path = path, .seconds = 1e9};
  options.max_steps = 8;
  fit_to_bytes();
  const std::string before = bytes_of(path);
  options.max_steps = 0;
  std::filesystem::remove(path);
  try {
    fit_to_bytes();
    FAIL();
  } catch (const DivergedStep& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("diverged in epoch 3, step 9: ["));
    EXPECT_THAT(error.what(), testing::HasSubstr("] made the first "));
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr(" at step ")));
    EXPECT_EQ(error.rows().size(), 8u);
    const std::string first = " on rows " + std::to_string(error.rows()[0] + 1) + ", ";
    EXPECT_THAT(error.what(), testing::HasSubstr(first));
  }
  const Safetensors kept = read_safetensors(path);
  std::ofstream(path, std::ios::binary) << before;
  const Safetensors good = read_safetensors(path);
  EXPECT_EQ(kept.metadata.at("step"), "8");
  for (const auto& [name, tensor] : good.tensors) {
    EXPECT_EQ(std::memcmp(kept.tensors.at(name).data(), tensor.data(), tensor.bytes()), 0) << name;
  }
}

// Squared, the gradient overflows in the optimiser, behind the point up to which a step is refused.
TEST_F(Checkpoint, StateThatOverflowsNeverReplacesAGoodCheckpoint) {
  options.train = TrainOptions{.schedule = [](Value step) {
    return where(less(step, scalar_like(step, 7)), scalar_like(step, 1), scalar_like(step, 1e23));
  }};
  options.optimiser = adagrad();
  options.checkpoint = {.path = path, .seconds = 0};
  try {
    fit_to_bytes();
    FAIL();
  } catch (const DivergedError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("diverged in epoch "));
  }
  for (const auto& [name, tensor] : read_safetensors(path).tensors) {
    for (const double x : to_doubles(tensor)) ASSERT_TRUE(std::isfinite(x)) << name;
  }
}

TEST_F(Checkpoint, DivergenceNamesTheRowThatHoldsInfinity) {
  data.inputs[2 * 17] = std::numeric_limits<float>::infinity();
  options.standardise = false;
  options.validation = 0;
  try {
    fit_to_bytes();
    FAIL();
  } catch (const DivergedStep& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("'features' holds NaN or infinity, on rows "));
    EXPECT_THAT(error.rows(), testing::Contains(17u));
  }
}

}  // namespace
}  // namespace backprop
