// The numbers of docs/backpropagation.md are those that examples/mazur.cpp prints.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace {

std::string output_of(const std::string& command) {
  std::string text;
  if (FILE* const pipe = popen(command.c_str(), "r")) {
    char part[4096];
    while (const std::size_t n = fread(part, 1, sizeof part, pipe)) text.append(part, n);
    pclose(pipe);
  }
  return text;
}

TEST(Tutorial, PrintsTheNumbersOfTheProgram) {
  std::ifstream file(BACKPROP_SOURCE_DIR "/docs/backpropagation.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str(), printed = output_of(BACKPROP_BINARY_DIR "/examples/mazur");
  ASSERT_NE(printed, "") << "build/examples/mazur printed nothing";
  const std::string fence = "```text\n";
  int blocks = 0;
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    const std::string block = text.substr(at, text.find("```", at) - at);
    EXPECT_NE(printed.find(block), std::string::npos) << "the program does not print:\n" << block;
    ++blocks;
  }
  EXPECT_EQ(blocks, 6);
}

}  // namespace
