// For the one file that compiles a CompiledOnce.
#pragma once

#include <type_traits>

#include "base/compiled_once.h"

namespace obrol {

template <class Variant>
CompiledOnce<Variant>::CompiledOnce() = default;

template <class Variant>
CompiledOnce<Variant>::CompiledOnce(const CompiledOnce& other) = default;

template <class Variant>
CompiledOnce<Variant>::CompiledOnce(CompiledOnce&& other) noexcept = default;

template <class Variant>
CompiledOnce<Variant>& CompiledOnce<Variant>::operator=(const CompiledOnce& other) = default;

template <class Variant>
CompiledOnce<Variant>& CompiledOnce<Variant>::operator=(CompiledOnce&& other) noexcept = default;

template <class Variant>
CompiledOnce<Variant>::~CompiledOnce() = default;

}  // namespace obrol
