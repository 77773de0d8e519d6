// SPDX-License-Identifier: GPL-2.0-or-later
// Variables and AVPs that a script engine names by a string, for the length of a call.
#pragma once

#include "kamailio/calls/given_name.h"
#include "kamailio/host/host.h"
#include "kamailio/host/text.h"

namespace kamexec::module {

/// Parses a name, and frees what came of it. An empty name stands for none; one that can't be used
/// is not valid, and the log says so.
template <typename Host, Host* (*Parse)(HostText), void (*Free)(Host*)>
class Named {
 public:
  explicit Named(HostText name)
      : host_(name.length > 0 && is_plain_name(view(name)) ? Parse(name) : nullptr),
        valid_(host_ != nullptr || name.length == 0) {
    if (!valid_) {
      log_unusable_name("a name given at run time", view(name), "results can't be written to it");
    }
  }
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

}  // namespace kamexec::module
