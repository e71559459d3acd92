/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.net.UnknownHostException;

/**
 * What a program failed through, from what it threw. The system's own words tell: they
 * are those of the C library in the locale of the box. A program may say them as well,
 * and is believed as little as ever: whether a call was denied is known outside.
 */
final class Outcome {
	private static final int DEPTH_MAX = 64; /* of causes: they may be cyclic */

	private Outcome() {
	}

	/** The outcome that @thrown stands for. Whatever its methods do, this returns. */
	static int of(Throwable thrown) {
		int depth = 0;

		try {
			for (Throwable t = thrown; t != null && depth++ < DEPTH_MAX; t = t.getCause()) {
				int outcome = ofOne(t);

				if (outcome != Frame.RUN_THREW)
					return outcome;
			}
		} catch (Throwable e) {
			/* of its own making: it threw, and that is all */
		}
		return Frame.RUN_THREW;
	}

	/** Whether it failed at a limit, which even of a void run() makes a failure. */
	static boolean isLimit(Throwable thrown) {
		int outcome = of(thrown);

		return outcome != Frame.RUN_THREW && outcome != Frame.RUN_NOT_PERMITTED;
	}

	private static int ofOne(Throwable t) {
		String text = String.valueOf(t.getMessage());

		if (t instanceof OutOfMemoryError)
			return text.startsWith("unable to create native thread")
				? Frame.RUN_NO_THREADS : Frame.RUN_NO_MEMORY;
		if (text.contains("Resource temporarily unavailable")) /* no process */
			return Frame.RUN_NO_THREADS;
		if (text.contains("No space left on device") || text.contains("File too large"))
			return Frame.RUN_DISK_FULL;
		/* Names are looked up through sockets, and the resolver does not say why not. */
		if (text.contains("Operation not permitted") || t instanceof UnknownHostException)
			return Frame.RUN_NOT_PERMITTED;
		return Frame.RUN_THREW;
	}
}
