/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticListener;
import javax.tools.JavaFileObject;

/**
 * Collects what javac says, bounded: a source of 97 KB in one line can ask for 100 times
 * its size in messages.
 */
final class Diagnostics implements DiagnosticListener<JavaFileObject> {
	private static final int COUNT_MAX = 100; /* JSL_RESULT_DIAGS_MAX */
	private static final int MESSAGE_MAX = 2000; /* characters of one message */
	private static final int LINE_MAX = 160; /* characters shown of a source line */
	private static final int TEXT_MAX = 64 << 10; /* characters of the text */

	/** One, as javac said it: its file may get its name only when all of it is parsed. */
	private static final class Said {
		final SourceFile file; /* or null */
		final boolean warning;
		final int line; /* 0: unknown, as the column */
		final int column;
		final String message;

		Said(SourceFile file, boolean warning, long line, long column, String message) {
			this.file = file;
			this.warning = warning;
			this.line = (int)Math.max(line, 0);
			this.column = (int)Math.max(column, 0);
			this.message = clip(message, MESSAGE_MAX);
		}
	}

	private final List<Said> said = new ArrayList<>();
	private final StringBuilder text = new StringBuilder();
	private int errors;
	private int warnings;
	private boolean truncated;

	@Override
	public void report(Diagnostic<? extends JavaFileObject> d) {
		boolean warning = d.getKind() != Diagnostic.Kind.ERROR;

		if (d.getKind() == Diagnostic.Kind.NOTE)
			return;
		add(d.getSource() instanceof SourceFile ? (SourceFile)d.getSource() : null, warning,
			d.getLineNumber(), d.getColumnNumber(), d.getMessage(Locale.ROOT));
	}

	/** An error of ours; @file may be null, and @line and @column 0 when there is none. */
	void error(SourceFile file, long line, long column, String message) {
		add(file, false, line, column, message);
	}

	int errors() {
		return errors;
	}

	private void add(SourceFile file, boolean warning, long line, long column, String message) {
		if (warning)
			warnings++;
		else
			errors++;
		if (said.size() < COUNT_MAX)
			said.add(new Said(file, warning, line, column, message));
		else
			truncated = true;
	}

	/** Its line of the text, and the source line that it is about. */
	private void write(Said d) {
		boolean placed = d.file != null && d.line > 0;

		if (placed)
			text.append(d.file.simpleName()).append(':').append(d.line).append(": ");
		text.append(d.warning ? "warning: " : "error: ").append(d.message).append('\n');
		if (placed && d.column > 0)
			caret(d.file.line(d.line), d.column);
	}

	private static byte[] encode(Said d) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		DataOutputStream out = new DataOutputStream(bytes);

		try {
			out.writeInt(d.line);
			out.writeInt(d.column);
			out.writeByte(d.warning ? 1 : 0);
			out.writeUTF(d.file == null ? "" : clip(d.file.shown(), MESSAGE_MAX));
			out.write(d.message.getBytes(StandardCharsets.UTF_8));
		} catch (IOException e) {
			throw new IllegalStateException(e);
		}
		return bytes.toByteArray();
	}

	/** The source line and a caret below its @column; of a long line the part around it. */
	private void caret(String line, int column) {
		int at = caretIndex(line, column);
		int from = line.length() <= LINE_MAX ? 0 : Math.max(0, at - LINE_MAX / 2);
		int to = Math.min(line.length(), from + LINE_MAX);

		text.append(line, from, to).append('\n');
		for (int i = from; i < at; i++)
			text.append(line.charAt(i) == '\t' ? '\t' : ' ');
		text.append("^\n");
	}

	/** javac counts a tab as up to 8 columns. */
	private static int caretIndex(String line, int column) {
		int at = 0;
		int col = 0;

		while (at < line.length() && col < column - 1) {
			col = line.charAt(at) == '\t' ? col / 8 * 8 + 8 : col + 1;
			at++;
		}
		return at;
	}

	private static String clip(String s, int max) {
		return s.length() <= max ? s : s.substring(0, max) + "...";
	}

	void put(Frame frame) throws IOException {
		for (Said d : said) {
			if (text.length() > TEXT_MAX) {
				truncated = true;
				break;
			}
			frame.put(Frame.DIAGNOSTIC, encode(d));
			write(d);
		}
		if (truncated)
			text.append("... (truncated)\n");
		if (errors > 0)
			text.append(errors).append(errors == 1 ? " error\n" : " errors\n");
		if (warnings > 0)
			text.append(warnings).append(warnings == 1 ? " warning\n" : " warnings\n");
		frame.put(Frame.TEXT, text.toString());
	}
}
