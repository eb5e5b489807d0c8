#include "backprop/learning_rate_range.hpp"

#include <algorithm>
#include <cmath>

#include "backprop/compile.hpp"
#include "backprop/error.hpp"
#include "train/batches.hpp"
#include "train/subject.hpp"

namespace backprop {
namespace {

constexpr double lowest = 1e-6, highest = 10, growth = 1.1, memory = 0.9, hopeless = 4;

// The middle, on a logarithmic scale, of the tenfold over which the loss falls most; but no higher than a tenth of the
// rate at which it stops.
double steepest(const std::vector<RangePoint>& curve) {
  const auto width = static_cast<std::size_t>(std::lround(std::log(10.0) / std::log(growth)));
  if (curve.size() <= width) return curve.empty() ? lowest : curve.back().rate / 10;
  double most = -HUGE_VAL, rate = curve[0].rate;
  for (std::size_t i = 0; i + width < curve.size(); ++i) {
    const double fall = curve[i].loss - curve[i + width].loss;
    if (fall > most) {
      most = fall;
      rate = curve[i + width / 2].rate;
    }
  }
  return std::min(rate, curve.back().rate / 10);
}

}  // namespace

RangeTest find_learning_rate(const Network& network, const Examples& train, const FitOptions& options) {
  const Subject subject = describe(train, options);
  const auto store = std::make_shared<StateStore>(options.seed);
  Graph graph;
  const std::vector<Network> members = make_members(network, 1);
  const Value loss = write_loss(graph, members, subject, false);
  TrainOptions training = options.train.value_or(choose_training(subject.info.task));
  training.averaging = Averaging::none;
  training.schedule = [base = options.optimiser.learning_rate](Value step) {
    return exp(step * std::log(growth)) * (lowest / base);
  };
  Compiled step = compile(train_step(loss, options.optimiser, training), {.device = options.device, .store = store});
  const std::vector<Tensor> prepared = prepare(train, subject, {}, 1);
  const int batch = options.batch_size > 0 ? options.batch_size : choose_effort(train.rows()).batch_size;
  Batches batches({prepared.begin(), prepared.end()}, batch, options.seed);

  RangeTest result;
  double smoothed = 0, weight = 0, least = HUGE_VAL;
  int epoch = 0;
  batches.start_epoch(++epoch);
  for (double rate = lowest; rate < highest && !options.stop.stop_requested(); rate *= growth) {
    if (!batches.next()) {
      batches.start_epoch(++epoch);
      batches.next();
    }
    try {
      step.run(batches.views());
    } catch (const DivergedError&) {
      break;
    }
    const double here = step.scalar();
    if (!std::isfinite(here)) break;
    smoothed = memory * smoothed + (1 - memory) * here;
    weight = memory * weight + (1 - memory);
    result.curve.push_back({rate, smoothed / weight});
    least = std::min(least, smoothed / weight);
    if (smoothed / weight > hopeless * least) break;
  }
  result.rate = steepest(result.curve);
  return result;
}

}  // namespace backprop
