#include "backprop/error.hpp"
#include "backprop/state.hpp"

namespace backprop {
namespace {
constexpr std::string_view roles[] = {"parameter", "buffer", "moment", "counter"};
}

std::string_view to_string(Role role) { return roles[static_cast<int>(role)]; }

Role parse_role(std::string_view name) {
  for (int i = 0; i < 4; ++i) {
    if (roles[i] == name) return static_cast<Role>(i);
  }
  throw Error("[state] '" + std::string(name) + "' is none of parameter, buffer, moment, counter");
}

StateStore::StateStore(std::uint64_t seed) : seed_(seed) {}

StateStore::Entry& StateStore::require(const StateSpec& spec) {
  if (const auto it = entries_.find(spec.name); it != entries_.end()) {
    const StateSpec& old = it->second.spec;
    if (old.dtype != spec.dtype || old.extents != spec.extents) {
      throw Error("[state] '" + spec.name + "' is " + to_string(Type{old.dtype, Shape(old.extents)}) +
                  " in the store, a graph wants " + to_string(Type{spec.dtype, Shape(spec.extents)}));
    }
    return it->second;
  }
  Entry entry{spec, initialise(spec.initialiser, spec.dtype, spec.extents, spec.name, seed_)};
  return entries_.emplace(spec.name, std::move(entry)).first->second;
}

bool StateStore::contains(std::string_view name) const { return entries_.find(name) != entries_.end(); }

const Tensor& StateStore::operator[](std::string_view name) const {
  const auto it = entries_.find(name);
  if (it == entries_.end()) throw Error("[state] there is no state '" + std::string(name) + "'");
  return it->second.tensor;
}

Tensor& StateStore::operator[](std::string_view name) {
  return const_cast<Tensor&>(static_cast<const StateStore&>(*this)[name]);
}

}  // namespace backprop
