/* SPDX-License-Identifier: MIT */
#include "http/transport.h"

void
transport_each(char *const *variables, transport_param_fn fn, void *arg)
{
	for (; *variables != NULL; variables++) {
		struct slice variable = slice_str(*variables);
		size_t at = slice_find(variable, '=');

		if (at < variable.len)
			fn(arg, slice_make(variable.data, at),
			    variable.data + at + 1);
	}
}
