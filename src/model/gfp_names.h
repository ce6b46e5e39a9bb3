/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gfp_names - the flags of an allocation in words
 */
#ifndef PGCONS_GFP_NAMES_H
#define PGCONS_GFP_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct layout;

/* "IO|FS|ZERO"; bits without a name as a number; "none". Cut when it does not fit. */
void gfp_names(const struct layout *lay, uint32_t gfp, char *buf, size_t size);

#endif
