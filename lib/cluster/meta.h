/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef JSL_CLUSTER_META_H
#define JSL_CLUSTER_META_H

/*
 * What a member says about itself in gossip (G6): a fixed little-endian layout
 * behind a version byte, then the application's bytes. Later versions append;
 * bytes that are not understood are skipped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jsl/election.h>
#include <jsl/gossip.h>

#define JSL_CLUSTER_APP_META_MAX 256

struct jsl_cluster_meta {
	bool voter;
	enum jsl_election_role role;
	uint32_t slots; /* 0: not a worker */
	bool unfit;	/* a worker that can run nothing now */
	struct jsl_election_leader leader;
	uint16_t app_len;
	uint8_t app[JSL_CLUSTER_APP_META_MAX];
};

/** Write @m into @buf (of JSL_GOSSIP_META_MAX); returns the length. */
size_t jsl_cluster_meta_encode(const struct jsl_cluster_meta *m, uint8_t *buf);

/** Read metadata. Returns 0; JSL_E_MALFORMED with @ret_m untouched. */
int jsl_cluster_meta_decode(struct jsl_cluster_meta *ret_m, const void *data, size_t len);

/** Where the application's bytes are in @data, which could be read. */
const void *jsl_cluster_meta_app(const void *data);

#endif
