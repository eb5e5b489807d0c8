#include "cli/training_progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/measures_text.hpp"

namespace backprop::cli {
namespace {

constexpr std::size_t bar_width = 20;
constexpr auto pause = std::chrono::milliseconds(200);  // between two lines
constexpr double seconds_needed = 1;                    // before the pace says anything

std::string bar(double done) {
  const auto full = static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * bar_width);
  std::string text(bar_width, ' ');
  std::fill_n(text.begin(), full, '=');
  if (full < bar_width) text[full] = '>';
  return "[" + text + "]";
}

}  // namespace

std::string describe_time(double seconds) {
  char text[32];
  if (seconds < 90) {
    std::snprintf(text, sizeof text, "%.0f s", std::ceil(seconds));
  } else if (seconds < 90 * 60) {
    std::snprintf(text, sizeof text, "%.0f min", std::ceil(seconds / 60));
  } else {
    std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  }
  return text;
}

std::string progress_line(const Epoch& whole, double done, std::optional<double> left) {
  const bool under_way = whole.number < whole.of && done > 0;
  std::string line = "epoch " + std::to_string(whole.number + (under_way ? 1 : 0)) + " of at most " +
                     std::to_string(whole.of) + " " + bar(under_way ? done : 1);
  if (whole.number > 0) {
    line += ", loss " + to_text(whole.loss);
    if (!std::isnan(whole.validation_loss)) line += ", validation " + to_text(whole.validation_loss);
    line += ", best " + to_text(whole.best_loss) + " in epoch " + std::to_string(whole.best);
  }
  return left ? line + ", at most " + describe_time(*left) + " left" : line;
}

std::optional<double> TrainingProgress::seconds_left(double epochs, int of) {
  if (!first_) first_ = epochs;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  if (seconds < seconds_needed || epochs <= *first_) return std::nullopt;
  return seconds / (epochs - *first_) * (of - epochs);
}

void TrainingProgress::show(int epoch, int of, double done) {
  const double epochs = epoch - 1 + done;
  if (!first_) first_ = epochs;
  if (Clock::now() - shown_ < pause) return;
  shown_ = Clock::now();
  whole_.number = epoch - 1;
  whole_.of = of;
  console_.progress(what_ + progress_line(whole_, done, seconds_left(epochs, of)));
}

void TrainingProgress::observe(const Epoch& epoch) {
  whole_ = epoch;
  whole_.gradient_norms.clear();
  console_.progress(what_ + progress_line(whole_, 0, seconds_left(epoch.number, epoch.of)));
}

}  // namespace backprop::cli
