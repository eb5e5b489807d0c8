#include "cli/choose_network.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "backprop/error.hpp"
#include "cli/train_network.hpp"

namespace backprop::cli {
namespace {

// Of numbers, more rows gained nothing that is sure (concrete: 4.59 to 4.5 or 4.7 by seed, in eight times the time).
std::size_t most_rows_to_compare(Task task) { return task == Task::classification ? 2000 : 500; }

// The loss of one prediction for all rows: the entropy of the classes.
double loss_of_constant(const Answers& answers) {
  std::map<std::int64_t, double> weights;
  double total = 0, sum = 0;
  for (std::size_t r = 0; r < answers.labels.size(); ++r) {
    const double weight = answers.weights.empty() ? 1 : answers.weights[r];
    weights[answers.labels[r]] += weight;
    total += weight;
  }
  for (const auto& [label, weight] : weights) sum -= weight > 0 ? weight / total * std::log(weight / total) : 0;
  return sum;
}

// Whether a network that bends more could gain anything: not where this one knows its own rows by heart, of which the
// other could only learn more (soybean, gene: a loss of a fifth of that held back, and less), nor where the loss held
// back is far below that of a constant (iris, wine, breast cancer, digits: an eighth and less). On checkerboards,
// rings and spirals the other has down to a fifth of the loss. What was still getting better when it was ended says
// nothing.
bool is_enough(const Epoch& last, double constant) {
  return last.best < last.number && (last.loss < last.validation_loss / 4 || last.best_loss < 0.15 * constant);
}

// With its loss on the rows that its members left out: infinite where that means nothing.
struct Judged {
  std::optional<Trained> trained;
  double loss = std::numeric_limits<double>::infinity();
};

Judged train_and_judge(const TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                       const LabelledRows& train, const FitOptions& how) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::pair<Epoch, double>> epochs;
  FitOptions options = flags.fit_options(learning.info.task, train.inputs.rows);
  options.info = learning.info;
  options.device = how.device;
  options.stop = how.stop;
  options.on_step = how.on_step;
  options.checkpoint = {.path = how.checkpoint.path, .seconds = std::numeric_limits<double>::infinity()};
  options.gradient_norms = epochs_with_gradient_norms;
  options.on_epoch = [&, start = Clock::now()](const Epoch& epoch) {
    epochs.emplace_back(epoch, std::chrono::duration<double>(Clock::now() - start).count());
    if (how.on_epoch) how.on_epoch(epoch);
  };
  FitReport report;
  try {
    Model model = train_network(flags, learning, preprocessing, train, LabelledRows(), options, &report);
    if (report.stopped) return {};
    const double loss = loss_of(measure(report.held_back, train.answers));
    return {Trained{std::move(model), std::move(report), std::move(epochs), how.checkpoint.path}, loss};
  } catch (const DivergedError&) {
    return {};
  }
}

// A decay of the weights stands for a prior on them, which weighs as much as some number of rows, so that it falls as
// there are more (MacKay 1992). Three times what fit() has without a rival that decays little: gene 0.905 to 0.908,
// soybean 0.933 to 0.938, wine 0.978 to 0.980, titanic 0.8236 to 0.8249, iris 0.948 to 0.952; alone it no longer
// learns a checkerboard.
TrainFlags usual_network(const TrainFlags& flags, Task task, std::size_t rows) {
  TrainFlags usual = flags;
  if (task == Task::classification) usual.weight_decay = std::clamp(1000 / static_cast<double>(rows), 0.3, 1.0);
  return usual;
}

// Three layers of silu, for borders that wind.
TrainFlags winding_network(const TrainFlags& flags, Task task, std::size_t rows) {
  TrainFlags winding = flags;
  winding.hidden = "64,64,64";
  winding.activation = "silu";
  winding.learning_rate = "0.005";
  if (task != Task::classification) return winding;
  winding.weight_decay = 0.03;
  const Effort effort = flags.effort(rows);
  const auto batch = static_cast<std::size_t>(effort.batch_size), steps = (rows + batch - 1) / batch;
  const int longest = static_cast<int>(std::min<std::size_t>(20'000 / steps, 5000));
  if (!flags.epochs) winding.epochs = std::max(effort.epochs, longest);
  return winding;
}

std::string name_of(const TrainFlags& flags, Task task) {
  if (flags.least_squares()) return "two layers of 16 by Levenberg-Marquardt";
  return flags.hidden.empty() ? "two layers of " + flags.activation_name(task)
                              : "three layers of silu, learning rate 0.005";
}

}  // namespace

NetworkChoice choose_network(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                             const LabelledRows& train, const LabelledRows& validation, const FitOptions& how) {
  const std::size_t rows = train.inputs.rows;
  if (flags.names_network() || flags.effort(rows).members == 1 || validation.inputs.rows > 0 ||
      rows > most_rows_to_compare(learning.info.task)) {
    return {};
  }
  const Task task = learning.info.task;
  TrainFlags least_squares = flags;
  least_squares.optimizer = levenberg_marquardt;
  const bool solvable =
      !flags.batch_size && obstacle_to_least_squares(least_squares, learning, preprocessing, validation).empty();
  const TrainFlags first = usual_network(flags, task, rows),
                   rival = solvable ? least_squares : winding_network(flags, task, rows);

  FitOptions of_usual = how, of_rival = how;
  if (!how.checkpoint.path.empty()) {
    of_usual.checkpoint.path += ".usual";
    of_rival.checkpoint.path += ".rival";
  }
  Judged usual = train_and_judge(first, learning, preprocessing, train, of_usual), other;
  if (how.stop && how.stop()) return {};
  const bool alone = task == Task::classification && usual.trained &&
                     is_enough(usual.trained->epochs.back().first, loss_of_constant(train.answers));
  if (!alone) other = train_and_judge(rival, learning, preprocessing, train, of_rival);
  if (how.stop && how.stop()) return {};
  const bool wins = other.loss < usual.loss;
  flags = wins ? rival : first;
  NetworkChoice choice;
  const std::string kept = to_text(wins ? other.loss : usual.loss), left = to_text(wins ? usual.loss : other.loss);
  choice.reason = name_of(flags, task) + ": " +
                  (alone ? "no other network is tried, as none could gain much (loss " + kept
                         : "of the two networks tried, better (loss " + kept + ", the other " + left) +
                  " on the rows that each member leaves out)";
  if (!flags.max_steps && !flags.max_time) choice.trained = std::move(wins ? other.trained : usual.trained);
  for (const std::string& path : {of_usual.checkpoint.path, of_rival.checkpoint.path}) {
    std::error_code missing;
    if (!choice.trained || choice.trained->checkpoint != path) std::filesystem::remove(path, missing);
  }
  return choice;
}

}  // namespace backprop::cli
