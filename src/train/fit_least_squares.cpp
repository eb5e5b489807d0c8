#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>

#include "backprop/device.hpp"
#include "backprop/error.hpp"
#include "backprop/fit.hpp"
#include "base/thread_pool.hpp"
#include "train/bayesian_least_squares.hpp"
#include "train/gradient_norms.hpp"
#include "train/minimise.hpp"
#include "train/subject.hpp"

namespace backprop {
namespace {

constexpr int usual_steps = 150, usual_patience = 30;

void check_least_squares(const Examples& train, const FitOptions& options) {
  const auto refuse = [](const char* what) { throw UsageError(std::string("[fit] least squares: ") + what); };
  if (!train.labels.empty()) refuse("classes are no numbers");
  if (train.targets != 1 || !options.info.quantiles.empty()) refuse("one number a row is needed");
  if (!train.weights.empty()) refuse("rows all count the same");
}

// Networks side by side, each with rows of its own to learn from.
class Bag {
 public:
  explicit Bag(std::shared_ptr<Device> device) : device_(std::move(device)) {}
  void add(BayesianLeastSquares network) { networks_.push_back(std::move(network)); }

  // A step of each; the device's threads share the networks, and what they reach does not depend on how.
  void step() {
    for_each_item(device_->pool(), networks_.size(), [&](std::size_t k) { networks_[k].step(); });
  }
  bool converged() const {
    return std::ranges::all_of(networks_, [](const auto& network) { return network.converged(); });
  }
  double loss() const {
    double sum = 0;
    for (const BayesianLeastSquares& network : networks_) sum += network.loss();
    return sum / static_cast<double>(networks_.size());
  }
  std::vector<LayerNorm> gradient_norms() const {  // root of the mean square over the networks
    std::vector<LayerNorm> norms = networks_[0].gradient_norms();
    for (LayerNorm& layer : norms) layer.norm = 0;
    for (const BayesianLeastSquares& network : networks_) {
      const std::vector<LayerNorm> own = network.gradient_norms();
      for (std::size_t k = 0; k < own.size(); ++k) norms[k].norm += own[k].norm * own[k].norm;
    }
    for (LayerNorm& layer : norms) layer.norm = std::sqrt(layer.norm / static_cast<double>(networks_.size()));
    return norms;
  }
  std::vector<double> weights() const {  // of one network after the other
    std::vector<double> all;
    for (const BayesianLeastSquares& network : networks_) {
      const std::vector<double> own = network.weights();
      all.insert(all.end(), own.begin(), own.end());
    }
    return all;
  }
  std::size_t size() const { return networks_.size(); }
  BayesianLeastSquares& operator[](std::size_t k) { return networks_[k]; }

 private:
  std::shared_ptr<Device> device_;
  std::vector<BayesianLeastSquares> networks_;
};

// The rows of a float32 array whose part is (or is not) `part`, as float64; all of them where there are no parts.
Tensor select(const Tensor& from, std::span<const std::uint32_t> parts, std::size_t part, bool left_out) {
  const auto all = from.as<float>();
  const auto width = static_cast<std::size_t>(from.extents()[1]), rows = all.size() / width;
  std::vector<double> chosen;
  for (std::size_t r = 0; r < rows; ++r) {
    if (!parts.empty() && (parts[r] == part) != left_out) continue;
    chosen.insert(chosen.end(), all.begin() + static_cast<std::ptrdiff_t>(r * width),
                  all.begin() + static_cast<std::ptrdiff_t>((r + 1) * width));
  }
  const auto count = static_cast<std::int64_t>(chosen.size() / width);
  return Tensor::from<double>({count, static_cast<std::int64_t>(width)}, std::span<const double>(chosen));
}

class LeastSquaresTraining {
 public:
  LeastSquaresTraining(const Network& network, const Examples& train, const FitOptions& options)
      : network_(network),
        options_(options),
        train_(train),
        subject_(describe(train, options)),
        device_(options.device ? options.device : std::make_shared<Device>()),
        parts_(parts_of(train, Examples(), options)),
        prepared_(prepare(train, subject_, {}, 1, 0, train.rows())) {
    const int count = options.members;
    for (int k = 0; k < count; ++k) add_network(members_, static_cast<std::size_t>(k), k, parts_);
    for (int k = 0; k < count && !parts_.empty(); ++k) {
      left_out_.push_back(select(prepared_[0], parts_, static_cast<std::size_t>(k), true));
    }
    best_weights_ = members_.weights();
    if (!parts_.empty()) held_back_ = judge();  // should it end before the first step
  }

  void run() {
    const int most = options_.epochs > 0 ? options_.epochs : usual_steps;
    const int patience = options_.patience > 0 ? options_.patience : usual_patience;
    while (report_.epochs < most && !members_.converged() && !stops()) {
      members_.step();
      observe(++report_.epochs, most);
      if (!parts_.empty() && report_.epochs - report_.best >= patience) break;
    }
    if (parts_.empty() || stops()) return;
    // The effort that the members' left-out rows speak for, on all rows.
    Bag whole(device_);
    for (int k = 0; k < options_.members; ++k) add_network(whole, 0, options_.members + k, {});
    for (int epoch = 1; epoch <= report_.best && !stops(); ++epoch) {
      whole.step();
      ++report_.steps;
      if (options_.on_step) options_.on_step(epoch, report_.best, 1);
    }
    if (stops()) return;
    const std::vector<double> weights = whole.weights();
    best_weights_.insert(best_weights_.end(), weights.begin(), weights.end());
    networks_ += options_.members;
  }

  FitReport report() {
    report_.threads = std::min(device_->threads(), options_.members);
    if (report_.steps > 0) report_.step = members_[0].report();
    report_.held_back = held_back_;
    return report_;
  }
  Model model() const {
    Graph graph;
    const Value output = write_model(graph, make_members(network_, networks_), subject_);
    StateStore store;
    ParameterVector(graph, store).write(best_weights_);
    return Model(subject_.info, graph, output, store);
  }

 private:
  void add_network(Bag& bag, std::size_t part, int number, std::span<const std::uint32_t> parts) {
    constexpr std::uint64_t most_networks = 1000;
    const std::uint64_t seed = options_.seed * most_networks + static_cast<std::uint64_t>(number);
    bag.add({network_, select(prepared_[0], parts, part, false), select(prepared_[1], parts, part, false), seed});
  }
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  bool stops() {
    if (options_.stop && options_.stop()) report_.stopped = true;
    if (options_.max_seconds > 0 && report_.steps > 0 && seconds() >= options_.max_seconds) report_.timed_out = true;
    return report_.stopped || report_.timed_out || (options_.max_steps > 0 && report_.steps >= options_.max_steps);
  }

  void observe(int number, int most) {
    ++report_.steps;
    Epoch epoch{.number = number, .of = most, .loss = members_.loss()};
    epoch.validation_loss = std::numeric_limits<double>::quiet_NaN();
    std::vector<float> judged;
    if (!parts_.empty()) {
      judged = judge();
      epoch.validation_loss = mean_loss(judged, train_, subject_);
    }
    const double loss = parts_.empty() ? epoch.loss : epoch.validation_loss;
    if (report_.best == 0 || loss < best_loss_) {
      best_loss_ = loss;
      report_.best = number;
      best_weights_ = members_.weights();
      held_back_ = std::move(judged);
    }
    epoch.best = report_.best;
    epoch.best_loss = best_loss_;
    if (is_looked_at(number, most, options_.gradient_norms)) epoch.gradient_norms = members_.gradient_norms();
    if (options_.on_epoch) options_.on_epoch(epoch);
    if (options_.on_step) options_.on_step(number, most, 1);
  }
  // What each member predicts of the rows that it leaves out, in the order of the table.
  std::vector<float> judge() {
    std::vector<std::vector<double>> of_members;
    for (std::size_t k = 0; k < members_.size(); ++k) of_members.push_back(members_[k].predict(left_out_[k]));
    std::vector<std::size_t> next(of_members.size());
    std::vector<float> judged(train_.rows());
    for (std::size_t r = 0; r < judged.size(); ++r) {
      double y = of_members[parts_[r]][next[parts_[r]]++];
      if (!subject_.target_scales.empty()) {
        y = y * static_cast<double>(subject_.target_scales[0].deviation) +
            static_cast<double>(subject_.target_scales[0].mean);
      }
      judged[r] = static_cast<float>(y);
    }
    return judged;
  }

  const Network& network_;
  const FitOptions& options_;
  const Examples& train_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Subject subject_;
  std::shared_ptr<Device> device_;
  std::vector<std::uint32_t> parts_;
  std::vector<Tensor> prepared_;
  Bag members_{device_};
  std::vector<Tensor> left_out_;  // inputs, of each member
  FitReport report_;
  double best_loss_ = 0;
  std::vector<double> best_weights_;
  std::vector<float> held_back_;
  int networks_ = options_.members;  // whose weights those are
};

}  // namespace

Model fit_least_squares(const Network& network, const Examples& train, const FitOptions& options, FitReport* report) {
  check_least_squares(train, options);
  LeastSquaresTraining training(network, train, options);
  training.run();
  if (report != nullptr) *report = training.report();
  return training.model();
}

}  // namespace backprop
