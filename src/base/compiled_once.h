// A std::variant of many kinds, whose copying, moving and destroying is compiled in one file instead of in every file
// that passes it on: each of those is code for each kind, and was half of what compiling such a file took. It is used
// as the variant that it is: std::get, std::get_if, std::holds_alternative, std::visit.
//
// That one file includes base/compiled_once_members.h and has, for `using Shape = CompiledOnce<std::variant<…>>;`,
//
//     template class CompiledOnce<Shape::Kinds>;
#pragma once

#include <variant>

namespace obrol {

// Variant: a std::variant that can be copied, and moved without exceptions.
template <class Variant>
class CompiledOnce : public Variant {
  public:
    using Kinds = Variant;

    using Variant::Variant;
    CompiledOnce();
    CompiledOnce(const CompiledOnce& other);
    CompiledOnce(CompiledOnce&& other) noexcept;
    CompiledOnce& operator=(const CompiledOnce& other);
    CompiledOnce& operator=(CompiledOnce&& other) noexcept;
    ~CompiledOnce();
};

}  // namespace obrol
