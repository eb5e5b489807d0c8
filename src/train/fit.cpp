#include "backprop/fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

#include "backprop/compile.hpp"
#include "backprop/error.hpp"
#include "backprop/losses.hpp"
#include "data/split.hpp"
#include "data/standardise.hpp"
#include "train/batches.hpp"
#include "train/predictor.hpp"

namespace backprop {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// A mean training loss beyond this many times that of the best constant prediction is no longer on its way to anything.
constexpr double hopeless = 100;

// What the examples are like: sizes, names, scales.
struct Subject {
  ModelInfo info;
  std::int64_t features = 0, outputs = 1;
  std::vector<data::Scale> scales;  // of the features; empty: as they are
  data::Scale target_scale;

  bool classification() const { return info.task == Task::classification; }
  // Mean loss of predicting the same for every row: at most ln K nats, or a variance of 1.
  double constant_loss() const {
    if (classification()) return std::log(static_cast<double>(outputs));
    return scales.empty() ? std::numeric_limits<double>::infinity() : 1.0;
  }
};

Subject describe(const Examples& train, const FitOptions& options) {
  const std::size_t rows = train.rows();
  if (rows == 0 || train.inputs.size() % rows != 0 || train.inputs.empty()) {
    throw Error("[fit] " + std::to_string(train.inputs.size()) + " inputs are no matrix of " + std::to_string(rows) +
                " rows");
  }
  Subject subject;
  subject.info = options.info;
  subject.info.task = train.labels.empty() ? Task::regression : Task::classification;
  const std::size_t features = train.inputs.size() / rows;
  ModelInfo& info = subject.info;
  for (std::size_t i = info.features.size(); i < features; ++i) info.features.push_back("x" + std::to_string(i + 1));
  if (info.target.empty()) info.target = "y";
  if (info.features.size() != features) throw Error("[fit] more names than features");
  if (subject.classification()) {
    const auto [least, most] = std::minmax_element(train.labels.begin(), train.labels.end());
    if (*least < 0) throw Error("[fit] a label is negative");
    for (auto k = static_cast<std::int64_t>(info.classes.size()); k <= *most; ++k) {
      info.classes.push_back(std::to_string(k));
    }
    subject.outputs = static_cast<std::int64_t>(info.classes.size());
  }
  subject.features = static_cast<std::int64_t>(features);
  if (options.standardise) {
    subject.scales = data::fit_scales(train.inputs, features);
    if (!subject.classification()) {
      std::vector<std::uint32_t> all(rows);
      for (std::size_t r = 0; r < rows; ++r) all[r] = static_cast<std::uint32_t>(r);
      subject.target_scale = data::fit_scale(train.values, all);
      if (subject.target_scale.deviation == 0) subject.target_scale.deviation = 1;
    }
  }
  return subject;
}

Value constant_row(Graph& graph, const std::vector<data::Scale>& scales, float data::Scale::*member) {
  std::vector<float> values;
  for (const data::Scale& scale : scales) values.push_back(scale.*member);
  return graph.constant(
      Tensor::from<float>({static_cast<std::int64_t>(values.size())}, std::span<const float>(values)));
}

// The whole way from raw features to predictions: what a model file holds.
Value write_model(Graph& graph, const Network& network, const Subject& subject) {
  Value x = graph.input({named("B"), subject.features}, float32, "features");
  if (!subject.scales.empty()) {
    x = (x - constant_row(graph, subject.scales, &data::Scale::mean)) /
        constant_row(graph, subject.scales, &data::Scale::deviation);
  }
  const Value y = network(x, Mode::evaluation);
  if (y.shape().rank() != 2 || !(y.shape()[1] == Dim(subject.outputs))) {
    throw Error("[fit] the network's outputs are " + to_string(y.shape()) + ", [B, " + std::to_string(subject.outputs) +
                "] are needed");
  }
  if (subject.classification()) return softmax(y);
  if (subject.scales.empty()) return y;
  return y * static_cast<double>(subject.target_scale.deviation) + static_cast<double>(subject.target_scale.mean);
}

// The loss of a batch as a function of its standardised inputs and targets.
Value write_loss(Graph& graph, const Network& network, const Subject& subject) {
  const Dim batch = named("B");
  const Value x = graph.input({batch, subject.features}, float32, "features");
  if (subject.classification()) {
    const Value labels = graph.input({batch}, int64, "labels");
    return cross_entropy(network(x, Mode::training), labels);
  }
  const Value values = graph.input({batch, 1}, float32, "values");
  return squared_error(network(x, Mode::training), values);
}

// The training examples as the loss wants them.
struct Prepared {
  Tensor inputs, targets;
};

Prepared prepare(const Examples& train, const Subject& subject) {
  const auto rows = static_cast<std::int64_t>(train.rows());
  Prepared prepared{Tensor::from<float>({rows, subject.features}, train.inputs), {}};
  if (!subject.scales.empty()) data::standardise(prepared.inputs.as<float>(), subject.scales);
  if (subject.classification()) {
    prepared.targets = Tensor::from<std::int64_t>({rows}, train.labels);
  } else {
    prepared.targets = Tensor(float32, {rows, 1});
    const auto values = prepared.targets.as<float>();
    for (std::size_t r = 0; r < values.size(); ++r) values[r] = subject.target_scale.apply(train.values[r]);
  }
  return prepared;
}

Effort effort_of(const FitOptions& options, std::size_t examples) {
  Effort effort = choose_effort(examples);
  if (options.epochs > 0) effort.epochs = options.epochs;
  if (options.batch_size > 0) effort.batch_size = options.batch_size;
  if (options.patience > 0) effort.patience = options.patience;
  return effort;
}

// The states that predictions are made with: averages where there are some, parameters where not, in a store of their
// own; and those of the best epoch.
class Best {
 public:
  Best(std::vector<StateSpec> specs, StateStore& trained) : specs_(std::move(specs)), trained_(trained) {
    for (const StateSpec& spec : specs_) trained_.require(spec);
    update();
    keep();
  }
  // Takes the states over from training.
  void update() {
    for (const StateSpec& spec : specs_) {
      const std::string average = spec.name + ".average";
      const Tensor& from = trained_[trained_.contains(average) ? average : spec.name];
      Tensor& to = current_->require(spec).tensor;  // copied in place: plans know the address
      std::memcpy(to.data(), from.data(), from.bytes());
    }
  }
  void observe(Epoch& epoch) {
    const double loss = std::isnan(epoch.validation_loss) ? epoch.loss : epoch.validation_loss;
    if (number_ == 0 || loss < loss_) {
      loss_ = loss;
      number_ = epoch.number;
      keep();
    }
    epoch.best = number_;
    epoch.best_loss = loss_;
  }
  int number() const { return number_; }
  const std::shared_ptr<StateStore>& current() const { return current_; }
  const StateStore& states() const { return best_; }

 private:
  void keep() {
    for (const StateSpec& spec : specs_) best_.require(spec).tensor = (*current_)[spec.name];
  }

  std::vector<StateSpec> specs_;
  StateStore& trained_;
  std::shared_ptr<StateStore> current_ = std::make_shared<StateStore>();
  StateStore best_;
  double loss_ = nan;
  int number_ = 0;
};

std::string rounded(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", number);
  return text;
}

[[noreturn]] void diverged(int epoch, std::uint64_t step, const std::string& what) {
  throw DivergedError("diverged in epoch " + std::to_string(epoch) + ", step " + std::to_string(step) + ": " + what +
                      "; a smaller learning rate may help");
}

// One epoch of steps; gives the mean loss over the examples it saw, fewer than all when it was stopped.
double run_epoch(Compiled& step, Batches& batches, int number, const FitOptions& options) {
  double total = 0;
  std::int64_t seen = 0;
  batches.start_epoch(number);
  while (batches.next()) {
    try {
      step.run(batches.views());
    } catch (const DivergedError& error) {
      diverged(number, step.states().step() + 1, error.what());
    }
    const double loss = step.scalar();
    if (!std::isfinite(loss)) diverged(number, step.states().step(), "the loss is not finite");
    total += loss * static_cast<double>(batches.rows());
    seen += batches.rows();
    if (options.stop.stop_requested()) break;
  }
  return total / static_cast<double>(seen);
}

// The examples with these row numbers.
struct Chosen {
  std::vector<float> inputs;
  std::vector<std::int64_t> labels;
  std::vector<double> values;
  Examples view() const { return {inputs, labels, values}; }
};

Chosen choose(const Examples& all, const std::vector<std::uint32_t>& rows) {
  Chosen chosen;
  const std::size_t features = all.inputs.size() / all.rows();
  for (const std::uint32_t row : rows) {
    const std::span<const float> inputs = all.inputs.subspan(row * features, features);
    chosen.inputs.insert(chosen.inputs.end(), inputs.begin(), inputs.end());
    if (!all.labels.empty()) chosen.labels.push_back(all.labels[row]);
    if (!all.values.empty()) chosen.values.push_back(all.values[row]);
  }
  return chosen;
}

Model split_and_fit(const Network& network, const Examples& all, const FitOptions& options, FitReport* report) {
  if (all.rows() == 0 || all.inputs.size() % all.rows() != 0) {
    throw Error("[fit] " + std::to_string(all.inputs.size()) + " inputs are no matrix of " +
                std::to_string(all.rows()) + " rows");
  }
  const data::SplitFractions fractions{.validation = options.validation, .test = 0};
  const data::Split split = all.labels.empty() ? data::split_rows(all.rows(), fractions, options.seed)
                                               : data::split_classes(all.labels, fractions, options.seed);
  const Chosen train = choose(all, split.train), validation = choose(all, split.validation);
  return fit(network, train.view(), validation.view(), options, report);
}

}  // namespace

Model fit(const Network& network, const Examples& train, const Examples& validation, const FitOptions& options,
          FitReport* report) {
  const Subject subject = describe(train, options);
  const Effort effort = effort_of(options, train.rows());
  const auto device = options.device ? options.device : std::make_shared<Device>();
  const auto store = std::make_shared<StateStore>(options.seed);

  Graph training, model;
  const Value output = write_model(model, network, subject);
  const Value loss = write_loss(training, network, subject);
  const TrainOptions training_options = options.train.value_or(choose_training(subject.info.task));
  Compiled step = compile(train_step(loss, options.optimiser, training_options), {.device = device, .store = store});
  Prepared prepared = prepare(train, subject);
  Batches batches(prepared.inputs, prepared.targets, effort.batch_size, options.seed);
  Best best(model.states(), *store);
  Predictor predictor(output, subject.features, subject.outputs, best.current(), device);

  Epoch epoch{.of = effort.epochs};
  bool stopped = false;
  while (epoch.number < effort.epochs && !stopped) {
    ++epoch.number;
    epoch.loss = run_epoch(step, batches, epoch.number, options);
    if (epoch.loss > hopeless * subject.constant_loss()) {
      diverged(epoch.number, store->step(), "the mean loss of the epoch has grown to " + rounded(epoch.loss));
    }
    best.update();
    epoch.validation_loss = nan;
    if (validation.rows() > 0) {
      const std::vector<float> predictions = predictor.run(validation.inputs);
      epoch.validation_loss =
          subject.classification()
              ? measure_classes(predictions, validation.labels, static_cast<std::size_t>(subject.outputs)).loss
              : measure_values(predictions, validation.values).loss;
    }
    best.observe(epoch);
    if (options.on_epoch) options.on_epoch(epoch);
    stopped = options.stop.stop_requested();
    if (validation.rows() > 0 && epoch.number - epoch.best >= effort.patience) break;
  }
  if (report != nullptr) {
    *report = {.epochs = epoch.number, .best = best.number(), .stopped = stopped, .threads = device->threads()};
  }
  return Model(subject.info, model, output, best.states());
}

Model fit(const Network& network, std::span<const float> inputs, std::span<const std::int64_t> labels,
          const FitOptions& options, FitReport* report) {
  return split_and_fit(network, {.inputs = inputs, .labels = labels}, options, report);
}

Model fit(const Network& network, std::span<const float> inputs, std::span<const double> values,
          const FitOptions& options, FitReport* report) {
  return split_and_fit(network, {.inputs = inputs, .values = values}, options, report);
}

}  // namespace backprop
