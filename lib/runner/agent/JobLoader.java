/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Defines the compiled classes. Its parent knows the JDK and nothing of this agent. */
final class JobLoader extends ClassLoader {
	private final Map<String, byte[]> classes = new HashMap<>();

	JobLoader() {
		super(ClassLoader.getPlatformClassLoader());
	}

	/** @param field u16 length of the name, name, class file */
	void add(byte[] field) {
		int length = (field[0] & 255) << 8 | field[1] & 255;

		classes.put(new String(field, 2, length, StandardCharsets.UTF_8), field);
	}

	@Override
	protected Class<?> findClass(String name) throws ClassNotFoundException {
		byte[] field = classes.get(name);
		int start;

		if (field == null)
			throw new ClassNotFoundException(name);
		start = 2 + ((field[0] & 255) << 8 | field[1] & 255);
		return defineClass(name, field, start, field.length - start);
	}
}
