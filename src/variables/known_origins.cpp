// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/known_origins.h"

#include <algorithm>
#include <array>

namespace kamexec::variables {
namespace {

struct Known {
  std::string_view name;
  Origin origin;
};

constexpr Origin caller(Form form, std::string_view what) {
  return {Control::caller, form, what};
}
constexpr Origin limited(std::string_view what) {
  return {Control::limited, Form::none, what};
}

constexpr Origin kAuthorization = caller(Form::text, "a field of the Authorization header");
constexpr Origin kDiversion = caller(Form::text, "a field of the Diversion header");
constexpr Origin kMessage = caller(Form::none, "the message, or a part of it");
constexpr Origin kNumber = limited("a number");
constexpr Origin kTime = limited("a time");
constexpr Origin kSource = limited("the address that the message came from");
constexpr Origin kReceived = limited("an address of the server's own");
constexpr Origin kOperator = limited("the operator's own text");
constexpr Origin kRuri = caller(Form::uri, "the R-URI");
constexpr Origin kUser = caller(Form::user, "the user part of the R-URI");
constexpr Origin kHost = caller(Form::host, "the host of the R-URI");
constexpr Origin kTransport = caller(Form::user, "the R-URI's parameter transport");
constexpr Origin kUriText = caller(Form::none, "a part of a URI");

/// The variables of the modules pv, tm, textops and the core whose origin is certain. Any other is
/// unknown. https://www.kamailio.org/wikidocs/cookbooks/5.6.x/pseudovariables/
constexpr std::array kTable = {
    // The request line.
    Known{"ru", kRuri},
    Known{"ou", kRuri},
    Known{"ruri", kRuri},
    Known{"uri", kRuri},
    Known{"rU", kUser},
    Known{"oU", kUser},
    Known{"rUl", kUser},
    Known{"oUl", kUser},
    Known{"rd", kHost},
    Known{"od", kHost},
    Known{"rm", caller(Form::text, "the method")},
    Known{"rv", caller(Form::none, "the protocol version")},
    Known{"rp", kNumber},
    Known{"op", kNumber},
    Known{"rP", kTransport},
    Known{"oP", kTransport},
    Known{"rz", limited("a URI scheme")},
    Known{"rs", kNumber},
    Known{"rr", caller(Form::text, "the reason phrase")},
    // From and To.
    Known{"fu", caller(Form::uri, "the URI of From")},
    Known{"from", caller(Form::uri, "the URI of From")},
    Known{"fU", caller(Form::user, "the user part of From")},
    Known{"fUl", caller(Form::user, "the user part of From")},
    Known{"fd", caller(Form::host, "the host of From")},
    Known{"fn", caller(Form::display_name, "the display name of From")},
    Known{"ft", caller(Form::text, "the tag of From")},
    Known{"tu", caller(Form::uri, "the URI of To")},
    Known{"to", caller(Form::uri, "the URI of To")},
    Known{"tU", caller(Form::user, "the user part of To")},
    Known{"tUl", caller(Form::user, "the user part of To")},
    Known{"td", caller(Form::host, "the host of To")},
    Known{"tn", caller(Form::display_name, "the display name of To")},
    Known{"tt", caller(Form::text, "the tag of To")},
    // Other header fields.
    Known{"ci", caller(Form::text, "the Call-ID")},
    Known{"cs", caller(Form::none, "the CSeq number")},
    Known{"csb", caller(Form::none, "the CSeq header")},
    Known{"ct", caller(Form::text, "the Contact header")},
    Known{"cts", caller(Form::none, "the Contact header")},
    Known{"cT", caller(Form::text, "the Content-Type")},
    Known{"ua", caller(Form::text, "the User-Agent")},
    Known{"hdr", caller(Form::folded_text, "a header field")},
    Known{"hfl", caller(Form::text, "a header field")},
    Known{"nameaddr", kUriText},
    Known{"sel", kMessage},
    Known{"aU", kAuthorization},
    Known{"au", kAuthorization},
    Known{"ad", kAuthorization},
    Known{"adu", kAuthorization},
    Known{"aa", kAuthorization},
    Known{"ar", kAuthorization},
    Known{"adc", kAuthorization},
    Known{"adn", kAuthorization},
    Known{"AU", kAuthorization},
    Known{"Au", kAuthorization},
    Known{"ai", caller(Form::uri, "the URI of P-Asserted-Identity")},
    Known{"pu", caller(Form::uri, "the URI of P-Preferred-Identity")},
    Known{"pU", caller(Form::user, "the user part of P-Preferred-Identity")},
    Known{"pd", caller(Form::host, "the host of P-Preferred-Identity")},
    Known{"pn", caller(Form::display_name, "the display name of P-Preferred-Identity")},
    Known{"di", caller(Form::uri, "the URI of Diversion")},
    Known{"dic", kDiversion},
    Known{"dip", kDiversion},
    Known{"dir", kDiversion},
    Known{"dis", kDiversion},
    Known{"re", caller(Form::uri, "the URI of Remote-Party-ID")},
    Known{"rt", caller(Form::uri, "the URI of Refer-To")},
    Known{"via0", caller(Form::none, "the Via header")},
    Known{"via1", caller(Form::none, "the Via header")},
    Known{"viaZ", caller(Form::none, "the Via header")},
    // The message.
    Known{"rb", caller(Form::folded_text, "the body")},
    Known{"mb", kMessage},
    Known{"mbu", kMessage},
    Known{"msg", kMessage},
    Known{"msgbuf", kMessage},
    Known{"T_req", kMessage},
    Known{"T_rpl", kMessage},
    Known{"T_inv", kMessage},
    // No free text.
    Known{"si", kSource},
    Known{"sp", kSource},
    Known{"siz", kSource},
    Known{"su", kSource},
    Known{"sut", kSource},
    Known{"src_ip", kSource},
    Known{"pr", limited("a protocol")},
    Known{"proto", limited("a protocol")},
    Known{"prid", limited("a protocol")},
    Known{"af", limited("an address family")},
    Known{"Ri", kReceived},
    Known{"Rp", kReceived},
    Known{"Rn", kOperator},
    Known{"Ru", kReceived},
    Known{"Rut", kReceived},
    Known{"RAi", kOperator},
    Known{"RAp", kOperator},
    Known{"RAu", kOperator},
    Known{"RAut", kOperator},
    Known{"pp", kNumber},
    Known{"mi", kNumber},
    Known{"ml", kNumber},
    Known{"bs", kNumber},
    Known{"mf", kNumber},
    Known{"mF", kNumber},
    Known{"bf", kNumber},
    Known{"bF", kNumber},
    Known{"sf", kNumber},
    Known{"sF", kNumber},
    Known{"cnt", kNumber},
    Known{"hdrc", kNumber},
    Known{"hflc", kNumber},
    Known{"stat", kNumber},
    Known{"rc", kNumber},
    Known{"retcode", kNumber},
    Known{"mt", kNumber},
    Known{"mts", limited("a word")},
    Known{"TS", kTime},
    Known{"TF", kTime},
    Known{"Tf", kTime},
    Known{"Ts", kTime},
    Known{"Tb", kTime},
    Known{"TV", kTime},
    Known{"time", kTime},
    Known{"timef", kTime},
    Known{"utime", kTime},
    Known{"utimef", kTime},
    Known{"def", kOperator},
    Known{"defn", kOperator},
    Known{"env", kOperator},
    Known{"version", kOperator},
    Known{"null", kOperator},
    Known{"true", kNumber},
    Known{"err.class", kNumber},
    Known{"err.level", kNumber},
    Known{"err.rcode", kNumber},
};

constexpr Origin kOwn = {Control::unknown, Form::none, "the script's own"};

/// The first names of selects that are not a message's: core/select_core.h and the modules'.
constexpr std::array kSelects = {
    Known{"cfg_get", kOperator}, Known{"cfg_selected", kOperator},
    Known{"sys", kNumber},       Known{"src", kSource},
    Known{"dst", kReceived},     Known{"received", kReceived},
    Known{"timer", kNumber},     Known{"avp", kOwn},
    Known{"attr", kOwn},         Known{"attribute", kOwn},
    Known{"db_query", kOwn},     Known{"db_fetch", kOwn},
};

template <std::size_t N>
Origin find(const std::array<Known, N>& table, std::string_view name, Origin otherwise) {
  const auto* known =
      std::find_if(table.begin(), table.end(), [&](const Known& one) { return one.name == name; });
  return known == table.end() ? otherwise : known->origin;
}

}  // namespace

Origin origin_of_class(std::string_view name) {
  return find(kTable, name, kOwn);
}

Origin origin_of_select(std::string_view select) {
  return find(kSelects, select.substr(0, select.find_first_of(".[")), kMessage);
}

}  // namespace kamexec::variables
