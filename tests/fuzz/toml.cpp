#include <CLI/CLI.hpp>

#include "backprop/error.hpp"
#include "cli/config_file.hpp"
#include "in_file.hpp"

namespace backprop::fuzz {

extern const Target toml_target;
const Target toml_target = {"toml", [](std::span<const char> bytes) {
                              const InFile file(bytes);
                              CLI::App app("", "train");
                              std::string target;
                              std::vector<std::string> numeric;
                              int epochs = 0;
                              double rate = 0;
                              bool header = false;
                              app.add_option("--target", target)->type_name("COLUMN");
                              app.add_option("--numeric", numeric)->type_name("COLUMN");
                              app.add_option("--epochs", epochs)->type_name("N");
                              app.add_option("--learning-rate", rate)->type_name("X");
                              app.add_flag("--header", header);
                              try {
                                cli::apply_config(app, file.path());
                                cli::write_config(app, {});
                              } catch (const Error& error) {
                                require_line(error);
                              }
                            }};

}  // namespace backprop::fuzz
