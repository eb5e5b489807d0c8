// `backprop gradcheck` prints its figures and says whether all is well.
#include "evidence/gradcheck.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace backprop::evidence {
namespace {

TEST(Gradcheck, prints_operations_errors_by_method_graphs_and_wrong_rules) {
  std::ostringstream out;
  const GradcheckFindings findings = gradcheck({.graphs = 50, .threads = 1});
  print(out, findings);
  EXPECT_TRUE(findings.passed()) << out.str();
  const std::string text = out.str();
  for (const char* figure : {"operations checked: ", "reverse mode against dual numbers", "adjoint identity",
                             "wrong rules: ", "random graphs compared: 50", "all derivatives agree"}) {
    EXPECT_NE(text.find(figure), std::string::npos) << figure << "\n" << text;
  }
}

TEST(Gradcheck, checks_only_what_is_named) {
  const GradcheckFindings findings = gradcheck({.operations = {"tanh"}, .graphs = 0});
  EXPECT_EQ(findings.operations, 1);
  EXPECT_TRUE(findings.passed());
}

}  // namespace
}  // namespace backprop::evidence
