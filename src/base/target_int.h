/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_int - integers as the dumped kernel stored them
 *
 * Only little-endian 64-bit kernels are read so far (x86_64, arm64); a host of either byte
 * order can read them. Target quantities are uint64_t on every host.
 */
#ifndef PGCONS_TARGET_INT_H
#define PGCONS_TARGET_INT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t target_u64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline uint32_t target_u32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint16_t target_u16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

/* An unsigned integer of @size bytes (1, 2, 4 or 8); other sizes read as 0. */
static inline uint64_t target_uint(const void *p, unsigned int size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		return target_u16(p);
	case 4:
		return target_u32(p);
	case 8:
		return target_u64(p);
	default:
		return 0;
	}
}

#endif
