/* KH_SANITIZED: 1 in builds with AddressSanitizer, whose runtime needs some rights of its own inside a sandbox (a few system calls, a huge
 * address space). gcc and clang say it in different ways. */
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define KH_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KH_SANITIZED 1
#endif
#endif

#ifndef KH_SANITIZED
#define KH_SANITIZED 0
#endif
