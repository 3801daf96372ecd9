/*
 * Compiler attributes under names that say what they ask of the caller.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* The result says whether the call worked; dropping it is a bug. */
#define ATTR_MUST_USE __attribute__((warn_unused_result))
/* Argument fmt is a printf format for the arguments from first on. */
#define ATTR_FORMAT(fmt, first) __attribute__((format(printf, fmt, first)))
#define ATTR_NORETURN __attribute__((noreturn))
#define ATTR_UNUSED __attribute__((unused))

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define KIB ((int64_t)1024)
#define MIB ((int64_t)1024 * 1024)
#define GIB ((int64_t)1024 * 1024 * 1024)

#endif
