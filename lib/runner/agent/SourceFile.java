/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import javax.tools.SimpleJavaFileObject;

/**
 * One source file in memory. Its name follows from the types in it, so it is known only
 * once the file is parsed; nothing that a user chose ever becomes a path.
 */
final class SourceFile extends SimpleJavaFileObject {
	private final String text;
	private final boolean malformed;
	private String name = "/Source.java";
	private URI uri;

	SourceFile(byte[] bytes, int index) {
		super(URI.create("string:///Source" + index + ".java"), Kind.SOURCE);
		uri = super.toUri();
		text = new String(bytes, StandardCharsets.UTF_8);
		malformed = !isUtf8(bytes);
	}

	private static boolean isUtf8(byte[] bytes) {
		try {
			CharBuffer ignored =
				StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
			return true;
		} catch (CharacterCodingException e) {
			return false;
		}
	}

	boolean isMalformed() {
		return malformed;
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
			start = end + (text.startsWith("\r\n", end) ? 2 : 1);
		}
		return text.substring(start, lineEnd(start));
	}

	private int lineEnd(int from) {
		int i = from;

		while (i < text.length() && text.charAt(i) != '\n' && text.charAt(i) != '\r')
			i++;
		return i;
	}
}
