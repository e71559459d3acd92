/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.Writer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.ToolProvider;

/**
 * Makes the tasks of javac, of which one leaves to the next what it has read of the JDK's
 * classes: that is two thirds of the work on a small source. It is the pool that the JDK
 * has for its own shell, which also takes the classes of a task out again. It leaves the
 * names of their packages, and nobody has tested what it leaves of sources with errors: so
 * what is handed on is the caller's decision, and only for a while.
 */
final class Tasks {
	/** The first JDK on which what is left was looked at. */
	private static final int FEATURE_MIN = 17;
	/** The table of all names that were seen only grows. */
	private static final int USES_MAX = 50;

	private final JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
	private final Class<?> poolType;
	private final Class<?> workerType;
	private Method getTask; /* null: each task begins with nothing */
	private Object pool; /* null: so does the next */
	private int uses;

	/** One compilation. */
	interface Work {
		int with(JavacTask task) throws IOException;
	}

	Tasks() throws IOException {
		Class<?> found = null;
		Class<?> worker = null;
		Method method = null;

		if (javac == null)
			throw new IOException("this Java has no compiler");
		try {
			if (Runtime.version().feature() >= FEATURE_MIN) {
				found = Class.forName("com.sun.tools.javac.api.JavacTaskPool");
				worker = Class.forName(found.getName() + "$Worker");
				method = found.getMethod("getTask", Writer.class, JavaFileManager.class,
					javax.tools.DiagnosticListener.class, Iterable.class, Iterable.class,
					Iterable.class, worker);
			}
		} catch (ReflectiveOperationException | LinkageError e) {
			/* another JDK: slower, and all the same else */
		}
		poolType = found;
		workerType = worker;
		getTask = method;
	}

	JavaCompiler javac() {
		return javac;
	}

	/** Whether the next task would begin with nothing, but need not. */
	boolean isCold() {
		return getTask != null && pool == null;
	}

	int run(MemoryFiles files, Diagnostics diagnostics, List<String> options,
			List<SourceFile> sources, Work work) throws IOException {
		try {
			if (getTask != null)
				return pooled(files, diagnostics, options, sources, work);
		} catch (InvocationTargetException e) {
			throw cause(e.getCause());
		} catch (ReflectiveOperationException e) {
			getTask = null; /* it is not for us */
		}
		return work.with((JavacTask)javac.getTask(Writer.nullWriter(), files, diagnostics,
			options, null, sources));
	}

	private int pooled(MemoryFiles files, Diagnostics diagnostics, List<String> options,
			List<SourceFile> sources, Work work) throws ReflectiveOperationException {
		Object worker = Proxy.newProxyInstance(workerType.getClassLoader(),
			new Class<?>[] {workerType}, (self, method, args) -> work.with((JavacTask)args[0]));

		if (pool == null) {
			pool = poolType.getConstructor(int.class).newInstance(1);
			uses = 0;
		}
		uses++;
		return (Integer)getTask.invoke(pool, Writer.nullWriter(), files, diagnostics, options,
			null, sources, worker);
	}

	private static IOException cause(Throwable thrown) {
		Throwable t = thrown instanceof UndeclaredThrowableException
			? thrown.getCause() : thrown;

		if (t instanceof Error)
			throw (Error)t;
		if (t instanceof RuntimeException)
			throw (RuntimeException)t;
		return t instanceof IOException ? (IOException)t : new IOException(t);
	}

	/** After each task: whether the next may have what this one leaves. */
	void handOn(boolean may) {
		if (!may || uses >= USES_MAX)
			pool = null;
	}
}
