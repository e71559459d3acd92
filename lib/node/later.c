/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the owner of a node is told, it is told after the step, from the loop: a
 * callback then finds the node at rest and may call anything, jsl_node_free()
 * included. Order is kept.
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include <jsl/err.h>

#include "base/list.h"
#include "node/node_int.h"

static void release(struct jsl_node_later *it)
{
	switch (it->type) {
	case JSL_NODE_LATER_START:
	case JSL_NODE_LATER_STOP:
	case JSL_NODE_LATER_PROGRESS:
	case JSL_NODE_LATER_RESULT: jsl_blob_unref(it->message.payload); break;
	case JSL_NODE_LATER_MEMBER: free(it->change); break;
	default: break;
	}
}

static void tell_result(struct jsl_node *n, const struct jsl_queue_message *end)
{
	struct jsl_map_node *found = jsl_map_get(&n->jobs, jsl_key_bytes(end->job.bytes));
	struct jsl_node_job job;

	if (found == NULL)
		return; /* given up meanwhile */
	job = *jsl_container_of(found, struct jsl_node_job, node);
	jsl_map_remove(&n->jobs, found);
	free(jsl_container_of(found, struct jsl_node_job, node));
	job.fn(job.arg, end);
}

static void tell_progress(struct jsl_node *n, const struct jsl_queue_message *word)
{
	struct jsl_map_node *found =
		jsl_map_get(&n->jobs, jsl_key_bytes(word->job.bytes));
	const struct jsl_node_job *job;

	if (found == NULL)
		return;
	job = jsl_container_of(found, struct jsl_node_job, node);
	if (job->progress != NULL)
		job->progress(job->arg, word);
}

static void tell(struct jsl_node *n, const struct jsl_node_later *it)
{
	struct jsl_node_callbacks *cb = &n->callbacks;

	if (it->type == JSL_NODE_LATER_RESULT)
		tell_result(n, &it->message);
	else if (it->type == JSL_NODE_LATER_PROGRESS)
		tell_progress(n, &it->message);
	else if (it->type == JSL_NODE_LATER_ROLE && cb->role != NULL)
		cb->role(cb->arg, it->role.from, it->role.to);
	else if (it->type == JSL_NODE_LATER_LEADER && cb->leader != NULL)
		cb->leader(cb->arg, it->leader);
	else if (it->type == JSL_NODE_LATER_MEMBER && cb->member != NULL)
		cb->member(cb->arg, it->change);
	else if (it->type == JSL_NODE_LATER_START && cb->start != NULL)
		cb->start(cb->work_arg, it->message.job, it->message.payload);
	else if (it->type == JSL_NODE_LATER_STOP && cb->stop != NULL)
		cb->stop(cb->work_arg, it->message.job);
	else if (it->type == JSL_NODE_LATER_WANTED && cb->wanted != NULL)
		cb->wanted(cb->work_arg, it->wanted);
	else if (it->type == JSL_NODE_LATER_LEFT && cb->left != NULL)
		cb->left(cb->arg);
}

static void tell_fatal(struct jsl_node *n)
{
	if (n->fatal_err == 0 || n->fatal_told)
		return;
	n->fatal_told = true;
	if (n->callbacks.fatal != NULL)
		n->callbacks.fatal(n->callbacks.arg, n->fatal_err, n->fatal);
}

/* Tells what waits now; what is added meanwhile waits for the next pass. */
static void tell_all(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_node *n = arg;
	struct jsl_node_later *later = n->later;
	size_t count = n->n_later;
	bool freed = false;

	(void)fd;
	(void)what;
	n->later = NULL;
	n->n_later = n->later_size = 0;
	n->freed = &freed;
	for (size_t i = 0; i < count; i++) {
		if (!freed)
			tell(n, &later[i]);
		release(&later[i]);
	}
	free(later);
	if (!freed)
		tell_fatal(n);
	if (!freed)
		n->freed = NULL;
}

int jsl_node__later_init(struct jsl_node *n)
{
	n->later_event = event_new(n->base, -1, 0, tell_all, n);
	return n->later_event != NULL ? 0 : -ENOMEM;
}

static int make_room(struct jsl_node *n)
{
	size_t size = n->later_size == 0 ? 16 : n->later_size * 2;
	struct jsl_node_later *later;

	if (n->n_later < n->later_size)
		return 0;
	later = realloc(n->later, size * sizeof(*later));
	if (later == NULL)
		return -ENOMEM;
	n->later = later;
	n->later_size = size;
	return 0;
}

/* Takes over what @what owns. */
void jsl_node__later(struct jsl_node *n, struct jsl_node_later what)
{
	if (make_room(n) < 0) {
		release(&what);
		jsl_node__fatal(n, -ENOMEM, "out of memory");
		return;
	}
	n->later[n->n_later++] = what;
	event_active(n->later_event, EV_TIMEOUT, 0);
}

/* The owner must stop the node; said once, and even when there is no memory to queue it.
 */
void jsl_node__fatal(struct jsl_node *n, int err, const char *text)
{
	assert(err < 0);
	if (n->fatal_err != 0)
		return;
	n->fatal_err = err;
	snprintf(n->fatal, sizeof(n->fatal), "%s: %s", text, jsl_strerror(err));
	event_active(n->later_event, EV_TIMEOUT, 0);
}

void jsl_node__later_deinit(struct jsl_node *n)
{
	for (size_t i = 0; i < n->n_later; i++)
		release(&n->later[i]);
	free(n->later);
	if (n->later_event != NULL)
		event_free(n->later_event);
}
