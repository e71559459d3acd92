/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a spec. What decodes must encode again and then stay the same.
 */

#include <string.h>

#include <jsl/job.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsl_blob *first, *second;
	struct jsl_spec *spec;

	if (jsl_spec_decode(&spec, data, size) < 0)
		return 0;
	MUST(jsl_spec_encode(&first, spec) == 0);
	jsl_spec_free(spec);
	MUST(jsl_spec_decode(&spec, jsl_blob_data(first), jsl_blob_len(first)) == 0);
	MUST(jsl_spec_encode(&second, spec) == 0);
	jsl_spec_free(spec);
	MUST(jsl_blob_len(first) == jsl_blob_len(second));
	MUST(memcmp(jsl_blob_data(first), jsl_blob_data(second), jsl_blob_len(first)) ==
	     0);
	jsl_blob_unref(first);
	jsl_blob_unref(second);
	return 0;
}
