// How random graphs go on, an operation each.
#include <algorithm>
#include <cmath>
#include <map>

#include "evidence/case_parts.hpp"
#include "evidence/random_graph.hpp"
#include "ops/ops.hpp"

namespace backprop::evidence {
namespace {

using Values = std::vector<Value>;

bool broadcasts(Value a, Value b) {
  try {
    return broadcast_shapes(a.shape(), b.shape(), "random graph").rank() <= 3;
  } catch (const Error&) {
    return false;
  }
}

Value partner(GraphMaker& maker, Value a) {
  return maker.pick([&](Value b) { return broadcasts(a, b); });
}

// An elementwise operation, by one of its cases: its samplers give the domain.
Recipe elementwise_recipe(const Operation& operation, std::vector<OperationCase> cases) {
  return [&operation, cases = std::move(cases)](GraphMaker& maker) -> Values {
    const OperationCase& one = maker.random().pick(cases);
    Values arguments;
    for (const Argument& argument : one.arguments) {
      const Value v = arguments.empty() ? maker.pick() : partner(maker, arguments[0]);
      if (!v.valid()) return {};
      Sampler domain = argument.sampler;
      if (domain.spacing > 0 || !domain.exactly.empty()) domain = {.low = -20, .high = 20};
      const std::optional<Value> fitted = maker.fit(v, domain);
      if (!fitted) return {};
      arguments.push_back(*fitted);
    }
    if (arguments.size() == 3) {  // multiply_add's third must fit the first two together
      if (!broadcasts(arguments[1], arguments[2])) return {};
    }
    const bool ties = &operation == &ops::maximum || &operation == &ops::minimum;
    if (ties && !maker.apart(arguments[0], arguments[1])) return {};
    return one.build(maker.graph(), arguments);
  };
}

// Without comparisons and stop_gradient, whose derivative differences do not see: they have recipes of their own.
bool is_elementwise_of_floats(const Operation& operation, const OperationCase& one) {
  return operation.kind == OperationKind::elementwise && operation.partial && one.differences &&
         std::all_of(one.arguments.begin(), one.arguments.end(), [](const Argument& argument) {
           return argument.dtype == DType::float64 && argument.differentiate;
         });
}

int random_axis(GraphMaker& maker, Value v) { return static_cast<int>(maker.random().below(v.shape().rank())); }

Value pick_with_rank(GraphMaker& maker, int least) {
  return maker.pick([&](Value v) { return v.shape().rank() >= least; });
}

// Reductions along a random axis or all.
Recipe reduction(Value (*apply)(Value, Integers, bool), const Sampler& domain, bool needs_distinct = false,
                 std::int64_t largest = 64) {
  return [=](GraphMaker& maker) -> Values {
    const Value picked = pick_with_rank(maker, 1);
    if (!picked.valid() || maker.elements(picked) > largest) return {};
    const std::optional<Value> x = maker.fit(picked, domain);
    if (!x || (needs_distinct && !maker.distinct(*x))) return {};
    Integers axes;
    for (int axis = 0; axis < x->shape().rank(); ++axis) {
      if (maker.random().chance(0.5)) axes.push_back(axis - (maker.random().chance(0.3) ? x->shape().rank() : 0));
    }
    return {apply(*x, axes, maker.random().chance(0.5))};
  };
}

Recipe rows(Value (*apply)(Value, int)) {
  return [=](GraphMaker& maker) -> Values {
    const Value x = pick_with_rank(maker, 1);
    if (!x.valid()) return {};
    return {apply(x, random_axis(maker, x))};
  };
}

Values matmul_recipe(GraphMaker& maker) {
  const Value a = pick_with_rank(maker, 2);
  if (!a.valid()) return {};
  const bool ta = maker.random().chance(0.4), tb = maker.random().chance(0.4);
  const int r = a.shape().rank();
  const Dim inner = a.shape()[ta ? r - 2 : r - 1];
  const Value b = maker.pick([&](Value v) {
    const int rank = v.shape().rank();
    return rank >= 2 && (rank == 2 || rank == r) && v.shape()[tb ? rank - 1 : rank - 2] == inner &&
           (rank == 2 || std::equal(v.shape().begin(), v.shape().end() - 2, a.shape().begin()));
  });
  if (!b.valid()) {
    // A matrix with its own transpose always fits.
    return {matmul(a, a, ta, !ta)};
  }
  return {matmul(a, b, ta, tb)};
}

Values multiply_add_recipe(GraphMaker& maker) {
  const Value a = maker.pick(), b = partner(maker, a);
  if (!b.valid()) return {};
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), "random graph");
  const Value c = maker.pick([&](Value v) { return v.shape() == shape || v.shape().rank() == 0; });
  return {multiply_add(a, b, c.valid() ? c : a * b)};
}

Values stop_gradient_recipe(GraphMaker& maker) { return {stop_gradient(maker.pick())}; }

Values where_recipe(GraphMaker& maker) {
  const std::optional<Value> mask = maker.pick_mask();
  if (!mask) return {};
  const Value a = maker.pick([&](Value v) { return broadcasts(*mask, v); });
  if (!a.valid()) return {};
  const Value b = maker.pick([&](Value v) { return v.shape() == a.shape() || v.shape().rank() == 0; });
  return {where(*mask, a, b.valid() ? b : -a)};
}

Recipe comparison(Value (*apply)(Value, Value)) {
  return [=](GraphMaker& maker) -> Values {
    const Value a = maker.pick(), b = partner(maker, a);
    if (!b.valid() || !maker.apart(a, b)) return {};
    return {apply(a, b)};
  };
}

Recipe logic(Value (*apply)(Value, Value)) {
  return [=](GraphMaker& maker) -> Values {
    const auto a = maker.pick_mask(), b = maker.pick_mask();
    if (!a || !broadcasts(*a, *b)) return {};
    return {logical_not(apply(*a, *b))};
  };
}

// A mask as numbers: integers, then floats.
Values cast_mask(GraphMaker& maker) {
  const auto mask = maker.pick_mask();
  if (!mask) return {};
  return {cast(cast(*mask, maker.random().chance(0.5) ? int32 : int64), float64)};
}

// Between equal floating types a cast is an equation too, and carries the derivative.
Values cast_recipe(GraphMaker& maker) {
  const Value x = maker.pick();
  return {maker.graph().apply(ops::cast, {x}, {{"to", float64}})};
}

Values broadcast_recipe(GraphMaker& maker) {
  const Value x = maker.pick();
  Shape shape = x.shape();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == Dim(1) && maker.random().chance(0.7)) shape[axis] = Dim(1 + maker.random().below(3));
  }
  std::vector<Dim> dims = shape.dims();
  if (shape.rank() < 3 && maker.random().chance(0.7)) {
    dims.insert(dims.begin(), maker.random().chance(0.5) ? named("B") : Dim(1 + maker.random().below(3)));
  }
  return {broadcast(x, Shape(dims))};
}

Values reshape_recipe(GraphMaker& maker) {
  const Value x = maker.pick();
  const Shape& from = x.shape();
  if (from.rank() >= 2 && maker.random().chance(0.6)) {  // join two neighbours
    const int axis = static_cast<int>(maker.random().below(from.rank() - 1));
    std::vector<Dim> dims = from.dims();
    dims[static_cast<std::size_t>(axis)] = from[axis] * from[axis + 1];
    dims.erase(dims.begin() + axis + 1);
    return {reshape(x, Shape(dims))};
  }
  std::vector<Dim> dims = from.dims();
  dims.insert(dims.begin() + maker.random().below(from.rank() + 1), Dim(1));
  return {reshape(x, Shape(dims))};
}

Values transpose_recipe(GraphMaker& maker) {
  const Value x = pick_with_rank(maker, 2);
  if (!x.valid()) return {};
  Integers order;
  for (int axis = 0; axis < x.shape().rank(); ++axis) order.push_back(axis);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(maker.random().below(static_cast<std::int64_t>(i)))]);
  }
  return {transpose(x, order)};
}

// An axis of a known size, or -1.
int numbered_axis(GraphMaker& maker, Value x) {
  std::vector<int> axes;
  for (int axis = 0; axis < x.shape().rank(); ++axis) {
    if (x.shape()[axis].is_number()) axes.push_back(axis);
  }
  return axes.empty() ? -1 : maker.random().pick(axes);
}

Values slice_recipe(GraphMaker& maker) {
  const Value x = maker.pick();
  const int axis = numbered_axis(maker, x);
  if (axis < 0) return {};
  const std::int64_t n = x.shape()[axis].number(), begin = maker.random().below(n);
  const std::int64_t end = begin + 1 + maker.random().below(n - begin);
  return {slice(x, axis, maker.random().chance(0.3) ? begin - n : begin, end)};
}

Values pad_recipe(GraphMaker& maker) {
  const Value x = pick_with_rank(maker, 1);
  if (!x.valid()) return {};
  Integers before, after;
  for (const Dim& dim : x.shape()) {
    before.push_back(dim.is_number() ? maker.random().below(2) : 0);
    after.push_back(dim.is_number() ? maker.random().below(2) : 0);
  }
  return {pad(x, before, after, maker.random().chance(0.5) ? 0 : 0.5)};
}

Values concat_recipe(GraphMaker& maker) {
  const Value x = pick_with_rank(maker, 1);
  const int axis = x.valid() ? numbered_axis(maker, x) : -1;
  if (axis < 0) return {};
  const Value y = maker.pick([&](Value v) {
    if (v.shape().rank() != x.shape().rank() || !v.shape()[axis].is_number()) return false;
    Shape same = v.shape();
    same[axis] = x.shape()[axis];
    return same == x.shape();
  });
  if (maker.random().chance(0.3)) return {concat({x, y, x}, axis)};
  return {concat({x, y}, axis)};
}

Values split_recipe(GraphMaker& maker) {
  const Value x = maker.pick([](Value v) {
    return std::any_of(v.shape().begin(), v.shape().end(),
                       [](const Dim& d) { return d.is_number() && d.number() > 1; });
  });
  if (!x.valid()) return {};
  const int axis = numbered_axis(maker, x);
  const std::int64_t n = x.shape()[axis].number();
  if (n < 2) return {};
  const std::int64_t first = 1 + maker.random().below(n - 1);
  return split(x, axis, {first, n - first});
}

Value random_indices(GraphMaker& maker, const Extents& extents, std::int64_t below) {
  Tensor indices(int64, extents);
  for (std::int64_t& i : indices.as<std::int64_t>()) i = maker.random().below(below);
  return maker.graph().constant(std::move(indices));
}

Values gather_recipe(GraphMaker& maker) {
  const Value x = pick_with_rank(maker, 1);
  const int axis = x.valid() ? numbered_axis(maker, x) : -1;
  if (axis < 0) return {};
  Extents extents(static_cast<std::size_t>(maker.random().below(3)));
  for (std::int64_t& e : extents) e = 1 + maker.random().below(3);
  return {gather(x, random_indices(maker, extents, x.shape()[axis].number()), axis)};
}

Values scatter_recipe(GraphMaker& maker) {
  const Value x = pick_with_rank(maker, 1);
  const int axis = x.valid() ? numbered_axis(maker, x) : -1;
  if (axis < 0) return {};
  const std::int64_t size = 1 + maker.random().below(4);
  return {scatter_add(x, random_indices(maker, {x.shape()[axis].number()}, size), Dim(size), axis)};
}

Values cross_entropy_recipe(GraphMaker& maker) {
  const Value x =
      maker.pick([](Value v) { return v.shape().rank() >= 1 && v.shape()[v.shape().rank() - 1].is_number(); });
  if (!x.valid()) return {};
  if (maker.random().chance(0.5)) {
    const Value t = maker.pick([&](Value v) { return v.shape() == x.shape(); });
    return {softmax_cross_entropy(x, maker.random().chance(0.5) ? softmax(t) : t)};
  }
  // Classes by argmax of other numbers, which carries no derivative.
  if (!maker.distinct(x)) return {};
  return {softmax_cross_entropy(x * -0.5, argmax(x, -1))};
}

Values one_hot_recipe(GraphMaker& maker) {
  const Value x = pick_with_rank(maker, 1);
  if (!x.valid() || !maker.distinct(x)) return {};
  const int axis = numbered_axis(maker, x);
  if (axis < 0) return {};
  return {one_hot(argmax(x, axis), x.shape()[axis].number(), float64)};
}

Values exclusive_recipe(GraphMaker& maker) {
  const Value x = pick_with_rank(maker, 1);
  if (!x.valid() || maker.elements(x) > 24) return {};
  const std::optional<Value> fitted = maker.fit(x, {.low = 0.5, .high = 1.5});
  if (!fitted) return {};
  return {maker.graph().apply(ops::exclusive_product, {*fitted}, {{"axes", Integers{random_axis(maker, *fitted)}}})};
}

// Random numbers and coordinates join as factors.
Values random_number_recipe(GraphMaker& maker) {
  const Value x = pick_with_rank(maker, 1);
  if (!x.valid()) return {};
  Graph& graph = maker.graph();
  switch (maker.random().below(4)) {
    case 0: return {x * random_uniform(graph, x.shape(), -1, 1, float64)};
    case 1: return {x + random_normal(graph, x.shape(), 0, 0.5, float64)};
    case 2:
      return {where(random_bernoulli(graph, x.shape(), 0.5), x, x * 0.5), random_bernoulli(graph, x.shape(), 0.5)};
    default: return {x * cast(range(graph, x.shape(), random_axis(maker, x)), float64)};
  }
}

// Divided by a size that is known at the run only.
Values dimension_recipe(GraphMaker& maker) { return {maker.pick() / maker.graph().dimension(named("B"), float64)}; }

std::vector<Recipe> make_recipes() {
  std::vector<Recipe> all;
  std::map<std::string, std::vector<OperationCase>> cases;
  for (OperationCase& one : operation_cases()) cases[one.operation].push_back(std::move(one));
  for (const Operation* operation : catalogue()) {
    std::vector<OperationCase> usable;
    for (const OperationCase& one : cases[std::string(operation->name)]) {
      if (is_elementwise_of_floats(*operation, one)) usable.push_back(one);
    }
    if (usable.empty() || operation == &ops::multiply_add) continue;
    all.push_back(elementwise_recipe(*operation, usable));
    // Ties make many attempts fail.
    if (operation == &ops::maximum || operation == &ops::minimum) all.push_back(all.back());
  }
  const Sampler any = {.low = -20, .high = 20};
  const std::vector<Recipe> others = {reduction(sum, any),
                                      reduction(mean, any),
                                      reduction(reduce_max, any, true),
                                      reduction(reduce_min, any, true),
                                      reduction(prod, {.low = 0.5, .high = 1.5}, false, 24),
                                      reduction(logsumexp, any),
                                      rows(softmax),
                                      rows(log_softmax),
                                      matmul_recipe,
                                      multiply_add_recipe,
                                      stop_gradient_recipe,
                                      where_recipe,
                                      where_recipe,
                                      where_recipe,
                                      logic(logical_and),
                                      logic(logical_or),
                                      logic(logical_xor),
                                      cast_mask,
                                      cast_recipe,
                                      broadcast_recipe,
                                      reshape_recipe,
                                      transpose_recipe,
                                      slice_recipe,
                                      pad_recipe,
                                      concat_recipe,
                                      split_recipe,
                                      gather_recipe,
                                      scatter_recipe,
                                      cross_entropy_recipe,
                                      cross_entropy_recipe,
                                      one_hot_recipe,
                                      reduction(reduce_max, any, true),
                                      reduction(reduce_min, any, true),
                                      slice_recipe,
                                      split_recipe,
                                      concat_recipe,
                                      multiply_add_recipe,
                                      exclusive_recipe,
                                      random_number_recipe,
                                      dimension_recipe};
  all.insert(all.end(), others.begin(), others.end());
  // Ties make many attempts fail.
  for (int twice = 0; twice < 2; ++twice) {
    for (const auto apply : {less, less_equal, greater, greater_equal, equal, not_equal})
      all.push_back(comparison(apply));
  }
  return all;
}

}  // namespace

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> all = make_recipes();
  return all;
}

}  // namespace backprop::evidence
