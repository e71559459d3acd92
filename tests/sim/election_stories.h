/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_SIM_ELECTION_STORIES_H
#define JSL_SIM_ELECTION_STORIES_H

/*
 * What the election promises in a quiet network, one story each: who wins, how
 * fast, and what does not cause an election.
 */

#include <stdbool.h>

struct world;

/* Run them all, or @only that one (NULL: all); false, and a line for each failure. */
bool election_stories(const char *only, bool trace);

/* election_stories_cut.c */
bool story_next_leads_when_the_leader_is_cut_off(struct world *w);
bool story_next_leads_when_the_leader_is_mute(struct world *w);
bool story_next_leads_when_the_leader_is_deaf(struct world *w);

/* election_stories_lost.c */
bool story_lost_promise_is_void(struct world *w);

#endif
