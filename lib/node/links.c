/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections of a node. The cluster knows them by number; a link that the
 * cluster has closed stays here until what waits in it is written.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>

#include "base/list.h"
#include "base/log.h"
#include "node/node_int.h"

/* A link says something each second; silence for three is a dead one. */
#define KEEPALIVE_US UINT64_C(1000000)
#define SILENCE_US   UINT64_C(3000000)

static void remove_link(struct jsl_node_link *l)
{
	jsl_map_remove(&l->owner->links, &l->node);
	jsl_io_link_free(l->link);
	free(l);
}

static enum jsl_cluster_close close_of(const struct jsl_node_link *l,
				       enum jsl_io_link_end end)
{
	if (end == JSL_IO_LINK_REFUSED)
		return JSL_CLUSTER_CLOSE_REFUSED;
	return jsl_io_link_clean(l->link) ? JSL_CLUSTER_CLOSE_CLEAN
					  : JSL_CLUSTER_CLOSE_LOST;
}

/* Forget the link and tell the cluster, unless it was the cluster that closed it. */
static void end_link(struct jsl_node_link *l, enum jsl_cluster_close close)
{
	struct jsl_node *n = l->owner;
	struct jsl_cluster_event ev = {
		.type = JSL_CLUSTER_EV_LINK_CLOSED, .link = l->id, .close = close};
	bool known = !l->closing;

	remove_link(l);
	if (known)
		(void)jsl_node__step(n, &ev);
}

static void closed(void *arg, struct jsl_io_link *link, enum jsl_io_link_end end, int err)
{
	struct jsl_node_link *l = arg;
	struct jsl_addr addr = jsl_io_link_peer(link);
	bool broken = end == JSL_IO_LINK_PROTOCOL || end == JSL_IO_LINK_STRANGE;
	char text[JSL_ADDR_STR_MAX];

	/* Anybody can connect: no line for each, but what is told of refusals. */
	if (!l->stranger)
		jsl_log_write(&l->owner->log, JSL_LOG_VERBOSE, "link",
			      "%" PRIu64 " to %s: %s%s%s", l->id,
			      jsl_addr_str(&addr, text), jsl_io_link_end_str(end),
			      err != 0 ? ": " : "", err != 0 ? jsl_strerror(err) : "");
	if (end == JSL_IO_LINK_PROTOCOL)
		l->owner->stats.frames_malformed++;
	if (broken)
		jsl_node__refuse_link(l->owner, jsl_node__cause_of(err), &addr);
	else if (l->stranger && !l->closing)
		jsl_node__refuse_link(l->owner, JSL_NODE_STRANGER, &addr);
	end_link(l, close_of(l, end));
}

static void connected(void *arg, struct jsl_io_link *link)
{
	struct jsl_node_link *l = arg;
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_LINK_OPEN, .link = l->id};

	(void)link;
	if (!l->closing)
		(void)jsl_node__step(l->owner, &ev);
}

static void refuse(struct jsl_node_link *l, int err)
{
	struct jsl_addr addr = jsl_io_link_peer(l->link);

	jsl_node__refuse_link(l->owner, jsl_node__cause_of(err), &addr);
	end_link(l, JSL_CLUSTER_CLOSE_LOST);
}

/* Of this cluster and its voters (R12), and not a second process under our id. */
static int check_hello(const struct jsl_node *n, const struct jsl_wire_hello *hello)
{
	static const uint8_t none[sizeof(hello->config_hash)];
	int r = jsl_wire_hello_check(hello, n->tag);

	if (r < 0)
		return r;
	if (hello->id == n->id)
		return JSL_E_BUSY;
	if (hello->id == 0 || hello->boot == 0)
		return JSL_E_MALFORMED;
	if (memcmp(hello->config_hash, none, sizeof(none)) != 0 &&
	    memcmp(n->config_hash, none, sizeof(none)) != 0 &&
	    memcmp(hello->config_hash, n->config_hash, sizeof(none)) != 0)
		return JSL_E_CONFIG;
	return 0;
}

static void hello_came(struct jsl_node_link *l, const struct jsl_wire_hello *hello)
{
	struct jsl_cluster_hello plain = {
		.node = {.id = hello->id, .boot = hello->boot},
		.worker = hello->worker,
		.submitter = hello->submitter,
		.leading = hello->leading,
		.leader = hello->leader,
	};
	struct jsl_cluster_event ev = {
		.type = JSL_CLUSTER_EV_LINK_HELLO, .link = l->id, .hello = &plain};
	int r = check_hello(l->owner, hello);

	if (r < 0) {
		refuse(l, r);
		return;
	}
	jsl_io_link_established(l->link);
	l->stranger = false;
	(void)jsl_node__step(l->owner, &ev);
}

/* A frame has no payload of 0 bytes, a job and its result may have one. */
static bool has_payload(const struct jsl_queue_message *m)
{
	return m->kind == JSL_QUEUE_SUBMIT || m->kind == JSL_QUEUE_ASSIGN ||
	       (m->kind == JSL_QUEUE_RESULT && m->outcome == JSL_QUEUE_DONE);
}

static void queue_came(struct jsl_node_link *l, struct jsl_queue_message *m)
{
	struct jsl_cluster_event ev = {.type = JSL_CLUSTER_EV_LINK_QUEUE, .queue = m};

	m->link = l->id;
	if (m->payload == NULL && has_payload(m))
		m->payload = l->owner->empty;
	(void)jsl_node__step(l->owner, &ev);
}

/* Why a frame could not be decoded; a later version may have more kinds of them. */
static void not_taken(struct jsl_node_link *l, int why)
{
	struct jsl_addr addr = jsl_io_link_peer(l->link);

	if (why == JSL_WIRE_UNKNOWN) {
		jsl_node__refuse_frame(l->owner, JSL_NODE_UNKNOWN, &addr);
		return;
	}
	l->owner->stats.frames_malformed++;
	refuse(l, why);
}

static void frame_came(void *arg, struct jsl_io_link *link, const void *head, size_t len,
		       struct jsl_blob *payload)
{
	struct jsl_node_link *l = arg;
	struct jsl_wire_frame frame;
	int r;

	if (l->closing)
		return;
	l->owner->stats.frames_in++;
	r = jsl_wire_frame_decode(head, len, payload, &frame);
	if (r != 0) {
		not_taken(l, r);
		return;
	}
	switch (frame.type) {
	case JSL_WIRE_HELLO: hello_came(l, &frame.hello); break;
	case JSL_WIRE_GOODBYE: jsl_io_link_set_clean(link); break;
	case JSL_WIRE_KEEPALIVE: break;
	case JSL_WIRE_QUEUE: queue_came(l, &frame.queue); break;
	}
	jsl_wire_frame_deinit(&frame);
}

static struct jsl_io_link_opts link_opts(struct jsl_node *n)
{
	struct jsl_wire_frame keepalive = {.type = JSL_WIRE_KEEPALIVE};
	struct jsl_io_link_opts opts = JSL_IO_LINK_OPTS_INIT;
	struct jsl_wire_head head;

	opts.base = n->base;
	opts.tls = n->tls;
	opts.callbacks.connected = connected;
	opts.callbacks.frame = frame_came;
	opts.callbacks.closed = closed;
	opts.frame_max = JSL_WIRE_FRAME_MAX;
	opts.head_max = JSL_WIRE_HEAD_MAX;
	opts.stranger_max = JSL_WIRE_FRAME_MAX_HELLO;
	if (jsl_wire_frame_encode(&keepalive, &head) == 0 &&
	    head.len <= sizeof(opts.keepalive)) {
		memcpy(opts.keepalive, head.data, head.len);
		opts.keepalive_len = head.len;
		opts.keepalive_us = KEEPALIVE_US;
		opts.silence_us = SILENCE_US;
		jsl_wire_head_deinit(&head);
	}
	return opts;
}

static int add_link(struct jsl_node *n, uint64_t id, struct jsl_node_link **ret_l)
{
	struct jsl_node_link *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		return -ENOMEM;
	l->owner = n;
	l->id = id;
	r = jsl_map_put(&n->links, jsl_key_u64(id), &l->node);
	if (r < 0) {
		free(l);
		return r;
	}
	*ret_l = l;
	return 0;
}

static void accepted(void *arg, struct jsl_io_link *link)
{
	struct jsl_node *n = arg;
	struct jsl_node_link *l;

	if (add_link(n, jsl_cluster_accept(n->cluster), &l) < 0) {
		jsl_io_link_free(link);
		return;
	}
	l->link = link;
	l->stranger = true;
	jsl_io_link_set_arg(link, l);
}

int jsl_node__listen(struct jsl_node *n, const struct jsl_addr *addr)
{
	struct jsl_io_listener_opts opts = JSL_IO_LISTENER_OPTS_INIT;

	opts.addr = *addr;
	opts.link = link_opts(n);
	opts.fn = accepted;
	opts.arg = n;
	return jsl_io_listener_new(&n->listener, &opts);
}

/* A link that cannot even be tried is found lost by the cluster's own timer. */
void jsl_node__connect(struct jsl_node *n, uint64_t id, const struct jsl_addr *to)
{
	struct jsl_io_link_opts opts = link_opts(n);
	struct jsl_node_link *l;

	if (add_link(n, id, &l) < 0)
		return;
	opts.arg = l;
	if (jsl_io_link_connect(&l->link, to, &opts) < 0) {
		l->link = NULL;
		remove_link(l);
	}
}

static struct jsl_node_link *find(const struct jsl_node *n, uint64_t id)
{
	struct jsl_map_node *it = jsl_map_get(&n->links, jsl_key_u64(id));

	return it != NULL ? jsl_container_of(it, struct jsl_node_link, node) : NULL;
}

size_t jsl_node__pending(const struct jsl_node *n, uint64_t id)
{
	const struct jsl_node_link *l = find(n, id);

	return l != NULL && !l->closing ? jsl_io_link_pending(l->link) : 0;
}

void jsl_node__send(struct jsl_node *n, uint64_t id, const struct jsl_wire_frame *frame)
{
	struct jsl_node_link *l = find(n, id);
	struct jsl_wire_head head;
	int r;

	if (l == NULL || l->closing)
		return;
	r = jsl_wire_frame_encode(frame, &head);
	if (r == 0) {
		r = jsl_io_link_send(l->link, head.data, head.len,
				     frame->type == JSL_WIRE_QUEUE ? frame->queue.payload
								   : NULL);
		jsl_wire_head_deinit(&head);
	}
	if (r == 0) {
		n->stats.frames_out++;
		return;
	}
	if (r == -ENOTCONN)
		return; /* it has ended, and that is about to be told */
	/* A link that lost a message is of no use: both sides begin anew on another. */
	jsl_log_write(&n->log, jsl_node__rarely(n, JSL_NODE_RARE_SEND, JSL_LOG_ERROR),
		      "link", "%" PRIu64 ": a message could not be sent: %s", id,
		      jsl_strerror(r));
	jsl_io_link_finish(l->link);
}

void jsl_node__close(struct jsl_node *n, uint64_t id, bool goodbye)
{
	struct jsl_wire_frame frame = {.type = JSL_WIRE_GOODBYE};
	struct jsl_node_link *l = find(n, id);

	if (l == NULL || l->closing)
		return;
	if (goodbye)
		jsl_node__send(n, id, &frame);
	l->closing = true;
	jsl_io_link_finish(l->link);
}

static struct jsl_node_link *find_revoked(const struct jsl_node *n)
{
	jsl_map_foreach (it, &n->links) {
		struct jsl_node_link *l =
			jsl_container_of(it, struct jsl_node_link, node);

		if (jsl_io_link_is_revoked(l->link))
			return l;
	}
	return NULL;
}

void jsl_node__links_revoke(struct jsl_node *n)
{
	struct jsl_node_link *l;

	while ((l = find_revoked(n)) != NULL) {
		jsl_log_write(&n->log, JSL_LOG_VERBOSE, "link",
			      "%" PRIu64 ": its secret is gone", l->id);
		end_link(l, JSL_CLUSTER_CLOSE_LOST);
	}
}

void jsl_node__links_deinit(struct jsl_node *n)
{
	struct jsl_map_node *it;

	while ((it = jsl_map_next(&n->links, NULL)) != NULL)
		remove_link(jsl_container_of(it, struct jsl_node_link, node));
	jsl_map_deinit(&n->links);
}
