/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_BASE_RULE_H
#define JSL_BASE_RULE_H

/*
 * The rules of doc/protocols.md that a simulator must miss when they are gone.
 * JSL_RULE(R5) is true. A mutant is the same code built with -DJSL_WITHOUT_R5=1:
 * there it is false, and the simulator has to find a schedule in which that does
 * harm (tests/sim/mutants.sh).
 */

#define JSL_RULE(name) (!(JSL_WITHOUT_##name))

#ifndef JSL_WITHOUT_R1
#define JSL_WITHOUT_R1 0 /* promise an epoch once */
#endif
#ifndef JSL_WITHOUT_R2
#define JSL_WITHOUT_R2 0 /* a quorum of promises before the first heartbeat */
#endif
#ifndef JSL_WITHOUT_R3_SENT
#define JSL_WITHOUT_R3_SENT 0 /* the leader's lease counts from the send time */
#endif
#ifndef JSL_WITHOUT_R3_D
#define JSL_WITHOUT_R3_D 0 /* the D in the heartbeat is what is granted */
#endif
#ifndef JSL_WITHOUT_R4
#define JSL_WITHOUT_R4 0 /* leading is tested at each action */
#endif
#ifndef JSL_WITHOUT_R5
#define JSL_WITHOUT_R5 0 /* restart silence */
#endif
#ifndef JSL_WITHOUT_R6
#define JSL_WITHOUT_R6 0 /* a live lease is not disturbed */
#endif
#ifndef JSL_WITHOUT_R9
#define JSL_WITHOUT_R9 0 /* who released its lease acts no more */
#endif
#ifndef JSL_WITHOUT_R10
#define JSL_WITHOUT_R10 0 /* a stuck higher epoch is passed */
#endif
#ifndef JSL_WITHOUT_R11
#define JSL_WITHOUT_R11 0 /* fencing by epoch */
#endif
#ifndef JSL_WITHOUT_R11_VOTER
#define JSL_WITHOUT_R11_VOTER 0 /* a voter obeys nothing above its promise (I3) */
#endif
#ifndef JSL_WITHOUT_R12
#define JSL_WITHOUT_R12 0 /* a voter without a record is admitted first */
#endif
#ifndef JSL_WITHOUT_R12_CONTRADICTED
#define JSL_WITHOUT_R12_CONTRADICTED 0 /* a lost record's promise is not counted */
#endif
#ifndef JSL_WITHOUT_R13
#define JSL_WITHOUT_R13 0 /* evidence of death is about this leader, and newer */
#endif
#ifndef JSL_WITHOUT_R13_TRUST
#define JSL_WITHOUT_R13_TRUST 0 /* evidence that is not trusted frees no lease */
#endif
#ifndef JSL_WITHOUT_Q2
#define JSL_WITHOUT_Q2 0 /* what may run already waits for the inventories */
#endif
#ifndef JSL_WITHOUT_Q3
#define JSL_WITHOUT_Q3 0 /* a result is kept until it is acknowledged */
#endif
#ifndef JSL_WITHOUT_Q4
#define JSL_WITHOUT_Q4 0 /* what is here already is not started */
#endif
#ifndef JSL_WITHOUT_Q7
#define JSL_WITHOUT_Q7 0 /* the first result wins */
#endif
#ifndef JSL_WITHOUT_Q13
#define JSL_WITHOUT_Q13 0 /* a run that its worker is silent about is given up */
#endif
#ifndef JSL_WITHOUT_KEYS
#define JSL_WITHOUT_KEYS 0 /* jobs of one key share a run */
#endif
#ifndef JSL_WITHOUT_G1
#define JSL_WITHOUT_G1 0 /* a failed (id, boot, incarnation) is final */
#endif
#ifndef JSL_WITHOUT_G2
#define JSL_WITHOUT_G2 0 /* the dead are looked for */
#endif

#endif
