/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * One frame between the runner and its JVM: u32 length of what follows, u8 type, then
 * fields of u8 tag, u32 length and that many bytes; numbers are big-endian. A reader
 * skips tags that it does not know. The other side is lib/runner/frame.h; the numbers
 * must agree.
 */
final class Frame {
	/* types, to the agent */
	static final int COMPILE = 1;
	static final int RUN = 2;
	static final int REHEARSE = 3; /* no fields; READY is the answer */
	/* types, from the agent */
	static final int READY = 16;
	static final int COMPILED = 17;
	static final int ENTERED = 18;
	static final int ENDED = 19;
	static final int ARCHIVE = 20;

	/* tags */
	static final int SOURCE = 1; /* bytes of one source file */
	static final int CLASS = 2; /* u16 length of the binary name, name, class file */
	static final int TYPE = 3; /* u8 public, binary name of a top-level type */
	static final int DIAGNOSTIC = 4; /* u32 line, u32 column, u8 warning, u16 length, file, text */
	static final int TEXT = 5; /* all diagnostics, or a stack trace */
	static final int OUTCOME = 6; /* u8, below */
	static final int ARG = 7;
	static final int RETURNED = 8; /* what run() returned */
	static final int ENTRY = 9; /* u8: enum jsl_entry */
	static final int RETURN_MAX = 10; /* u32: how many bytes run() may return */
	static final int NAME = 11; /* a type, or the version of the JDK */
	static final int WORN = 12; /* empty: this compiler should be recycled */
	static final int PART = 13; /* the next bytes of the archive */

	/* outcomes of COMPILED */
	static final int COMPILE_OK = 0;
	static final int COMPILE_FAILED = 1;
	static final int COMPILE_NO_TYPE = 2;
	static final int COMPILE_TOO_LARGE = 3;
	/* outcomes of ENDED */
	static final int RUN_RETURNED = 0;
	static final int RUN_THREW = 1; /* run() or main() threw */
	static final int RUN_NO_MEMORY = 2; /* … an OutOfMemoryError */
	static final int RUN_NO_THREADS = 3; /* … because no thread could be started */
	static final int RUN_NO_ENTRY = 4; /* nothing there that can be run */
	static final int RUN_BAD_TYPE = 5; /* run() returns another type */
	static final int RUN_TOO_LONG = 6; /* run() returned more than RETURN_MAX */
	static final int RUN_NOT_PERMITTED = 7; /* threw because the system denied something */
	static final int RUN_DISK_FULL = 8; /* … because nothing more fits into /tmp */

	private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
	private final DataOutputStream out = new DataOutputStream(bytes);

	Frame(int type) throws IOException {
		out.writeInt(0);
		out.writeByte(type);
	}

	Frame put(int tag, byte[] value) throws IOException {
		out.writeByte(tag);
		out.writeInt(value.length);
		out.write(value);
		return this;
	}

	Frame put(int tag, int value) throws IOException {
		return put(tag, new byte[] {(byte)value});
	}

	Frame put(int tag, String value) throws IOException {
		return put(tag, value.getBytes(StandardCharsets.UTF_8));
	}

	/** Send it in one write, so that a program which dies meanwhile leaves no half of it. */
	void send(OutputStream to) throws IOException {
		byte[] frame = bytes.toByteArray();
		int length = frame.length - 4;

		frame[0] = (byte)(length >>> 24);
		frame[1] = (byte)(length >>> 16);
		frame[2] = (byte)(length >>> 8);
		frame[3] = (byte)length;
		to.write(frame);
		to.flush();
	}

	/** Takes the fields of a frame, in their order. */
	interface Visitor {
		void field(int tag, byte[] value);
	}

	/**
	 * Read exactly one frame and not a byte more: what follows is the program's input.
	 * Returns its type, or -1 when the runner has gone.
	 */
	static int read(InputStream from, Visitor visitor) throws IOException {
		DataInputStream in = new DataInputStream(from);
		byte[] frame;
		int type;

		try {
			frame = new byte[in.readInt()];
			in.readFully(frame);
		} catch (EOFException e) {
			return -1;
		}
		in = new DataInputStream(new ByteArrayInputStream(frame));
		type = in.readUnsignedByte();
		while (in.available() > 0) {
			int tag = in.readUnsignedByte();
			byte[] value = new byte[in.readInt()];

			in.readFully(value);
			visitor.field(tag, value);
		}
		return type;
	}
}
