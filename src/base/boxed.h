// A value that is rarely there, or rarely needed: on the heap, so that whoever holds it stays small. Used like a
// std::optional, and copied like a value.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace obrol {

template <class T>
class Boxed {
  public:
    Boxed() = default;  // clang-format off
    Boxed(std::nullopt_t) {}  // NOLINT(google-explicit-constructor): as a std::optional
    template <class U = T>
        requires(std::is_constructible_v<T, U> && !std::is_same_v<std::remove_cvref_t<U>, Boxed> &&
                 !std::is_same_v<std::remove_cvref_t<U>, std::nullopt_t> &&
                 !std::is_same_v<std::remove_cvref_t<U>, std::optional<T>>)
    Boxed(U&& value)  // NOLINT(google-explicit-constructor): as a std::optional
        : value_(std::make_unique<T>(std::forward<U>(value))) {}  // clang-format on
    Boxed(std::optional<T> value)  // NOLINT(google-explicit-constructor): the same, elsewhere
        : value_(value ? std::make_unique<T>(*std::move(value)) : nullptr) {}
    Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
    // Leaves `other` empty.
    Boxed(Boxed&& other) noexcept = default;
    Boxed& operator=(const Boxed& other) {
        *this = Boxed(other);
        return *this;
    }
    Boxed& operator=(Boxed&& other) noexcept = default;
    ~Boxed() = default;

    template <class... Arguments>
    T& emplace(Arguments&&... arguments) {
        value_ = std::make_unique<T>(std::forward<Arguments>(arguments)...);
        return *value_;
    }
    void reset() { value_.reset(); }

    explicit operator bool() const { return value_ != nullptr; }
    bool has_value() const { return value_ != nullptr; }
    // There must be one.
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(value()); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& value() & {
        OBROL_CHECK(value_);
        return *value_;
    }
    const T& value() const& {
        OBROL_CHECK(value_);
        return *value_;
    }
    T&& value() && { return std::move(value()); }

    friend bool operator==(const Boxed& a, const Boxed& b) {
        return a.has_value() == b.has_value() && (!a.has_value() || *a == *b);
    }

  private:
    std::unique_ptr<T> value_;
};

}  // namespace obrol
