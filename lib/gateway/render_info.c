/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GET /cluster-info. Nothing in it comes from users: it is put together by hand.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/render.h"

#define INTEGER_MAX 24

/* As in a verdict: a string where readers of JSON would have no integer for it. */
static const char *integer(uint64_t n, char text[INTEGER_MAX])
{
	snprintf(text, INTEGER_MAX, n <= INT64_MAX ? "%llu" : "\"%llu\"",
		 (unsigned long long)n);
	return text;
}

static struct jsl_blob *finish(FILE *out, char **text, size_t *len)
{
	struct jsl_blob *blob = NULL;

	if (fclose(out) == 0)
		blob = jsl_blob_new(*text, *len);
	free(*text);
	return blob;
}

struct jsl_blob *jsl_render_info_text(const struct jsl_node_info *infos, size_t n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		fprintf(out, "Server %llu - %s\n", (unsigned long long)infos[i].id,
			jsl_election_role_str(infos[i].role));
	return finish(out, &text, &len);
}

struct jsl_blob *jsl_render_info_json(const struct jsl_node_info *infos, size_t n,
				      struct jsl_election_leader leader)
{
	char epoch[INTEGER_MAX], id[INTEGER_MAX], addr[JSL_ADDR_STR_MAX];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fprintf(out, "{\"epoch\":%s,\"leader\":%s,\"nodes\":[",
		integer(leader.epoch, epoch),
		leader.epoch != 0 ? integer(leader.id, id) : "null");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s{\"id\":%s,\"role\":\"%s\",\"address\":\"%s\"%s}",
			i > 0 ? "," : "", integer(infos[i].id, id),
			jsl_election_role_str(infos[i].role),
			jsl_addr_str(&infos[i].addr, addr),
			infos[i].unfit ? ",\"unfit\":true" : "");
	fputs("]}\n", out);
	return finish(out, &text, &len);
}
