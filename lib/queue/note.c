/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words for notes, as they appear in logs and in traces of the simulator.
 */

#include <jsl/queue.h>

static const char *const names[] = {
	[JSL_QUEUE_NOTE_ACCEPTED] = "accepted",
	[JSL_QUEUE_NOTE_RESUBMITTED] = "resubmitted",
	[JSL_QUEUE_NOTE_REFUSED] = "refused",
	[JSL_QUEUE_NOTE_ASSIGNED] = "assigned",
	[JSL_QUEUE_NOTE_ADOPTED] = "adopted",
	[JSL_QUEUE_NOTE_REQUEUED] = "requeued",
	[JSL_QUEUE_NOTE_QUARANTINED] = "quarantined",
	[JSL_QUEUE_NOTE_DONE] = "done",
	[JSL_QUEUE_NOTE_DUPLICATE] = "duplicate",
	[JSL_QUEUE_NOTE_CANCELLED] = "cancelled",
	[JSL_QUEUE_NOTE_EXPIRED] = "expired",
	[JSL_QUEUE_NOTE_STALE] = "stale",
	[JSL_QUEUE_NOTE_IMPOSTOR] = "impostor",
	[JSL_QUEUE_NOTE_STARTED] = "started",
	[JSL_QUEUE_NOTE_FINISHED] = "finished",
	[JSL_QUEUE_NOTE_FORGOTTEN] = "forgotten",
	[JSL_QUEUE_NOTE_DROPPED] = "dropped",
	[JSL_QUEUE_NOTE_EARLY] = "early",
	[JSL_QUEUE_NOTE_STRANGE] = "strange",
	[JSL_QUEUE_NOTE_SILENT] = "silent",
};

const char *jsl_queue_note_str(enum jsl_queue_note_type type)
{
	if ((size_t)type >= sizeof(names) / sizeof(names[0]) || names[type] == NULL)
		return "unknown";
	return names[type];
}
