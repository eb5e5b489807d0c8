#include "cli/run_log.hpp"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>

#include "formats/event_file.hpp"

namespace backprop::cli {
namespace {

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The file's name, with its lines of the first epochs alone.
std::string keep_epochs(const RunFolder& folder, int epochs) {
  std::string path = folder.file(metrics_name);
  if (!std::filesystem::exists(path)) return path;
  const std::string text = read_file(path, std::numeric_limits<std::int64_t>::max());
  std::string kept;
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = text.substr(at, end + 1 - at);
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.value("epoch", 0) > epochs) break;
    kept += line;
  }
  if (kept != text) write_file(path, kept);
  return path;
}

// TensorBoard takes what has "tfevents" in its name, in the order of the names.
std::string events_name() {
  return events_prefix + std::to_string(static_cast<std::int64_t>(wall_time())) + ".backprop." +
         std::to_string(getpid());
}

}  // namespace

RunLog::RunLog(const RunFolder& folder, int epochs)
    : metrics_(keep_epochs(folder, epochs)), events_(folder.file(events_name())) {
  events_.add(event_file_start(wall_time(), epochs + 1));
}

void RunLog::add(const Epoch& epoch, double seconds) {
  const auto number = [](double x) { return std::isfinite(x) ? nlohmann::ordered_json(x) : nullptr; };
  nlohmann::ordered_json line = {{"epoch", epoch.number},
                                 {"loss", number(epoch.loss)},
                                 {"validation_loss", number(epoch.validation_loss)},
                                 {"best_epoch", epoch.best},
                                 {"best_loss", number(epoch.best_loss)},
                                 {"seconds", std::round(seconds * 1e3) / 1e3}};
  for (const LayerNorm& layer : epoch.gradient_norms) line["gradient_norm"][layer.layer] = number(layer.norm);
  metrics_.add(line.dump() + "\n");
  std::vector<std::pair<std::string, double>> scalars = {{"loss/train", epoch.loss}};
  if (std::isfinite(epoch.validation_loss)) scalars.emplace_back("loss/validation", epoch.validation_loss);
  for (const auto& [layer, norm] : epoch.gradient_norms) {
    if (std::isfinite(norm)) scalars.emplace_back("gradient_norm/" + layer, norm);
  }
  events_.add(event_scalars(wall_time(), epoch.number, scalars));
}

void RunLog::sync() {
  metrics_.sync();
  events_.sync();
}

}  // namespace backprop::cli
