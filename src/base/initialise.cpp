#include <algorithm>
#include <charconv>
#include <cmath>

#include "backprop/state.hpp"
#include "base/dispatch.hpp"
#include "base/philox.hpp"

namespace backprop {
namespace {

using Kind = Initialiser::Kind;

struct KindRow {
  Kind kind;
  std::string_view name;
  int parameters;
};
constexpr KindRow kinds[] = {{Kind::zeros, "zeros", 0},
                             {Kind::constant, "constant", 1},
                             {Kind::uniform, "uniform", 2},
                             {Kind::normal, "normal", 2},
                             {Kind::truncated_normal, "truncated_normal", 2},
                             {Kind::glorot_uniform, "glorot_uniform", 0},
                             {Kind::glorot_normal, "glorot_normal", 0},
                             {Kind::he_uniform, "he_uniform", 0},
                             {Kind::he_normal, "he_normal", 0},
                             {Kind::lecun_uniform, "lecun_uniform", 0},
                             {Kind::lecun_normal, "lecun_normal", 0},
                             {Kind::orthogonal, "orthogonal", 1},
                             {Kind::nguyen_widrow, "nguyen_widrow", 0}};

struct Fans {
  double in = 1;
  double out = 1;
};

Fans fans(const Extents& e) {
  if (e.empty()) return {};
  if (e.size() == 1) return {1, static_cast<double>(e[0])};
  double field = 1;
  for (std::size_t i = 0; i + 2 < e.size(); ++i) field *= static_cast<double>(e[i]);
  return {field * static_cast<double>(e[e.size() - 2]), field * static_cast<double>(e[e.size() - 1])};
}

using Doubles = std::vector<double>;

// A standard normal cut at two standard deviations, by rejection: try t of element i has index i + t n.
double truncated(const RandomStream& random, std::uint64_t i, std::uint64_t n) {
  for (std::uint64_t t = 0;; ++t) {
    const double x = random.normal(i + t * n);
    if (std::fabs(x) <= 2) return x;
  }
}

// Rows or columns (the fewer) orthonormal times the gain: Gram and Schmidt, twice for accuracy, on normal numbers.
void orthogonal(Doubles& w, const Extents& extents, double gain, const RandomStream& random) {
  if (extents.size() < 2) throw Error("[initialise] orthogonal needs a matrix, got " + to_string(extents));
  const std::size_t columns = static_cast<std::size_t>(extents.back());
  const std::size_t rows = w.size() / std::max<std::size_t>(columns, 1);
  const bool by_rows = rows <= columns;
  const std::size_t vectors = by_rows ? rows : columns, length = by_rows ? columns : rows;
  const auto at = [&](std::size_t v, std::size_t k) -> double& {
    return by_rows ? w[v * columns + k] : w[k * columns + v];
  };
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = random.normal(i);
  for (std::size_t v = 0; v < vectors; ++v) {
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t u = 0; u < v; ++u) {
        double dot = 0;
        for (std::size_t k = 0; k < length; ++k) dot += at(u, k) * at(v, k);
        for (std::size_t k = 0; k < length; ++k) at(v, k) -= dot * at(u, k);
      }
      double norm = 0;
      for (std::size_t k = 0; k < length; ++k) norm += at(v, k) * at(v, k);
      for (std::size_t k = 0; k < length; ++k) at(v, k) /= std::sqrt(norm);
    }
  }
  for (double& x : w) x *= gain;
}

// Columns (units) of length 0.7 H^(1/N) in random directions, for N inputs in [-1, 1] and H units.
void nguyen_widrow(Doubles& w, const Extents& extents, const RandomStream& random) {
  if (extents.size() != 2) throw Error("[initialise] nguyen_widrow needs a matrix, got " + to_string(extents));
  const auto inputs = static_cast<std::size_t>(extents[0]), units = static_cast<std::size_t>(extents[1]);
  const double length =
      0.7 * std::pow(static_cast<double>(units), 1.0 / static_cast<double>(std::max<std::size_t>(inputs, 1)));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = 2 * random.uniform(i) - 1;
  for (std::size_t u = 0; u < units; ++u) {
    double norm = 0;
    for (std::size_t k = 0; k < inputs; ++k) norm += w[k * units + u] * w[k * units + u];
    for (std::size_t k = 0; k < inputs; ++k) w[k * units + u] *= length / std::sqrt(norm);
  }
}

}  // namespace

Tensor initialise(const Initialiser& initialiser, DType dtype, const Extents& extents, std::string_view name,
                  std::uint64_t seed) {
  if (initialiser.kind == Kind::zeros) return Tensor(dtype, extents);  // moments: two for each parameter
  const RandomStream random(seed, 0, stream_of(name));
  const auto n = static_cast<std::uint64_t>(count(extents));
  const auto [in, out] = fans(extents);
  Doubles w(n);
  const auto fill = [&](auto value_at) {
    for (std::uint64_t i = 0; i < n; ++i) w[i] = value_at(i);
  };
  const auto uniform = [&](double low, double high) {
    random.uniforms(w);
    for (double& x : w) x = low + (high - low) * x;
  };
  const auto normal = [&](double mean, double deviation) {
    fill([&](std::uint64_t i) { return mean + deviation * random.normal(i); });
  };
  const auto symmetric = [&](double limit) { uniform(-limit, limit); };
  switch (initialiser.kind) {
    case Kind::zeros: break;  // above
    case Kind::constant: fill([&](std::uint64_t) { return initialiser.a; }); break;
    case Kind::uniform: uniform(initialiser.a, initialiser.b); break;
    case Kind::normal: normal(initialiser.a, initialiser.b); break;
    case Kind::truncated_normal:
      fill([&](std::uint64_t i) { return initialiser.a + initialiser.b * truncated(random, i, n); });
      break;
    case Kind::glorot_uniform: symmetric(std::sqrt(6 / (in + out))); break;
    case Kind::glorot_normal: normal(0, std::sqrt(2 / (in + out))); break;
    case Kind::he_uniform: symmetric(std::sqrt(6 / in)); break;
    case Kind::he_normal: normal(0, std::sqrt(2 / in)); break;
    case Kind::lecun_uniform: symmetric(std::sqrt(3 / in)); break;
    case Kind::lecun_normal: normal(0, std::sqrt(1 / in)); break;
    case Kind::orthogonal: orthogonal(w, extents, initialiser.a, random); break;
    case Kind::nguyen_widrow: nguyen_widrow(w, extents, random); break;
  }
  return convert(Tensor::from<double>(extents, w), dtype);
}

std::string to_string(const Initialiser& initialiser) {
  const KindRow& row = kinds[static_cast<int>(initialiser.kind)];
  std::string text(row.name);
  if (row.parameters == 0) return text;
  const auto number = [](double x) {
    char buffer[32];
    return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr);
  };
  text += "(" + number(initialiser.a);
  if (row.parameters == 2) text += ", " + number(initialiser.b);
  return text + ")";
}

Initialiser parse_initialiser(std::string_view text) {
  const std::string_view name = text.substr(0, text.find('('));
  for (const KindRow& row : kinds) {
    if (row.name != name) continue;
    Initialiser result{row.kind};
    const char* at = text.data() + name.size();
    const char* const end = text.data() + text.size();
    double* const parameters[] = {&result.a, &result.b};
    for (int i = 0; i < row.parameters; ++i) {
      while (at < end && (*at == '(' || *at == ',' || *at == ' ')) ++at;
      const auto [next, error] = std::from_chars(at, end, *parameters[i]);
      if (error != std::errc()) throw Error("[initialiser] '" + std::string(text) + "' lacks a number");
      at = next;
    }
    return result;
  }
  throw Error("[initialiser] '" + std::string(text) + "' is unknown");
}

}  // namespace backprop
