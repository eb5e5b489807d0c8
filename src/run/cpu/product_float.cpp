// Matrix products in float, for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/product_float.cpp"
#include <hwy/foreach_target.h>

#include "run/cpu/product_chain-inl.hpp"
#include "run/cpu/product_kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

ProductMachine machine_for_float() { return product_machine<float>(); }
ChainFunction<float> chain_for_float() { return chain_link<float>; }

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {

HWY_EXPORT(machine_for_float);
HWY_EXPORT(chain_for_float);

template <> ProductMachine product_machine<float>() { return HWY_DYNAMIC_DISPATCH(machine_for_float)(); }
template <> ChainFunction<float> chain_function<float>() { return HWY_DYNAMIC_DISPATCH(chain_for_float)(); }

}  // namespace backprop::cpu
#endif
