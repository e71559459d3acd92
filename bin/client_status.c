/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsl-client status: the leader, and the nodes that are alive, as a table.
 */

#include "config.h"

#include <jansson.h>
#include <string.h>

#include "client.h"

static void print_line(struct client_out *out, const char *line)
{
	client_out_write(out, line, strlen(line));
}

const char *client_id_text(const json_t *id, char text[CLIENT_ID_MAX])
{
	if (json_is_string(id))
		return json_string_value(id);
	snprintf(text, CLIENT_ID_MAX, "%lld", (long long)json_integer_value(id));
	return text;
}

static void print_node(struct client_out *out, const json_t *node)
{
	const char *role = json_string_value(json_object_get(node, "role"));
	const char *address = json_string_value(json_object_get(node, "address"));
	char line[256], id[CLIENT_ID_MAX];

	snprintf(line, sizeof(line), "%20s  %-9s  %s%s\n",
		 client_id_text(json_object_get(node, "id"), id),
		 role != NULL ? role : "?", address != NULL ? address : "?",
		 json_is_true(json_object_get(node, "unfit")) ? "  unfit" : "");
	print_line(out, line);
}

static int print_table(const struct client *c, const json_t *info)
{
	const json_t *leader = json_object_get(info, "leader");
	const json_t *nodes = json_object_get(info, "nodes");
	struct client_out out;
	char line[128], id[CLIENT_ID_MAX];

	client_out_init(&out, stdout, c);
	if (json_is_integer(leader) || json_is_string(leader))
		snprintf(line, sizeof(line), "leader %s, epoch %lld\n",
			 client_id_text(leader, id),
			 (long long)json_integer_value(json_object_get(info, "epoch")));
	else
		snprintf(line, sizeof(line), "no leader\n");
	print_line(&out, line);
	snprintf(line, sizeof(line), "%20s  %-9s  %s\n", "ID", "ROLE", "ADDRESS");
	print_line(&out, line);
	for (size_t i = 0; i < json_array_size(nodes); i++)
		print_node(&out, json_array_get(nodes, i));
	return client_out_finish(&out) == 0 ? 0 : CLIENT_EXIT_CLUSTER;
}

json_t *client_cluster_info(const struct client *c)
{
	__attribute__((cleanup(client_reply_free))) struct client_reply reply = {0};
	const struct client_request req = {
		.path = "/cluster-info",
		.accept = "application/json",
	};
	json_t *info;

	if (client_fetch(c, &req, &reply) != 0 || reply.status != 200) {
		(void)client_reply_complain(c, &reply);
		return NULL;
	}
	info = json_loadb(reply.data, reply.len, 0, NULL);
	if (json_is_array(json_object_get(info, "nodes")))
		return info;
	client_complain("%s: this is not a jsl gateway", c->gateway);
	json_decref(info);
	return NULL;
}

int client_status(const struct client *c)
{
	json_t *info = client_cluster_info(c);
	int code = info != NULL ? print_table(c, info) : CLIENT_EXIT_CLUSTER;

	json_decref(info);
	return code;
}
