/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As in the kernel, page_alloc.c does not see how many nodes there can be. */
struct pglist_data;
struct pglist_data *node_data[64];

int main(void)
{
	return 0;
}
