/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_LINK_INT_H
#define JSL_IO_LINK_INT_H

/*
 * The inside of a link, for link.c (its life), link_read.c, link_write.c, link_tls.c
 * and listener.c. Invariant: fd >= 0 until it has ended or was freed; after that no
 * event but @defer is pending, and no callback but closed() comes.
 */

#include <event2/event.h>

#include "base/list.h"
#include "io/framing.h"
#include "io/link.h"
#include "io/timer.h"
#include "io/tls_int.h"

struct evbuffer;

/** How many links a listener has; lives as long as the last of them. */
struct jsl_io__tally {
	unsigned refs;
	uint32_t links;
	uint32_t n_strangers;
	struct jsl_list strangers; /* in the order of their coming */
};

struct jsl_io_link {
	struct jsl_io_link_opts opts;
	struct jsl_addr peer;
	int fd;
	struct event *readable;
	struct event *writable; /* connecting, or the socket is full */
	struct event *defer;	/* end of the pass: write, or tell of the end */
	struct jsl_io_timer *timer;
	struct jsl_io_framer framer;
	struct evbuffer *out;
	struct jsl_io__tally *tally;  /* NULL for outgoing links */
	struct jsl_list in_strangers; /* its place there, until established */
	struct jsl_io__tls_end tls;
	bool large; /* the last frame's payload was */
	bool outgoing;
	bool connecting;
	bool handshaking; /* TLS, after connecting */
	bool open;	  /* established */
	bool clean;
	bool finishing;
	bool shut;	   /* finishing, and all was written */
	bool write_failed; /* the reading side will find out why */
	bool freed;	   /* by its owner, inside a callback */
	unsigned busy;	   /* callbacks that are under way */
	enum jsl_io_link_end end;
	int end_err;
	uint64_t phase_us; /* since when it is connecting, stranger or finishing */
	uint64_t read_us;  /* when anything was read last */
	uint64_t write_us; /* when anything was written last, or began to wait */
};

/** Hold on to @l over callbacks … */
void jsl_io_link__enter(struct jsl_io_link *l);

/** … and let go: frees what was freed meanwhile. Returns whether it is in use still. */
bool jsl_io_link__leave(struct jsl_io_link *l);

/** Whether the socket is there: neither ended nor freed. */
static inline bool jsl_io_link__alive(const struct jsl_io_link *l)
{
	return l->fd >= 0;
}

/** End it: closes the socket now, tells by callback later. Once; later calls do nothing.
 */
void jsl_io_link__fail(struct jsl_io_link *l, enum jsl_io_link_end end, int err);

/** Set the timer to what comes first. */
void jsl_io_link__schedule(struct jsl_io_link *l);

/* link_read.c */
void jsl_io_link__on_readable(evutil_socket_t fd, short what, void *arg);

/* link_tls.c */

/** Returns 0; -ENOMEM. */
int jsl_io_link__tls_begin(struct jsl_io_link *l, int fd, bool server);

/** Go on with the handshake. Returns whether it is complete. */
bool jsl_io_link__tls_shake(struct jsl_io_link *l);

/** Bytes read; 0: the other side has finished; -EAGAIN; an error. */
ssize_t jsl_io_link__tls_read(struct jsl_io_link *l, void *buf, size_t len);

/** Bytes of l->out that are written; -EAGAIN; an error. */
ssize_t jsl_io_link__tls_write(struct jsl_io_link *l);

/* link_write.c */

/** The connection stands: say so, and write what waits. The link is entered. */
void jsl_io_link__connected(struct jsl_io_link *l);
void jsl_io_link__on_writable(evutil_socket_t fd, short what, void *arg);

/** Write as much as the socket takes. */
void jsl_io_link__flush(struct jsl_io_link *l);

/** Queue a frame, without the checks of jsl_io_link_send(). */
void jsl_io_link__queue(struct jsl_io_link *l, const void *head, size_t head_len,
			struct jsl_blob *payload);

#endif
