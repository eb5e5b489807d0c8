#include "cli/trial_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include "backprop/error.hpp"

namespace backprop::cli {

using Json = nlohmann::ordered_json;

TrialLog::TrialLog(std::string path, const Json& search, SuccessiveHalving& halving) : path_(std::move(path)) {
  std::ifstream in(path_, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  std::istringstream stream(text);
  int number = 0;
  for (std::string line; std::getline(stream, line); ++number) {
    const std::string where = path_ + ":" + std::to_string(number + 1) + ": ";
    try {
      const Json json = Json::parse(line);
      if (number == 0) {
        if (json != search) {
          throw UsageError(path_ + ": holds another search (other flags, or the table has changed): choose another " +
                           "--run-dir");
        }
        continue;
      }
      const Json& loss = json.at("loss");
      halving.record({json.at("trial").get<int>(), json.at("rung").get<int>()},
                     loss.is_null() ? std::numeric_limits<double>::quiet_NaN() : loss.get<double>());
    } catch (const Json::exception&) {
      throw DataError(where + "is no line of a search: remove the file to begin anew");
    }
  }
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0 || ftruncate(file_, static_cast<off_t>(text.size())) != 0 || lseek(file_, 0, SEEK_END) < 0) {
    throw Error(path_ + ": cannot be written: " + std::strerror(errno));
  }
  if (number == 0) write(search.dump());
}

TrialLog::~TrialLog() {
  if (file_ >= 0) close(file_);
}

void TrialLog::add(Trial trial, const Setting& setting, double score) {
  Json json = {{"trial", trial.number}, {"rung", trial.rung}, {"setting", Json::object()}, {"loss", nullptr}};
  for (const auto& [name, value] : setting) json["setting"][name] = value;
  if (std::isfinite(score)) json["loss"] = score;
  write(json.dump());
}

void TrialLog::write(const std::string& line) {
  const std::string text = line + "\n";
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(file_, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) throw Error(path_ + ": cannot be written: " + std::strerror(errno));
    done += static_cast<std::size_t>(wrote);
  }
  if (fsync(file_) != 0) throw Error(path_ + ": cannot be written: " + std::strerror(errno));
}

}  // namespace backprop::cli
