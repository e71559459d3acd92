/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Admission of a voter that lost its record, among five (R12b): the quorum of the
 * others that admits it need not contain the candidate that holds its lost promise,
 * so that the candidate must learn of the loss from the promises of others.
 *
 * Modelled: 5 voters that all have promised epoch 1 to voter 0; voters 0 and 1 ask for
 * epoch 2; voter 4 loses its record once, before or after it promised. Others crash at
 * any time. Messages as in promise.pml: sent once, received at any time, or never.
 * Shown: I1 and I2. Not shown: more epochs, two lost records.
 */
#define QUORUM 3 /* of 5 */
#ifdef WITHOUT_QUORUM_OF_OTHERS
#define ADMITTERS 2
#else
#define ADMITTERS 3 /* a quorum of the 4 others */
#endif

byte to[5];	  /* durable: 0: promised epoch 1; else epoch 2 to this one, plus 1 */
bit knows[4];	  /* durable: stores voter 4's new record id */
bit camp[2];	  /* volatile: asks for epoch 2 */
bit asked[2];	  /* sent: PREPARE */
byte unaware[2];  /* sent to that candidate: promises that know the old record id */
byte aware[2];	  /* and those that know the new one */
bit from_old[2];  /* voter 4's own promise, under the old record id */
bit from_new[2];  /* and under the new one */
byte answered[3]; /* sent to voter 4: who admits, having promised 1; 2 to 0; 2 to 1 */
bit lost, fresh;
/* what the invariants remember */
byte est;	  /* who was established in epoch 2, plus 1 */
bit quorum_promised;
byte late;	  /* who acknowledged epoch 1 after that */

#define BIT(i)	 (1 << (i))
#define COUNT(m) (((m) & 1) + (((m) >> 1) & 1) + (((m) >> 2) & 1) + (((m) >> 3) & 1) + \
		  (((m) >> 4) & 1))
#define NOTE_QUORUM                                                                  \
	if                                                                           \
	:: (to[0] > 0) + (to[1] > 0) + (to[2] > 0) + (to[3] > 0) + (to[4] > 0) >=    \
		QUORUM -> quorum_promised = 1                                        \
	:: else                                                                      \
	fi

#define SAY(i, c)                                                                    \
	if                                                                           \
	:: knows[i] -> aware[c] = aware[c] | BIT(i)                                  \
	:: else -> unaware[c] = unaware[c] | BIT(i)                                  \
	fi
#define ASK(c)                                                                       \
	:: d_step { to[c] == 0 -> to[c] = c + 1; camp[c] = 1; asked[c] = 1;          \
		SAY(c, c); NOTE_QUORUM }
/* R1; a promise is repeated when asked again, and then says what is known by now. */
#define PROMISE(i, c)                                                                \
	:: d_step { i != c && asked[c] && (to[i] == 0 || to[i] == c + 1) ->          \
		if                                                                   \
		:: to[i] == 0 && i < 2 -> camp[i] = 0                                \
		:: else                                                              \
		fi;                                                                  \
		to[i] = c + 1; SAY(i, c); NOTE_QUORUM }
#define PROMISE_4(c)                                                                 \
	:: d_step { !fresh && asked[c] && (to[4] == 0 || to[4] == c + 1) ->          \
		to[4] = c + 1;                                                       \
		if                                                                   \
		:: lost -> from_new[c] = 1                                           \
		:: else -> from_old[c] = 1                                           \
		fi;                                                                  \
		NOTE_QUORUM }
/* R2. The old promise counts only among those that know of no newer record id. */
#ifdef WITHOUT_CONTRADICTION
#define ENOUGH(c)                                                                    \
	(COUNT(unaware[c] | aware[c]) + (from_old[c] || from_new[c]) >= QUORUM)
#else
#define ENOUGH(c)                                                                    \
	(COUNT(unaware[c]) + from_old[c] >= QUORUM ||                                \
		COUNT(unaware[c] | aware[c]) + from_new[c] >= QUORUM)
#endif
#define ESTABLISH(c)                                                                 \
	:: d_step { camp[c] && ENOUGH(c) -> camp[c] = 0;                             \
		assert(est == 0 || est == c + 1); /* I1 */ est = c + 1 }
#ifdef WITHOUT_STORED
#define CRASH(i) :: d_step { knows[i] = 0 }
#else
#define CRASH(i)
#endif
#define CRASH_CANDIDATE(c) :: d_step { camp[c] -> camp[c] = 0 }

#define LOSE                                                                         \
	:: d_step { !lost -> lost = 1; fresh = 1; to[4] = 0 }
#define ADMIT(i)                                                                     \
	:: d_step { fresh && (answered[to[i]] & BIT(i)) == 0 -> knows[i] = 1;        \
		answered[to[i]] = answered[to[i]] | BIT(i) }
/* The highest of the answers; of epoch 2 to both candidates: to nobody known. */
#define ALL_ANSWERS (answered[0] | answered[1] | answered[2])
#define JOIN                                                                         \
	:: d_step { fresh && COUNT(answered[0]) >= ADMITTERS -> fresh = 0; to[4] = 0 } \
	:: d_step { fresh && COUNT(answered[0] | answered[1]) >= ADMITTERS &&        \
		answered[1] != 0 -> fresh = 0; to[4] = 1; NOTE_QUORUM }              \
	:: d_step { fresh && COUNT(answered[0] | answered[2]) >= ADMITTERS &&        \
		answered[2] != 0 -> fresh = 0; to[4] = 2; NOTE_QUORUM }              \
	:: d_step { fresh && COUNT(ALL_ANSWERS) >= ADMITTERS && answered[1] != 0 &&  \
		answered[2] != 0 -> fresh = 0; to[4] = 3; NOTE_QUORUM }
/* I2: voter 0's heartbeat of epoch 1. */
#define BEAT(i)                                                                      \
	:: d_step { to[i] == 0 && (i != 4 || !fresh) && quorum_promised &&           \
		(late & BIT(i)) == 0 -> late = late | BIT(i);                        \
		assert(COUNT(late) < QUORUM) /* I2 */ }

init {
end:
	do
	ASK(0) ASK(1)
	PROMISE(0, 1) PROMISE(1, 0)
	PROMISE(2, 0) PROMISE(2, 1) PROMISE(3, 0) PROMISE(3, 1)
	PROMISE_4(0) PROMISE_4(1)
	ESTABLISH(0) ESTABLISH(1)
	CRASH(0) CRASH(1) CRASH(2) CRASH(3)
	CRASH_CANDIDATE(0) CRASH_CANDIDATE(1)
	LOSE
	ADMIT(0) ADMIT(1) ADMIT(2) ADMIT(3)
	JOIN
	BEAT(0) BEAT(1) BEAT(2) BEAT(3) BEAT(4)
	od
}
