// Answers about other servers for people. Internal to admin/.
#pragma once

#include <string>

#include "wire/json_value.h"

namespace obrol::admin {

std::string own_identity(const JsonValue& data);
std::string peer_list(const JsonValue& data);
std::string peer_shown(const JsonValue& data);
std::string peer_added(const JsonValue& data);
std::string peer_address_changed(const JsonValue& data);
std::string peer_connected(const JsonValue& data);
std::string peer_disconnected(const JsonValue& data);
std::string peer_blocked(const JsonValue& data);
std::string peer_unblocked(const JsonValue& data);
std::string peer_removed(const JsonValue& data);
std::string peer_tested(const JsonValue& data);
std::string queue_list(const JsonValue& data);
std::string queue_flushed(const JsonValue& data);
std::string queue_dropped(const JsonValue& data);

}  // namespace obrol::admin
