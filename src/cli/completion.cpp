// `backprop completion`: what a shell needs to complete commands and flags.
#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "backprop/error.hpp"
#include "cli/command.hpp"
#include "cli/help_of.hpp"

namespace backprop::cli {
namespace {

// The flags' names: "-h,--help" is two.
std::vector<std::string> names_of(const FlagHelp& flag) {
  std::vector<std::string> names;
  std::istringstream stream(flag.argument ? "" : flag.names);
  for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
  return names;
}

std::string quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : c == '\n' ? std::string(" ") : std::string(1, c);
  return "'" + safe + "'";
}

// With a backslash before what means something to zsh's _arguments.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (std::string_view("[]:\\").find(c) != std::string_view::npos) safe += '\\';
    safe += c;
  }
  return safe;
}

void print_bash(const std::vector<CommandHelp>& all) {
  std::cout << "_backprop() {\n  local words current=${COMP_WORDS[COMP_CWORD]}\n"
            << "  case $([ \"$COMP_CWORD\" = 1 ] || echo \"${COMP_WORDS[1]}\") in\n";
  for (const CommandHelp& help : all) {
    std::cout << "    " << quoted(help.name) << ") words='";
    if (help.name.empty()) {
      for (std::size_t i = 1; i < all.size(); ++i) std::cout << all[i].name << " ";
    }
    for (const FlagHelp& flag : help.flags) {
      for (const std::string& name : names_of(flag)) std::cout << name << " ";
    }
    std::cout << "' ;;\n";
  }
  std::cout << "  esac\n"
            << "  if [ \"$COMP_CWORD\" = 1 ] || [[ $current == -* ]]; then\n"
            << "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n  fi\n}\n"
            << "complete -o default -F _backprop backprop\n";
}

void print_zsh(const std::vector<CommandHelp>& all) {
  std::cout << "#compdef backprop\n_backprop() {\n  local -a commands=(\n";
  for (std::size_t i = 1; i < all.size(); ++i) {
    std::cout << "    " << quoted(all[i].name + ":" + all[i].description) << "\n";
  }
  std::cout << "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
            << "  case $words[2] in\n";
  for (std::size_t i = 1; i < all.size(); ++i) {
    std::cout << "    " << all[i].name << ") _arguments '2:command: '";
    for (const FlagHelp& flag : all[i].flags) {
      for (const std::string& name : names_of(flag)) {
        const std::string value = flag.value.empty() ? "" : ":" + flag.value + ":_files";
        std::cout << " \\\n      " << quoted(name + "[" + escaped(flag.description) + "]" + value);
      }
    }
    std::cout << " \\\n      '*:file:_files' ;;\n";
  }
  std::cout << "  esac\n}\n_backprop \"$@\"\n";
}

void print_fish(const std::vector<CommandHelp>& all) {
  for (const CommandHelp& help : all) {
    const std::string condition =
        help.name.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + help.name;
    if (!help.name.empty()) {
      std::cout << "complete -c backprop -f -n __fish_use_subcommand -a " << help.name << " -d "
                << quoted(help.description) << "\n";
    }
    for (const FlagHelp& flag : help.flags) {
      if (flag.argument) continue;
      std::cout << "complete -c backprop -n " << quoted(condition);
      for (const std::string& name : names_of(flag)) {
        std::cout << (name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1));
      }
      std::cout << (flag.value.empty() ? "" : " -r") << " -d " << quoted(flag.description) << "\n";
    }
  }
}

}  // namespace

Command add_completion(CLI::App& program) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* app = add_subcommand(program, "completion", "Print a shell's script that completes commands and flags.",
                                 "  source <(backprop completion bash)\n"
                                 "  backprop completion fish > ~/.config/fish/completions/backprop.fish");
  app->add_option("SHELL", *shell, "bash, zsh or fish");
  return {app, [&program, shell] {
            require(*shell, "which shell? bash, zsh or fish");
            const std::vector<CommandHelp> all = help_of(program);
            if (*shell == "bash") {
              print_bash(all);
            } else if (*shell == "zsh") {
              print_zsh(all);
            } else if (*shell == "fish") {
              print_fish(all);
            } else {
              throw UsageError("there is no completion for '" + *shell + "': bash, zsh or fish");
            }
            return int{Exit::fine};
          }};
}

}  // namespace backprop::cli
