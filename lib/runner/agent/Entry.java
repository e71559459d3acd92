/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/**
 * Where a program begins: found in the compiled classes, in the first top-level type in
 * source order that has an entry point, a public one preferred, main() before run() in
 * one type. The numbers of the kinds are those of enum jsl_entry.
 */
final class Entry {
	static final int NONE = 0;
	static final int MAIN = 1;
	static final int RUN_STRING = 2;
	static final int RUN_VOID = 3;

	final int kind;
	final Method method;
	final Constructor<?> constructor; /* null for a static method */

	private Entry(int kind, Method method, Constructor<?> constructor) {
		this.kind = kind;
		this.method = method;
		this.constructor = constructor;
		/* A type need not be public for its main to count. */
		method.setAccessible(true);
	}

	/** The entry point of @type, or null. */
	static Entry of(Class<?> type) {
		Method main = publicMethod(type, "main", String[].class);
		Method run = publicMethod(type, "run");
		Constructor<?> constructor;

		if (main != null && Modifier.isStatic(main.getModifiers()) &&
				main.getReturnType() == void.class)
			return new Entry(MAIN, main, null);
		if (run == null || kindOf(run) == NONE)
			return null;
		if (Modifier.isStatic(run.getModifiers()))
			return new Entry(kindOf(run), run, null);
		constructor = publicConstructor(type);
		return constructor == null ? null : new Entry(kindOf(run), run, constructor);
	}

	private static int kindOf(Method run) {
		if (run.getReturnType() == String.class)
			return RUN_STRING;
		return run.getReturnType() == void.class ? RUN_VOID : NONE;
	}

	private static Method publicMethod(Class<?> type, String name, Class<?>... parameters) {
		try {
			return type.getMethod(name, parameters);
		} catch (NoSuchMethodException e) {
			return null;
		}
	}

	private static Constructor<?> publicConstructor(Class<?> type) {
		if (Modifier.isAbstract(type.getModifiers()) ||
				!Modifier.isPublic(type.getModifiers()))
			return null;
		try {
			return type.getConstructor();
		} catch (NoSuchMethodException e) {
			return null;
		}
	}

	/** The type that the run() of @type returns, if that is why there is no entry. */
	static String badReturnType(Class<?> type) {
		Method run = publicMethod(type, "run");

		return run == null || kindOf(run) != NONE ? null : run.getReturnType().getTypeName();
	}

	/** Why @type, which has no entry point, cannot be run. */
	static ReflectiveOperationException whyNot(Class<?> type) {
		Method run = publicMethod(type, "run");
		String name = type.getName();

		if (run == null) {
			try {
				type.getDeclaredMethod("run");
				return new IllegalAccessException(name + ".run() is not public");
			} catch (NoSuchMethodException e) {
				return new NoSuchMethodException(name + ".run()");
			}
		}
		if (Modifier.isAbstract(type.getModifiers()))
			return new InstantiationException(name + " is abstract");
		if (!Modifier.isPublic(type.getModifiers()))
			return new IllegalAccessException(name + " is not public");
		return new NoSuchMethodException("public " + name + ".<init>()");
	}
}
