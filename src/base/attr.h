/* Compiler attributes and the ownership idioms used everywhere.
 *
 * Ownership: a variable marked with a kh_auto_* attribute is released when it leaves scope. kh_take(p) hands its value on and leaves
 * the variable NULL, so that the release does nothing:
 *
 *     kh_auto_free char *name = kh_strdup(src);
 *     ...
 *     *ret_name = kh_take(name);
 */
#pragma once

#include <stddef.h>

#define KH_MUST_USE __attribute__((warn_unused_result))
#define KH_PRINTF(fmt, args) __attribute__((format(__printf__, fmt, args)))
#define KH_NORETURN __attribute__((noreturn))
#define KH_UNUSED __attribute__((unused))
#define KH_PURE __attribute__((pure))
/* Being released is a use: clang does not see it. */
#define KH_CLEANUP(f) __attribute__((cleanup(f), unused))

/* Hands the pointer's value on and forgets it here. */
#define kh_take(ptr)                           \
	({                                     \
		__typeof__(&(ptr)) p_ = &(ptr); \
		__typeof__(ptr) v_ = *p_;      \
		*p_ = NULL;                    \
		v_;                            \
	})

/* Drops a must-use error on purpose, visibly. */
#define kh_ignore(expr)                        \
	do {                                   \
		__typeof__(expr) drop_ = (expr); \
		(void)drop_;                   \
	} while (0)

/* Defines kh_cleanup_<name>() for KH_CLEANUP from a free function that accepts NULL. */
#define KH_DEFINE_CLEANUP(name, type, free_fn)            \
	static inline void kh_cleanup_##name(type *p)     \
	{                                                 \
		free_fn(*p);                              \
	}                                                 \
	struct kh_cleanup_##name##_needs_semicolon

#define KH_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KH_MIN(a, b) ((a) < (b) ? (a) : (b))
#define KH_MAX(a, b) ((a) > (b) ? (a) : (b))
