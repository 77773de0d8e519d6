// SPDX-License-Identifier: GPL-2.0-or-later
// Variables and AVPs that a script engine names by a string, for the length of a call.
#pragma once

#include "kamailio/host.h"

namespace kamexec {

/// Parses a name, and frees what came of it. An empty name stands for none; one that can't be used
/// is not valid.
template <typename Host, Host* (*Parse)(HostText), void (*Free)(Host*)>
class Named {
 public:
  explicit Named(HostText name)
      : host_(name.length > 0 ? Parse(name) : nullptr),
        valid_(host_ != nullptr || name.length == 0) {}
  ~Named() { Free(host_); }
  Named(const Named&) = delete;
  Named& operator=(const Named&) = delete;
  [[nodiscard]] Host* get() const { return host_; }
  [[nodiscard]] bool valid() const { return valid_; }

 private:
  Host* host_;
  bool valid_;
};

using NamedVariable = Named<HostVariable, host_variable_parse, host_variable_free>;
using NamedAvps = Named<HostAvpList, host_avp_list_parse, host_avp_list_free>;

}  // namespace kamexec
