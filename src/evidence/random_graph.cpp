#include "evidence/random_graph.hpp"

#include <algorithm>
#include <cmath>

#include "backprop/operations.hpp"
#include "graph/leaves.hpp"

namespace backprop::evidence {
namespace {

constexpr double largest_number = 20;
constexpr std::int64_t largest_size = 64;
constexpr std::int64_t operations_a_loose_end = 3;  // sum, scale, add
constexpr double margin = 0.01;                     // from kinks and ties, far above the rounding of float32

bool away_from_kinks(const std::vector<double>& numbers, const Sampler& sampler) {
  return std::all_of(numbers.begin(), numbers.end(), [&](double x) {
    return x >= sampler.low && x <= sampler.high &&
           std::all_of(sampler.kinks.begin(), sampler.kinks.end(), [&](double k) { return std::fabs(x - k) > margin; });
  });
}

std::int64_t operation_count(const Graph& graph) {
  return std::count_if(graph.equations().begin(), graph.equations().end(),
                       [](const Equation& e) { return e.operation->kind != OperationKind::leaf; });
}

}  // namespace

GraphMaker::GraphMaker(std::uint64_t seed) : random_(seed) {
  sizes_["B"] = 1 + random_.below(4);
  add_inputs();
}

void GraphMaker::add_inputs() {
  const Dim B = named("B");
  const std::int64_t m = 1 + random_.below(4), n = 1 + random_.below(4);
  const std::vector<Shape> shapes = {{B, n},    {B, m}, {m, n}, {n},    {B},      {n, m},
                                     {B, m, n}, {m, m}, {},     {1, n}, {2, m, n}};
  const std::int64_t inputs = 1 + random_.below(3);
  const auto fill = [&](const Shape& shape) {
    Tensor tensor(DType::float64, shape.bind(sizes_));
    for (double& x : tensor.as<double>()) x = random_.uniform(-2, 2);
    return tensor;
  };
  // The first binds B.
  for (std::int64_t i = 0; i <= inputs; ++i) {
    const Shape shape = i == 0 ? shapes[static_cast<std::size_t>(random_.below(2))] : random_.pick(shapes);
    const Value v = graph_->input(shape, DType::float64);
    inputs_.push_back(fill(shape));
    arguments_.push_back(v);
    pool_.push_back(v);
  }
  if (random_.chance(0.5)) {
    const Value w = graph_->parameter("w", {m, n}, initialiser::constant(random_.uniform(-1, 1)), DType::float64);
    arguments_.push_back(w);
    pool_.push_back(w);
  }
  compute_new();
}

Value GraphMaker::pick() {
  const auto n = static_cast<std::int64_t>(pool_.size());
  const std::int64_t recent = std::min<std::int64_t>(n, 4);
  const std::int64_t i = random_.chance(0.6) ? n - 1 - random_.below(recent) : random_.below(n);
  return pool_[static_cast<std::size_t>(i)];
}

Value GraphMaker::pick(const std::function<bool(Value)>& fits) {
  std::vector<Value> found;
  std::copy_if(pool_.begin(), pool_.end(), std::back_inserter(found), fits);
  return found.empty() ? Value{} : random_.pick(found);
}

std::optional<Value> GraphMaker::pick_mask() {
  if (masks_.empty()) return std::nullopt;
  return random_.pick(masks_);
}

std::vector<double> GraphMaker::numbers(Value v) {
  compute_new();
  return to_doubles(tensors_[static_cast<std::size_t>(v.index)]);
}

std::optional<Value> GraphMaker::fit(Value v, const Sampler& sampler) {
  const std::vector<double> x = numbers(v);
  if (away_from_kinks(x, sampler)) return v;
  const auto [least, most] = std::minmax_element(x.begin(), x.end());
  for (int attempt = 0; attempt < 8; ++attempt) {
    double low = random_.uniform(sampler.low, sampler.high), high = random_.uniform(sampler.low, sampler.high);
    if (low > high) std::swap(low, high);
    const double width = *most - *least;
    const double scale = width > 0.05 ? std::min(4.0, (high - low) / width) : 1;
    const double shift = low - scale * *least;
    std::vector<double> moved = x;
    for (double& number : moved) number = number * scale + shift;
    if (away_from_kinks(moved, sampler)) return v * scale + shift;
  }
  return std::nullopt;
}

bool GraphMaker::apart(Value a, Value b) {
  const Array arrays[] = {{extents(a), numbers(a)}, {extents(b), numbers(b)}};
  // NumPy's broadcasting of both to one shape.
  const Shape shape = broadcast_shapes(Shape(arrays[0].extents), Shape(arrays[1].extents), "random graph");
  const Value x = broadcast(a, broadcast_shapes(a.shape(), b.shape(), "random graph"));
  const Value y = broadcast(b, broadcast_shapes(a.shape(), b.shape(), "random graph"));
  const std::vector<double> left = numbers(x), right = numbers(y);
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (std::fabs(left[i] - right[i]) <= margin) return false;
  }
  return true;
}

bool GraphMaker::distinct(Value v) {
  std::vector<double> x = numbers(v);
  std::sort(x.begin(), x.end());
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (x[i] - x[i - 1] <= margin) return false;
  }
  return true;
}

// The numbers of the values that were added, by the plain loops.
void GraphMaker::compute_new() {
  StateStore store(3);
  while (static_cast<Index>(tensors_.size()) < graph_->size()) {
    const Equation& e = graph_->equation_of(static_cast<Index>(tensors_.size()));
    if (e.operation == &input_operation) {
      tensors_.push_back(inputs_[tensors_.size() < inputs_.size() ? tensors_.size() : inputs_.size() - 1]);
      continue;
    }
    if (e.operation == &state_operation) {
      tensors_.push_back(store.require(Graph::state_spec(e)).tensor);
      continue;
    }
    std::vector<TensorView> in, out;
    for (const Index i : e.inputs) in.push_back(tensors_[static_cast<std::size_t>(i)]);
    std::vector<Tensor> results;
    for (const Index o : e.outputs) {
      const Type& type = graph_->info(o).type;
      results.emplace_back(type.dtype, type.shape.bind(sizes_));
    }
    for (Tensor& result : results) out.push_back(result);
    e.operation->reference({e.attributes, in, out, sizes_, store.seed(), store.step()});
    for (Tensor& result : results) tensors_.push_back(std::move(result));
  }
}

bool GraphMaker::acceptable(Value v) {
  const std::vector<double> x = numbers(v);
  return !x.empty() && static_cast<std::int64_t>(x.size()) <= largest_size && v.shape().rank() <= 4 &&
         std::all_of(x.begin(), x.end(), [](double n) { return std::isfinite(n) && std::fabs(n) <= largest_number; });
}

void GraphMaker::grow() {
  const std::vector<Value> made = random_.pick(recipes())(*this);
  for (const Value& v : made) {
    if (v.dtype() == DType::boolean) {
      masks_.push_back(v);
    } else if (v.dtype() == DType::float64 && acceptable(v)) {
      pool_.push_back(v);
    }
  }
}

std::vector<Value> GraphMaker::loose_ends() const {
  std::vector<char> used(static_cast<std::size_t>(graph_->size()), 0);
  for (const Equation& e : graph_->equations()) {
    for (const Index i : e.inputs) used[static_cast<std::size_t>(i)] = 1;
  }
  for (const Value& v : arguments_) used[static_cast<std::size_t>(v.index)] = 1;
  std::vector<Value> result;
  std::copy_if(pool_.begin(), pool_.end(), std::back_inserter(result),
               [&](const Value& v) { return !used[static_cast<std::size_t>(v.index)]; });
  return result;
}

std::int64_t GraphMaker::operations() const {
  return operation_count(*graph_) + operations_a_loose_end * static_cast<std::int64_t>(loose_ends().size());
}

RandomGraph GraphMaker::finish() {
  RandomGraph result;
  Value loss;
  for (const Value& v : loose_ends()) {
    const Value part = (random_.chance(0.5) ? mean(v) : sum(v)) * random_.uniform(0.5, 1.5);
    loss = loss.valid() ? loss + part : part;
    if (random_.chance(0.3)) result.outputs.push_back(v);
  }
  if (!loss.valid()) loss = mean(pool_.back());
  result.outputs.insert(result.outputs.begin(), loss);
  compute_new();
  result.operations = operation_count(*graph_);
  result.graph = std::move(graph_);
  result.arguments = arguments_;
  result.inputs = inputs_;
  return result;
}

RandomGraph make_random_graph(std::uint64_t seed) {
  GraphMaker maker(seed);
  const std::int64_t wanted = 5 + std::max(maker.random().below(26), maker.random().below(26));
  for (int attempt = 0; attempt < 400 && maker.operations() < wanted; ++attempt) maker.grow();
  return maker.finish();
}

}  // namespace backprop::evidence
