#include "train/gradient_norms.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backprop/gradient.hpp"
#include "data/shuffle.hpp"

namespace backprop {
namespace {

// A look at n rows costs about n / rows of an epoch: a sixty-fourth of the epochs between two looks is a bearable share.
constexpr std::int64_t share = 64, fewest_rows = 16, most_rows = 256;

}  // namespace

std::string layer_of(const std::string& parameter) {
  std::string name = parameter.substr(0, parameter.rfind('.'));
  if (name.starts_with("member_")) name.erase(0, name.find('.') + 1);
  return name;
}

GradientNorms::GradientNorms(int most, int epochs, const Examples& train, const Subject& subject,
                             std::span<const std::uint32_t> parts, int members, std::uint64_t seed)
    : most_(most), epochs_(epochs) {
  if (most <= 0) return;
  const auto all = static_cast<std::int64_t>(train.rows());
  const std::int64_t wanted =
      std::min(all, std::clamp(all * epochs_between_looks(epochs, most) / share, fewest_rows, most_rows));
  // An order of its own: training's epochs begin with 1.
  const std::vector<std::uint32_t> order = data::permutation(train.rows(), seed, 0, "batches");
  for (std::int64_t r = 0; r < wanted; ++r) {
    const std::vector<Tensor> row = prepare(train, subject, parts, members, order[static_cast<std::size_t>(r)], 1);
    for (std::size_t p = 0; p < row.size(); ++p) {
      Extents extents = row[p].extents();
      extents[0] = wanted;
      if (r == 0) rows_.emplace_back(row[p].dtype(), extents);
      std::memcpy(static_cast<std::byte*>(rows_[p].data()) + static_cast<std::size_t>(r) * row[p].bytes(),
                  row[p].data(), row[p].bytes());
    }
  }
}

void GradientNorms::compile_norms(std::span<const Network> members, const Subject& subject, bool parts,
                                  const std::shared_ptr<StateStore>& store, const std::shared_ptr<Device>& device) {
  Graph graph;
  const Value loss = write_loss(graph, members, subject, parts);
  std::vector<Value> parameters, squares;
  std::vector<std::size_t> layers;  // of each parameter
  for (const StateSpec& spec : graph.states()) {
    if (spec.role != Role::parameter) continue;
    const std::string layer = layer_of(spec.name);
    const auto found = std::find(layers_.begin(), layers_.end(), layer);
    layers.push_back(static_cast<std::size_t>(found - layers_.begin()));
    if (found == layers_.end()) layers_.push_back(layer);
    parameters.push_back(graph.state(spec));
  }
  const std::vector<Value> gradients = gradient(loss, parameters);
  squares.resize(layers_.size());
  for (std::size_t p = 0; p < gradients.size(); ++p) {
    Value& total = squares[layers[p]];
    const Value one = reshape(sum(square(gradients[p])), {1});
    total = total.valid() ? total + one : one;
  }
  compiled_ = compile(squares.size() == 1 ? squares[0] : concat(squares, 0), {.device = device, .store = store});
}

std::vector<LayerNorm> GradientNorms::measure(std::span<const Network> members, const Subject& subject, bool parts,
                                              const std::shared_ptr<StateStore>& store,
                                              const std::shared_ptr<Device>& device) {
  if (!compiled_) compile_norms(members, subject, parts, store, device);
  compiled_->run(std::vector<TensorView>(rows_.begin(), rows_.end()));
  const auto squares = compiled_->output().as<float>();
  std::vector<LayerNorm> norms;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    norms.push_back({layers_[k], std::sqrt(static_cast<double>(squares[k]) / static_cast<double>(members.size()))});
  }
  return norms;
}

}  // namespace backprop
