/* SPDX-License-Identifier: MIT */
/*
 * usage: fuzz-NAME [FOLDER ...]
 * Run a fuzz target over every file of the folders, by default its own corpus,
 * and report as one TAP test.  A fault ends the program.
 */
#include <dirent.h>
#include <string.h>

#include "base/attr.h"
#include "base/file.h"
#include "fuzz/fuzz.h"

/* The number of files; -1 when one of them cannot be read. */
static int
replay_folder(const char *folder)
{
	struct pool *pool = pool_new();
	struct dirent **entries;
	struct err err = ERR_INIT;
	struct slice data;
	int count = scandir(folder, &entries, NULL, alphasort), files = 0;

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (name[0] != '.' && files >= 0) {
			if (file_read(pool, pool_format(pool, "%s/%s", folder,
				name), (size_t)MIB, &data, &err) == -1) {
				printf("# %s\n", err.text);
				files = -1;
			} else {
				(void)LLVMFuzzerTestOneInput(
				    (const uint8_t *)data.data, data.len);
				files++;
			}
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	pool_free(&pool);
	return files;
}

/* tests/fuzz/corpus/NAME of the program tests/fuzz/fuzz-NAME. */
static const char *
own_corpus(struct pool *pool, const char *program)
{
	const char *top = getenv("top_srcdir");
	const char *name = strrchr(program, '-');

	return pool_format(pool, "%s/tests/fuzz/corpus/%s",
	    top == NULL ? "." : top, name == NULL ? "" : name + 1);
}

int
main(int argc, char **argv)
{
	struct pool *pool = pool_new();
	int files = 0, first = 1;

	if (argc == 1) {
		argv[0] = (char *)(uintptr_t)own_corpus(pool, argv[0]);
		first = 0;
	}
	for (int i = first; i < argc && files >= 0; i++) {
		int count = replay_folder(argv[i]);

		files = count <= 0 ? -1 : files + count;
		printf("# %s: %d files\n", argv[i], count);
	}
	printf("1..1\n%sok 1 - corpus replayed\n", files <= 0 ? "not " : "");
	pool_free(&pool);
	return files <= 0;
}
