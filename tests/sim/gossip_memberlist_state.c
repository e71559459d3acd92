/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a memberlist node believes, and what it tells; see gossip_memberlist.h.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gossip_memberlist_int.h"

void ml_aware(struct ml_node *node, int delta)
{
	int score = (int)node->awareness + delta;

	if (score < 0)
		score = 0;
	node->awareness = score > ML_AWARENESS_MAX ? ML_AWARENESS_MAX : (uint32_t)score;
}

/* ---- broadcasts: each is told a bounded number of times, the least told first ---- */

static void broadcast(struct ml_node *node, const struct ml_news *news)
{
	size_t at = 0;

	while (at < node->n_queue && node->queue[at].news.about != news->about)
		at++;
	if (at == node->cap_queue) {
		node->cap_queue = node->cap_queue == 0 ? 16 : node->cap_queue * 2;
		node->queue = net_must(
			realloc(node->queue, node->cap_queue * sizeof(node->queue[0])));
	}
	if (at < node->n_queue)
		memmove(&node->queue[at], &node->queue[at + 1],
			(node->n_queue - at - 1) * sizeof(node->queue[0]));
	else
		node->n_queue++;
	/* In front: it has been told least. */
	memmove(&node->queue[1], &node->queue[0],
		(node->n_queue - 1) * sizeof(node->queue[0]));
	node->queue[0] = (struct ml_broadcast){.news = *news};
}

static int least_told(const void *a, const void *b)
{
	const struct ml_broadcast *x = a, *y = b;

	if (x->sent != y->sent)
		return x->sent < y->sent ? -1 : 1;
	return x->news.about < y->news.about ? -1 : x->news.about > y->news.about;
}

static size_t news_bytes(const struct ml_news *news)
{
	return news->state == ML_ALIVE ? ML_BYTES_ALIVE : ML_BYTES_NEWS;
}

size_t ml_piggyback(struct ml *ml, size_t i, struct ml_message *m, size_t bytes_max)
{
	struct ml_node *node = &ml->nodes[i];
	uint32_t limit = ML_RETRANSMIT_MULT * (uint32_t)ceil(log10((double)ml->n + 1));
	size_t bytes = 0, kept = 0;

	for (size_t q = 0; q < node->n_queue; q++) {
		struct ml_broadcast *b = &node->queue[q];

		if (m->n_news < ML_NEWS_MAX &&
		    bytes + news_bytes(&b->news) <= bytes_max) {
			bytes += news_bytes(&b->news);
			m->news[m->n_news++] = b->news;
			b->sent++;
		}
		if (b->sent < limit)
			node->queue[kept++] = *b;
	}
	node->n_queue = kept;
	if (bytes > 0)
		qsort(node->queue, kept, sizeof(node->queue[0]), least_told);
	return bytes;
}

/* ---- suspicion, with confirmations (Lifeguard) ---- */

static uint64_t min_us(const struct ml *ml)
{
	double scale = log10((double)ml->n);

	return (uint64_t)(ML_SUSPICION_MULT * (scale > 1 ? scale : 1) *
			  ML_PROBE_INTERVAL);
}

static void rearm(const struct ml *ml, struct ml_row *row)
{
	double least = (double)min_us(ml), most = ML_SUSPICION_MAX_MULT * least;
	double part = row->k == 0 ? 1 : log(row->n_from) / log(row->k + 1.0);
	double lasts = most - part * (most - least);

	row->until_us = row->since_us + (uint64_t)(lasts > least ? lasts : least);
}

static void suspect(struct ml *ml, size_t i, const struct ml_news *news)
{
	struct ml_node *node = &ml->nodes[i];
	struct ml_row *row = &node->rows[news->about];

	if (row->state == ML_SUSPECT) {
		for (uint32_t f = 0; f < row->n_from; f++)
			if (row->from[f] == news->from)
				return;
		if (row->n_from > row->k)
			return;
		row->from[row->n_from++] = news->from;
		rearm(ml, row);
		broadcast(node, news);
		return;
	}
	if (row->state != ML_ALIVE)
		return;
	row->state = ML_SUSPECT;
	row->incarnation = news->incarnation;
	row->k = ml->n >= ML_SUSPICION_MULT ? ML_SUSPICION_MULT - 2 : 0;
	row->from[0] = news->from;
	row->n_from = 1;
	row->since_us = ml->net.now_us;
	rearm(ml, row);
	node->suspects[node->n_suspects++] = news->about;
	broadcast(node, news);
	if (ml->fn != NULL)
		ml->fn(ml->arg, i, news->about, false);
}

static void forget_suspicion(struct ml_node *node, size_t about)
{
	size_t at = 0;

	while (at < node->n_suspects && node->suspects[at] != about)
		at++;
	if (at < node->n_suspects)
		node->suspects[at] = node->suspects[--node->n_suspects];
}

static void bury(struct ml *ml, size_t i, const struct ml_news *news)
{
	struct ml_node *node = &ml->nodes[i];
	struct ml_row *row = &node->rows[news->about];

	if (row->state == ML_DEAD)
		return;
	forget_suspicion(node, news->about);
	row->state = ML_DEAD;
	row->incarnation = news->incarnation;
	broadcast(node, news);
	if (ml->fn != NULL)
		ml->fn(ml->arg, i, news->about, true);
}

static void refute(struct ml_node *node, size_t i, const struct ml_news *news)
{
	struct ml_row *own = &node->rows[i];
	struct ml_news alive = {.about = (uint32_t)i, .from = (uint32_t)i};

	own->incarnation = news->incarnation + 1;
	alive.incarnation = own->incarnation;
	ml_aware(node, 1);
	broadcast(node, &alive);
}

void ml_believe(struct ml *ml, size_t i, const struct ml_news *news)
{
	struct ml_node *node = &ml->nodes[i];
	struct ml_row *row = &node->rows[news->about];

	if (news->incarnation < row->incarnation)
		return;
	if (news->about == i) {
		if (news->state != ML_ALIVE)
			refute(node, i, news);
	} else if (news->state == ML_SUSPECT) {
		suspect(ml, i, news);
	} else if (news->state == ML_DEAD) {
		bury(ml, i, news);
	} else if (news->incarnation > row->incarnation) {
		forget_suspicion(node, news->about);
		row->state = ML_ALIVE;
		row->incarnation = news->incarnation;
		broadcast(node, news);
	}
}

void ml_suspicions(struct ml *ml, size_t i)
{
	struct ml_node *node = &ml->nodes[i];

	for (size_t s = node->n_suspects; s-- > 0;) {
		struct ml_row *row = &node->rows[node->suspects[s]];
		struct ml_news news = {.about = node->suspects[s],
				       .from = (uint32_t)i,
				       .incarnation = row->incarnation,
				       .state = ML_DEAD};

		if (row->until_us <= ml->net.now_us)
			bury(ml, i, &news);
	}
}
