/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.Arrays;

/**
 * Stack traces as the program would have printed them, without the frames of this agent,
 * and bounded when they become part of the verdict.
 */
final class Traces {
	static final int TEXT_MAX = 64 << 10; /* characters */
	private static final int DEPTH_MAX = 64; /* of causes: they may be cyclic */

	/** Keeps the beginning and throws when full, which ends the printing. */
	private static final class Bounded extends Writer {
		final StringBuilder text = new StringBuilder();

		@Override
		public void write(char[] chars, int from, int length) {
			int room = Math.min(length, TEXT_MAX - text.length());

			text.append(chars, from, room);
			if (room < length)
				throw new IndexOutOfBoundsException();
		}

		@Override
		public void flush() {
		}

		@Override
		public void close() {
		}
	}

	private Traces() {
	}

	/** Take our frames, and those of the reflection below them, off the end. */
	static void trim(Throwable thrown) {
		int depth = 0;

		for (Throwable t = thrown; t != null && depth++ < DEPTH_MAX; t = t.getCause()) {
			StackTraceElement[] frames = t.getStackTrace();
			int keep = frames.length;

			while (keep > 0 && isOurs(frames[keep - 1].getClassName()))
				keep--;
			if (keep < frames.length)
				t.setStackTrace(Arrays.copyOf(frames, keep));
		}
	}

	private static boolean isOurs(String className) {
		return className.startsWith("jsl.agent.") ||
			className.startsWith("jdk.internal.reflect.") ||
			className.startsWith("java.lang.reflect.");
	}

	/** The trace of @thrown with its causes. Whatever its methods do, this returns. */
	static String text(Throwable thrown) {
		Bounded out = new Bounded();
		String name = thrown.getClass().getName();

		try {
			trim(thrown);
			thrown.printStackTrace(new PrintWriter(out));
		} catch (IndexOutOfBoundsException e) {
			out.text.append("...\n");
		} catch (Throwable e) {
			out.text.append(name).append(" (its stack trace cannot be printed)\n");
		}
		return out.text.toString();
	}
}
