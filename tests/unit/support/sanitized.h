// SPDX-License-Identifier: GPL-2.0-or-later
// Defines KAMEXEC_SANITIZED where AddressSanitizer is built in.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define KAMEXEC_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KAMEXEC_SANITIZED 1
#endif
#endif
