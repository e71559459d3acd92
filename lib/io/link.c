/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a link; see link.h. Built on plain events and one evbuffer rather
 * than on a bufferevent: payloads are read straight into their blobs, writes of
 * one pass of the loop are gathered, a refused connection is told from a failed
 * one, and an idle link holds no buffers.
 */

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "base/cleanup.h"
#include "io/clock.h"
#include "io/link_int.h"
#include "io/sock.h"

const char *jsl_io_link_end_str(enum jsl_io_link_end end)
{
	static const char *const names[] = {
		[JSL_IO_LINK_REFUSED] = "refused",
		[JSL_IO_LINK_UNREACHABLE] = "unreachable",
		[JSL_IO_LINK_EOF] = "closed by the other side",
		[JSL_IO_LINK_RESET] = "reset",
		[JSL_IO_LINK_TIMEOUT] = "timed out",
		[JSL_IO_LINK_SLOW] = "reads too slowly",
		[JSL_IO_LINK_PROTOCOL] = "protocol error",
		[JSL_IO_LINK_STRANGE] = "not authenticated",
		[JSL_IO_LINK_FAILED] = "failed",
	};

	if ((size_t)end >= sizeof(names) / sizeof(names[0]) || names[end] == NULL)
		return "?";
	return names[end];
}

static void no_stranger(struct jsl_io_link *l)
{
	if (l->tally != NULL && !l->open)
		l->tally->n_strangers--;
	jsl_list_remove(&l->in_strangers);
}

/* The socket goes; what is told to the owner comes later. */
static void shut_down(struct jsl_io_link *l)
{
	if (l->fd < 0)
		return;
	(void)event_del(l->readable);
	(void)event_del(l->writable);
	(void)event_del(l->defer);
	(void)jsl_io_timer_set(l->timer, UINT64_MAX);
	jsl_io__tls_close(&l->tls);
	close(l->fd);
	l->fd = -1;
	if (l->tally == NULL)
		return;
	no_stranger(l);
	l->tally->links--;
	if (--l->tally->refs == 0)
		free(l->tally);
	l->tally = NULL;
}

static void destroy(struct jsl_io_link *l)
{
	jsl_io_framer_deinit(&l->framer);
	jsl_io__tls_close(&l->tls);
	jsl_io_timer_free(l->timer);
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->writable != NULL)
		event_free(l->writable);
	if (l->defer != NULL)
		event_free(l->defer);
	if (l->out != NULL)
		evbuffer_free(l->out);
	free(l);
}

void jsl_io_link__enter(struct jsl_io_link *l)
{
	l->busy++;
}

bool jsl_io_link__leave(struct jsl_io_link *l)
{
	assert(l->busy > 0);
	if (--l->busy > 0 || !l->freed)
		return true;
	destroy(l);
	return false;
}

void jsl_io_link__fail(struct jsl_io_link *l, enum jsl_io_link_end end, int err)
{
	if (!jsl_io_link__alive(l))
		return;
	shut_down(l);
	l->end = end;
	l->end_err = err;
	event_active(l->defer, EV_TIMEOUT, 0);
}

static void tell_end(struct jsl_io_link *l)
{
	enum jsl_io_link_end end = l->end;

	l->end = 0;
	jsl_io_link__enter(l);
	l->opts.callbacks.closed(l->opts.arg, l, end, l->end_err);
	(void)jsl_io_link__leave(l);
}

static void on_deferred(evutil_socket_t fd, short what, void *arg)
{
	struct jsl_io_link *l = arg;

	(void)fd;
	(void)what;
	if (jsl_io_link__alive(l))
		jsl_io_link__flush(l);
	else if (l->end != 0)
		tell_end(l);
}

static uint64_t earliest(uint64_t a, uint64_t since_us, uint64_t wait_us)
{
	uint64_t b = since_us + wait_us;

	return wait_us == 0 || a < b ? a : b;
}

static uint64_t phase_limit(const struct jsl_io_link *l)
{
	if (l->connecting)
		return l->opts.connect_timeout_us;
	return l->open && !l->finishing ? 0 : l->opts.stranger_timeout_us;
}

static bool waits_to_write(const struct jsl_io_link *l)
{
	return !l->write_failed && evbuffer_get_length(l->out) > 0;
}

void jsl_io_link__schedule(struct jsl_io_link *l)
{
	uint64_t at = earliest(UINT64_MAX, l->phase_us, phase_limit(l));

	if (l->open) {
		at = earliest(at, l->read_us, l->opts.silence_us);
		if (waits_to_write(l))
			at = earliest(at, l->write_us, l->opts.silence_us);
		else if (!l->finishing)
			at = earliest(at, l->write_us, l->opts.keepalive_us);
	}
	if (jsl_io_timer_set(l->timer, at) < 0)
		jsl_io_link__fail(l, JSL_IO_LINK_FAILED, -ENOMEM);
}

static void on_timer(void *arg)
{
	struct jsl_io_link *l = arg;
	uint64_t now = jsl_io_now_us();

	if (earliest(UINT64_MAX, l->phase_us, phase_limit(l)) <= now) {
		jsl_io_link__fail(l, JSL_IO_LINK_TIMEOUT, -ETIMEDOUT);
		return;
	}
	if (l->open && earliest(UINT64_MAX, l->read_us, l->opts.silence_us) <= now) {
		jsl_io_link__fail(l, JSL_IO_LINK_TIMEOUT, -ETIMEDOUT);
		return;
	}
	if (l->open && waits_to_write(l)) {
		if (earliest(UINT64_MAX, l->write_us, l->opts.silence_us) <= now) {
			jsl_io_link__fail(l, JSL_IO_LINK_SLOW, -ETIMEDOUT);
			return;
		}
	} else if (l->open && !l->finishing && !l->write_failed &&
		   earliest(UINT64_MAX, l->write_us, l->opts.keepalive_us) <= now) {
		jsl_io_link__queue(l, l->opts.keepalive, l->opts.keepalive_len, NULL);
	}
	if (jsl_io_link__alive(l))
		jsl_io_link__schedule(l);
}

/* Takes @fd on success. */
static int make(struct jsl_io_link **ret_l, int fd, bool connecting,
		const struct jsl_io_link_opts *opts)
{
	struct jsl_io_link *l = calloc(1, sizeof(*l));
	int one = 1;

	if (l == NULL)
		return -ENOMEM;
	assert(opts->size == sizeof(*opts) &&
	       opts->keepalive_len <= sizeof(opts->keepalive));
	assert(opts->connect_timeout_us > 0 && opts->stranger_timeout_us > 0);
	assert(opts->keepalive_us == 0 || opts->keepalive_len > 0);
	l->opts = *opts;
	jsl_list_init(&l->in_strangers);
	l->outgoing = l->connecting = connecting;
	l->phase_us = l->read_us = l->write_us = jsl_io_now_us();
	jsl_io_framer_init(&l->framer, opts->stranger_max, opts->head_max);
	l->readable = event_new(opts->base, fd, EV_READ | EV_PERSIST,
				jsl_io_link__on_readable, l);
	l->writable = event_new(opts->base, fd, EV_WRITE | EV_PERSIST,
				jsl_io_link__on_writable, l);
	l->defer = event_new(opts->base, -1, 0, on_deferred, l);
	l->out = evbuffer_new();
	if (l->readable == NULL || l->writable == NULL || l->defer == NULL ||
	    l->out == NULL || jsl_io_timer_new(&l->timer, opts->base, on_timer, l) < 0 ||
	    event_add(connecting ? l->writable : l->readable, NULL) < 0 ||
	    (opts->tls != NULL && jsl_io_link__tls_begin(l, fd, !connecting) < 0) ||
	    jsl_io_timer_set(l->timer, l->phase_us + phase_limit(l)) < 0) {
		destroy(l);
		return -ENOMEM;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	l->fd = fd;
	*ret_l = l;
	return 0;
}

int jsl_io_link_accept(struct jsl_io_link **ret_l, int fd,
		       const struct jsl_io_link_opts *opts)
{
	return make(ret_l, fd, false, opts);
}

int jsl_io_link_connect(struct jsl_io_link **ret_l, const struct jsl_addr *to,
			const struct jsl_io_link_opts *opts)
{
	jsl_autoclose int fd = jsl_io__socket(to, SOCK_STREAM);
	struct sockaddr_storage ss;
	struct jsl_io_link *l;
	int err = 0;
	int r;

	if (fd < 0)
		return fd;
	r = jsl_io__to_sockaddr(to, jsl_io__family(to), &ss);
	if (r < 0)
		return r;
	if (connect(fd, (struct sockaddr *)&ss, (socklen_t)r) < 0 && errno != EINPROGRESS)
		err = -errno;
	r = make(&l, fd, true, opts);
	if (r < 0)
		return r;
	(void)jsl_steal_fd(&fd);
	l->peer = *to;
	if (err < 0)
		jsl_io_link__fail(l,
				  err == -ECONNREFUSED ? JSL_IO_LINK_REFUSED
						       : JSL_IO_LINK_UNREACHABLE,
				  err);
	*ret_l = l;
	return 0;
}

void jsl_io_link_free(struct jsl_io_link *l)
{
	if (l == NULL)
		return;
	assert(!l->freed);
	shut_down(l);
	(void)event_del(l->defer);
	l->end = 0;
	l->freed = true;
	if (l->busy == 0)
		destroy(l);
}

void jsl_io_link_set_arg(struct jsl_io_link *l, void *arg)
{
	l->opts.arg = arg;
}

struct jsl_addr jsl_io_link_peer(const struct jsl_io_link *l)
{
	return l->peer;
}

void jsl_io_link_established(struct jsl_io_link *l)
{
	if (l->open || !jsl_io_link__alive(l))
		return;
	assert(!l->connecting && !l->handshaking);
	no_stranger(l);
	l->open = true;
	l->framer.max = l->opts.frame_max;
	jsl_io_link__schedule(l);
}

void jsl_io_link_set_clean(struct jsl_io_link *l)
{
	l->clean = true;
}

bool jsl_io_link_clean(const struct jsl_io_link *l)
{
	return l->clean;
}

size_t jsl_io_link_pending(const struct jsl_io_link *l)
{
	return evbuffer_get_length(l->out);
}

void jsl_io_link_finish(struct jsl_io_link *l)
{
	if (l->finishing || !jsl_io_link__alive(l))
		return;
	l->finishing = true;
	l->phase_us = jsl_io_now_us();
	event_active(l->defer, EV_TIMEOUT, 0);
	jsl_io_link__schedule(l);
}
