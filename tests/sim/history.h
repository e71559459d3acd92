/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_TESTS_SIM_HISTORY_H
#define JSL_TESTS_SIM_HISTORY_H

/* What happened to the jobs of a simulated cluster, and whether it was allowed to. */

#include "world.h"

/* history.c */
void history_submit(struct world *w, int gateway);
/** With its key, content, limit and wait; the rest is filled in. */
void history_submit_as(struct world *w, int gateway, struct world_job job);
void history_cancel(struct world *w, size_t job);
struct world_job *history_find(struct world *w, struct jsl_queue_id id);
void history_started(struct world *w, int node, const struct jsl_queue_message *job);
void history_stopped(struct world *w, int node, struct jsl_queue_id job);
void history_run_over(struct world *w, size_t run);
void history_run_speaks(struct world *w, size_t run);
void history_progress(struct world *w, int node, const struct jsl_queue_message *word);
void history_result(struct world *w, int node, const struct jsl_queue_message *end);
void history_note(struct world *w, int node, const struct jsl_queue_note *note);
bool history_all_answered(struct world *w);
bool history_is_over(struct world *w);

/* reruns.c */
void reruns_look(struct world *w, int leader);
void reruns_failed(struct world *w, int observer, int node);
void reruns_linked(struct world *w, int leader, int node, bool linked);
void reruns_reign(struct world *w, int leader);
void reruns_given_up(struct world *w, int node, struct jsl_queue_id job);
void reruns_check(struct world *w, size_t run);
void reruns_note(struct world *w, int node, const struct jsl_queue_note *note);

/* rules.c */
void rules_of_leaders(struct world *w);
void rules_of_node(struct world *w, int node);
void rules_of_record(struct world *w, int node, const struct jsl_election_record *next);

#endif
