#include "cli/data_identity.hpp"

#include <filesystem>

#include "backprop/error.hpp"
#include "cli/sha256.hpp"

namespace backprop::cli {
namespace {

std::string sha256_of_rows(const TrainingData& data) {
  Sha256 hash;
  const auto add_text = [&](const std::string& text) {
    hash.add(std::as_bytes(std::span(text.data(), text.size() + 1)));
  };
  for (const std::string& name : data.info.targets) add_text(name);
  for (const std::string& name : data.info.classes) add_text(name);
  for (const LabelledRows* rows : {&data.train, &data.validation, &data.test}) {
    rows->each_block([&](std::size_t, std::span<const float> block) { hash.add(std::as_bytes(block)); });
    hash.add(std::as_bytes(std::span(rows->answers.labels)));
    hash.add(std::as_bytes(std::span(rows->answers.values)));
  }
  return hash.hex();
}

}  // namespace

nlohmann::ordered_json identify(const TrainFlags& flags, const TrainingData* data) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::string& path : {flags.table.path, flags.table.labels, flags.test_data, flags.test_labels}) {
    std::error_code none;
    if (path.empty()) continue;
    if (std::filesystem::is_regular_file(path, none)) {
      list.push_back({{"path", std::filesystem::absolute(path).string()}, {"sha256", sha256_of_file(path)}});
    } else {
      list.push_back({{"path", path}});
      if (data != nullptr) list.back()["sha256"] = sha256_of_rows(*data);
    }
  }
  return list;
}

void check_same(const nlohmann::ordered_json& before, const nlohmann::ordered_json& now, const std::string& folder) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    // Where it lies may be said in another way, from another folder.
    const auto sum = [&](const nlohmann::ordered_json& list) {
      return i < list.size() && list[i].is_object() && list[i].contains("sha256") ? list[i]["sha256"] : nullptr;
    };
    if (sum(now).is_null() || sum(before) == sum(now)) continue;
    throw DataError(now[i]["path"].get<std::string>() + ": is not the data that the run " + folder +
                    " began with (its SHA-256 differs): put that back, or begin a new run with 'train --config " +
                    folder + "/config.toml'");
  }
}

}  // namespace backprop::cli
