/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the JDK and what it needs; see jdk.h. A distribution's JDK is not whole: its
 * configuration and certificates are links to /etc, and java is linked with the C
 * library's directory and loader. Exactly that becomes visible in a box.
 */

#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jsl/err.h>

#include "base/cleanup.h"
#include "runner/jdk.h"

char *jsl_runner__which(const char *program)
{
	const char *path = getenv("PATH");
	char full[PATH_MAX];

	if (path == NULL || *path == '\0')
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path != '\0') {
		size_t len = strcspn(path, ":");
		int n = snprintf(full, sizeof(full), "%.*s/%s", (int)len, path, program);

		if (len > 0 && n > 0 && (size_t)n < sizeof(full) &&
		    access(full, X_OK) == 0)
			return realpath(full, NULL);
		path += len + (path[len] == ':');
	}
	return NULL;
}

static int no_jdk(char *errmsg, size_t size, const char *program, const char *where)
{
	if (errmsg != NULL)
		snprintf(errmsg, size,
			 "no usable JDK: %s is not in %s "
			 "(Debian: default-jdk-headless)",
			 program, where);
	return JSL_E_NO_JDK;
}

/** The home of the `java` in PATH: the directory above its bin. */
static char *default_home(void)
{
	jsl_autofree char *java = jsl_runner__which("java");
	char *slash;

	for (int up = 0; up < 2; up++) {
		slash = java != NULL ? strrchr(java, '/') : NULL;
		if (slash == NULL || slash == java)
			return NULL;
		*slash = '\0';
	}
	return jsl_steal(&java);
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/** Add the directory @dir (taken) unless one above it is there. */
static int add_path(struct jsl_runner__jdk *jdk, char *dir)
{
	for (size_t i = 0; i < jdk->n_paths; i++)
		if (is_below(dir, jdk->paths[i])) {
			free(dir);
			return 0;
		}
	if (jdk->n_paths == JSL_RUNNER__JDK_PATHS_MAX) {
		free(dir);
		return -ENOMEM;
	}
	jdk->paths[jdk->n_paths++] = dir;
	return 0;
}

/** Where the file @name below home really is, if that is elsewhere, is needed too. */
static int add_link_of(struct jsl_runner__jdk *jdk, const char *name)
{
	jsl_autofree char *path = NULL;
	char *real, *slash;

	if (asprintf(&path, "%s/%s", jdk->home, name) < 0)
		return -ENOMEM;
	real = realpath(path, NULL);
	if (real == NULL)
		return 0; /* this JDK has none */
	slash = strrchr(real, '/');
	if (slash == NULL || slash == real) {
		free(real);
		return 0;
	}
	*slash = '\0';
	return add_path(jdk, real);
}

/** The directory of the C library, in which java's other libraries are as well. */
static int add_libraries(struct jsl_runner__jdk *jdk)
{
	Dl_info info;
	char *real, *slash;

	if (dladdr((void *)(uintptr_t)gnu_get_libc_version, &info) == 0)
		return JSL_E_NO_JDK;
	real = realpath(info.dli_fname, NULL);
	slash = real != NULL ? strrchr(real, '/') : NULL;
	if (slash == NULL || slash == real) {
		free(real);
		return JSL_E_NO_JDK;
	}
	*slash = '\0';
	return add_path(jdk, real);
}

static int find_interpreter(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	if (info->dlpi_addr != getauxval(AT_BASE))
		return 0;
	*(const char **)arg = info->dlpi_name;
	return 1;
}

static int add_interpreter(struct jsl_runner__jdk *jdk)
{
	const char *name = NULL;

	dl_iterate_phdr(find_interpreter, &name);
	if (name == NULL || name[0] != '/')
		return JSL_E_NO_JDK;
	jdk->interpreter = strdup(name);
	jdk->interpreter_real = realpath(name, NULL);
	return jdk->interpreter == NULL || jdk->interpreter_real == NULL ? -ENOMEM : 0;
}

/** From the line JAVA_VERSION="17.0.15" of the file `release`. */
static char *read_version(const char *home)
{
	jsl_autofree char *path = NULL;
	char line[256], version[64] = "unknown";
	FILE *f;

	if (asprintf(&path, "%s/release", home) < 0)
		return NULL;
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "JAVA_VERSION=\"%63[0-9a-z.+_-]\"", version) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return strdup(version);
}

static bool has_program(const char *home, const char *name, char **ret_path)
{
	if (asprintf(ret_path, "%s/bin/%s", home, name) < 0) {
		*ret_path = NULL;
		return false;
	}
	return access(*ret_path, X_OK) == 0;
}

static int add_paths(struct jsl_runner__jdk *jdk)
{
	static const char *const links[] = {"lib/jvm.cfg", "conf/net.properties",
					    "conf/security/java.security",
					    "lib/security/cacerts"};
	int err = add_path(jdk, strdup(jdk->home));

	for (size_t i = 0; err == 0 && i < sizeof(links) / sizeof(links[0]); i++)
		err = add_link_of(jdk, links[i]);
	if (err == 0)
		err = add_libraries(jdk);
	if (err == 0)
		err = add_interpreter(jdk);
	return err;
}

/** Whether the file @name below home is there, and another one than @stamp, now set. */
static bool is_another(const struct jsl_runner__jdk *jdk, const char *name,
		       struct jsl_runner__jdk_stamp *stamp)
{
	jsl_autofree char *path = NULL;
	struct stat st;
	bool same;

	if (asprintf(&path, "%s/%s", jdk->home, name) < 0 || stat(path, &st) < 0)
		return false;
	same = stamp->dev == st.st_dev && stamp->ino == st.st_ino &&
	       stamp->mtime.tv_sec == st.st_mtim.tv_sec &&
	       stamp->mtime.tv_nsec == st.st_mtim.tv_nsec;
	*stamp = (struct jsl_runner__jdk_stamp){st.st_dev, st.st_ino, st.st_mtim};
	return !same;
}

bool jsl_runner__jdk_was_replaced(struct jsl_runner__jdk *jdk)
{
	bool release = is_another(jdk, "release", &jdk->stamps[0]);
	bool modules = is_another(jdk, "lib/modules", &jdk->stamps[1]);
	char *version;

	if (!release && !modules)
		return false;
	version = read_version(jdk->home);
	if (version != NULL) {
		free(jdk->version);
		jdk->version = version;
	}
	return true;
}

int jsl_runner__jdk_find(struct jsl_runner__jdk *jdk, const char *home, char *errmsg,
			 size_t errmsg_size)
{
	jsl_autofree char *javac = NULL;

	jdk->home = home != NULL ? realpath(home, NULL) : default_home();
	if (jdk->home == NULL)
		return no_jdk(errmsg, errmsg_size, "java", home != NULL ? home : "PATH");
	if (!has_program(jdk->home, "java", &jdk->java))
		return no_jdk(errmsg, errmsg_size, "java", jdk->home);
	if (!has_program(jdk->home, "javac", &javac))
		return no_jdk(errmsg, errmsg_size, "javac", jdk->home);
	jdk->version = read_version(jdk->home);
	if (jdk->version == NULL)
		return -ENOMEM;
	(void)jsl_runner__jdk_was_replaced(jdk);
	return add_paths(jdk);
}

void jsl_runner__jdk_deinit(struct jsl_runner__jdk *jdk)
{
	for (size_t i = 0; i < jdk->n_paths; i++)
		free(jdk->paths[i]);
	free(jdk->name);
	free(jdk->home);
	free(jdk->java);
	free(jdk->version);
	for (size_t i = 0; i < sizeof(jdk->archives) / sizeof(jdk->archives[0]); i++)
		free(jdk->archives[i].path);
	free(jdk->interpreter);
	free(jdk->interpreter_real);
	memset(jdk, 0, sizeof(*jdk));
}
