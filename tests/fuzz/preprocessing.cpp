#include "data/preprocessing.hpp"

#include "backprop/error.hpp"
#include "target.hpp"

namespace backprop::fuzz {

extern const Target preprocessing_target;
const Target preprocessing_target = {
    "preprocessing", [](std::span<const char> bytes) {
      try {
        const TextInputs codes = {{"c", {.texts = {"a", "b"}, .codes = {1, 2}, .otherwise = 0}},
                                  {"colour", {.texts = {"blue", "red"}, .codes = {1, 2}, .otherwise = 0}}};
        const auto described = data::Preprocessing::from_json({bytes.data(), bytes.size()}, codes);
        described.raw_columns();
        described.features();
        described.to_json();
      } catch (const DataError& error) {
        require_line(error);
      }
    }};

}  // namespace backprop::fuzz
