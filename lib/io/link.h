/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_IO_LINK_H
#define JSL_IO_LINK_H

/*
 * A framed TCP connection (framing.h). It knows frames, not what they mean: a
 * head is bytes, a payload is a blob that goes in and out by reference.
 *
 *	connecting --connected--> stranger --jsl_io_link_established()--> open
 *	    `-----------------------`-----------------------------------`--> ended
 *
 * With TLS (tls.h) the handshake comes before connected, and before the first frame
 * at the other end, where who shakes hands is a stranger already.
 * A stranger may send small frames only, and not be one for long. Frames sent
 * during one pass of the loop go out in one write at its end (Q11). Callbacks
 * come from the loop only, never out of a call; each may call anything here,
 * jsl_io_link_free() included. closed() comes once, last, and not after free.
 */

#include <stdbool.h>

#include <jsl/addr.h>
#include <jsl/api.h>
#include <jsl/blob.h>

struct event_base;
struct jsl_io_link;
struct jsl_io_tls;

/** Bytes waiting to be written: more, and the other side reads too slowly. */
#define JSL_IO_LINK_OUT_MAX (UINT64_C(320) << 20)

#define JSL_IO_LINK_KEEPALIVE_MAX 32 /* bytes of the head of a keepalive frame */

/** Why a link ended. */
enum jsl_io_link_end {
	JSL_IO_LINK_REFUSED = 1, /* connect: no process listens there (R13) */
	JSL_IO_LINK_UNREACHABLE, /* connect: failed otherwise; says nothing */
	JSL_IO_LINK_EOF,	 /* the other side closed it between two frames */
	JSL_IO_LINK_RESET,	 /* the other side or its machine tore it down */
	JSL_IO_LINK_TIMEOUT,	 /* no connection, no HELLO, or silence */
	JSL_IO_LINK_SLOW,	 /* the other side reads too slowly */
	JSL_IO_LINK_PROTOCOL,	 /* lengths beyond the limits, or an end inside a frame */
	JSL_IO_LINK_STRANGE,	 /* not authenticated: JSL_E_CLEAR, _SEALED, _SECRET or
				    _FORGED */
	JSL_IO_LINK_FAILED	 /* this side: no memory and the like */
};

/** "refused" …; borrowed, for ever. */
const char *jsl_io_link_end_str(enum jsl_io_link_end end);

struct jsl_io_link_callbacks {
	/* The connection stands; not for accepted links. May be NULL. */
	void (*connected)(void *arg, struct jsl_io_link *l);
	/* A frame; @head is borrowed for the call, of @payload (or NULL) a reference
	 * may be taken. */
	void (*frame)(void *arg, struct jsl_io_link *l, const void *head, size_t head_len,
		      struct jsl_blob *payload);
	/* The link has ended: free it. @err: the negative error behind it, or 0. */
	void (*closed)(void *arg, struct jsl_io_link *l, enum jsl_io_link_end end,
		       int err);
};

struct jsl_io_link_opts {
	size_t size;
	struct event_base *base; /* borrowed */
	struct jsl_io_tls *tls;	 /* borrowed; NULL: in clear */
	struct jsl_io_link_callbacks callbacks;
	void *arg;
	uint32_t frame_max; /* bytes of head and payload, of an open link */
	uint32_t head_max;
	uint32_t stranger_max; /* the same before jsl_io_link_established() */
	uint64_t out_max;      /* bytes */
	uint64_t connect_timeout_us;
	uint64_t stranger_timeout_us; /* from TCP's connected to established */
	uint64_t silence_us;   /* open: nothing read, or nothing taken of what waits;
				  0: for ever */
	uint64_t keepalive_us; /* open: send a keepalive after so long; 0: never */
	uint8_t keepalive[JSL_IO_LINK_KEEPALIVE_MAX]; /* its head */
	size_t keepalive_len;
};

#define JSL_IO_LINK_OPTS_INIT                                                    \
	{                                                                        \
		.size = sizeof(struct jsl_io_link_opts), .frame_max = 64u << 20, \
		.head_max = 64u << 10, .stranger_max = 1024,                     \
		.out_max = JSL_IO_LINK_OUT_MAX, .connect_timeout_us = 3000000,   \
		.stranger_timeout_us = 3000000,                                  \
	}

/**
 * Connect to @to. Whatever becomes of it is told by callback.
 *
 * Returns 0 with *@ret_l (given); -errno when there is no socket; -ENOMEM.
 */
int jsl_io_link_connect(struct jsl_io_link **ret_l, const struct jsl_addr *to,
			const struct jsl_io_link_opts *opts);

/**
 * Make a link of a connected socket; @fd is taken on success. The listener does
 * this.
 *
 * Returns 0 with *@ret_l (given); -ENOMEM.
 */
int jsl_io_link_accept(struct jsl_io_link **ret_l, int fd,
		       const struct jsl_io_link_opts *opts);

/** Close at once; what waits to be written is lost. NULL is fine. */
void jsl_io_link_free(struct jsl_io_link *l);

/** Another argument for the callbacks. */
void jsl_io_link_set_arg(struct jsl_io_link *l, void *arg);

/** The other end's address: as connected to, or as accepted from. */
struct jsl_addr jsl_io_link_peer(const struct jsl_io_link *l);

/** The other side has said who it is and is believed: the full limits hold. */
void jsl_io_link_established(struct jsl_io_link *l);

/**
 * Whether the link speaks TLS with a key that is not used any more: who had it stays
 * on the line until the link is closed.
 */
bool jsl_io_link_is_revoked(const struct jsl_io_link *l);

/** The other side has said goodbye: its close will be a clean one. */
void jsl_io_link_set_clean(struct jsl_io_link *l);
bool jsl_io_link_clean(const struct jsl_io_link *l);

/**
 * Send a frame: @head is copied, of @payload (or NULL) a reference is taken.
 * Possible before the connection stands.
 *
 * Returns 0; -ENOTCONN: it has ended or jsl_io_link_finish() was called;
 * JSL_E_LIMIT: more than frame_max bytes. When out_max is passed or memory is
 * short the link ends, by callback, and this returns 0.
 */
int jsl_io_link_send(struct jsl_io_link *l, const void *head, size_t head_len,
		     struct jsl_blob *payload);

/** Bytes that wait to be written. */
size_t jsl_io_link_pending(const struct jsl_io_link *l);

/**
 * Write what waits, then say that no more will come, and wait at most
 * stranger_timeout_us for the other side to close. Frames still come in.
 */
void jsl_io_link_finish(struct jsl_io_link *l);

#endif
