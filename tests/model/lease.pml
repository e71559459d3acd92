/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timed lease: R1 (my lease to another has run out), R2, R3, R5, R9, R10 and R13
 * give I4 and I5, with clocks that drift, delays, loss, restarts and refused
 * connections.
 *
 * Modelled: 3 voters, time without end in ticks that all see at once. D is the ticks
 * that a lease lasts on the fastest clock that rho allows: a slower one holds it for
 * longer, which permits nothing more. D_L is the ticks of the slowest, counted from the
 * one in which the heartbeat was sent. Anything sent may be received at any later time,
 * more than once, or never; a voter may stand still for as long as it likes (nothing
 * has to happen), restart, or stay down.
 * R13: while a voter is down, others may see their connects to it refused, and may
 * act on that at any later time, also when it is up again: that is what "begun after
 * the newest heartbeat" must forbid. A pause refuses nothing.
 * R10: a live leader may ask for a higher epoch at any time, not only after a NACK.
 * Abstracted away: phase 1; fencing and lost records (promise.pml), and with them the
 * wait for D that ends an admission, which is R5 under another name; "never acks
 * (e, id) again" of R13, which is not needed here: evidence is never false.
 *
 * Bounds: epochs 1 and 2, one candidate of epoch 1. Crashes, of whom and how often, and
 * time have none.
 * I5 holds by construction of RENEW, which is the only way to lead.
 */
#define E 2
#ifndef D
#define D 2
#endif
#ifdef WITHOUT_R3_MARGIN
#define D_L (D + 1) /* as long as the lease, by a slower clock */
#else
#define D_L D
#endif
#define QUORUM 2
#define AGES D_L /* a heartbeat older than that can renew nothing */

byte prom[3], to[3]; /* durable: the promise, and to whom, plus 1 */
byte lease[3];	     /* ticks that the voter's lease, to whom it promised, still runs */
byte quiet[3];	     /* ticks of restart silence left (R5) */
byte camp[3];	     /* the epoch asked for */
byte lead[3];	     /* the epoch led, while acks may renew it */
byte refused[3];     /* whose connects were refused, and no heartbeat of theirs since */
bit down[3];
byte left[E + 1];    /* ticks that the leader of the epoch may act */
byte own[E + 1];     /* who was established, plus 1 */
byte got[3 * E];     /* sent, by candidate and epoch: who promised it */
bit beat[E * AGES];  /* sent, by epoch and age in ticks: a heartbeat */
byte ack[E * AGES];  /* sent: who acknowledged that one */
bit old[E + 1];	     /* sent: a heartbeat older than that */
bit rel[E + 1];	     /* sent: RELEASE */

#define AT(c, e)   ((c) * E + (e) - 1)
#define HB(e, a)   (((e) - 1) * AGES + (a))
#define BIT(i)	   (1 << (i))
#define COUNT(m)   (((m) & 1) + (((m) >> 1) & 1) + (((m) >> 2) & 1))
#if D_L == 3
#define FORGET_ACKS(e) ack[HB(e, 0)] = 0; ack[HB(e, 1)] = 0; ack[HB(e, 2)] = 0
#else
#define FORGET_ACKS(e) ack[HB(e, 0)] = 0; ack[HB(e, 1)] = 0
#endif
#define DEC(v)     if :: v > 0 -> v = v - 1 :: else fi

/* I4: two nodes inside their leases. */
#define CHECK	   assert(left[1] == 0 || left[2] == 0 || own[1] == own[2])

/* R1: nobody holds my lease but c, and I am not silent. */
#ifdef WITHOUT_R1
#define FREE(i, c) (quiet[i] == 0)
#else
#define FREE(i, c) (quiet[i] == 0 && (lease[i] == 0 || to[i] == c + 1))
#endif
/* Acks to one that leads no more are forgotten: they change nothing. */
#define DROP_EPOCH(i, e)                                                             \
	if                                                                           \
	:: own[e] == i + 1 -> left[e] = 0; FORGET_ACKS(e)                            \
	:: else                                                                      \
	fi
#define DROP(i)	   DROP_EPOCH(i, 1); DROP_EPOCH(i, 2); lead[i] = 0; camp[i] = 0
#define PROMISE_TO(i, e, id)                                                         \
	if                                                                           \
	:: e > prom[i] && id != i + 1 -> DROP(i)                                     \
	:: else                                                                      \
	fi;                                                                          \
	prom[i] = e; to[i] = id

/* A live leader goes on leading while it asks (R10). */
#define ASK(i, e)                                                                    \
	:: d_step { !down[i] && e > prom[i] && FREE(i, i) ->                         \
		PROMISE_TO(i, e, i + 1); camp[i] = e;                                \
		got[AT(i, e)] = got[AT(i, e)] | BIT(i) }
#define PROMISE(i, c, e)                                                             \
	:: d_step { !down[i] && (got[AT(c, e)] & (BIT(c) | BIT(i))) == BIT(c) &&     \
		(e > prom[i] || (e == prom[i] && to[i] == c + 1)) && FREE(i, c) ->   \
		PROMISE_TO(i, e, c + 1);                                             \
		got[AT(c, e)] = got[AT(c, e)] | BIT(i) }
#ifdef WITHOUT_R2
#define ENOUGH(c, e) true
#else
#define ENOUGH(c, e) (COUNT(got[AT(c, e)]) >= QUORUM)
#endif
#define ESTABLISH(c, e)                                                              \
	:: d_step { camp[c] == e && ENOUGH(c, e) ->                                  \
		assert(own[e] == 0 || own[e] == c + 1); /* I1 */                     \
		if                                                                   \
		:: lead[c] > 0 -> FORGET_ACKS(lead[c])                               \
		:: else                                                              \
		fi;                                                                  \
		own[e] = c + 1; lead[c] = e; camp[c] = 0 }

/* A heartbeat: sent, which is the leader's own ack; received. */
#define SEND(c, e)                                                                   \
	:: d_step { !down[c] && lead[c] == e && prom[c] == e && !beat[HB(e, 0)] ->   \
		beat[HB(e, 0)] = 1; lease[c] = D;                                    \
		ack[HB(e, 0)] = ack[HB(e, 0)] | BIT(c) }
#ifdef WITHOUT_R13_NEWEST
#define HEARD(i, e) skip
#else
#define HEARD(i, e) refused[i] = refused[i] & ~(1 << (own[e] - 1))
#endif
#define RECEIVE(i, e, a)                                                             \
	:: d_step { !down[i] && beat[HB(e, a)] && own[e] != i + 1 &&                 \
		(ack[HB(e, a)] & BIT(i)) == 0 &&                                     \
		((e == prom[i] && to[i] == own[e]) ||                                \
			(e > prom[i] && FREE(i, own[e] - 1))) ->                     \
		PROMISE_TO(i, e, own[e]); HEARD(i, e);                               \
		lease[i] = D;                                                        \
		if                                                                   \
		:: lead[own[e] - 1] == e -> ack[HB(e, a)] = ack[HB(e, a)] | BIT(i)   \
		:: else                                                              \
		fi }
/* One that can renew no more: its lease is left out, which only frees voters. */
#define RECEIVE_OLD(i, e)                                                            \
	:: d_step { !down[i] && old[e] && own[e] != i + 1 && e > prom[i] &&          \
		FREE(i, own[e] - 1) -> PROMISE_TO(i, e, own[e]); HEARD(i, e) }
#ifdef WITHOUT_R3_SENT
#define WORTH(a) D_L /* from when the ack came */
#else
#define WORTH(a) (D_L - a)
#endif
#define RENEW(e, a)                                                                  \
	:: d_step { own[e] > 0 && lead[own[e] - 1] == e &&                           \
		COUNT(ack[HB(e, a)]) >= QUORUM && left[e] < WORTH(a) ->              \
		left[e] = WORTH(a); CHECK }

/* R9: acts no more, for ever, then says so. */
#ifdef WITHOUT_R9_FOR_EVER
#define STOP(c, e) left[e] = 0
#else
#define STOP(c, e) DROP(c)
#endif
#define RELEASE(c, e)                                                                \
	:: d_step { !down[c] && lead[c] == e -> STOP(c, e); lease[c] = 0; rel[e] = 1 }
#define RELEASED(i, e)                                                               \
	:: d_step { !down[i] && rel[e] && prom[i] == e && to[i] == own[e] &&         \
		own[e] != i + 1 && lease[i] > 0 -> lease[i] = 0; FORGET_REFUSED(i) }

/* R5: a voter that starts has forgotten its lease, and is silent for D. */
#ifdef WITHOUT_R5
#define SILENCE 0
#else
#define SILENCE D
#endif
#ifdef ONE_CRASH /* enough for a mutant, and fewer states */
bit crashed;
#define MAY_CRASH !crashed
#define CRASHED crashed = 1
#else
#define MAY_CRASH true
#define CRASHED skip
#endif
#define CRASH(i)                                                                     \
	:: d_step { !down[i] && MAY_CRASH -> CRASHED;                                \
		DROP(i); lease[i] = 0; quiet[i] = 0; refused[i] = 0; down[i] = 1 }   \
	:: d_step { down[i] -> down[i] = 0; quiet[i] = SILENCE }

/* R13: i's own connect to c is refused; it frees the lease to c, and that only. */
#ifdef WITHOUT_R13_REFUSED
#define REFUSES(c) true /* silence taken for death */
#else
#define REFUSES(c) down[c]
#endif
#ifdef WITHOUT_R13_THAT_ONLY
#define IS_OF(i, c) true
#else
#define IS_OF(i, c) (to[i] == c + 1)
#endif
#if defined(WITHOUT_R13_NEWEST) || defined(WITHOUT_R13_THAT_ONLY)
#define OF_USE(i, c) true
#define FORGET_REFUSED(i) skip
#else /* evidence against another than whom i follows is of no use by these rules */
#define OF_USE(i, c) (lease[i] > 0 && to[i] == c + 1)
#define FORGET_REFUSED(i)                                                            \
	if                                                                           \
	:: lease[i] == 0 -> refused[i] = 0                                           \
	:: else                                                                      \
	fi
#endif
#define REFUSED(i, c)                                                                \
	:: d_step { !down[i] && REFUSES(c) && OF_USE(i, c) &&                        \
		(refused[i] & BIT(c)) == 0 -> refused[i] = refused[i] | BIT(c) }     \
	:: d_step { !down[i] && (refused[i] & BIT(c)) != 0 && lease[i] > 0 &&        \
		to[i] != i + 1 && IS_OF(i, c) -> lease[i] = 0; FORGET_REFUSED(i) }

#define AGE(e)                                                                       \
	if                                                                           \
	:: beat[HB(e, AGES - 1)] -> old[e] = 1                                       \
	:: else                                                                      \
	fi;                                                                          \
	AGE_MORE(e)                                                                  \
	beat[HB(e, 1)] = beat[HB(e, 0)]; ack[HB(e, 1)] = ack[HB(e, 0)];              \
	beat[HB(e, 0)] = 0; ack[HB(e, 0)] = 0
#if D_L == 3
#define AGE_MORE(e) beat[HB(e, 2)] = beat[HB(e, 1)]; ack[HB(e, 2)] = ack[HB(e, 1)];
#else
#define AGE_MORE(e)
#endif
#define TICK                                                                         \
	:: d_step { DEC(lease[0]); DEC(lease[1]); DEC(lease[2]);                     \
		DEC(quiet[0]); DEC(quiet[1]); DEC(quiet[2]);                         \
		FORGET_REFUSED(0); FORGET_REFUSED(1); FORGET_REFUSED(2);             \
		DEC(left[1]); DEC(left[2]); AGE(1); AGE(2) }

#define VOTERS(M, e)   M(0, e) M(1, e) M(2, e)
#define PAIRS(M, e)    M(0, 1, e) M(0, 2, e) M(1, 0, e) M(1, 2, e) M(2, 0, e) M(2, 1, e)
#define BEAT(e, a)                                                                   \
	RECEIVE(0, e, a) RECEIVE(1, e, a) RECEIVE(2, e, a) RENEW(e, a)
#define EPOCH(e)                                                                     \
	PAIRS(PROMISE, e) VOTERS(ESTABLISH, e) VOTERS(SEND, e)                       \
	BEAT(e, 0) BEAT(e, 1) VOTERS(RECEIVE_OLD, e)                                 \
	VOTERS(RELEASE, e) VOTERS(RELEASED, e)

init {
end:
	do
	TICK
	ASK(0, 1)
	VOTERS(ASK, 2)
	EPOCH(1)
	EPOCH(2)
#if D_L == 3
	BEAT(1, 2) BEAT(2, 2)
#endif
	CRASH(0) CRASH(1) CRASH(2)
	REFUSED(0, 1) REFUSED(0, 2) REFUSED(1, 0) REFUSED(1, 2) REFUSED(2, 0) REFUSED(2, 1)
	od
}
