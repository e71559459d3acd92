/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import javax.tools.SimpleJavaFileObject;

/**
 * One source file in memory. Its name follows from the types in it, so it is known only
 * once the file is parsed; nothing that a user chose ever becomes a path.
 */
final class SourceFile extends SimpleJavaFileObject {
	private final String text;
	private final int malformedAt; /* index in text, or -1 */
	private String name = "/Source.java";
	private URI uri;

	SourceFile(byte[] bytes, int index) {
		super(URI.create("string:///Source" + index + ".java"), Kind.SOURCE);
		uri = super.toUri();
		text = new String(bytes, StandardCharsets.UTF_8);
		malformedAt = malformedAt(bytes);
	}

	private static int malformedAt(byte[] bytes) {
		ByteBuffer in = ByteBuffer.wrap(bytes);

		try {
			StandardCharsets.UTF_8.newDecoder().decode(in);
			return -1;
		} catch (CharacterCodingException e) {
			return new String(bytes, 0, in.position(), StandardCharsets.UTF_8).length();
		}
	}

	boolean isMalformed() {
		return malformedAt >= 0;
	}

	/** Where it is no UTF-8: the line, and the column as javac counts. */
	int malformedLine() {
		int line = 1;

		for (int end = lineEnd(0); end < malformedAt; end = lineEnd(afterLine(end)))
			line++;
		return line;
	}

	int malformedColumn() {
		int column = 1;
		int start = malformedAt;

		while (start > 0 && text.charAt(start - 1) != '\n' && text.charAt(start - 1) != '\r')
			start--;
		for (int i = start; i < malformedAt; i++)
			column = text.charAt(i) == '\t' ? (column - 1) / 8 * 8 + 9 : column + 1;
		return column;
	}

	/** @param path as in "/pkg/path/Name.java" */
	void rename(String path) {
		name = path;
		try {
			uri = new URI("string", "", path, null, null);
		} catch (URISyntaxException e) {
			/* Not seen in stack traces then. */
		}
	}

	/** javac writes its last part into the class files. */
	@Override
	public URI toUri() {
		return uri;
	}

	@Override
	public String getName() {
		return name;
	}

	String simpleName() {
		return name.substring(name.lastIndexOf('/') + 1);
	}

	/** As the interface shows it, without the escapes of a URI. */
	String shown() {
		return "string://" + name;
	}

	@Override
	public CharSequence getCharContent(boolean ignoreEncodingErrors) {
		return text;
	}

	/** Any public class may stand in any file. */
	@Override
	public boolean isNameCompatible(String simpleName, Kind kind) {
		return kind == Kind.SOURCE;
	}

	/** Line @number (from 1) of the text, without its end. */
	String line(long number) {
		int start = 0;

		for (long n = 1; n < number; n++) {
			int end = lineEnd(start);

			if (end >= text.length())
				return "";
			start = afterLine(end);
		}
		return text.substring(start, lineEnd(start));
	}

	private int afterLine(int end) {
		return end + (text.startsWith("\r\n", end) ? 2 : 1);
	}

	private int lineEnd(int from) {
		int i = from;

		while (i < text.length() && text.charAt(i) != '\n' && text.charAt(i) != '\r')
			i++;
		return i;
	}
}
