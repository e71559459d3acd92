/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds a fuzz target with the files of a directory: its argument, or the
 * committed corpus of the target. An empty corpus is a failure, or a wrong path
 * would pass unnoticed.
 */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)

static int replay_file(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	FILE *f = fd >= 0 ? fdopen(fd, "rb") : NULL;
	uint8_t *data;
	size_t len;

	if (f == NULL) {
		perror(name);
		return -1;
	}
	data = malloc(INPUT_MAX);
	MUST(data != NULL);
	len = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	/* Exactly as large as the input, so that a sanitizer sees one byte too far. */
	data = realloc(data, len + (len == 0));
	MUST(data != NULL);
	(void)LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 0;
}

static int replay_dir(const char *dir_path)
{
	struct dirent *entry;
	int count = 0;
	DIR *dir = opendir(dir_path);

	if (dir == NULL) {
		perror(dir_path);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay_file(dirfd(dir), entry->d_name) < 0)
			break;
		count++;
	}
	closedir(dir);
	return entry == NULL ? count : -1;
}

int main(int argc, char **argv)
{
	const char *src = getenv("JSL_SRC");
	char path[PATH_MAX];
	int count;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", src != NULL ? src : ".",
		 FUZZ_TARGET);
	count = replay_dir(argc > 1 ? argv[1] : path);
	printf("%s: %d inputs\n", FUZZ_TARGET, count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
