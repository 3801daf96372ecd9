/* SPDX-License-Identifier: MIT */
#include "ctl/object.h"
#include "store/manage.h"

static int
copy(struct ctl *ctl, const char *from, const char *to, struct err *err)
{
	struct backend *backend;
	struct store_info info;
	struct store_copy request = { .from_key = from, .to_key = to };
	int found;

	if (storage_open(ctl, &backend, err) == -1)
		return -1;
	found = store_head(backend->store, ctl->pool, from, &info, err);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no object %s",
		    storage_printable(ctl->pool, from));
	if (found == -1)
		return -1;
	request.content_type = info.content_type;
	request.cache_control = info.cache_control;
	/* Not something else that came in between. */
	request.if_match = info.etag;
	if (store_copy(backend->store, ctl->pool, &request, NULL, err) == -1)
		return -1;
	if (info.has_other_metadata)
		(void)fprintf(stderr, "almacenctl object cp: only type and "
		    "caching were kept, not the other metadata of %s\n",
		    storage_printable(ctl->pool, from));
	(void)fprintf(ctl->out, "%s -> %s\n", storage_printable(ctl->pool,
	    from), storage_printable(ctl->pool, to));
	return 0;
}

int
object_cp(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	struct err err = ERR_INIT;

	optind = 0; /* getopt_long() begins anew */
	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return object_usage(ctl, "cp", "unknown option");
	if (argc - optind != 2)
		return object_usage(ctl, "cp", "expected two keys");
	if (copy(ctl, argv[optind], argv[optind + 1], &err) == -1)
		return object_refuse(ctl, "cp", &err);
	return CTL_OK;
}
