// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/sip_message.h"

#include <algorithm>

#include "base/printable.h"
#include "tool/sip/headers.h"
#include "tool/sip/sip_uri.h"
#include "tool/sip/text.h"

#include "tool/sip/libre.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kShown = 60;
constexpr std::string_view kBeforeMessage{" \t\r\n\0", 5};  // what the server skips

/// libre reads buffers of its own kind. This one's bytes are ours, and only looked at.
class LentBuffer {
 public:
  explicit LentBuffer(std::string_view bytes) : buffer_(mbuf_alloc(1)) {
    if (buffer_) {
      mem_deref(buffer_->buf);
      buffer_->buf = reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data()));
      buffer_->size = buffer_->end = bytes.size();
    }
  }
  ~LentBuffer() {
    if (buffer_) {
      buffer_->buf = nullptr;
    }
  }
  LentBuffer(const LentBuffer&) = delete;
  LentBuffer& operator=(const LentBuffer&) = delete;
  [[nodiscard]] struct mbuf* get() const { return buffer_.get(); }

 private:
  LibreOwned<struct mbuf> buffer_;
};

/// What libre said, where that can be told.
Error unreadable(std::string_view message) {
  const std::string_view line = message.substr(0, message.find_first_of("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos) {
    return {"this is not a SIP message: it begins with \"" + printable(line, kShown) + "\"", 0};
  }
  struct uri uri = {};
  const struct pl text = pointer_length(line.substr(first + 1, second - first - 1));
  if (line.substr(0, 4) != "SIP/" && uri_decode(&uri, &text) != 0) {
    return {"the R-URI can't be read: " + printable(view(text), kShown), 0};
  }
  return {
      "the message can't be read: a header line is not \"name: value\", or a Via (one without a "
      "branch, too), From, To or CSeq is malformed",
      0};
}

/// The value with the blanks at its end, which the server leaves there: up to the line end that no
/// blank follows. @p end is the message's.
std::string_view with_last_blanks(std::string_view body, const char* end) {
  std::size_t size = body.size();
  const char* at = body.data() + size;
  for (; at != end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'); ++at) {
    if (*at == '\n' && (at + 1 == end || (at[1] != ' ' && at[1] != '\t'))) {
      break;
    }
    if (*at == ' ' || *at == '\t') {
      size = static_cast<std::size_t>(at + 1 - body.data());
    }
  }
  return {body.data(), size};
}

/// A Via or Route with several values, which libre gives one by one, is one header field.
void add_header(std::vector<request::HeaderField>& headers, const struct sip_hdr& header) {
  const std::string_view name = view(header.name);
  const std::string_view body = view(header.val);
  if (!headers.empty() && headers.back().name.data() == name.data() && !body.empty()) {
    request::HeaderField& last = headers.back();
    last.body = {last.body.data(),
                 static_cast<std::size_t>(body.data() + body.size() - last.body.data())};
  } else {
    headers.push_back({name, body});
  }
}

/// The server finds the end of these where their grammar ends, of all others at the line end.
bool ends_at_line_end(std::string_view name) {
  return !is_header(name, "Via") && !is_header(name, "To") && !is_header(name, "CSeq");
}

void take_via(const struct sip_via& via, request::RequestFacts& facts) {
  const std::string_view sent_by = view(via.sentby);
  const std::size_t bracket = sent_by.find(']');
  const std::size_t colon = sent_by.find(':', bracket == sent_by.npos ? 0 : bracket);
  facts.via_host = trimmed(sent_by.substr(0, colon));
  facts.via_port = colon == sent_by.npos ? std::string_view() : trimmed(sent_by.substr(colon + 1));
  std::string_view params = trimmed(view(via.params));
  if (!params.empty()) {
    facts.via_branch = parameter(params.substr(1), "branch").value_or(std::string_view());
  }
}

}  // namespace

Result<SipMessage> SipMessage::read(std::string bytes, MessageSource source) {
  SipMessage message;
  message.bytes_ = std::make_unique<const std::string>(std::move(bytes));
  message.source_ = std::make_unique<const MessageSource>(std::move(source));
  if (Result<void> parsed = message.parse(); !parsed) {
    return tl::unexpected<Error>(std::move(parsed.error()));
  }
  return message;
}

Result<void> SipMessage::parse() {
  const std::size_t begin = bytes_->find_first_not_of(kBeforeMessage);
  if (begin == bytes_->npos) {
    return failure("the message is empty");
  }
  const std::string_view text = std::string_view(*bytes_).substr(begin);
  const LentBuffer buffer(text);
  struct sip_msg* read = nullptr;
  if (buffer.get() == nullptr || sip_msg_decode(&read, buffer.get()) != 0) {
    return tl::unexpected<Error>(unreadable(text));
  }
  const LibreOwned<struct sip_msg> message(read);
  facts_.is_reply = !message->req;
  if (message->req) {
    facts_.method = view(message->met);
    facts_.current_uri = facts_.original_uri = view(message->ruri);
  } else {
    status_ = text.substr(text.find(' ') + 1, 3);
    reason_ = view(message->reason);
  }
  for (const struct le* item = message->hdrl.head; item != nullptr; item = item->next) {
    add_header(facts_.headers, *static_cast<const struct sip_hdr*>(item->data));
  }
  if (view(message->via.sentby).empty()) {
    return failure("there is no Via: the server drops such a message");
  }
  take_via(message->via, facts_);
  for (request::HeaderField& header : facts_.headers) {
    if (!header.body.empty() && ends_at_line_end(header.name)) {
      header.body = with_last_blanks(header.body, text.data() + text.size());
    }
  }
  body_ = text.substr(std::min(buffer.get()->pos, text.size()));
  take_known_headers();
  return check_header_counts(facts_);
}

void SipMessage::take_known_headers() {
  facts_.source_ip = source_->ip;
  if (const auto uri = read_sip_uri(facts_.original_uri)) {
    facts_.user = facts_.original_user = uri->user;
  }
  if (const request::HeaderField* header = find_header(facts_, "From")) {
    from_ = read_sip_address(header->body);
  }
  if (const request::HeaderField* header = find_header(facts_, "To")) {
    to_ = read_sip_address(header->body);
  }
  if (const request::HeaderField* header = find_header(facts_, "Call-ID")) {
    facts_.call_id = header->body;
  }
  if (const request::HeaderField* header = find_header(facts_, "CSeq")) {
    facts_.cseq_number = first_word(header->body);
  }
  facts_.from_tag = from_ ? from_->tag : std::string_view();
  facts_.to_tag = to_ ? to_->tag : std::string_view();
}

}  // namespace kamexec::tool
