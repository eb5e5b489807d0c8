// Initialisers: the moments and bounds of their sources, the orthogonality, the text form.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backprop/error.hpp"
#include "backprop/state.hpp"

namespace backprop {
namespace {

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};

Moments moments(const Initialiser& initialiser, const Extents& extents) {
  const Tensor t = initialise(initialiser, float64, extents, "w", 5);
  Moments m;
  const double n = static_cast<double>(t.size());
  for (const double x : t.as<double>()) m.mean += x / n, m.largest = std::max(m.largest, std::fabs(x));
  for (const double x : t.as<double>()) m.deviation += (x - m.mean) * (x - m.mean) / n;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

TEST(Initialise, has_the_deviation_of_its_source) {
  const Extents e = {200, 300};
  const struct {
    Initialiser initialiser;
    double deviation, bound;
  } rows[] = {{initialiser::glorot_uniform(), std::sqrt(2.0 / 500), std::sqrt(6.0 / 500)},
              {initialiser::glorot_normal(), std::sqrt(2.0 / 500), INFINITY},
              {initialiser::he_uniform(), std::sqrt(2.0 / 200), std::sqrt(6.0 / 200)},
              {initialiser::he_normal(), std::sqrt(2.0 / 200), INFINITY},
              {initialiser::lecun_uniform(), std::sqrt(1.0 / 200), std::sqrt(3.0 / 200)},
              {initialiser::lecun_normal(), std::sqrt(1.0 / 200), INFINITY},
              {initialiser::uniform(-2, 2), 2 / std::sqrt(3.0), 2},
              {initialiser::normal(0, 3), 3, INFINITY},
              {initialiser::truncated_normal(0, 1), 0.8796256610342398, 2}};
  for (const auto& row : rows) {
    const Moments m = moments(row.initialiser, e);
    EXPECT_NEAR(m.mean, 0, 5 * row.deviation / std::sqrt(60000)) << to_string(row.initialiser);
    EXPECT_NEAR(m.deviation / row.deviation, 1, 0.02) << to_string(row.initialiser);
    EXPECT_LE(m.largest, row.bound) << to_string(row.initialiser);
  }
}

TEST(Initialise, orthogonal_rows_or_columns) {
  for (const Extents& e : {Extents{5, 9}, Extents{9, 5}, Extents{6, 6}}) {
    const Tensor t = initialise(initialiser::orthogonal(2), float64, e, "w", 1);
    const auto w = t.as<double>();
    const bool rows = e[0] <= e[1];
    const auto n = static_cast<std::size_t>(rows ? e[0] : e[1]), length = static_cast<std::size_t>(rows ? e[1] : e[0]);
    const auto at = [&](std::size_t v, std::size_t k) { return rows ? w[v * length + k] : w[k * n + v]; };
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        double dot = 0;
        for (std::size_t k = 0; k < length; ++k) dot += at(i, k) * at(j, k);
        EXPECT_NEAR(dot, i == j ? 4 : 0, 1e-13);
      }
    }
  }
}

TEST(Initialise, nguyen_widrow_columns_have_their_length) {
  const Tensor t = initialise(initialiser::nguyen_widrow(), float64, {3, 8}, "w", 1);
  for (std::size_t u = 0; u < 8; ++u) {
    double norm = 0;
    for (std::size_t k = 0; k < 3; ++k) norm += std::pow(t.as<double>()[k * 8 + u], 2);
    EXPECT_NEAR(std::sqrt(norm), 0.7 * std::cbrt(8.0), 1e-12);
  }
}

TEST(Initialise, is_a_function_of_seed_and_name) {
  const auto bytes = [](const char* name, std::uint64_t seed) {
    return to_doubles(initialise(initialiser::he_normal(), float32, {4, 4}, name, seed));
  };
  EXPECT_EQ(bytes("a", 1), bytes("a", 1));
  EXPECT_NE(bytes("a", 1), bytes("b", 1));
  EXPECT_NE(bytes("a", 1), bytes("a", 2));
}

TEST(Initialise, text_reads_back) {
  for (const Initialiser& i : {initialiser::zeros(), initialiser::uniform(-0.125, 1e-3), initialiser::orthogonal(1.5),
                               initialiser::constant(3), initialiser::nguyen_widrow()}) {
    EXPECT_EQ(parse_initialiser(to_string(i)), i) << to_string(i);
  }
  EXPECT_THROW(parse_initialiser("xavier"), Error);
}

TEST(StateStore, refuses_another_shape_and_keeps_addresses) {
  StateStore store(3);
  auto& entry = store.require({"w", float32, {2, 2}, Role::parameter, initialiser::constant(4)});
  EXPECT_EQ(entry.tensor.as<float>()[3], 4);
  store.require({"a", float32, {1000}, Role::moment, {}});
  EXPECT_EQ(&store.require({"w", float32, {2, 2}, Role::parameter, {}}), &entry);
  EXPECT_THROW(store.require({"w", float32, {4}, Role::parameter, {}}), Error);
  EXPECT_THROW(store["nothing"], Error);
}

}  // namespace
}  // namespace backprop
