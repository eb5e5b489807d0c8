// What shells and man are given is made of the same definitions as --help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using testing::HasSubstr;

// What bash would offer for a line whose last word is being typed.
std::string offered(const Workplace& place, const std::string& words, int word) {
  place.write("complete.sh", "source <(" BACKPROP_PROGRAM " completion bash)\nCOMP_WORDS=(" + words +
                                 ")\nCOMP_CWORD=" + std::to_string(word) + "\n_backprop\necho \"${COMPREPLY[@]}\"\n");
  const Ran ran = place.shell("bash complete.sh");
  EXPECT_EQ(ran.err, "");
  return ran.out;
}

TEST(Completion, OfBash) {
  const Workplace place;
  EXPECT_EQ(offered(place, "backprop cro", 1), "cross-validate\n");
  EXPECT_EQ(offered(place, "backprop --ver", 1), "--version\n");
  EXPECT_EQ(offered(place, "backprop train data.csv --targ", 3), "--target\n");
  EXPECT_EQ(offered(place, "backprop predict m.onnx dat", 3), "\n");  // files, as the shell does by itself
}

TEST(Completion, EveryFlagOfHelpIsInEveryShell) {
  const Workplace place;
  const std::string bash = place.run("completion bash").out, zsh = place.run("completion zsh").out,
                    fish = place.run("completion fish").out, page = place.run("man").out;
  std::istringstream help(place.run("train --help").out);
  int flags = 0;
  for (std::string word; help >> word;) {
    if (!word.starts_with("--") || word.find_first_not_of("-abcdefghijklmnopqrstuvwxyz") != std::string::npos) continue;
    const std::string name = word.substr(2);
    EXPECT_THAT(bash, HasSubstr(word + " "));
    EXPECT_THAT(zsh, HasSubstr("'" + word + "["));
    EXPECT_THAT(fish, HasSubstr(" -l " + name + " "));
    std::string dashed;
    for (const char c : word) dashed += c == '-' ? std::string("\\-") : std::string(1, c);
    EXPECT_THAT(page, HasSubstr(dashed));
    ++flags;
  }
  EXPECT_GT(flags, 30);
}

TEST(Completion, OfNoShell) {
  const Workplace place;
  EXPECT_EQ(place.run("completion").code, 2);
  EXPECT_EQ(place.run("completion tcsh").err, "error: there is no completion for 'tcsh': bash, zsh or fish\n");
}

}  // namespace
}  // namespace backprop::cli
