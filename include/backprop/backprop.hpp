// The whole public interface.
#pragma once

#include "backprop/attributes.hpp"
#include "backprop/compile.hpp"
#include "backprop/device.hpp"
#include "backprop/dual.hpp"
#include "backprop/error.hpp"
#include "backprop/expression.hpp"
#include "backprop/gradient.hpp"
#include "backprop/graph.hpp"
#include "backprop/math.hpp"
#include "backprop/operation.hpp"
#include "backprop/operations.hpp"
#include "backprop/shape.hpp"
#include "backprop/state.hpp"
#include "backprop/tensor.hpp"
#include "backprop/version.hpp"
