/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash - FNV-1a, 64 bits: short names for things that nobody forges
 */
#ifndef PGCONS_HASH_H
#define PGCONS_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_INIT 0xcbf29ce484222325ULL

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	while (n--)
		hash = (hash ^ *at++) * 0x100000001b3ULL;
	return hash;
}

#endif
