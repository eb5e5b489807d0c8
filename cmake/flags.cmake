# Flags of every target of ours. -ffp-contract=off is part of the numeric contract: a fused multiply-add exists only
# where the graph says so.
function(backprop_flags target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  # Kernels are compiled for AVX-512, AVX2 and the plain fallback; the steps between are not worth their code. The same in
  # every source: Highway's dispatch tables depend on it.
  target_compile_definitions(${target} PRIVATE "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4)")
  if(PROJECT_IS_TOP_LEVEL)
    # g++ 12 takes "text" + std::string for overlapping copies (its bug 105651), and more under sanitizers (type None).
    target_compile_options(${target} PRIVATE -Wall -Wextra $<$<NOT:$<CONFIG:None>>:-Werror> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  endif()
endfunction()

# For code that is compiled more often than it waits for: the program's own files and the tests.
function(backprop_compile_quickly target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()
