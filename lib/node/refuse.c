/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What others send and this node refuses: counted by cause, and said in the summary
 * now and then, a line for each cause. Whoever floods the node fills counters.
 */

#include <inttypes.h>

#include <jsl/err.h>

#include "base/log.h"
#include "io/clock.h"
#include "node/node_int.h"

#define SAID_AGAIN_US UINT64_C(10000000)
#define USUAL_MAX     20 /* of one cause in that time */

static const struct {
	const char *name; /* in metrics: do not change */
	const char *text;
	int err; /* that stands for it */
} causes[] = {
	[JSL_NODE_MALFORMED] = {"malformed", "is malformed", JSL_E_MALFORMED},
	[JSL_NODE_VERSION] = {"version", "is of another version", JSL_E_VERSION},
	[JSL_NODE_UNKNOWN] = {"unknown", "is of a kind that is not known here", 0},
	[JSL_NODE_CLUSTER] = {"cluster", "is of another cluster", JSL_E_CLUSTER},
	[JSL_NODE_CLEAR] = {"clear", "comes without the secret", JSL_E_CLEAR},
	[JSL_NODE_SEALED] = {"sealed", "has a secret, and this node has none",
			     JSL_E_SEALED},
	[JSL_NODE_SECRET] = {"secret", "has another secret", JSL_E_SECRET},
	[JSL_NODE_FORGED] = {"forged", "fails its authentication", JSL_E_FORGED},
	[JSL_NODE_REPLAYED] = {"replayed", "was seen before", JSL_E_REPLAYED},
	[JSL_NODE_STALE] = {"stale", "is of an earlier life of its sender", JSL_E_STALE},
	[JSL_NODE_UNBOUND] = {"unbound", "is not meant for this life of the node",
			      JSL_E_UNBOUND},
	[JSL_NODE_CONFIG] = {"config", "knows another list of voters", JSL_E_CONFIG},
	[JSL_NODE_STRANGER] = {"stranger", "votes without being a voter", 0},
	[JSL_NODE_EPOCH] = {"epoch", "has a number out of any range", 0},
	[JSL_NODE_INCARNATION] = {"incarnation", "has an incarnation out of any range",
				  0},
	[JSL_NODE_IMPOSTOR] = {"impostor", "claims an epoch that is another's", 0},
	[JSL_NODE_DUPLICATE] = {"duplicate", "has the id of this node", JSL_E_BUSY},
	[JSL_NODE_OTHER] = {"other", "could not be taken", 0},
};

_Static_assert(sizeof(causes) / sizeof(causes[0]) == JSL_NODE_CAUSES,
	       "every cause has its texts");

const char *jsl_node_cause_str(enum jsl_node_cause cause)
{
	return (unsigned int)cause < JSL_NODE_CAUSES ? causes[cause].name : "?";
}

enum jsl_node_cause jsl_node__cause_of(int err)
{
	if (err == JSL_E_LIMIT)
		return JSL_NODE_MALFORMED;
	for (unsigned int i = 0; i < JSL_NODE_CAUSES; i++)
		if (causes[i].err == err && err != 0)
			return (enum jsl_node_cause)i;
	return JSL_NODE_OTHER;
}

/* First contacts, restarts and probes of a port look like this when nothing is wrong. */
static bool is_usual(enum jsl_node_cause cause, enum jsl_node_what what)
{
	return cause == JSL_NODE_UNBOUND || cause == JSL_NODE_STALE ||
	       cause == JSL_NODE_UNKNOWN ||
	       (cause == JSL_NODE_STRANGER && what == JSL_NODE_WHAT_LINK);
}

static const char *text_of(enum jsl_node_cause cause, enum jsl_node_what what)
{
	if (cause == JSL_NODE_STRANGER && what == JSL_NODE_WHAT_LINK)
		return "has not said whose it is";
	return causes[cause].text;
}

/* One line for a time; what is usual is no warning until there is much of it. */
static void say(struct jsl_node *n, enum jsl_node_cause cause, enum jsl_node_what what,
		const struct jsl_addr *from)
{
	static const char *const whats[] = {
		[JSL_NODE_WHAT_DATAGRAM] = "a datagram",
		[JSL_NODE_WHAT_LINK] = "a connection",
		[JSL_NODE_WHAT_FRAME] = "a message",
	};
	struct jsl_node_said *said = &n->said[what][cause];
	uint64_t now_us = jsl_io_now_us();
	bool told = said->at_us != 0 && now_us - said->at_us < SAID_AGAIN_US;
	bool loud = !is_usual(cause, what) || (told && said->untold >= USUAL_MAX);
	char addr[JSL_ADDR_STR_MAX];

	if (told && (said->loud || !loud)) {
		said->untold++;
		return;
	}
	jsl_log_write(&n->log, loud ? JSL_LOG_WARN : JSL_LOG_VERBOSE, "node",
		      "%s from %s is refused: %s (%" PRIu64 " more since the last line)",
		      whats[what], jsl_addr_str(from, addr), text_of(cause, what),
		      said->untold);
	*said = (struct jsl_node_said){.at_us = now_us, .loud = loud};
}

void jsl_node__refuse_datagram(struct jsl_node *n, enum jsl_node_cause cause,
			       const struct jsl_addr *from)
{
	n->stats.datagrams_refused[cause]++;
	say(n, cause, JSL_NODE_WHAT_DATAGRAM, from);
}

void jsl_node__refuse_link(struct jsl_node *n, enum jsl_node_cause cause,
			   const struct jsl_addr *from)
{
	n->stats.links_refused[cause]++;
	say(n, cause, JSL_NODE_WHAT_LINK, from);
}

void jsl_node__refuse_frame(struct jsl_node *n, enum jsl_node_cause cause,
			    const struct jsl_addr *from)
{
	n->stats.links_refused[cause]++;
	say(n, cause, JSL_NODE_WHAT_FRAME, from);
}
