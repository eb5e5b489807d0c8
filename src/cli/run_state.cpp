#include "cli/run_state.hpp"

#include "backprop/error.hpp"
#include "formats/file.hpp"

namespace backprop::cli {

nlohmann::ordered_json read_state(const std::string& folder) {
  const std::filesystem::path place = folder;
  const std::string path = (place / result_name).string();
  std::error_code none;
  if (!std::filesystem::exists(place / config_name, none) || !std::filesystem::exists(path, none)) {
    throw UsageError(folder + ": holds no run that 'backprop train' began");
  }
  auto state = nlohmann::ordered_json::parse(read_file(path, std::int64_t{1} << 30), nullptr, false);
  const auto is = [&](const char* key, auto what) { return state.contains(key) && (state[key].*what)(); };
  using Json = nlohmann::ordered_json;
  const bool good = state.is_object() && is("status", &Json::is_string) && is("data", &Json::is_array) &&
                    is("max_steps", &Json::is_number_unsigned) && is("max_seconds", &Json::is_number) &&
                    (state["status"] != status::finished || is("result", &Json::is_object));
  if (!good) throw DataError(path + ": is not the run.json of a run");
  return state;
}

}  // namespace backprop::cli
