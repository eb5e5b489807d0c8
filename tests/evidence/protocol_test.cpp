// Points 1 to 5 of the protocol for every operation of the catalogue.
#include "evidence/protocol.hpp"

#include <gtest/gtest.h>

#include <set>

#include "backprop/operations.hpp"
#include "evidence/operation_case.hpp"

namespace backprop::evidence {
namespace {

TEST(Protocol, every_operation_of_the_catalogue_has_a_case_and_no_other) {
  std::set<std::string> named, listed;
  for (const OperationCase& one : operation_cases()) named.insert(one.operation);
  for (const Operation* operation : catalogue()) listed.insert(std::string(operation->name));
  EXPECT_EQ(named, listed);
}

class EveryOperation : public testing::TestWithParam<const Operation*> {};

TEST_P(EveryOperation, keeps_the_protocol) {
  for (const OperationCase& one : operation_cases()) {
    if (one.operation != GetParam()->name) continue;
    for (const Variant variant : {Variant::plain, Variant::twice, Variant::fan_out}) {
      if (variant == Variant::twice && !can_be_twice(one)) continue;
      SCOPED_TRACE(one.label);
      const Subject subject = make_subject(one, variant, 1);
      if (variant == Variant::plain) {
        const GradientReport values = check_value(one, subject);
        EXPECT_TRUE(values.passed()) << to_string(values);
      }
      const GradientReport report = check_subject(subject);
      EXPECT_TRUE(report.passed()) << to_string(report);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryOperation, testing::ValuesIn(catalogue().begin(), catalogue().end()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace backprop::evidence
