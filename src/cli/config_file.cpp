#include "cli/config_file.hpp"

// What it asserts, or with NDEBUG lets the compiler assume, is not so for "[[[", which its parser goes on to refuse.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

#include "backprop/error.hpp"
#include "base/lower.hpp"
#include "cli/command.hpp"
#include "data/closest_name.hpp"
#include "formats/file.hpp"

namespace backprop::cli {
namespace {

constexpr std::int64_t largest_config = 1 << 20;

// Where to, how fast and how it is shown: not what is computed.
constexpr std::array not_kept = {"help",  "config",  "print-config", "run-dir",          "overwrite", "json",
                                 "quiet", "verbose", "threads",      "checkpoint-every", "color",     "no-color"};

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

// "learning-rate" for --learning-rate, "run" for the argument RUN.
std::string key_of(const CLI::Option& option) {
  if (!option.get_lnames().empty()) return option.get_lnames().front();
  return lower(option.get_name(true));
}

class ConfigReader {
 public:
  ConfigReader(CLI::App& app, const std::string& path) : app_(app), path_(path) {}

  void apply() {
    const std::string text = read_file(path_, largest_config);
    toml::table table;
    try {
      table = toml::parse(text);
    } catch (const toml::parse_error& error) {
      fail(error.source(), std::string(error.description()));
    }
    for (const auto& [key, node] : table) set(std::string(key.str()), key.source(), node);
  }

 private:
  [[noreturn]] void fail(const toml::source_region& at, const std::string& what) const {
    throw UsageError(path_ + ":" + std::to_string(at.begin.line) + ":" + std::to_string(at.begin.column) + ": " + what);
  }

  void set(const std::string& key, const toml::source_region& at, const toml::node& node) {
    std::vector<std::string> known;
    CLI::Option* option = nullptr;
    for (CLI::Option* candidate : app_.get_options()) {
      known.push_back(key_of(*candidate));
      if (known.back() == key && key != "help" && key != "config" && key != "print-config") option = candidate;
    }
    if (option == nullptr) {
      fail(at, "'" + key + "' is no flag of " + app_.get_name() + data::did_you_mean(key, known));
    }
    if (node.is_boolean() != is_flag(*option)) {
      fail(node.source(), key + ": " + (is_flag(*option) ? "true or false" : "a number or a text") + " is needed");
    }
    std::vector<std::string> values;
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& item : *list) values.push_back(scalar(key, item));
    } else {
      values.push_back(scalar(key, node));
    }
    if (option->count() > 0 || values.empty() || (is_flag(*option) && values[0] == "false")) return;
    try {
      for (const std::string& value : values) option->add_result(value);
      option->run_callback();
    } catch (const CLI::Error&) {
      const std::string type = option->get_type_name();
      fail(node.source(), key + ": " +
                              (type == "N"   ? "a whole number"
                               : type == "X" ? "a number"
                                             : "another value") +
                              " is needed");
    }
  }

  std::string scalar(const std::string& key, const toml::node& node) const {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* number = node.as_floating_point()) return toml_number(number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    fail(node.source(), key + ": a number, a text, true or false is needed");
  }

  CLI::App& app_;
  const std::string& path_;
};

// A number stays one, so that the file reads as a person would write it.
std::string value_of(const CLI::Option& option, const std::string& text) {
  const std::string type = option.get_type_name();
  if (type != "N" && type != "X") return toml_text(text);
  long long whole = 0;
  const char* const end = text.data() + text.size();
  if (const auto [behind, error] = std::from_chars(text.data(), end, whole); error == std::errc() && behind == end) {
    return std::to_string(whole);
  }
  double number = 0;
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && behind == end ? toml_number(number) : toml_text(text);
}

}  // namespace

void apply_config(CLI::App& app, const std::string& path) { ConfigReader(app, path).apply(); }

std::string write_config(const CLI::App& app, const std::map<std::string, std::string>& resolved) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    const std::string key = key_of(*option);
    if (std::find(not_kept.begin(), not_kept.end(), key) != not_kept.end()) continue;
    std::string value;
    if (const auto known = resolved.find(key); known != resolved.end()) {
      value = known->second;
    } else if (is_flag(*option)) {
      value = option->count() > 0 ? "true" : "false";
    } else if (option->count() > 1 || option->get_items_expected_max() > 1) {
      for (const std::string& item : option->results()) value += (value.empty() ? "" : ", ") + value_of(*option, item);
      value = value.empty() ? "" : "[" + value + "]";
    } else if (option->count() == 1) {
      value = value_of(*option, option->results().front());
    } else if (!option->get_default_str().empty()) {
      value = value_of(*option, option->get_default_str());
    }
    if (!value.empty()) text += key + " = " + value + "\n";
  }
  return text;
}

// JSON's escapes are TOML's, but for DEL, which JSON leaves as it is.
std::string toml_text(const std::string& text) {
  std::string quoted;
  for (const char c : nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) {
    quoted += c == '\x7f' ? std::string("\\u007F") : std::string(1, c);
  }
  return quoted;
}

std::string toml_number(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

}  // namespace backprop::cli
