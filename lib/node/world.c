/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world as the cluster sees it, made of sockets and a file: each request of
 * struct jsl_cluster_io is carried out here, in the order in which it comes.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jsl/err.h>

#include "base/log.h"
#include "node/node_int.h"

/* Bytes that wait for a connection to take them: with more, it is behind. */
#define PROGRESS_PENDING_MAX (1u << 20)

static int persist(void *arg, const struct jsl_election_record *record)
{
	struct jsl_node *n = arg;
	int r = n->record != NULL ? jsl_io_record_save(n->record, record) : 0;

	if (r < 0) {
		char text[JSL_NODE_ERRMSG_MAX];

		snprintf(text, sizeof(text), "%s: cannot keep the record",
			 jsl_io_record_dir(n->record));
		jsl_node__fatal(n, r, text);
	}
	return r;
}

static void send_election(void *arg, const struct jsl_addr *to,
			  const struct jsl_election_message *m)
{
	struct jsl_wire_datagram d;

	d.body = JSL_WIRE_ELECTION;
	d.election = *m;
	jsl_node__datagram_send(arg, to, &d);
}

/* News that do not fit into one datagram go in more, as news only. */
static void send_gossip(void *arg, const struct jsl_gossip_message *m)
{
	struct jsl_wire_datagram d;
	size_t left = m->n_news;

	d.body = JSL_WIRE_GOSSIP;
	d.gossip = *m;
	do {
		d.gossip.n_news = left;
		d.gossip.n_news = jsl_wire_gossip_fit(&d.gossip);
		jsl_node__datagram_send(arg, &m->to, &d);
		if (d.gossip.n_news == 0)
			return;
		left -= d.gossip.n_news;
		d.gossip.news += d.gossip.n_news;
		d.gossip.kind = JSL_GOSSIP_NEWS;
	} while (left > 0);
}

static void connect_to(void *arg, uint64_t link, const struct jsl_addr *to)
{
	jsl_node__connect(arg, link, to);
}

static void send_hello(void *arg, uint64_t link, const struct jsl_cluster_hello *hello)
{
	struct jsl_node *n = arg;
	struct jsl_wire_frame frame = {.type = JSL_WIRE_HELLO};

	jsl_wire_hello_init(&frame.hello);
	memcpy(frame.hello.cluster, n->tag, sizeof(frame.hello.cluster));
	memcpy(frame.hello.config_hash, n->config_hash, sizeof(frame.hello.config_hash));
	frame.hello.id = hello->node.id;
	frame.hello.boot = hello->node.boot;
	frame.hello.worker = hello->worker;
	frame.hello.submitter = hello->submitter;
	frame.hello.leading = hello->leading;
	frame.hello.leader = hello->leader;
	jsl_node__send(n, link, &frame);
}

/* Progress is best effort: it must not pile up in front of the results (Q11). */
static void send_queue(void *arg, const struct jsl_queue_message *m)
{
	struct jsl_wire_frame frame = {.type = JSL_WIRE_QUEUE, .queue = *m};
	struct jsl_node *n = arg;

	if (m->kind == JSL_QUEUE_PROGRESS &&
	    jsl_node__pending(n, m->link) >= PROGRESS_PENDING_MAX) {
		n->stats.progress_dropped++;
		return;
	}
	jsl_node__send(n, m->link, &frame);
}

static void close_link(void *arg, uint64_t link, bool goodbye)
{
	jsl_node__close(arg, link, goodbye);
}

static void later_message(struct jsl_node *n, enum jsl_node_later_type type,
			  const struct jsl_queue_message *m)
{
	struct jsl_node_later what = {.type = type, .message = *m};

	jsl_blob_ref(what.message.payload);
	jsl_node__later(n, what);
}

static void start(void *arg, const struct jsl_queue_message *job)
{
	later_message(arg, JSL_NODE_LATER_START, job);
}

static void stop(void *arg, struct jsl_queue_id job)
{
	struct jsl_queue_message m = {.job = job};

	later_message(arg, JSL_NODE_LATER_STOP, &m);
}

static void wanted(void *arg, bool yes)
{
	jsl_node__later(arg, (struct jsl_node_later){.type = JSL_NODE_LATER_WANTED,
						     .wanted = yes});
}

static void result(void *arg, const struct jsl_queue_message *end)
{
	struct jsl_node *n = arg;

	n->stats.jobs_done++;
	later_message(n, JSL_NODE_LATER_RESULT, end);
}

static void progress(void *arg, const struct jsl_queue_message *word)
{
	later_message(arg, JSL_NODE_LATER_PROGRESS, word);
}

static void role(void *arg, enum jsl_election_role from, enum jsl_election_role to)
{
	jsl_node__later(arg, (struct jsl_node_later){.type = JSL_NODE_LATER_ROLE,
						     .role = {from, to}});
}

static void leader(void *arg, struct jsl_election_leader l)
{
	struct jsl_node *n = arg;

	if (l.epoch != 0) {
		n->stats.elections++;
		jsl_log_write(&n->log, JSL_LOG_INFO, "election",
			      "leader is %" PRIu64 ", epoch %" PRIu64, l.id, l.epoch);
	}
	jsl_node__later(
		n, (struct jsl_node_later){.type = JSL_NODE_LATER_LEADER, .leader = l});
}

/* Two processes under one id: the later one goes. */
static void taken(struct jsl_node *n, const struct jsl_addr *by)
{
	char text[JSL_NODE_ERRMSG_MAX], addr[JSL_ADDR_STR_MAX];

	snprintf(text, sizeof(text), "id %" PRIu64 " is taken by the node at %s", n->id,
		 jsl_addr_str(by, addr));
	jsl_node__fatal(n, JSL_E_BUSY, text);
}

static void member(void *arg, const struct jsl_gossip_change *change)
{
	struct jsl_node *n = arg;
	struct jsl_node_later what = {.type = JSL_NODE_LATER_MEMBER};

	if (change->type == JSL_GOSSIP_FAILURE)
		n->stats.members_failed++;
	if (change->type == JSL_GOSSIP_CONFLICT)
		taken(n, &change->entry.addr);
	if (n->callbacks.member == NULL)
		return;
	what.change = malloc(sizeof(*what.change));
	if (what.change == NULL)
		return; /* the table itself has it */
	*what.change = *change;
	jsl_node__later(n, what);
}

static void count_note(struct jsl_node_stats *s, enum jsl_queue_note_type type)
{
	switch (type) {
	case JSL_QUEUE_NOTE_ADOPTED: s->jobs_adopted++; break;
	case JSL_QUEUE_NOTE_REQUEUED: s->jobs_requeued++; break;
	case JSL_QUEUE_NOTE_QUARANTINED: s->jobs_quarantined++; break;
	case JSL_QUEUE_NOTE_REFUSED: s->jobs_refused++; break;
	case JSL_QUEUE_NOTE_DUPLICATE: s->results_duplicate++; break;
	case JSL_QUEUE_NOTE_STALE:
	case JSL_QUEUE_NOTE_IMPOSTOR: s->orders_stale++; break;
	default: break;
	}
}

/* What an operator looks for after a failure goes to the summary. */
static enum jsl_log_level level_of(enum jsl_queue_note_type type)
{
	switch (type) {
	case JSL_QUEUE_NOTE_ADOPTED:
	case JSL_QUEUE_NOTE_REQUEUED: return JSL_LOG_INFO;
	case JSL_QUEUE_NOTE_QUARANTINED:
	case JSL_QUEUE_NOTE_STALE:
	case JSL_QUEUE_NOTE_DROPPED: return JSL_LOG_WARN;
	case JSL_QUEUE_NOTE_IMPOSTOR: return JSL_LOG_ERROR;
	default: return JSL_LOG_VERBOSE;
	}
}

static void note(void *arg, const struct jsl_queue_note *it)
{
	struct jsl_node *n = arg;
	enum jsl_log_level level = level_of(it->type);
	struct jsl_key job = jsl_key_bytes(it->job.bytes);

	count_note(&n->stats, it->type);
	if (it->type == JSL_QUEUE_NOTE_STALE || it->type == JSL_QUEUE_NOTE_IMPOSTOR)
		level = jsl_node__rarely(n, JSL_NODE_RARE_NOTE + it->type, level);
	jsl_log_write(&n->log, level, "queue",
		      "job %016" PRIx64 "%016" PRIx64 " %s, node %" PRIu64
		      ", attempt %" PRIu32 ", epoch %" PRIu64,
		      job.hi, job.lo, jsl_queue_note_str(it->type), it->node.id,
		      it->attempt, it->epoch);
}

static void alarm_of(void *arg, enum jsl_election_alarm alarm, uint64_t id)
{
	static const char *const texts[] = {
		[JSL_ELECTION_ALARM_CONFIG] = "has another list of voters: refused",
		[JSL_ELECTION_ALARM_IMPOSTOR] =
			"claims an epoch that is another's: refused",
		[JSL_ELECTION_ALARM_STORAGE] = "cannot keep its record: votes no more",
	};
	struct jsl_node *n = arg;
	enum jsl_log_level level = JSL_LOG_ERROR;

	if (alarm != JSL_ELECTION_ALARM_STORAGE) /* that one is this node's own */
		level = jsl_node__rarely(n, JSL_NODE_RARE_ALARM + alarm, level);
	if (alarm == JSL_ELECTION_ALARM_IMPOSTOR)
		n->stats.datagrams_refused[JSL_NODE_IMPOSTOR]++;
	jsl_log_write(&n->log, level, "election", "node %" PRIu64 " %s", id,
		      texts[alarm]);
}

static void left(void *arg)
{
	jsl_node__later(arg, (struct jsl_node_later){.type = JSL_NODE_LATER_LEFT});
}

const struct jsl_cluster_io jsl_node__world = {
	.persist = persist,
	.send_election = send_election,
	.send_gossip = send_gossip,
	.connect = connect_to,
	.send_hello = send_hello,
	.send_queue = send_queue,
	.close = close_link,
	.start = start,
	.stop = stop,
	.wanted = wanted,
	.result = result,
	.progress = progress,
	.role = role,
	.leader = leader,
	.member = member,
	.note = note,
	.alarm = alarm_of,
	.left = left,
};
