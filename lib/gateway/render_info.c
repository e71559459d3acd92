/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GET /cluster-info. Nothing in it comes from users, so that it is put together
 * by hand: ids are 64-bit, which jansson's integers do not hold.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/render.h"

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
	char addr[JSL_ADDR_STR_MAX];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fprintf(out, "{\"epoch\":%llu,\"leader\":", (unsigned long long)leader.epoch);
	if (leader.epoch != 0)
		fprintf(out, "%llu", (unsigned long long)leader.id);
	else
		fputs("null", out);
	fputs(",\"nodes\":[", out);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s{\"id\":%llu,\"role\":\"%s\",\"address\":\"%s\"%s}",
			i > 0 ? "," : "", (unsigned long long)infos[i].id,
			jsl_election_role_str(infos[i].role),
			jsl_addr_str(&infos[i].addr, addr),
			infos[i].unfit ? ",\"unfit\":true" : "");
	fputs("]}\n", out);
	return finish(out, &text, &len);
}
