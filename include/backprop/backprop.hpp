// The whole public interface.
#pragma once

#include "backprop/dual.hpp"
#include "backprop/error.hpp"
#include "backprop/expression.hpp"
#include "backprop/math.hpp"
#include "backprop/shape.hpp"
#include "backprop/tensor.hpp"
#include "backprop/version.hpp"
