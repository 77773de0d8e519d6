// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/inner_names.h"

#include <algorithm>
#include <iterator>

namespace kamexec::variables {
namespace {

using Kind = InnerNames::Kind;

struct Entry {
  std::string_view classes;
  InnerNames names;
};

// The functions parse_name of pv_export_t, of 5.6.3 to 6.1.4.
constexpr Entry kEntries[] = {
    {"time utime", {Kind::word, "sec min hour mday mon year wday yday isdst"}},
    {"TV", {Kind::word, "s u sn un Sn Fn Sm"}},
    {"nh", {Kind::word, "u U d p P i"}},
    {"version", {Kind::word, "num full hash"}},
    {"K", {Kind::word, "WS UDP TCP TLS WSS IPv4 INET IPv6 SCTP INET6 IP4 IP6"}},
    {"af", {Kind::word, "id name"}},
    {"expires", {Kind::word, "min max"}},
    {"msg", {Kind::word, "len buf body hdrs hdrc fline fpart lpart body_len hdrs_len"}},
    {"ksr", {Kind::word, "ver verval"}},
    {"rpl", {Kind::word, "duri dhost dport dproto dprotoid cntvia cntrr"}},
    {"snd sndto sndfrom", {Kind::word, "ip af port proto sproto buf len"}},
    {"via0 via1 viaZ",
     {Kind::word,
      "host port proto protoid branch rport received i params oc ocalgo ocval ocvalidity ocseq "
      "oc-algo oc-val oc-validity oc-seq"}},
    {"branch sbranch",
     {Kind::word, "uri dst_uri path q Q send_socket count flags ruid location_ua otcpid instance"}},
    {"T T_branch",
     {Kind::word,
      "id_index id_label id_index_n id_label_n reply_type branch_index reply_reason reply_code uri "
      "flags ruid"}},
    {"ltt", {Kind::word, "x s t"}},
    {"avp", {Kind::avp, {}}},
    {"hdr hdrc hfl hflc", {Kind::header, {}}},
    {"T_req T_rpl T_inv", {Kind::variable, {}}},
    {"cnt", {Kind::list, {}}},
    {"xavp xavu xavi", {Kind::xavp, {}}},
    {"sht shtex shtcn shtcv shtinc shtdec", {Kind::keyed, {}}},
};

}  // namespace

bool has_word(std::string_view words, std::string_view word) {
  if (word.empty() || word.find(' ') != word.npos) {
    return false;
  }
  for (std::size_t at = words.find(word); at != words.npos; at = words.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) {
      return true;
    }
  }
  return false;
}

InnerNames inner_names_of(std::string_view class_name) {
  const auto* const found =
      std::find_if(std::begin(kEntries), std::end(kEntries),
                   [&](const Entry& entry) { return has_word(entry.classes, class_name); });
  return found == std::end(kEntries) ? InnerNames() : found->names;
}

}  // namespace kamexec::variables
