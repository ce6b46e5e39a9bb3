/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cleanup - scope guards and contracts the compiler enforces
 */
#ifndef PGCONS_CLEANUP_H
#define PGCONS_CLEANUP_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define _must_check_ __attribute__((warn_unused_result))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _unused_ __attribute__((unused))
#define _cleanup_(fn) __attribute__((cleanup(fn)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Hand an owned pointer over: the variable is NULL afterwards. */
#define TAKE_PTR(p)                                                                      \
	({                                                                               \
		__typeof__(p) *take_from = &(p);                                         \
		__typeof__(p) taken = *take_from;                                        \
		*take_from = NULL;                                                       \
		taken;                                                                   \
	})

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_fd_ _cleanup_(cleanup_fd)

#endif
