#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>

namespace backprop::cli {

std::string shell_word(const std::string& text) {
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./+:,=@%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::vector<std::string> given_words(const CLI::App& app, const std::vector<std::string>& without) {
  std::vector<std::string> words;
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0) continue;
    if (option->get_positional()) {  // an argument stands first
      words.insert(words.begin(), option->results().begin(), option->results().end());
      continue;
    }
    const std::string& name = option->get_lnames()[0];
    if (std::find(without.begin(), without.end(), name) != without.end()) continue;
    if (option->get_items_expected_max() == 0) {
      words.push_back("--" + name);
      continue;
    }
    for (const std::string& value : option->results()) words.insert(words.end(), {"--" + name, value});
  }
  return words;
}

}  // namespace backprop::cli
