/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise and fencing, without clocks: R1, R2, R3 (what is acknowledged), R10, R11
 * and R12 give I1, I2 and I3 whatever the network and the processes do.
 *
 * Modelled: 3 voters (0..2) and a worker. Any voter may ask for promises at any time,
 * crash and restart at any time, any number of times. A message that was sent may be
 * received at any later time, any number of times, or never: what was sent is a set
 * that only grows. Voter 2 may lose its record, any number of times (which voter it is
 * does not matter: no rule here knows an order of ids).
 * Abstracted away: time, so that leases, R4, R5, R6 and R8 are absent and a leader
 * acts for ever (lease.pml has them); phase 1, so that anybody may be chosen; the
 * number a candidate takes, which is any above its own promise.
 *
 * Bounds: epochs 1 and 2 from the very first start; or 1 to 3 after all have promised
 * epoch 1 to voter 0 (STARTED); or 1 to 3 and no lost record (NO_LOSS). Assumption on
 * losses (R12), shown to be needed by a run without it:
 *   ALL_STARTED  every voter has promised once before a record is lost.
 * That what says "fresh" counts only if it names the receiver's record id is part of
 * R12a here, as in lib/election: a PREPARE or a notification from before the loss, that
 * arrives after it, undoes the promise that was lost (WITHOUT_R12A_NAMED).
 * Not shown: R12b's contradicted record ids, which three voters never need, since
 * both others admit (admit.pml has five).
 */
#ifndef EPOCHS
#define EPOCHS 3
#endif
#define QUORUM 2

byte prom[3], to[3];	    /* durable: the promise; to whom, plus 1; 0: unknown */
byte camp[3], lead[3];	    /* volatile: the epoch asked for, and led */
byte got[9];		    /* sent, by candidate and epoch: who promised it */
bit all_fresh[9];	    /* sent: that PREPARE says that a quorum is fresh (R12a) */
byte admits[9];		    /* sent, by fresh voter and admitter: epochs, a mask (R12b) */
bit lost;		    /* voter 2 has lost its record */
byte seen;		    /* the worker's floor (R11) */
/* what the invariants remember */
byte est[EPOCHS + 1];	    /* who was established, plus 1 */
byte quorum_promised;	    /* the highest epoch that a quorum ever promised */
byte late[EPOCHS + 1];	    /* who acknowledged an epoch below that */
byte accepted;		    /* the worker's last */

#define AT(c, e)    ((c) * 3 + (e) - 1)
#define BIT(i)	    (1 << (i))
#define COUNT(m)    (((m) & 1) + (((m) >> 1) & 1) + (((m) >> 2) & 1))
#define FRESH(i)    (prom[i] == 0)
#define PREPARED(c, e) ((got[AT(c, e)] & BIT(c)) != 0)

/* I2: nobody gathers a quorum below what a quorum has promised. */
#define PROMISED_BY(e) ((prom[0] >= e) + (prom[1] >= e) + (prom[2] >= e))
#define NOTE_QUORUM(e)                                                               \
	if                                                                           \
	:: quorum_promised < e && PROMISED_BY(e) >= QUORUM -> quorum_promised = e    \
	:: else                                                                      \
	fi
#define NOTE_ACK(i, e)                                                               \
	if                                                                           \
	:: e < quorum_promised -> late[e] = late[e] | BIT(i);                        \
		assert(COUNT(late[e]) < QUORUM) /* I2 */                             \
	:: else                                                                      \
	fi

/* R1 and R12a: may voter i promise e to c? */
#ifdef WITHOUT_R1
#define NOT_GIVEN(i, c, e) (e >= prom[i])
#else
#define NOT_GIVEN(i, c, e) (e > prom[i] || (e == prom[i] && to[i] == c + 1))
#endif
#if defined(WITHOUT_R12A) || defined(NO_LOSS)
#define FRESH_MAY(i, c, e) true
#else
#define FRESH_MAY(i, c, e) (!FRESH(i) || all_fresh[AT(c, e)])
#endif

/* A fresh candidate believes that a quorum is fresh. One that never promised may
 * believe it wrongly, by an old notification, which does no harm; one that lost its
 * record is told by what names its new one, and so is not older. */
#ifdef WITHOUT_R12A_NAMED
#define BELIEVES_FRESH(i) true
#else
#define BELIEVES_FRESH(i) (!(i == 2 && lost) || FRESH(0) || FRESH(1))
#endif
#if defined(WITHOUT_R12A) || defined(NO_LOSS)
#define MAY_ASK(i) true
#else
#define MAY_ASK(i) (!FRESH(i) || BELIEVES_FRESH(i))
#endif

#ifdef NO_LOSS
#define SAY_FRESH(i, e) skip
#else
#define SAY_FRESH(i, e) all_fresh[AT(i, e)] = FRESH(i)
#endif

/* Asks for e. A live leader does so without ceasing to lead (R10). */
#define ASK(i, e)                                                                    \
	:: d_step { e > prom[i] && MAY_ASK(i) ->                                     \
		SAY_FRESH(i, e);                                                     \
		prom[i] = e; to[i] = i + 1; camp[i] = e;                             \
		got[AT(i, e)] = got[AT(i, e)] | BIT(i);                              \
		NOTE_QUORUM(e) }

#define PROMISE(i, c, e)                                                             \
	:: d_step { PREPARED(c, e) && NOT_GIVEN(i, c, e) && FRESH_MAY(i, c, e) &&    \
		!(prom[i] == e && (got[AT(c, e)] & BIT(i)) != 0) ->                  \
		if                                                                   \
		:: e > prom[i] -> lead[i] = 0; camp[i] = 0                           \
		:: else                                                              \
		fi;                                                                  \
		prom[i] = e; to[i] = c + 1;                                          \
		got[AT(c, e)] = got[AT(c, e)] | BIT(i);                              \
		NOTE_QUORUM(e) }

#ifdef WITHOUT_R2
#define ENOUGH(c, e) true
#else
#define ENOUGH(c, e) (COUNT(got[AT(c, e)]) >= QUORUM)
#endif
#define LEAD(c, e)                                                                   \
	assert(est[e] == 0 || est[e] == c + 1); /* I1 */                             \
	est[e] = c + 1; lead[c] = e
#define ESTABLISH(c, e)                                                              \
	:: d_step { camp[c] == e && ENOUGH(c, e) -> camp[c] = 0; LEAD(c, e) }
#ifdef WITHOUT_R10
/* R10 done wrongly: it has a quorum, so it takes the next epoch as its own. */
#define RENUMBER(c, e)                                                               \
	:: d_step { lead[c] > 0 && lead[c] < e && prom[c] < e ->                     \
		prom[c] = e; to[c] = c + 1; NOTE_QUORUM(e); LEAD(c, e) }
#else
#define RENUMBER(c, e)
#endif

/* A heartbeat of e arrives at i, or the leader itself sends it. Of a higher epoch it
 * is a PREPARE first; the promise that admission found to be of nobody known is then
 * the leader's. */
#ifdef WITHOUT_R3
#define PROMISED_IT(i, e) (prom[i] > 0)
#else
#define PROMISED_IT(i, e) (prom[i] == e && (to[i] == est[e] || to[i] == 0))
#endif
#define BEAT(i, e)                                                                   \
	:: d_step { est[e] != 0 && est[e] != i + 1 && prom[i] < e && !FRESH(i) ->    \
		lead[i] = 0; camp[i] = 0; prom[i] = e; to[i] = est[e];               \
		NOTE_QUORUM(e); NOTE_ACK(i, e) }                                     \
	:: d_step { est[e] != 0 && PROMISED_IT(i, e) &&                              \
		(to[i] == 0 || (late[e] & BIT(i)) == 0 && e < quorum_promised) &&    \
		(est[e] != i + 1 || lead[i] == e) ->                                 \
		if                                                                   \
		:: to[i] == 0 -> to[i] = est[e]                                      \
		:: else                                                              \
		fi;                                                                  \
		NOTE_ACK(i, e) }

#ifdef WITHOUT_R1_DURABLE
#define CRASH(i) :: d_step { camp[i] = 0; lead[i] = 0; prom[i] = 0; to[i] = 0 }
#else
#define CRASH(i) :: d_step { camp[i] + lead[i] > 0 -> camp[i] = 0; lead[i] = 0 }
#endif

/* R12: voter 2 comes back with nothing, under a new record id: what was sent to the old
 * one means nothing to it. */
#ifdef WITHOUT_ALL_STARTED
#define MAY_LOSE !FRESH(2)
#else
#define MAY_LOSE (!FRESH(0) && !FRESH(1) && !FRESH(2))
#endif
#ifdef WITHOUT_R12A_NAMED
#define FORGET_FRESH skip
#else
#define FORGET_FRESH                                                                 \
	all_fresh[0] = 0; all_fresh[1] = 0; all_fresh[2] = 0;                        \
	all_fresh[3] = 0; all_fresh[4] = 0; all_fresh[5] = 0;                        \
	all_fresh[6] = 0; all_fresh[7] = 0; all_fresh[8] = 0
#endif
#define LOSE                                                                         \
	:: d_step { MAY_LOSE -> lost = 1;                                                \
		prom[2] = 0; to[2] = 0; camp[2] = 0; lead[2] = 0;                    \
		admits[6] = 0; admits[7] = 0; FORGET_FRESH }

/* R12b: j stores the record id of the fresh i, and says what it has promised. */
#define ADMIT(i, j)                                                                  \
	:: d_step { FRESH(i) && !FRESH(j) && (admits[i * 3 + j] & BIT(prom[j])) == 0 -> \
		admits[i * 3 + j] = admits[i * 3 + j] | BIT(prom[j]) }
/* i has answers of e from j, of f <= e from k: it takes e. To whom j gave it is in j's
 * answer; if they differ, it is unknown. */
#define GIVEN_TO(j, e)                                                               \
	((got[AT(0, e)] & BIT(j)) != 0 -> 1 :                                        \
		((got[AT(1, e)] & BIT(j)) != 0 -> 2 :                                \
			((got[AT(2, e)] & BIT(j)) != 0 -> 3 : est[e])))
#ifdef WITHOUT_R12B
#define BOTH(i, j, e, k, f) ((admits[i * 3 + j] & BIT(e)) != 0) /* one is enough */
#else
#define BOTH(i, j, e, k, f)                                                          \
	((admits[i * 3 + j] & BIT(e)) != 0 && (admits[i * 3 + k] & BIT(f)) != 0)
#endif
#define JOIN(i, j, e, k, f)                                                          \
	:: d_step { FRESH(i) && BOTH(i, j, e, k, f) -> prom[i] = e;                  \
		if                                                                   \
		:: e == f && GIVEN_TO(j, e) != GIVEN_TO(k, f) -> to[i] = 0           \
		:: else -> to[i] = GIVEN_TO(j, e)                                    \
		fi;                                                                  \
		admits[i * 3 + j] = 0; admits[i * 3 + k] = 0; NOTE_QUORUM(e) }

/* R11, I3: a leader, deposed or not, assigns to the worker. */
#ifdef WITHOUT_R11
#define NOT_FENCED(e) true
#else
#define NOT_FENCED(e) (e >= seen)
#endif
#define ASSIGN(e)                                                                    \
	:: d_step { est[e] != 0 && NOT_FENCED(e) && e != accepted ->                 \
		assert(e >= accepted); /* I3 */                                      \
		accepted = e; seen = e }

#define VOTERS(M, e)  M(0, e) M(1, e) M(2, e)
#define PAIRS(M, e)   M(0, 1, e) M(0, 2, e) M(1, 0, e) M(1, 2, e) M(2, 0, e) M(2, 1, e)
#define JOINS(e, f)                                                                  \
	JOIN(0, 1, e, 2, f) JOIN(0, 2, e, 1, f) JOIN(1, 0, e, 2, f)                  \
	JOIN(1, 2, e, 0, f) JOIN(2, 0, e, 1, f) JOIN(2, 1, e, 0, f)
#define EPOCH(e)                                                                     \
	VOTERS(ASK, e) PAIRS(PROMISE, e) VOTERS(ESTABLISH, e) VOTERS(RENUMBER, e)    \
	VOTERS(BEAT, e) ASSIGN(e)

init {
#ifdef STARTED
	d_step { /* all have promised epoch 1 to voter 0, which leads it */
		prom[0] = 1; prom[1] = 1; prom[2] = 1; to[0] = 1; to[1] = 1; to[2] = 1;
		got[AT(0, 1)] = 7; est[1] = 1; lead[0] = 1; quorum_promised = 1
	}
#endif
end:
	do
	EPOCH(1)
	EPOCH(2)
#if EPOCHS == 3
	EPOCH(3)
#ifndef NO_LOSS
	JOINS(3, 1) JOINS(3, 2) JOINS(3, 3)
#endif
#endif
	CRASH(0) CRASH(1) CRASH(2)
#ifndef NO_LOSS
	LOSE
	ADMIT(0, 1) ADMIT(0, 2) ADMIT(1, 0) ADMIT(1, 2) ADMIT(2, 0) ADMIT(2, 1)
	JOINS(1, 1) JOINS(2, 1) JOINS(2, 2)
#endif
	od
}
