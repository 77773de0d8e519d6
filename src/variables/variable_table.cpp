// SPDX-License-Identifier: GPL-2.0-or-later
// Made by scripts/known-variables from Kamailio's repository: not to be edited. Releases
// 5.6.0 to 6.1.4, and 38711a3e78 for what comes after them.
// clang-format off
#include "variables/variable_table.h"

namespace kamexec::variables {

const ServerVersion kOldestInTable{5, 6, 0};
const ServerVersion kNewestRelease{6, 1, 4};

namespace {

constexpr TableRow kVariables[] = {
    {{"core", Shape::named}, {}, {},
     "def defn env envn"},
    {{"core", Shape::plain}, {}, {},
     "? null rc retcode"},
    {{"core", Shape::named}, {6, 1, 0}, {},
     "defs defv"},
    {{"core", Shape::plain}, {6, 1, 0}, {},
     "iuid"},
    {{"pv", Shape::indexed}, {}, {},
     "ai pU pd pn pu"},
    {{"pv", Shape::named}, {}, {},
     "Bf K Mf Sf TV _s af ccp cnt expires hdrc hflc ksr msg msgbuf nh rcv rpl sbranch sel "
     "shv snd sndfrom sndto stat time timef utime utimef var version via0 via1 viaZ vn vz "
     "xavi xavp xavu"},
    {{"pv", Shape::named_indexed}, {}, {},
     "avp branch hdr hfl"},
    {{"pv", Shape::plain}, {}, {},
     "AU Au RAi RAp RAu RAut Ras Ri Rn Rp Ru Rut TF TS Tb Tf Ts aU aa ad adc adn ado adr "
     "adu ar au bF bR bf br bs cT ci cl conid cs csb ct dP dd di dic dip dir dp ds du duri "
     "err.class err.info err.level err.rcode err.rreason fU fUl fd fn from from.domain "
     "from.user fs fsn fsp ft fu location_ua mF mb mbu mf mi ml mt mts oP oU oUl od op ou "
     "ouri pp pr prid proto rP rU rUl rb rd re rm rmid rp rr rs rsi rt ru ruid ruri "
     "ruri.domain ruri.user rv rz sF sas sf si sid siz sp src_ip su sut tU tUl td tn to "
     "to.domain to.user true tt tu ua"},
    {{"pv", Shape::named}, {5, 7, 0}, {},
     "shvinc"},
    {{"pv", Shape::plain}, {6, 0, 0}, {},
     "Eb Ec Ei Ej Ek En Eq Er Es Et Ev cts ctu"},
    {{"pv", Shape::plain}, {6, 1, 0}, {},
     "tts"},
    {{"pv", Shape::named}, {6, 1, 1}, {},
     "recv"},
    {{"pv", Shape::plain}, {6, 2, 0}, {},
     "ful rul"},
    {{"pv", Shape::named}, {5, 8, 8}, {6, 0, 0},
     "recv"},
    {{"pv", Shape::named}, {6, 0, 7}, {6, 1, 0},
     "recv"},
    {{"async", Shape::named}, {}, {},
     "async"},
    {{"benchmark", Shape::plain}, {}, {},
     "BM_time_diff"},
    {{"cfgutils", Shape::plain}, {}, {},
     "RANDOM"},
    {{"cnxcc", Shape::named}, {}, {},
     "cnxcc"},
    {{"corex", Shape::named}, {}, {},
     "cfg lsock"},
    {{"corex", Shape::named}, {6, 0, 0}, {},
     "atkv"},
    {{"dialog", Shape::named}, {}, {},
     "dlg dlg_ctx dlg_var"},
    {{"dialog", Shape::plain}, {}, {},
     "DLG_count DLG_lifetime DLG_status"},
    {{"dispatcher", Shape::named}, {}, {},
     "dsv"},
    {{"dispatcher", Shape::named}, {5, 8, 0}, {},
     "dsg"},
    {{"erlang", Shape::named}, {}, {},
     "erl_atom erl_list erl_pid erl_ref erl_tuple erl_xbuff"},
    {{"evapi", Shape::named}, {}, {},
     "evapi"},
    {{"evrexec", Shape::named}, {}, {},
     "evr"},
    {{"geoip", Shape::named}, {}, {},
     "gip"},
    {{"geoip2", Shape::named}, {}, {},
     "gip2"},
    {{"htable", Shape::named}, {}, {},
     "sht shtcn shtcv shtdec shtex shtinc shtitkey shtitval shtrecord"},
    {{"http_async_client", Shape::named}, {}, {},
     "http_req http_time"},
    {{"http_async_client", Shape::named_indexed}, {}, {},
     "http_hdr"},
    {{"http_async_client", Shape::plain}, {}, {},
     "http_bs http_err http_mb http_ml http_ok http_rb http_req_id http_rr http_rs"},
    {{"http_async_client", Shape::plain}, {6, 2, 0}, {},
     "http_xdata"},
    {{"http_client", Shape::named}, {}, {},
     "curlerror"},
    {{"http_client", Shape::named}, {6, 0, 0}, {},
     "httprhdr"},
    {{"ims_dialog", Shape::named}, {}, {},
     "dlg dlg_ctx dlg_var"},
    {{"ims_dialog", Shape::plain}, {}, {},
     "DLG_count DLG_lifetime DLG_status"},
    {{"ims_diameter_server", Shape::plain}, {}, {},
     "diameter_application diameter_command diameter_request diameter_response"},
    {{"ims_registrar_pcscf", Shape::plain}, {}, {},
     "pcscf_asserted_identity pcscf_registration_contact"},
    {{"ims_registrar_scscf", Shape::named_indexed}, {}, {},
     "ulc"},
    {{"ipops", Shape::named}, {}, {},
     "HN dns naptrquery srvquery"},
    {{"ipops", Shape::named}, {6, 0, 0}, {},
     "ptrquery"},
    {{"jsonrpcs", Shape::named}, {}, {},
     "jsonrpl"},
    {{"jwt", Shape::named}, {}, {},
     "jwt"},
    {{"jwt3", Shape::named}, {6, 2, 0}, {},
     "jwt3"},
    {{"kazoo", Shape::plain}, {}, {},
     "kzE kzR kzRK"},
    {{"kex", Shape::plain}, {}, {},
     "sruid"},
    {{"lwsc", Shape::named}, {}, {},
     "lwsc"},
    {{"memcached", Shape::named}, {}, {},
     "mcdec mcinc mct mctex"},
    {{"microhttpd", Shape::named}, {5, 8, 0}, {},
     "mhttpd"},
    {{"mqtt", Shape::named}, {}, {},
     "mqtt"},
    {{"mqueue", Shape::named}, {}, {},
     "mq_size mqk mqv"},
    {{"msrp", Shape::named}, {}, {},
     "msrp"},
    {{"nat_traversal", Shape::named}, {}, {},
     "keepalive.socket"},
    {{"nat_traversal", Shape::plain}, {}, {},
     "source_uri"},
    {{"nathelper", Shape::plain}, {}, {},
     "rr_count rr_top_count"},
    {{"nats", Shape::plain}, {}, {},
     "natsData"},
    {{"ndb_mongodb", Shape::named}, {}, {},
     "mongodb"},
    {{"ndb_redis", Shape::named}, {}, {},
     "redis redisd"},
    {{"nghttp2", Shape::named}, {6, 0, 0}, {},
     "nghttp2"},
    {{"nosip", Shape::plain}, {}, {},
     "nosip"},
    {{"nsq", Shape::plain}, {}, {},
     "nsqE"},
    {{"phonenum", Shape::named}, {}, {},
     "phn"},
    {{"posops", Shape::named}, {}, {},
     "pos"},
    {{"presence", Shape::named}, {}, {},
     "notify_reply subs"},
    {{"ptimer", Shape::named}, {6, 1, 0}, {},
     "ptimer"},
    {{"pv_headers", Shape::named_indexed}, {}, {},
     "x_hdr"},
    {{"pv_headers", Shape::plain}, {}, {},
     "x_fU x_fd x_fn x_ft x_fu x_rr x_rs x_tU x_td x_tn x_tt x_tu"},
    {{"registrar", Shape::named_indexed}, {}, {},
     "ulc"},
    {{"rr", Shape::named}, {}, {},
     "rdir"},
    {{"rr", Shape::plain}, {}, {},
     "fti route_uri tti"},
    {{"rtimer", Shape::plain}, {}, {},
     "rtimer_worker"},
    {{"rtpengine", Shape::plain}, {}, {},
     "rtpestat rtpstat"},
    {{"rtpproxy", Shape::plain}, {}, {},
     "rtppstat rtpstat"},
    {{"sdpops", Shape::named}, {}, {},
     "sdp"},
    {{"sdpops", Shape::named}, {5, 8, 0}, {},
     "sdpitval"},
    {{"secsipid", Shape::named}, {}, {},
     "secsipid"},
    {{"sipcapture", Shape::named}, {}, {},
     "hep"},
    {{"sipdump", Shape::named}, {}, {},
     "sipdump"},
    {{"sipt", Shape::named}, {}, {},
     "sipt"},
    {{"sipt", Shape::plain}, {}, {},
     "sipt_called_party_nai sipt_calling_party_nai sipt_cpc sipt_hop_counter "
     "sipt_presentation sipt_screening"},
    {{"siptrace", Shape::named}, {}, {},
     "siptrace"},
    {{"siputils", Shape::named}, {}, {},
     "pcv"},
    {{"sl", Shape::named}, {}, {},
     "ltt"},
    {{"smsops", Shape::named}, {}, {},
     "rpdata tpdu"},
    {{"smsops", Shape::plain}, {}, {},
     "smsack smsbody"},
    {{"sqlops", Shape::named}, {}, {},
     "dbr sqlrows"},
    {{"ss7ops", Shape::named}, {}, {},
     "isup"},
    {{"tcpops", Shape::named}, {}, {},
     "tcp"},
    {{"textopsx", Shape::named}, {}, {},
     "blitval hfitbody hfitname"},
    {{"tls", Shape::named}, {}, {},
     "tls"},
    {{"tls", Shape::plain}, {}, {},
     "tls_cipher_bits tls_cipher_info tls_description tls_my_issuer tls_my_issuer_cn "
     "tls_my_issuer_country tls_my_issuer_locality tls_my_issuer_organization "
     "tls_my_issuer_state tls_my_issuer_unit tls_my_raw_cert tls_my_serial tls_my_subject "
     "tls_my_subject_cn tls_my_subject_country tls_my_subject_locality "
     "tls_my_subject_organization tls_my_subject_state tls_my_subject_uid "
     "tls_my_subject_unit tls_my_urlencoded_cert tls_my_version tls_peer_expired "
     "tls_peer_issuer tls_peer_issuer_cn tls_peer_issuer_country tls_peer_issuer_locality "
     "tls_peer_issuer_organization tls_peer_issuer_state tls_peer_issuer_unit "
     "tls_peer_notAfter tls_peer_notBefore tls_peer_raw_cert tls_peer_revoked "
     "tls_peer_selfsigned tls_peer_serial tls_peer_server_name tls_peer_subject "
     "tls_peer_subject_cn tls_peer_subject_country tls_peer_subject_locality "
     "tls_peer_subject_organization tls_peer_subject_state tls_peer_subject_uid "
     "tls_peer_subject_unit tls_peer_urlencoded_cert tls_peer_verified tls_peer_version "
     "tls_version"},
    {{"tls", Shape::indexed}, {5, 7, 0}, {},
     "tls_my_san_email tls_my_san_hostname tls_my_san_ip tls_my_san_uri tls_peer_san_email "
     "tls_peer_san_hostname tls_peer_san_ip tls_peer_san_uri"},
    {{"tls", Shape::named}, {5, 7, 0}, {},
     "tls_my_san_count tls_peer_san_count"},
    {{"tls", Shape::plain}, {}, {5, 7, 0},
     "tls_my_san_email tls_my_san_hostname tls_my_san_ip tls_my_san_uri tls_peer_san_email "
     "tls_peer_san_hostname tls_peer_san_ip tls_peer_san_uri"},
    {{"tls_wolfssl", Shape::named}, {5, 7, 0}, {},
     "tls"},
    {{"tls_wolfssl", Shape::plain}, {5, 7, 0}, {},
     "tls_cipher_bits tls_cipher_info tls_description tls_my_issuer tls_my_issuer_cn "
     "tls_my_issuer_country tls_my_issuer_locality tls_my_issuer_organization "
     "tls_my_issuer_state tls_my_issuer_unit tls_my_raw_cert tls_my_san_email "
     "tls_my_san_hostname tls_my_san_ip tls_my_san_uri tls_my_serial tls_my_subject "
     "tls_my_subject_cn tls_my_subject_country tls_my_subject_locality "
     "tls_my_subject_organization tls_my_subject_state tls_my_subject_uid "
     "tls_my_subject_unit tls_my_urlencoded_cert tls_my_version tls_peer_expired "
     "tls_peer_issuer tls_peer_issuer_cn tls_peer_issuer_country tls_peer_issuer_locality "
     "tls_peer_issuer_organization tls_peer_issuer_state tls_peer_issuer_unit "
     "tls_peer_notAfter tls_peer_notBefore tls_peer_raw_cert tls_peer_revoked "
     "tls_peer_san_email tls_peer_san_hostname tls_peer_san_ip tls_peer_san_uri "
     "tls_peer_selfsigned tls_peer_serial tls_peer_server_name tls_peer_subject "
     "tls_peer_subject_cn tls_peer_subject_country tls_peer_subject_locality "
     "tls_peer_subject_organization tls_peer_subject_state tls_peer_subject_uid "
     "tls_peer_subject_unit tls_peer_urlencoded_cert tls_peer_verified tls_peer_version "
     "tls_version"},
    {{"tmx", Shape::named}, {}, {},
     "T T_branch T_inv T_req T_rpl"},
    {{"tmx", Shape::plain}, {}, {},
     "T_branch_idx T_reply_code T_reply_last T_reply_reason T_reply_ruid"},
    {{"topoh", Shape::named}, {6, 1, 0}, {},
     "th"},
    {{"uac", Shape::named}, {}, {},
     "uac_req"},
    {{"uuid", Shape::named}, {}, {},
     "uuid"},
    {{"websocket", Shape::plain}, {}, {},
     "ws_conid"},
    {{"xcap_server", Shape::named}, {}, {},
     "xcapuri"},
    {{"xhttp", Shape::plain}, {}, {},
     "hu"},
    {{"xlog", Shape::named}, {}, {},
     "C"},
    {{"xmlops", Shape::named}, {}, {},
     "xml"},
};

constexpr TableRow kTransformations[] = {
    {{"pv", Shape::plain}, {}, {},
     "line nameaddr param s tobody uri urialias"},
    {{"pv", Shape::plain}, {5, 7, 1}, {},
     "val"},
    {{"pv", Shape::plain}, {6, 1, 0}, {},
     "num"},
    {{"pv", Shape::plain}, {5, 6, 5}, {5, 7, 0},
     "val"},
    {{"corex", Shape::plain}, {}, {},
     "sock"},
    {{"json", Shape::plain}, {}, {},
     "json"},
    {{"kazoo", Shape::plain}, {}, {},
     "kz"},
    {{"msrp", Shape::plain}, {}, {},
     "msrpuri"},
    {{"sqlops", Shape::plain}, {}, {},
     "sql"},
    {{"textops", Shape::plain}, {}, {},
     "re"},
    {{"xhttp", Shape::plain}, {}, {},
     "url"},
};

}  // namespace

std::span<const TableRow> variable_rows() {
  return kVariables;
}

std::span<const TableRow> transformation_rows() {
  return kTransformations;
}

}  // namespace kamexec::variables
