#include "train/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "backprop/error.hpp"
#include "formats/safetensors.hpp"

namespace backprop {
namespace {

const std::string version_key = "backprop.checkpoint", version = "3", best_prefix = "best.";

// torch keeps the weights of a dense layer as [out, in]; what an optimiser keeps of them lies alike.
bool lies_transposed(const StateSpec& spec) {
  return spec.extents.size() == 2 && spec.name.find("dense_") != std::string::npos &&
         spec.name.find(".weight") != std::string::npos;
}

template <std::size_t size>
void transpose(const std::byte* from, std::int64_t rows, std::int64_t columns, std::byte* to) {
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r, to += size) {
      std::memcpy(to, from + static_cast<std::size_t>(r * columns + c) * size, size);
    }
  }
}

Tensor transposed(const Tensor& tensor) {
  const std::int64_t rows = tensor.extents()[0], columns = tensor.extents()[1];
  Tensor result(tensor.dtype(), {columns, rows});
  const auto* from = static_cast<const std::byte*>(tensor.data());
  auto* to = static_cast<std::byte*>(result.data());
  switch (size_of(tensor.dtype())) {
    case 1: transpose<1>(from, rows, columns, to); break;
    case 4: transpose<4>(from, rows, columns, to); break;
    default: transpose<8>(from, rows, columns, to);
  }
  return result;
}

template <class T> std::string shortest(T number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

// The file's tensors and facts, asked for by name.
class Source {
 public:
  explicit Source(const std::string& path) : path_(path), file_(read_safetensors(path)) {
    if (text(version_key) != version) fail("was written by another version of backprop");
  }
  [[noreturn]] void fail(const std::string& what) const { throw DataError(path_ + ": " + what); }

  template <class T> T number(const std::string& key) const {
    const std::string& from = text(key);
    T value{};
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), value);
    if (error != std::errc() || end != from.data() + from.size()) fail("metadata '" + key + "' is no number");
    return value;
  }
  void expect(const std::string& key, std::uint64_t value) const {
    if (number<std::uint64_t>(key) == value) return;
    fail("was written with " + key + " " + text(key) + ", not " + std::to_string(value) +
         ": it belongs to another configuration");
  }
  Progress progress() const {
    Progress progress;
    progress.epochs = number<int>("epochs");
    progress.rows = number<std::int64_t>("rows");
    progress.total = number<double>("total_loss");
    progress.seconds = number<double>("seconds");
    progress.loss_of_best = number<double>("training_loss_of_best");
    progress.overfits = number<int>("overfits") != 0;
    progress.advanced = number<int>("advanced");
    progress.mark = number<double>("mark");
    return progress;
  }
  // Copied in place: plans know the addresses.
  void read(const std::string& prefix, const StateSpec& spec, Tensor& to) {
    const std::string name = prefix + spec.name;
    const auto found = file_.tensors.find(name);
    if (found == file_.tensors.end()) fail("tensor '" + name + "' is missing: it belongs to another configuration");
    const Tensor& stored = found->second;
    const bool turn = lies_transposed(spec);
    Extents extents = spec.extents;
    if (turn) std::swap(extents[0], extents[1]);
    if (stored.dtype() != spec.dtype || stored.extents() != extents) {
      fail("tensor '" + name + "' is " + to_string(Type{stored.dtype(), Shape(stored.extents())}) + ", not " +
           to_string(Type{spec.dtype, Shape(extents)}) + ": it belongs to another configuration");
    }
    const Tensor& from = turn ? transposed_ = transposed(stored) : stored;
    std::memcpy(to.data(), from.data(), from.bytes());
    ++used_;
  }
  void expect_all_read() const {
    if (used_ != file_.tensors.size()) fail("has more tensors than the training: it belongs to another configuration");
  }

 private:
  const std::string& text(const std::string& key) const {
    const auto found = file_.metadata.find(key);
    if (found == file_.metadata.end()) fail("no metadata '" + key + "': not a checkpoint that backprop wrote");
    return found->second;
  }

  std::string path_;
  Safetensors file_;
  Tensor transposed_;
  std::size_t used_ = 0;
};

}  // namespace

void write_checkpoint(const std::string& path, const CheckpointFit& fit, const Progress& progress,
                      const StateStore& states, const Best& best) {
  std::vector<Tensor> turned;
  std::vector<NamedTensor> tensors;
  turned.reserve(states.size() + best.states().size());
  const auto add = [&](const std::string& prefix, const StateStore& store) {
    for (const auto& [name, entry] : store) {
      const bool turn = lies_transposed(entry.spec);
      if (turn) turned.push_back(transposed(entry.tensor));
      tensors.push_back({prefix + name, turn ? turned.back() : entry.tensor});
    }
  };
  add("", states);
  add(best_prefix, best.states());
  write_safetensors(path,
                    {{version_key, version},
                     {"format", "pt"},
                     {"seed", shortest(states.seed())},
                     {"step", shortest(states.step())},
                     {"epochs", shortest(progress.epochs)},
                     {"rows", shortest(progress.rows)},
                     {"total_loss", shortest(progress.total)},
                     {"seconds", shortest(progress.seconds)},
                     {"training_loss_of_best", shortest(progress.loss_of_best)},
                     {"overfits", progress.overfits ? "1" : "0"},
                     {"advanced", shortest(progress.advanced)},
                     {"mark", shortest(progress.mark)},
                     {"examples", shortest(fit.examples)},
                     {"batch_size", shortest(fit.batch_size)},
                     {"best_epoch", shortest(best.number())},
                     {"best_loss", shortest(best.loss())}},
                    tensors);
}

Progress read_checkpoint(const std::string& path, const CheckpointFit& fit, StateStore& states, Best& best) {
  Source source(path);
  source.expect("seed", states.seed());
  source.expect("examples", static_cast<std::uint64_t>(fit.examples));
  source.expect("batch_size", static_cast<std::uint64_t>(fit.batch_size));
  const Progress progress = source.progress();
  const auto step = source.number<std::uint64_t>("step");
  const auto best_epoch = source.number<int>("best_epoch");
  const auto best_loss = source.number<double>("best_loss");
  const bool inside = progress.epochs >= 0 && progress.rows >= 0 && progress.rows < fit.examples &&
                      progress.rows % fit.batch_size == 0 && best_epoch >= 0 && best_epoch <= progress.epochs;
  if (!inside) source.fail("its metadata 'epochs', 'rows' and 'best_epoch' contradict each other");
  StateStore& kept = best.restore(best_epoch, best_loss);
  for (const auto& [name, entry] : states) source.read("", entry.spec, states[name]);
  for (const auto& [name, entry] : kept) source.read(best_prefix, entry.spec, kept[name]);
  source.expect_all_read();
  states.set_step(step);
  return progress;
}

Progress read_progress(const std::string& path) { return Source(path).progress(); }

bool CheckpointClock::due(bool epoch_ended) const {
  if (options_.path.empty()) return false;
  if (options_.seconds == 0) return true;
  const double since = seconds_since(last_);
  return since >= 20 * cost_ && (epoch_ended || since >= options_.seconds);
}

void CheckpointClock::save(const std::function<void()>& write) {
  if (options_.path.empty()) return;
  if (options_.on_save) options_.on_save();
  last_ = Clock::now();
  write();
  cost_ = seconds_since(last_);
  last_ = Clock::now();
}

}  // namespace backprop
