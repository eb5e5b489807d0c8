// The passes of which simplify() is made, one file each. Each gives a graph of the same meaning; only multiply-adds
// round differently. Thread safety: pure functions.
#pragma once
#include "plan/simplify.hpp"

namespace backprop {

// What nothing needs is left out.
Simplified remove_dead(const Simplified& from);
// Constants folded, identities applied, broadcasts moved behind elementwise equations, equal equations merged.
Simplified rewrite_identities(const Simplified& from);
// A transpose of the last two axes becomes the product's flag.
Simplified fold_transposes(const Simplified& from);
// a b + c of a product used once becomes one multiply-add, rounded once.
Simplified form_multiply_adds(const Simplified& from);
// Operations of special_forms.hpp in place of the equations they stand for.
Simplified use_special_forms(const Simplified& from);

}  // namespace backprop
