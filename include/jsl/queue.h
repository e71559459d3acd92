/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_QUEUE_H
#define JSL_QUEUE_H

/**
 * @file
 * A work queue without a single point of failure, as three pure cores:
 *
 *	submitter --SUBMIT--> leader --ASSIGN--> worker
 *	          <--RESULT--        <--RESULT--
 *	          -DELIVERED->       --FORGET-->
 *
 * The submitter holds a job until it has the result and submits it again to
 * each new leader (Q1). The leader holds nothing that it could not learn again:
 * a new one asks the workers what runs and what is finished (Q2), so a change
 * of leader runs nothing twice. The worker keeps a result until the submitter
 * has it (Q3) and refuses the orders of a leader that was superseded (R11).
 *
 * A link is one connection to another node, numbered by the caller, ordered and
 * reliable until it is down. No I/O, no clock, no random source: see
 * jsl/election.h for the shape. Not thread-safe. Rules Q1..Q13 are those of
 * doc/protocols.md. jsl/node_job.h is the queue as a node has it.
 */

#include <jsl/api.h>
#include <jsl/queue_event.h>
#include <jsl/queue_leader.h>
#include <jsl/queue_message.h>
#include <jsl/queue_note.h>
#include <jsl/queue_submitter.h>
#include <jsl/queue_worker.h>

#endif
