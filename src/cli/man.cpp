// `backprop man`: the manual page.
#include <CLI/CLI.hpp>
#include <iostream>

#include "backprop/version.hpp"
#include "cli/command.hpp"
#include "cli/help_of.hpp"

namespace backprop::cli {
namespace {

// Text as roff takes it literally: dashes that can be copied, backslashes, and no request at the start of a line.
std::string roff(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if ((safe.empty() || safe.back() == '\n') && (c == '.' || c == '\'')) safe += "\\&";
    safe += c == '-' ? std::string("\\-") : c == '\\' ? std::string("\\e") : std::string(1, c);
  }
  return safe;
}

void print_flags(const CommandHelp& help) {
  for (const FlagHelp& flag : help.flags) {
    std::cout << ".TP\n" << (flag.argument ? "\\fI" : "\\fB") << roff(flag.names) << "\\fR";
    if (!flag.value.empty()) std::cout << " \\fI" << roff(flag.value) << "\\fR";
    std::cout << "\n" << roff(flag.description) << "\n";
  }
}

void print_examples(const CommandHelp& help) {
  if (!help.examples.empty()) std::cout << ".PP\n.EX\n" << roff(help.examples) << "\n.EE\n";
}

void print_page(const std::vector<CommandHelp>& all) {
  const CommandHelp& program = all.front();
  std::cout << ".TH BACKPROP 1 \"\" \"backprop " << version() << "\" \"User Commands\"\n"
            << ".SH NAME\nbackprop \\- " << roff(program.description) << "\n"
            << ".SH SYNOPSIS\n\\fBbackprop\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR...] [\\fIFLAG\\fR...]\n"
            << ".SH EXAMPLES\n";
  print_examples(program);
  std::cout << ".SH COMMANDS\n";
  for (std::size_t i = 1; i < all.size(); ++i) {
    std::cout << ".SS backprop " << roff(all[i].name) << "\n" << roff(all[i].description) << "\n";
    print_examples(all[i]);
    print_flags(all[i]);
  }
  std::cout << ".SH OPTIONS\n";
  print_flags(program);
  std::cout << ".SH EXIT STATUS\n"
            << ".TP\n0\nAll went well.\n.TP\n1\nThe run failed.\n.TP\n2\nA flag or command cannot be used.\n"
            << ".TP\n3\nThe data cannot be used.\n.TP\n4\nThe training diverged.\n.TP\n130\nInterrupted; the state is "
               "saved.\n";
}

}  // namespace

Command add_man(CLI::App& program) {
  CLI::App* app = add_subcommand(program, "man", "Print the manual page.", "  backprop man | man -l -");
  return {app, [&program] {
            print_page(help_of(program));
            return int{Exit::fine};
          }};
}

}  // namespace backprop::cli
