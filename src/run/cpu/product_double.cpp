// Matrix products in double, for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/product_double.cpp"
#include <hwy/foreach_target.h>

#include "run/cpu/product_chain-inl.hpp"
#include "run/cpu/product_kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

ProductMachine machine_for_double() { return product_machine<double>(); }
ChainFunction<double> chain_for_double() { return chain_link<double>; }

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {

HWY_EXPORT(machine_for_double);
HWY_EXPORT(chain_for_double);

template <> ProductMachine product_machine<double>() { return HWY_DYNAMIC_DISPATCH(machine_for_double)(); }
template <> ChainFunction<double> chain_function<double>() { return HWY_DYNAMIC_DISPATCH(chain_for_double)(); }

}  // namespace backprop::cpu
#endif
