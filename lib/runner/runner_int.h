/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_RUNNER_INT_H
#define JSL_RUNNER_INT_H

/*
 * What the parts of the runner share. One direction of calls: runner -> job -> vm; news
 * goes back through the jsl_runner__job_… and jsl_runner__vm_… calls below, which only
 * note it and make the work event due. Decisions are taken in the work event alone
 * (schedule.c), and the caller's callbacks come from its end, so nothing is freed under
 * anybody's feet.
 */

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/types.h>

#include <jsl/runner.h>

#include "base/list.h"
#include "io/clock.h"
#include "runner/archives.h"
#include "runner/cgroup.h"
#include "runner/child.h"
#include "runner/classes.h"
#include "runner/command.h"
#include "runner/fit.h"
#include "runner/frame.h"
#include "runner/jdks.h"
#include "runner/verdict.h"

#define JSL_RUNNER__START_MS	    30000 /* until a JVM that is waited for has to be ready */
#define JSL_RUNNER__WARM_UP_MS	    300000 /* until one that nobody waits for has to be */
#define JSL_RUNNER__REAP_MS	    10000  /* for the end of what was killed, at most */
#define JSL_RUNNER__GRACE_MS	    2000   /* from asking jsl-box to killing it all */
#define JSL_RUNNER__COMPILER_JOBS   200	   /* then a compiler is recycled */
#define JSL_RUNNER__COMPILERS_MAX   4
#define JSL_RUNNER__POOL_MAX	    4
#define JSL_RUNNER__COMPILER_MB_MIN 64 /* less, and it does not start */
#define JSL_RUNNER__RUN_MB_MIN	    16
#define JSL_RUNNER__TRIES_MAX	    2 /* of a job whose JVM was lost */
#define JSL_RUNNER__STARTS_MAX	    3 /* in vain: of a JVM for one job; see fit.h */
#define JSL_RUNNER__SETUP_TEXT_MAX  4096
#define JSL_RUNNER__BACKOFF_MS	    250 /* after a failed start, doubling … */
#define JSL_RUNNER__BACKOFF_MAX_MS  10000
#define JSL_RUNNER__LAYERS_MAX	    20
#define JSL_RUNNER__NO_BWRAP	    "bubblewrap is not installed"

struct evbuffer;
struct jsl_runner__vm;

/** Reads a descriptor into a buffer until its end. */
struct jsl_runner__stream {
	struct jsl_runner__vm *vm;
	int fd; /* -1: at its end */
	struct event ev;
	struct evbuffer *buf;
};

enum jsl_runner__vm_state {
	JSL_VM_STARTING,
	JSL_VM_READY,
	JSL_VM_BUSY,
	JSL_VM_STOPPING, /* asked to end; no job any more, or its verdict is settled */
	JSL_VM_ENDED	 /* every stream has ended, what remains is to wait for bwrap */
};

/** A JVM in a box. */
struct jsl_runner__vm {
	struct jsl_list link; /* in runner->vms */
	struct jsl_runner *r;
	struct jsl_runner__profile profile;
	enum jsl_runner__vm_state state;
	bool background;	    /* at a low priority */
	bool start_failed;	    /* it was told */
	bool was_ready;		    /* it has started, whatever became of it */
	bool outdated;		    /* its JDK was replaced since */
	bool rehearsed;		    /* has run what most programs load, or does */
	bool archived;		    /* it maps an archive of classes */
	bool frames_bad;	    /* what it sends is no longer looked at */
	struct jsl_runner_job *job; /* whom it works for; borrowed, NULL for nobody */
	uint32_t served;
	struct jsl_runner__child child;
	struct jsl_runner__cgroup group;
	pid_t box_pid;	       /* jsl-box, leader of its session; 0: not known yet */
	struct event ended_ev; /* the pidfd */
	int control;
	struct event control_ev;
	int stdin_fd; /* a socket, so that writing raises no signal */
	struct event stdin_ev;
	struct evbuffer *to_vm;
	bool close_stdin; /* once to_vm is empty */
	struct jsl_runner__stream frames, out, err, setup;
	struct event timer;
	uint64_t started_us, busy_us;	/* CLOCK_BOOTTIME */
	struct jsl_runner__facts facts; /* how it ended */
};

enum jsl_runner__job_state {
	JSL_JOB_WAITING, /* for a slot */
	JSL_JOB_TO_COMPILE,
	JSL_JOB_COMPILING,
	JSL_JOB_TO_RUN,
	JSL_JOB_RUNNING,
	JSL_JOB_DONE
};

struct jsl_runner_job {
	struct jsl_list link; /* in one of the runner's three lists */
	struct jsl_runner *r;
	enum jsl_runner__job_state state;
	struct jsl_limits limits;	   /* effective */
	const struct jsl_runner__jdk *jdk; /* NULL: the default one */
	jsl_runner_done_fn done;
	void *arg;
	struct jsl_runner__vm *vm;	    /* that works for it; borrowed */
	uint32_t tries;			    /* JVMs lost by it */
	uint32_t failed_starts;		    /* of JVMs that it waited for */
	bool missed;			    /* no JVM was waiting for it */
	struct evbuffer *sources;	    /* fields of the compile frame */
	struct evbuffer *program;	    /* fields of the run frame */
	struct jsl_runner__classes_key key; /* of its classes */
	void *input;
	size_t input_len;
	struct jsl_runner__verdict verdict;
};

struct jsl_runner {
	struct event_base *base; /* borrowed */
	struct jsl_log log;
	uint32_t slots;
	struct jsl_limits limits;
	struct jsl_runner__host host;
	bool drop; /* become uid and gid before a box is built */
	uid_t uid;
	gid_t gid;
	bool can_background;
	bool warm;
	struct event work;	/* due: schedule and deliver */
	struct event retry;	/* a failed start may be tried again */
	uint32_t backoff_ms;	/* 0: the last start went well */
	uint64_t not_before_us; /* no start in the background until then */
	bool lost;		/* a JVM died under a job, from outside */
	struct jsl_list vms, waiting, active, finished;
	uint32_t n_active;
	struct jsl_runner__classes classes;
	struct jsl_runner__archives archives;
	struct jsl_runner__cgroups groups;
	const char *layers[JSL_RUNNER__LAYERS_MAX]; /* that a box has, by their names */
	size_t n_layers;
	bool *gone; /* set when freed from within a callback */
	struct jsl_runner_stats stats;
	struct jsl_runner__fitness fitness;
	char failure[256];   /* of the last start */
	bool sandbox_failed; /* that was a layer of the sandbox */
};

static inline struct timeval jsl_runner__timeval(uint32_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* vm.c */
int jsl_runner__vm_new(struct jsl_runner *r, const struct jsl_runner__profile *profile,
		       bool background);
/** Kill and free at once; waits for the end, which comes within milliseconds. */
void jsl_runner__vm_free(struct jsl_runner__vm *vm);
/** End it: an orderly report follows, and then jsl_runner__job_vm_ended(). */
void jsl_runner__vm_stop(struct jsl_runner__vm *vm, enum jsl_runner__stop why);
/** Hand a job over: send what is in to_vm, start its clock. */
void jsl_runner__vm_go(struct jsl_runner__vm *vm, struct jsl_runner_job *job);
/** It has started, or rehearsed, and waits for a job. */
void jsl_runner__vm_ready(struct jsl_runner__vm *vm);
/** While no job is there: run what most programs load. It will be ready again. */
void jsl_runner__vm_rehearse(struct jsl_runner__vm *vm);
/** End it if it has no job and had started before. */
void jsl_runner__vm_dismiss(struct jsl_runner__vm *vm);
/** A compiler has answered, and waits for its next job. */
void jsl_runner__vm_rest(struct jsl_runner__vm *vm);
void jsl_runner__vm_set_timer(struct jsl_runner__vm *vm, uint32_t ms);
void jsl_runner__vm_boost(struct jsl_runner__vm *vm);

/* vm_io.c */
int jsl_runner__vm_spawn(struct jsl_runner__vm *vm);
void jsl_runner__vm_io_deinit(struct jsl_runner__vm *vm);
void jsl_runner__vm_write(struct jsl_runner__vm *vm);
/** Listen no more: nobody is left there who could report. */
void jsl_runner__vm_abandon(struct jsl_runner__vm *vm);
void jsl_runner__vm_watch(struct jsl_runner__vm *vm);
void jsl_runner__vm_tell(struct jsl_runner__vm *vm, uint32_t type, uint32_t cpu_ms);

/* job.c: what happened to the JVM of a job */
int jsl_runner__job_new(struct jsl_runner_job **ret_job, struct jsl_runner *r,
			const struct jsl_spec *spec);
void jsl_runner__job_free(struct jsl_runner_job *job);
/** If its sources were compiled before, go on with what became of them. */
void jsl_runner__job_recall(struct jsl_runner_job *job);
int jsl_runner__job_compile(struct jsl_runner_job *job, struct jsl_runner__vm *vm);
int jsl_runner__job_run(struct jsl_runner_job *job, struct jsl_runner__vm *vm);
void jsl_runner__job_frame(struct jsl_runner_job *job, uint8_t type,
			   struct jsl_runner__reader fields);
void jsl_runner__job_vm_ended(struct jsl_runner_job *job, struct jsl_runner__vm *vm);
void jsl_runner__job_finish(struct jsl_runner_job *job, enum jsl_status status);
/** Finish it with @text as the message. */
void jsl_runner__job_fail(struct jsl_runner_job *job, enum jsl_status status,
			  const char *text);

/* schedule.c */
void jsl_runner__work(evutil_socket_t fd, short what, void *arg);
void jsl_runner__kick(struct jsl_runner *r);

/* layers.c */
/** Find out which layers the boxes of @r have. */
void jsl_runner__layers_init(struct jsl_runner *r);

/* start.c */
void jsl_runner__profile_make(enum jsl_runner__kind kind,
			      const struct jsl_runner__jdk *jdk,
			      const struct jsl_limits *l,
			      struct jsl_runner__profile *ret_profile);
bool jsl_runner__profile_is_same(const struct jsl_runner__profile *a,
				 const struct jsl_runner__profile *b);
/** Start a JVM that nobody waits for yet, unless starts have just failed. */
void jsl_runner__start_background(struct jsl_runner *r,
				  const struct jsl_runner__profile *p);
/** Start one that @job waits for. If that cannot even be tried, the job ends. */
void jsl_runner__start_for(struct jsl_runner *r, struct jsl_runner_job *job,
			   const struct jsl_runner__profile *p);
void jsl_runner__retry(evutil_socket_t fd, short what, void *arg);
/**
 * A JVM ended before it served anybody. @layer of the sandbox failed, because of @text;
 * NULL: take what the set-up said.
 */
void jsl_runner__start_failed(struct jsl_runner *r, struct jsl_runner__vm *vm,
			      const char *layer, const char *text);

#endif
