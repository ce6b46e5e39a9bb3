/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/load_calls.h"

#include <dlfcn.h>

bool load_calls(const char *soname, const struct loaded_call *calls, size_t n)
{
	void *handle = dlopen(soname, RTLD_NOW | RTLD_NODELETE);
	bool ok = handle != NULL;

	for (size_t i = 0; ok && i < n; i++)
		ok = (*calls[i].at = dlsym(handle, calls[i].name)) != NULL;
	if (handle)
		dlclose(handle);
	return ok;
}
